"""A search for workshops: one meaning for the page, the API, feeds and alerts, carried by its query parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import FloatField, Value
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.money import format_money
from credits.models import Board
from workshops.models import Place, Workshop, WorkshopQuerySet
from workshops.near import filters
from workshops.near.forms import PARAMETERS, NearMeForm
from workshops.near.geo import KM_PER_MILE, Point, distance_words
from workshops.near.places import PlaceAnswer, ask_place
from workshops.near.selectors import workshops_near

WIDER = {"mi": (50, 100, 250, 500), "km": (80, 160, 400, 800)}


class SearchRefused(DomainError):
    """The parameters are not a search. `errors` names them, each with its sentences."""

    code = "search_refused"
    status = 400

    def __init__(self, errors: dict[str, list[str]]):
        super().__init__(" ".join(sentence for sentences in errors.values() for sentence in sentences))
        self.errors = errors


@dataclass(frozen=True)
class NearSearch:
    """Which workshops somebody looks for. Nothing has to be said; `radius` counts in `unit`, None is any distance.

    `attend` is how one wants to be there: "room", "remote" or "". Whoever joins online is not asked for a distance.
    `max_price` is in the smallest unit of the school's currency; 0 is free of charge.
    """

    place: str = ""
    lat: float | None = None
    lng: float | None = None
    radius: int | None = None
    unit: str = "mi"
    first: date | None = None
    last: date | None = None
    attend: str = ""
    level: str = ""
    board: str = ""
    max_price: int | None = None
    seats: int = 0
    sort: str = ""

    @classmethod
    def from_query(cls, query: QueryDict | Mapping[str, Any]) -> NearSearch:
        """What the parameters ask for; raises SearchRefused where they ask for nothing that can be."""
        form = NearMeForm(query)
        if not form.is_valid():
            raise SearchRefused({name: [str(line) for line in lines] for name, lines in form.errors.items()})
        return cls.from_form(form)

    @classmethod
    def from_form(cls, form: NearMeForm) -> NearSearch:
        """The search of a valid form."""
        return cls(**{field.name: form.cleaned_data[field.name] for field in fields(cls)})

    def query(self) -> str:
        """The canonical parameters: always in one order, and only those that say something. `from_query` reads them back."""
        said = QueryDict(mutable=True)
        for name in PARAMETERS:
            value = self._parameter(name)
            if value not in ("", None):
                said[name] = value
        return said.urlencode()

    def _parameter(self, name: str) -> Any:
        if name == "price":
            return filters.price_parameter(self.max_price)
        value = getattr(self, name)
        if name in ("first", "last"):
            return value.isoformat() if value else ""
        if name == "unit":
            return value if value != "mi" and self.radius is not None else ""
        return "" if name == "seats" and not value else value

    @cached_property
    def answer(self) -> PlaceAnswer:
        """What the address book says to the place that was typed."""
        return ask_place("" if self.lat is not None else self.place)

    def but(self, **changes: Any) -> NearSearch:
        """The same search with other wishes. What the address book said is kept where the place stays."""
        other = replace(self, **changes)
        if (other.place, other.lat) == (self.place, self.lat):
            other.__dict__["answer"] = self.answer
        return other

    @property
    def found_place(self) -> Place | None:
        """The place searched from: of several namesakes the largest, until one is chosen."""
        return self.answer.places[0] if self.answer.places else None

    @property
    def other_places(self) -> list[Place]:
        """Namesakes of the place searched from."""
        return self.answer.places[1:]

    @property
    def problem(self) -> str:
        """Why there is nowhere to search from though a place was typed, and what to type; empty when all is well."""
        return self.answer.sentence

    @property
    def origin(self) -> Point | None:
        if self.lat is not None and self.lng is not None:
            return Point(self.lat, self.lng)
        place = self.found_place
        return Point(place.lat, place.lng) if place else None

    @property
    def origin_label(self) -> str:
        if self.lat is not None:
            return self.place or _("your position")
        return self.found_place.label if self.found_place else ""

    @property
    def is_by_distance(self) -> bool:
        return self.origin is not None and self.attend != "remote"

    @property
    def sorts_by(self) -> str:
        """ "distance" or "date": distance only where there is one."""
        return "date" if self.sort == "date" or not self.is_by_distance else "distance"

    @property
    def radius_km(self) -> float | None:
        return None if self.radius is None else self.radius * (KM_PER_MILE if self.unit == "mi" else 1)

    def settled(self) -> NearSearch:
        """The same search with its place by the one name nobody shares: what to keep when it is to mean the same next year."""
        return self.but(place=self.found_place.label) if self.lat is None and self.found_place else self

    def results(self, base: WorkshopQuerySet | None = None) -> WorkshopQuerySet:
        """The workshops of `base` (those to come) that fit, in order, with `distance_km` (None without a place). None fits an unknown place."""
        found = Workshop.objects.coming() if base is None else base
        if self.problem:
            return found.none()
        found = filters.filtered(found, self)
        origin = self.origin
        if origin is None or not self.is_by_distance:
            return found.annotate(distance_km=Value(None, output_field=FloatField())).order_by("starts_at", "pk")
        return workshops_near(origin, radius_km=self.radius_km, queryset=found, by_date=self.sorts_by == "date")

    def first_with_results(self) -> NearSearch:
        """This search, or when nothing fits it the first of the wider ones that something fits; itself when nothing fits any."""
        if self.results().exists():
            return self
        return next((search for search in self.wider() if search.results().exists()), self)

    def wider(self) -> list[NearSearch]:
        """The same search with wider and wider radii, at last with none."""
        if self.radius is None or not self.is_by_distance:
            return []
        steps = [step for step in WIDER[self.unit] if step > self.radius]
        return [self.but(radius=step) for step in (*steps, None)]

    def widened_words(self, shown: NearSearch) -> str:
        """That `shown` looked further than this search asked; empty when it did not, or knew no place to look from."""
        if self.problem or self.radius is None or shown.radius == self.radius:
            return ""
        asked = distance_words(self.radius, self.unit)
        if shown.radius is None:
            return _("None lies within %(asked)s, so every distance is shown, the nearest first.") % {"asked": asked}
        return _("None lies within %(asked)s, so we looked within %(wider)s.") % {"asked": asked, "wider": distance_words(shown.radius, self.unit)}

    def words(self) -> str:
        """The search as a phrase: “Workshops within 50 miles of Pensacola, FL, for advanced, from March 1, 2027”."""
        return ", ".join([self._where(), *self._wishes()])

    def _where(self) -> str:
        if self.attend == "remote":
            return _("Workshops to join online")
        head = _("Workshops in a room") if self.attend == "room" else _("Workshops")
        label = self.origin_label or self.place
        if not label:
            return head
        if self.radius is None:
            return _("%(what)s, nearest to %(place)s first") % {"what": head, "place": label}
        distance = distance_words(self.radius, self.unit)
        return _("%(what)s within %(distance)s of %(place)s") % {"what": head, "distance": distance, "place": label}

    def _wishes(self) -> list[str]:
        said = []
        if self.first:
            said.append(_("from %(day)s") % {"day": date_format(self.first, "N j, Y")})
        if self.last:
            said.append(_("until %(day)s") % {"day": date_format(self.last, "N j, Y")})
        if self.level:
            said.append(_("level: %(level)s") % {"level": str(Workshop.Level(self.level).label).lower()})
        if self.board:
            name = Board.objects.filter(code=self.board).values_list("name", flat=True).first()
            said.append(_("counting for %(board)s") % {"board": name or self.board})
        if self.max_price == 0:
            said.append(_("free of charge"))
        elif self.max_price is not None:
            said.append(_("for at most %(price)s") % {"price": format_money(self.max_price, filters.currency())})
        if self.seats == 1:
            said.append(_("with a seat left"))
        elif self.seats:
            said.append(_("with %(n)s seats left") % {"n": self.seats})
        return said
