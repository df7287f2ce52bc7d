"""Every change of state leaves an event with the object as it then was, and a delivery to each listening address."""

from __future__ import annotations

from typing import Any

import stripe
from stripe.params import EventListParams, EventRetrieveParams

from stripe_standin import deliveries
from stripe_standin.calls import Call, Thing, api
from stripe_standin.clock import DAY_S
from stripe_standin.shapes import public, shaped
from stripe_standin.store import Store

LISTED_FOR_S = 30 * DAY_S
API_VERSION = "2026-10-28.endive"


def emit(store: Store, type: str, thing: Thing, previous: Thing | None = None, *, request: Thing | None = None) -> Thing:
    """`previous`: for `*.updated`, the old values of what changed. Call it after the object is saved."""
    data: dict[str, Any] = {"object": public(thing)}
    if previous is not None:
        data["previous_attributes"] = public(previous)
    listening = deliveries.endpoints(store)
    event = shaped(
        stripe.Event,
        id=store.new_id("evt_1"),
        object="event",
        api_version=API_VERSION,
        created=store.now(),
        data=data,
        pending_webhooks=len(listening),
        request=request or store.request,
        type=type,
        _delivered=not listening,
    )
    store.add(event)
    deliveries.plan(store, event, listening)
    return event


def changed(store: Store, type: str, before: Thing, after: Thing) -> Thing | None:
    """Save `after` and emit `type` with what differs from `before`; nothing when nothing does."""
    previous = {name: before.get(name) for name in {*before, *after} if before.get(name) != after.get(name) and not name.startswith("_")}
    store.save(after)
    return emit(store, type, after, previous) if previous else None


@api("GET", "/v1/events/<id>", EventRetrieveParams)
def retrieve_event(call: Call) -> Thing:
    return call.store.get("event", call.id)


@api("GET", "/v1/events", EventListParams)
def list_events(call: Call) -> Thing:
    oldest = call.store.now() - LISTED_FOR_S
    wanted = {name: call.parameters[name] for name in ("type",) if name in call.parameters and not call.parameters[name].endswith(".*")}
    if types := call.get("types"):
        wanted["type"] = types
    if "delivery_success" in call.parameters:
        wanted["_delivered"] = call.parameters["delivery_success"]
    family = call.get("type", "")[:-1] if call.get("type", "").endswith(".*") else ""
    return call.page_of("event", where=lambda event: event["created"] >= oldest and event["type"].startswith(family), **wanted)
