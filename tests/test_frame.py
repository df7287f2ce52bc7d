"""The frame itself: the site starts on a fresh database and its pages are private by default."""


def test_home_answers_a_stranger(client, db):
    assert client.get("/").status_code == 200


def test_a_private_page_sends_a_stranger_to_sign_in(client, db):
    response = client.get("/dashboard/")

    assert (response.status_code, response["Location"]) == (302, "/account/login/?next=/dashboard/")
