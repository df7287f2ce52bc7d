"""What can be opened. Payments knows subjects as opaque strings; the apps that own them say what they are called.

An app registers its prefix once, in `AppConfig.ready()`:

    subjects.register("course", search=find_courses, title=course_title)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

# search(text) -> (subject, title) pairs that match, best first; "" asks for all of them, at most 200.
Search = Callable[[str], Iterable[tuple[str, str]]]
Title = Callable[[str], str]
Titles = Callable[[Collection[str]], dict[str, str]]


@dataclass(frozen=True)
class SubjectKind:
    prefix: str
    search: Search
    title: Title
    titles: Titles | None


_kinds: dict[str, SubjectKind] = {}


def register(prefix: str, *, search: Search, title: Title, titles: Titles | None = None) -> None:
    """Offer the subjects `"<prefix>:…"` to the desk. `titles` names many in one query, for lists."""
    prefix = prefix.rstrip(":")
    _kinds[prefix] = SubjectKind(prefix, search, title, titles)


def _kind_of(subject: str) -> SubjectKind | None:
    return _kinds.get(subject.partition(":")[0])


def title_of(subject: str) -> str:
    """What people call `subject`; the subject itself when nobody registered its prefix."""
    kind = _kind_of(subject)
    return kind.title(subject) if kind else subject


def titles_of(subjects: Collection[str]) -> dict[str, str]:
    """A title for each of `subjects`, with one query per prefix where the owner offers it."""
    named = {subject: subject for subject in subjects}
    for prefix, kind in _kinds.items():
        own = [subject for subject in named if subject.partition(":")[0] == prefix]
        if own:
            named.update(kind.titles(own) if kind.titles else {subject: kind.title(subject) for subject in own})
    return named


def search(text: str) -> dict[str, list[tuple[str, str]]]:
    """(subject, title) pairs that match `text`, by prefix."""
    return {prefix: list(kind.search(text)) for prefix, kind in sorted(_kinds.items())}
