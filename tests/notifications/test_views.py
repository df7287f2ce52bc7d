"""The mail log at the desk."""

import pytest

from notifications.models import MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.notifications import MailMessageFactory


@pytest.fixture
def staff(client, db):
    user = user_with_role("staff")
    client.force_login(user)
    return user


def test_the_log_is_searched_by_person_text_and_state(client, staff):
    MailMessageFactory(recipient__email="ana@example.org", subject="First")
    MailMessageFactory(recipient__email="bo@example.org", subject="Second", body_text="about the knee", failed=True)

    def found(**query):
        page = client.get("/desk/mail/", query).content.decode()
        return ["First" in page, "Second" in page]

    assert found() == [True, True]
    assert found(q="ana@") == [True, False]
    assert found(q="the knee") == [False, True]
    assert found(state="failed") == [False, True]
    assert found(q="nobody") == [False, False]


def test_a_message_shows_its_text_and_why_it_failed(client, staff):
    message = MailMessageFactory(failed=True, body_text="Dear <b>Zoë</b>,")

    page = client.get(f"/desk/mail/{message.pk}/").content.decode()

    assert "Dear &lt;b&gt;Zoë&lt;/b&gt;," in page
    assert "550 no such mailbox" in page


def test_nobody_reads_a_message_that_signs_in(client, staff):
    message = MailMessageFactory(is_confidential=True, body_text="https://school.example/account/password/reset/key/")

    page = client.get(f"/desk/mail/{message.pk}/").content.decode()
    listed = client.get("/desk/mail/", {"q": "password/reset"}).content.decode()

    assert "password/reset/key" not in page
    assert "Send again" not in page
    assert message.to_address not in listed


def test_send_again_goes_to_the_new_message(client, staff):
    old = MailMessageFactory(sent=True)

    answer = client.post(f"/desk/mail/{old.pk}/again/", follow=True)

    new = MailMessage.objects.get(resend_of=old)
    assert answer.redirect_chain == [(f"/desk/mail/{new.pk}/", 302)]
    assert "on its way again" in answer.content.decode()


def test_send_again_of_a_confidential_message_says_what_to_do(client, staff):
    old = MailMessageFactory(sent=True, is_confidential=True)

    answer = client.post(f"/desk/mail/{old.pk}/again/")

    assert answer.status_code == 409
    assert "request a new one" in answer.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_log_costs_the_same_for_any_number(client, staff, django_assert_num_queries, count):
    MailMessageFactory.create_batch(count)

    with django_assert_num_queries(5):  # session, person, roles, count, page
        client.get("/desk/mail/")


@pytest.mark.parametrize(("method", "path"), [("get", "/desk/mail/"), ("get", "/desk/mail/{pk}/"), ("post", "/desk/mail/{pk}/again/")])
@pytest.mark.parametrize(("role", "status"), [(None, 302), ("learner", 403), ("instructor", 403), ("ce_officer", 403)])
def test_only_staff_read_the_mail_log(client, db, method, path, role, status):
    message = MailMessageFactory()
    if role:
        client.force_login(UserFactory() if role == "learner" else user_with_role(role))

    assert getattr(client, method)(path.format(pk=message.pk)).status_code == status
    assert MailMessage.objects.count() == 1
