"""Searching with what no text may hold."""

import pytest

from tests.factories.accounts import user_with_role

LISTS = [
    "/desk/people/",
    "/desk/mail/",
    "/desk/access/",
    "/desk/access/new/?find=%00&",
    "/desk/courses/",
    "/desk/video/",
    "/desk/credits/awards/",
    "/desk/credits/certificates/",
    "/desk/sales/products/",
    "/desk/sales/codes/",
    "/search/",
]


@pytest.mark.parametrize("address", LISTS)
def test_a_character_that_no_database_takes_is_left_out(client, db, address):
    client.force_login(user_with_role("staff", "ce_officer"))
    glue = "" if address.endswith("&") else "?"

    answer = client.get(f"{address}{glue}q=%00the+knee")

    assert answer.status_code == 200
