"""The address book of places: which one somebody means, and which one lies nearest."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from django.db.models import BigIntegerField, Case, F, Q, When
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from workshops.models import Place
from workshops.near.geo import Point, distance_km, within_box
from workshops.near.regions import region_codes

SUGGESTIONS = 8
# Of namesakes the larger comes first; where the school and most of its people are, ten times as soon.
HOME_COUNTRY, HOME_FACTOR = "US", 10

_CANADIAN_CODE = re.compile(r"[a-z]\d[a-z](?: ?\d[a-z]\d)?", re.IGNORECASE)
_BRITISH_CODE = re.compile(r"[a-z]{1,2}\d[a-z\d]?(?: ?\d[a-z]{2})?", re.IGNORECASE)
# Also with the town before or behind it, as a place's own label and a postal address write it.
_ZIP_CODE = re.compile(r"(\d{5})(?:-?\d{4})?(?:[ ,]+[^\d]+)?|[^\d]+[ ,](\d{5})(?:-?\d{4})?")


@dataclass(frozen=True)
class PlaceAnswer:
    """Best first; `sentence` says what to type instead where there is none."""

    places: list[Place] = field(default_factory=list)
    sentence: str = ""


def ask_place(words: str) -> PlaceAnswer:
    """Which places `words` may mean; without words, nowhere and no complaint."""
    if not words.strip():
        return PlaceAnswer()
    if found := find_places(words):
        return PlaceAnswer(found)
    code = words.strip()
    if _CANADIAN_CODE.fullmatch(code) or _BRITISH_CODE.fullmatch(code):
        return PlaceAnswer(
            sentence=_("We find Canada and the United Kingdom by town, not by postal code. Type the town of “%(code)s” instead.") % {"code": code.upper()}
        )
    return PlaceAnswer(
        sentence=_("We do not know “%(place)s”. Type a ZIP code, or a town with its state, province or country, such as “Mobile, AL” or “Leeds, England”.")
        % {"place": code}
    )


def find_places(words: str) -> list[Place]:
    """Places a visitor may mean by “32501”, “Pensacola”, “Pensacola, FL” or “London Ontario”: best first, at most eight."""
    key = search_key(words)
    if zip_code := _ZIP_CODE.fullmatch(key):
        key = zip_code[1] or zip_code[2]
    if not key:
        return []
    return _ranked(Q(search_key=key)) or _named_with_region(key) or _ranked(_named(key)) or (_ranked(Q(search_key__startswith=key)) if len(key) >= 3 else [])


def search_key(words: str) -> str:
    """Small letters without accents, one space between words, and none before a comma."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", words) if not unicodedata.combining(sign))
    return re.sub(r"\s*,\s*", ", ", " ".join(plain.lower().replace("’", "'").split())).strip(", ")


def _ranked(which: Q) -> list[Place]:
    rank = Case(When(country=HOME_COUNTRY, then=F("weight") * HOME_FACTOR), default=F("weight"), output_field=BigIntegerField())
    return list(Place.objects.filter(which).annotate(rank=rank).order_by("-rank", Length("search_key"), "search_key")[:SUGGESTIONS])


def _named(name: str) -> Q:
    """Towns of that name; smaller namesakes of one region are told apart by the larger town they lie near."""
    return Q(search_key__startswith=f"{name},") | Q(search_key__startswith=f"{name} near ")


def _named_with_region(key: str) -> list[Place]:
    """“pensacola, florida”, “london on”, “leeds uk”: a name, and behind it a state, a province, a part of the United Kingdom or a country."""
    words = key.replace(",", " ").split()
    for length in (1, 2, 3):
        name, region = " ".join(words[:-length]), " ".join(words[-length:])
        if not name:
            break
        where = Q()
        for country, code in region_codes(region):
            where |= Q(country=country, region=code) if code else Q(country=country)
        if where and (found := _ranked(_named(name) & where)):
            return found
    return []


def nearest_place(point: Point, *, within_km: float = 200) -> Place | None:
    """The town of the address book that lies nearest to `point`; None in the sea."""
    towns = Place.objects.filter(within_box(point, within_km), kind=Place.Kind.CITY).annotate(distance_km=distance_km(point))
    return towns.filter(distance_km__lte=within_km).order_by("distance_km", F("weight").desc(), "pk").first()
