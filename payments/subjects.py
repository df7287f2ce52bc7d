"""What can be opened and sold. Payments knows subjects as opaque strings; the apps that own them say the rest.

An app subclasses `SubjectKind` and registers one instance in `AppConfig.ready()`. Payments asks it before it takes
money (`reserve`), when money has come (`confirm`), and for the words of its pages. Whatever writes is called inside the
transaction of the order, under the order's lock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What a membership opens: every subject of which its kind says that it is in the library.
LIBRARY = "library"


@dataclass(frozen=True)
class Place:
    """Where something takes place: tickets are taxed there."""

    street: str
    city: str
    region: str
    postal_code: str
    country: str


@dataclass(frozen=True)
class Consequence:
    """One thing that stands because of an access, for the page on which a refund is decided."""

    kind: str  # "seat", "progress", "credit" or "certificate"
    text: str
    url: str = ""
    is_serious: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a person is, for the manager who paid. `percent` is None where there is no such thing."""

    text: str
    percent: int | None = None
    completed_on: date | None = None


class SubjectKind:
    """The subjects `"<prefix>:…"` of one app. The defaults suit something that is never scarce."""

    prefix: str
    title: str | Promise = ""
    is_scarce = False  # counted places (a workshop's seats): nobody buys those in bulk
    is_granted = True  # False: `confirm` does all there is to do, and no access is written for the subject
    tax_code = ""  # Stripe's product tax code

    def search(self, text: str) -> Iterable[tuple[str, str]]:
        """(subject, title) pairs that match, best first; "" asks for all, at most 200."""
        return []

    def titles(self, names: Collection[str]) -> dict[str, str]:
        """What people call each of `names`, in one query."""
        return {}

    def in_library(self, names: Collection[str]) -> set[str]:
        """Those of `names` that a membership opens, in one query at most."""
        return set()

    def url(self, subject: str) -> str:
        """The page to go to once it is open; "" when there is none."""
        return ""

    def again_url(self, subject: str) -> str:
        """Where an order of it that was not paid is begun again; "" is the product's page."""
        return ""

    def notice(self, user: Any, subject: str) -> str:
        """A sentence the buyer should read first ("You finished this on …; a new certificate will be issued"), or ""."""
        return ""

    def reserve(self, *, user: Any, subject: str, reference: str, until: datetime) -> None:
        """Hold one for `user` under `reference` until then. Safe to repeat. Raises DomainError when it cannot be had."""

    def confirm(self, *, user: Any, subject: str, reference: str) -> bool:
        """Money has come for `reference`, in time or late: give it. False when none is left; payments then refunds in full."""
        return True

    def place(self, subject: str) -> Place | None:
        """Where it takes place, when it does."""
        return None

    def begins(self, subject: str) -> tuple[datetime, str] | None:
        """When it begins and in which time zone; None for what begins on no day, which is never sold for a deposit."""
        return None

    def policy_gives_back(self, user: Any, subject: str, reference: str) -> int:
        """How much of what was paid goes back by its cancellation policy at this moment."""
        return 0

    def end_unpaid(self, *, user: Any, subject: str, reference: str, template: str, context: dict[str, Any], key: str) -> bool:
        """Take the person's place back, whose rest was not paid, and write to them once under `key`.

        Answers whether no rule decides what goes back, so that the school does, which is told.
        """
        return False

    def stands(self, user: Any, subject: str, reference: str) -> bool:
        """Whether the person still has what was paid for: a place can be given back without its money."""
        return True

    def consequences(self, user: Any, subject: str) -> list[Consequence]:
        """What `user` has by this subject: seat, progress, credit, certificates."""
        return []

    def is_started(self, user: Any, subject: str) -> bool:
        """Whether `user` has begun to use it: what was used is not given to somebody else."""
        return False

    def progress(self, users: Collection[int], subject: str) -> dict[int, Progress]:
        """How far each person is, by primary key, in a constant number of queries; who has not begun is left out."""
        return {}


class LibraryKind(SubjectKind):
    """The whole library, which a membership opens."""

    prefix = LIBRARY
    title = _("The library")

    def search(self, text: str) -> Iterable[tuple[str, str]]:
        return [(LIBRARY, str(self.title))] if text.lower() in str(self.title).lower() else []

    def titles(self, names: Collection[str]) -> dict[str, str]:
        return {name: str(_("Every course of the library")) for name in names}

    def url(self, subject: str) -> str:
        return "/courses/"


_kinds: dict[str, SubjectKind] = {LIBRARY: LibraryKind()}


def register(kind: SubjectKind) -> None:
    """Offer the subjects of `kind`; registering the same prefix again replaces it."""
    _kinds[kind.prefix] = kind


def kind_of(subject: str) -> SubjectKind:
    """Whose `subject` this is; a kind with the plain defaults when nobody registered its prefix."""
    return _kinds.get(subject.partition(":")[0]) or SubjectKind()


def is_in_library(subject: str) -> bool:
    return bool(library_among([subject]))


def library_among(subjects: Collection[str]) -> set[str]:
    """Those of `subjects` that a membership opens, with one query per prefix."""
    found: set[str] = set()
    for prefix, kind in _kinds.items():
        if own := [subject for subject in subjects if subject.partition(":")[0] == prefix]:
            found |= kind.in_library(own)
    return found


def title_of(subject: str) -> str:
    """What people call `subject`; the subject itself when nobody knows it."""
    return titles_of([subject])[subject]


def titles_of(subjects: Collection[str]) -> dict[str, str]:
    """A title for each of `subjects`, with one query per prefix."""
    named = {subject: subject for subject in subjects}
    for prefix, kind in _kinds.items():
        if own := [subject for subject in named if subject.partition(":")[0] == prefix]:
            named.update(kind.titles(own))
    return named


def search(text: str) -> dict[str, list[tuple[str, str]]]:
    """(subject, title) pairs that match `text`, by prefix."""
    return {prefix: list(kind.search(text)) for prefix, kind in sorted(_kinds.items())}
