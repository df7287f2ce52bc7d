"""Addresses written into a page: their cookies have to leave with its response."""

from __future__ import annotations

from django.http import HttpRequest

from streaming.delivery.addresses import Address

KEPT = "streaming.delivery.addresses"


def put_on_page(request: HttpRequest | None, address: Address) -> str:
    """The base of `address`; `player_page` sends its cookies with the response to `request`."""
    if request is not None and address.cookies:
        request.META.setdefault(KEPT, []).append(address)
    return address.base


def addresses_of(request: HttpRequest) -> list[Address]:
    found: list[Address] = request.META.get(KEPT, [])
    return found
