"""What this app tells the apps below it at start: its entitlement subjects and its desk pages."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import Role
from core import desk
from payments import subjects
from workshops.models import Workshop


def search_subjects(words: str) -> list[tuple[str, str]]:
    found = Workshop.objects.coming().filter(title__icontains=words).order_by("starts_at")[:200]
    return [(workshop.subject, str(workshop)) for workshop in found]


def titles_of_subjects(names: Collection[str]) -> dict[str, str]:
    keys = {int(name.partition(":")[2]): name for name in names if name.partition(":")[2].isdigit()}
    return {keys[workshop.pk]: f"Workshop: {workshop}" for workshop in Workshop.objects.filter(pk__in=keys)}


def title_of_subject(name: str) -> str:
    return titles_of_subjects([name]).get(name, name)


def register() -> None:
    subjects.register("workshop", search=search_subjects, title=title_of_subject, titles=titles_of_subjects)
    desk.register("Workshops", "workshops_desk:workshop_list", roles=(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER), group="Teaching", order=30)
    desk.register("Venues", "workshops_desk:venue_list", roles=(Role.STAFF, Role.INSTRUCTOR), group="Teaching", order=40)
