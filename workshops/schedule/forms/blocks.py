"""The lines of a schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from workshops.inputs import DateInput, TimeInput
from workshops.models import Block, Workshop
from workshops.services import BlockInput


class BlockForm(forms.Form):
    """A line of the schedule in the venue's own time."""

    day = forms.DateField(widget=DateInput)
    begins = forms.TimeField(widget=TimeInput)
    ends = forms.TimeField(widget=TimeInput)
    kind = forms.ChoiceField(choices=Block.Kind.choices, initial=Block.Kind.INSTRUCTION)
    mode = forms.ChoiceField(choices=Block.Mode.choices, initial=Block.Mode.HANDS_ON)
    topic = forms.CharField(required=False, max_length=160)

    def as_input(self, zone: ZoneInfo) -> BlockInput:
        values = self.cleaned_data
        start = datetime.combine(values["day"], values["begins"], zone)
        end = datetime.combine(values["day"], values["ends"], zone)
        if end.replace(tzinfo=None) <= start.replace(tzinfo=None):
            end = datetime.combine(values["day"].fromordinal(values["day"].toordinal() + 1), values["ends"], zone)
        return BlockInput(starts_at=start, ends_at=end, kind=values["kind"], mode=values["mode"], topic=values["topic"])


class BaseBlockFormSet(forms.BaseFormSet):
    def as_inputs(self, zone: ZoneInfo) -> list[BlockInput]:
        return [form.as_input(zone) for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]


BlockFormSet = forms.formset_factory(BlockForm, formset=BaseBlockFormSet, extra=3, can_delete=True, max_num=60, absolute_max=80)


def initial_blocks(workshop: Workshop) -> list[dict[str, Any]]:
    if not workshop.pk:
        return []
    zone, lines = workshop.zone, []
    for block in workshop.blocks.all():
        start, end = block.starts_at.astimezone(zone), block.ends_at.astimezone(zone)
        lines.append({"day": start.date(), "begins": start.time(), "ends": end.time(), "kind": block.kind, "mode": block.mode, "topic": block.topic})
    return lines
