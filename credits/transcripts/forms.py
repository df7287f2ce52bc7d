"""Input of the pages about a transcript."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.forms import DayField
from credits.models import Board
from credits.transcripts.links import DEFAULT_DAYS

LASTS = [(7, _("A week")), (30, _("30 days")), (90, _("90 days")), (180, _("Half a year")), (365, _("A year"))]


class LinkForm(forms.Form):
    name = forms.CharField(label=_("Whom is it for?"), max_length=80, help_text=_("For you alone, such as “Georgia board, renewal 2026”."))
    board = forms.ModelChoiceField(Board.objects.none(), label=_("What it shows"), required=False, empty_label=_("Credit for all boards"), to_field_name="code")
    first_on = DayField(label=_("Completed from"), required=False)
    last_on = DayField(label=_("Completed until"), required=False, help_text=_("Leave both empty to show all years."))
    with_external = forms.BooleanField(label=_("Show what I earned elsewhere, where the school accepted the proof"), required=False, initial=True)
    with_pending = forms.BooleanField(label=_("Show what is in progress or waits too"), required=False)
    days = forms.TypedChoiceField(label=_("It ends by itself after"), choices=LASTS, coerce=int, initial=DEFAULT_DAYS)

    def __init__(self, *args: Any, boards: Iterable[Board], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["board"]
        field.queryset = Board.objects.filter(pk__in=[board.pk for board in boards]).order_by("name")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day comes after the first. Check both dates."))
        return cleaned
