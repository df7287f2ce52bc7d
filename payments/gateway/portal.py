"""Stripe's customer portal: card, plan, cancelling, invoices."""

from __future__ import annotations

from typing import Any

from stripe.params.billing_portal import ConfigurationCreateParams, ConfigurationUpdateParams, SessionCreateParams

from payments.gateway.client import answers, client


def create_configuration(*, key: str, params: ConfigurationCreateParams) -> dict[str, Any]:
    with answers():
        return client().billing_portal.configurations.create(params, {"idempotency_key": key}).to_dict()


def update_configuration(configuration_id: str, params: ConfigurationUpdateParams) -> dict[str, Any]:
    """Set what `params` says; repeating it changes nothing more."""
    with answers():
        return client().billing_portal.configurations.update(configuration_id, params).to_dict()


def create_session(params: SessionCreateParams) -> dict[str, Any]:
    """An address that lets the customer in for a few minutes; each call makes another."""
    with answers():
        return client().billing_portal.sessions.create(params).to_dict()
