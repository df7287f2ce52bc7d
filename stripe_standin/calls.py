"""One call of the API: which function answers it, with what parameters, and how its answer is shaped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stripe_standin.errors import InvalidRequest
from stripe_standin.store import Store

Thing = dict[str, Any]
LONGEST_PAGE, USUAL_PAGE, DEEPEST_EXPANSION = 100, 10, 4


@dataclass
class Call:
    store: Store
    path: str
    arguments: dict[str, str]
    parameters: dict[str, Any] = field(default_factory=dict)
    base: str = ""  # where hosted pages live: the address this request came to

    @property
    def id(self) -> str:
        return self.arguments["id"]

    def get(self, name: str, default: Any = None) -> Any:
        return self.parameters.get(name, default)

    def only(self, *names: str) -> Thing:
        """Those of the parameters that were given, as they were given."""
        return {name: self.parameters[name] for name in names if name in self.parameters}

    def page_of(self, kind: str, *, where: Callable[[Thing], bool] | None = None, **equal: Any) -> Thing:
        """A list in Stripe's form, newest first, read by limit, starting_after, ending_before and created."""
        limit = self.get("limit", USUAL_PAGE)
        if not 1 <= limit <= LONGEST_PAGE:
            raise InvalidRequest(f"Invalid limit: must be between 1 and {LONGEST_PAGE}", param="limit")
        after, before = self.get("starting_after"), self.get("ending_before")
        if after and before:
            raise InvalidRequest("You may only specify one of these parameters: ending_before, starting_after.", param="starting_after")
        created = self.get("created")
        if isinstance(created, int):
            created = {"gte": created, "lte": created}
        if where is None:
            found, more = self.store.page(kind, limit=limit, after=after, before=before, created=created, **equal)
        else:
            found, more = self._filtered(kind, where, limit, after, before, created, equal)
        return {"object": "list", "data": found, "has_more": more, "url": self.path}

    def _filtered(
        self, kind: str, where: Callable[[Thing], bool], limit: int, after: str | None, before: str | None, created: Any, equal: Thing
    ) -> tuple[list[Thing], bool]:
        """Pages of what SQL cannot tell: read on until enough things pass `where`."""
        kept: list[Thing] = []
        while len(kept) <= limit:
            found, more = self.store.page(kind, limit=LONGEST_PAGE, after=after, before=before, created=created, **equal)
            passing = [thing for thing in found if where(thing)]
            kept = [*passing, *kept] if before else [*kept, *passing]
            if not more or not found:
                break
            if before:
                before = found[0]["id"]
            else:
                after = found[-1]["id"]
        return (kept[-limit:] if before else kept[:limit]), len(kept) > limit


Answer = Callable[[Call], Thing]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    spec: type | None
    answer: Answer


ROUTES: list[Route] = []
INCLUDABLE: dict[tuple[str, str], Callable[[Store, Thing], Any]] = {}


def api(method: str, path: str, spec: type | None = None) -> Callable[[Answer], Answer]:
    """Answer `method path` with the function. `spec`: the library's typed parameters of this call; None where it takes none."""

    def register(function: Answer) -> Answer:
        ROUTES.append(Route(method, path, spec, function))
        return function

    return register


def includable(kind: str, name: str) -> Callable[[Callable[[Store, Thing], Any]], Callable[[Store, Thing], Any]]:
    """A property that Stripe leaves out until `expand` asks for it."""

    def register(function: Callable[[Store, Thing], Any]) -> Callable[[Store, Thing], Any]:
        INCLUDABLE[kind, name] = function
        return function

    return register


def expand(store: Store, answer: Thing, paths: list[str]) -> Thing:
    """Replace ids by their objects along each path (`data.payment_intent.latest_charge`)."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST_EXPANSION + (parts[0] == "data"):
            raise InvalidRequest(f"You cannot expand more than {DEEPEST_EXPANSION} levels of a property. Property: {path}", param="expand")
        answer = _expanded(store, answer, parts, path)
    return answer


def _expanded(store: Store, value: Any, parts: list[str], path: str) -> Any:
    if not parts or value is None:
        return value
    if isinstance(value, list):
        return [_expanded(store, item, parts, path) for item in value]
    name, rest = parts[0], parts[1:]
    if not isinstance(value, dict):
        raise _cannot_expand(path)
    inner = value.get(name)
    if name not in value:
        include = INCLUDABLE.get((value.get("object", ""), name))
        if include is None:
            raise _cannot_expand(path)
        inner = include(store, value)
    elif isinstance(inner, str):
        found = store.find(inner)
        if found is None:
            raise _cannot_expand(path)
        inner = found
    elif isinstance(inner, list) and inner and all(isinstance(item, str) for item in inner):
        inner = [store.find(item) for item in inner]
    elif inner is not None and not isinstance(inner, dict | list):
        raise _cannot_expand(path)
    return {**value, name: _expanded(store, inner, rest, path)}


def _cannot_expand(path: str) -> InvalidRequest:
    return InvalidRequest(
        f"This property cannot be expanded ({path}). You may want to try expanding an id or a list, or check that the property exists.", param="expand"
    )


def sublist(data: list[Thing], url: str) -> Thing:
    """A list inside an object."""
    return {"object": "list", "data": data[:USUAL_PAGE], "has_more": len(data) > USUAL_PAGE, "url": url}


def refuse_both(parameters: Thing, *names: str) -> None:
    """Stripe's words for parameters that exclude each other."""
    if sum(bool(parameters.get(name)) for name in names) > 1:
        raise InvalidRequest(f"You may only specify one of these parameters: {', '.join(sorted(names))}.")
