"""/_control/: the page for people, and who may press its buttons."""

import time
import urllib.error
import urllib.parse
import urllib.request

import pytest


def post(control, action, origin=None, **form):
    headers = {"Origin": origin} if origin else {}
    order = urllib.request.Request(f"{control.url}/_control/do/{action}", urllib.parse.urlencode(form).encode(), headers)
    with urllib.request.build_opener(urllib.request.HTTPCookieProcessor).open(order) as answer:  # what was done is said after a redirect
        return answer.read().decode()


def test_the_page_refunds_disputes_and_moves_the_clock(client, control, paid):
    post(control, "refund", charge=paid.id, amount="5.00")
    post(control, "dispute", charge=paid.id)
    (dispute,) = client.disputes.list().data
    post(control, "close", dispute=dispute.id, won="0")
    before = control.now()
    post(control, "advance", seconds="3600")

    charge = client.charges.retrieve(paid.id)
    assert (charge.amount_refunded, charge.disputed, client.disputes.retrieve(dispute.id).status) == (500, True, "lost")
    assert 3600 <= control.now() - before < 7200


def test_the_page_brings_the_clock_back_to_now(control):
    post(control, "advance", seconds="86400")

    assert "as everybody" in post(control, "now")
    assert abs(control.now() - time.time()) < 3600


def test_the_page_lists_what_there_is(client, control, paid, session):
    with urllib.request.urlopen(f"{control.url}/_control/") as answer:
        page = answer.read().decode()

    assert paid.id in page
    assert "checkout.session.completed" in page
    assert "nobody listened" in page


def test_what_cannot_be_done_is_said(control, paid):
    assert "is greater than charge amount" in post(control, "refund", charge=paid.id, amount="99.00")


def test_another_sites_page_may_not_press_a_button(client, control, paid):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        post(control, "refund", origin="https://elsewhere.test", charge=paid.id, amount="5.00")

    refusal.value.close()
    assert refusal.value.status == 403
    assert client.charges.retrieve(paid.id).amount_refunded == 0
