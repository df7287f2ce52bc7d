"""Workshops as payments knows them: subjects `"workshop:<pk>"`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.translation import gettext_lazy as _

from payments.subjects import SubjectKind
from workshops.models import Workshop


class WorkshopKind(SubjectKind):
    prefix = "workshop"
    title = _("Workshop")

    def search(self, text: str) -> Iterable[tuple[str, str]]:
        found = Workshop.objects.coming().filter(title__icontains=text).order_by("starts_at")[:200]
        return [(workshop.subject, str(workshop)) for workshop in found]

    def titles(self, names: Collection[str]) -> dict[str, str]:
        keys = {int(name.partition(":")[2]): name for name in names if name.partition(":")[2].isdigit()}
        return {keys[workshop.pk]: f"Workshop: {workshop}" for workshop in Workshop.objects.filter(pk__in=keys)}
