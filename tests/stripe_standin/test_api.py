"""The rules of Stripe's API itself, through Stripe's own library over HTTP."""

from contextlib import closing

import pytest
import stripe

from stripe_standin.app import create_app


def test_a_repeated_key_is_answered_as_before_and_does_nothing_more(client, control):
    first = client.customers.create({"email": "a@example.com"}, {"idempotency_key": "one"})
    again = client.customers.create({"email": "a@example.com"}, {"idempotency_key": "one"})

    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(control.objects("customer")) == 1


def test_a_key_reused_with_other_parameters_is_refused(client, control):
    client.customers.create({"email": "a@example.com"}, {"idempotency_key": "one"})

    with pytest.raises(stripe.IdempotencyError):
        client.customers.create({"email": "b@example.com"}, {"idempotency_key": "one"})

    assert len(control.objects("customer")) == 1


@pytest.mark.parametrize(
    ("parameters", "code", "param"),
    [
        ({"e_mail": "a@example.com"}, "parameter_unknown", "e_mail"),
        ({"address": {"street": "Main"}}, "parameter_unknown", "address[street]"),
        ({"email": ""}, "parameter_invalid_empty", "email"),
        ({"tax_exempt": "sometimes"}, None, "tax_exempt"),
        ({"balance": "much"}, "parameter_invalid_integer", "balance"),
        ({"idempotency_key": "one"}, "parameter_unknown", "idempotency_key"),
    ],
)
def test_parameters_are_those_of_the_library(client, control, parameters, code, param):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.customers.create(parameters)

    assert (refusal.value.http_status, refusal.value.code, refusal.value.param) == (400, code, param)
    assert control.objects("customer") == []


def test_a_missing_parameter_is_named(client):
    with pytest.raises(stripe.InvalidRequestError, match=r"Missing required param: address\[country\]") as refusal:
        client.tax.locations.create({"type": "performance", "address": {"city": "Austin"}})

    assert refusal.value.code == "parameter_missing"


def test_no_key_and_live_keys_are_turned_away(stripe_api):
    live = stripe.StripeClient("sk_live_123456789", base_addresses={"api": stripe_api.url}).v1

    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        live.customers.list()


def test_a_mistake_of_ours_is_a_500_and_leaves_nothing(tmp_path, monkeypatch, caplog):
    app = create_app(tmp_path)
    monkeypatch.setattr("stripe_standin.resources.customers.emit", lambda *arguments: 1 / 0)
    stand_in = app.extensions["stand_in"]
    with closing(stand_in.store):
        answer = app.test_client().post("/v1/customers", data={"name": "A"}, headers={"Authorization": "Bearer sk_test_x", "Idempotency-Key": "a"})

        assert (answer.status_code, answer.json["error"]["type"]) == (500, "api_error")
        assert stand_in.store.all("customer") == []
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [("get", "/v1/unicorns", "Unrecognized request URL (GET: /v1/unicorns)"), ("delete", "/v1/refunds", "Unrecognized request URL (DELETE: /v1/refunds)")],
)
def test_an_address_stripe_does_not_have_is_named(stripe_api, method, path, words):
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": stripe_api.url})

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.raw_request(method, path)

    assert (refusal.value.http_status, words in refusal.value.user_message) == (404, True)


def test_a_body_too_large_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError, match="too large"):
        client.customers.create({"name": "A" * 1_100_000})


def test_lists_page_in_both_directions(client):
    ids = [client.customers.create({"name": str(number)}).id for number in range(5)]

    first = client.customers.list({"limit": 2})
    second = client.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    back = client.customers.list({"limit": 2, "ending_before": second.data[0].id})

    assert [customer.id for customer in first.data] == ids[:2:-1]
    assert [customer.id for customer in second.data] == ids[2:0:-1]
    assert [customer.id for customer in back.data] == ids[:2:-1]
    assert (first.has_more, second.has_more, back.has_more) == (True, True, False)
    assert [customer.id for customer in client.customers.list({"limit": 2}).auto_paging_iter()] == ids[::-1]


def test_objects_are_expanded_along_a_path(client, paid):
    listed = client.refunds.create({"charge": paid.id, "amount": 500, "expand": ["charge.payment_intent", "balance_transaction"]})

    assert listed.charge.payment_intent.status == "succeeded"
    assert listed.balance_transaction.amount == -500
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.refunds.retrieve(listed.id, {"expand": ["amount"]})


def test_deleted_customers_stay_readable_as_deleted(client):
    customer = client.customers.create({"email": "a@example.com"})
    client.customers.delete(customer.id)

    assert client.customers.retrieve(customer.id).deleted is True
    assert client.customers.list({"email": "a@example.com"}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.customers.update(customer.id, {"name": "Back"})
