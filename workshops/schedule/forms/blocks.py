"""The lines of a schedule, in the venue's own time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import DomainError
from workshops.inputs import DateInput, TimeInput
from workshops.models import Block, Workshop
from workshops.schedule.clocks import TimeComesTwice, instant, wall
from workshops.services import BlockInput

WHICH = [("", gettext_lazy("it comes once")), ("first", gettext_lazy("the first")), ("second", gettext_lazy("the second"))]
LONGEST = timedelta(hours=14)  # longer is a slip of the pen, such as an end before its beginning


class BlockForm(forms.Form):
    """A line of the schedule. When the clock shows a time twice that night, `begins_which` and `ends_which` are asked for."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=DateInput)
    begins = forms.TimeField(label=gettext_lazy("Begins"), widget=TimeInput)
    ends = forms.TimeField(label=gettext_lazy("Ends"), widget=TimeInput)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Block.Kind.choices, initial=Block.Kind.INSTRUCTION)
    mode = forms.ChoiceField(label=gettext_lazy("Taught"), choices=Block.Mode.choices, initial=Block.Mode.HANDS_ON)
    topic = forms.CharField(label=gettext_lazy("Topic"), required=False, max_length=160)
    begins_which = forms.ChoiceField(label=gettext_lazy("Which of the two, at the beginning"), choices=WHICH, required=False)
    ends_which = forms.ChoiceField(label=gettext_lazy("Which of the two, at the end"), choices=WHICH, required=False)

    asked: frozenset[str] = frozenset()

    def read(self, zone: ZoneInfo) -> BlockInput | None:
        """The block in the venue's `zone`; None, with the error at its field, when the clock of that night does not allow it."""
        values = self.cleaned_data
        starts_at = self._instant("begins", values["day"], zone)
        if starts_at is None:
            return None
        ends_at = self._instant("ends", values["day"], zone)
        if ends_at is not None and ends_at <= starts_at:
            ends_at = self._instant("ends", values["day"] + timedelta(days=1), zone)
        if ends_at is None:
            return None
        length = ends_at - starts_at
        if length > LONGEST:
            hours = round(length.total_seconds() / 3600, 1)
            self.add_error("ends", _("That would last %(hours)s hours, into the next day. Correct the end, or divide it into blocks.") % {"hours": hours})
            return None
        return BlockInput(starts_at=starts_at, ends_at=ends_at, kind=values["kind"], mode=values["mode"], topic=values["topic"])

    def _instant(self, field: str, day: Any, zone: ZoneInfo) -> datetime | None:
        try:
            return instant(day, self.cleaned_data[field], zone, which=self.cleaned_data.get(f"{field}_which", ""))
        except DomainError as refusal:
            if isinstance(refusal, TimeComesTwice):
                self.asked |= {f"{field}_which"}
            self.add_error(field, refusal.message)
            return None

    def shown_fields(self) -> list[forms.BoundField]:
        """All but the questions about a night with two of one hour, unless this line lies in one."""
        return [field for field in self.visible_fields() if not field.name.endswith("_which") or field.name in self.asked or field.value()]


class BaseBlockFormSet(forms.BaseFormSet):
    def read(self, zone: ZoneInfo) -> list[BlockInput] | None:
        """The schedule; None when a line cannot be, which then says so. Call once, after `is_valid`."""
        lines = [form.read(zone) for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return None if any(line is None for line in lines) else [line for line in lines if line]


BlockFormSet = forms.formset_factory(BlockForm, formset=BaseBlockFormSet, extra=3, can_delete=True, max_num=60, absolute_max=80)


def block_formset(data: Any, workshop: Workshop, *, initial: list[dict[str, Any]] | None = None) -> BaseBlockFormSet:
    """The lines of `workshop`, or those of `initial`, and some empty ones; with `data`, the lines as sent."""
    lines = initial_blocks(workshop) if initial is None else initial
    # Lines that were sent are judged by themselves: one that equals what is stored must not pass for an empty one.
    return cast(BaseBlockFormSet, BlockFormSet(data, prefix="blocks", initial=lines if data is None else None))


def initial_blocks(workshop: Workshop) -> list[dict[str, Any]]:
    if not workshop.pk:
        return []
    lines = []
    for block in workshop.blocks.all():
        (day, begins, begins_which), (_day, ends, ends_which) = wall(block.starts_at, workshop.zone), wall(block.ends_at, workshop.zone)
        lines.append(
            {
                "day": day,
                "begins": begins,
                "ends": ends,
                "kind": block.kind,
                "mode": block.mode,
                "topic": block.topic,
                "begins_which": begins_which,
                "ends_which": ends_which,
            }
        )
    return lines
