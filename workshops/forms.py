"""What people type about workshops."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from workshops.models import Block, Venue, Workshop
from workshops.services import BlockInput

RADII = [("25", "25 miles"), ("50", "50 miles"), ("100", "100 miles"), ("250", "250 miles"), ("", "Any distance")]


class DateInput(forms.DateInput):
    input_type = "date"


class TimeInput(forms.TimeInput):
    input_type = "time"


class NearMeForm(forms.Form):
    place = forms.CharField(
        required=False,
        max_length=80,
        label="City or ZIP code",
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "placeholder": "Pensacola, FL or 32501"}),
    )
    radius = forms.ChoiceField(required=False, choices=RADII, initial="100", label="Within")
    first = forms.DateField(required=False, label="From", widget=DateInput)
    last = forms.DateField(required=False, label="Until", widget=DateInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            self.add_error("last", "The last day lies before the first. Swap them, or leave one empty.")
        return values


class VenueForm(forms.ModelForm):
    class Meta:
        model = Venue
        fields = ["name", "street", "city", "region", "postal_code", "country", "lat", "lng", "time_zone", "access_notes"]
        help_texts = {
            "lat": "Decimal degrees, north is positive: 30.4213 for Pensacola. Maps show it when you press long on a place.",
            "lng": "Decimal degrees, east is positive: -87.2169 for Pensacola.",
            "time_zone": "As in America/Chicago.",
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("lat") == 0 and values.get("lng") == 0:
            self.add_error("lat", "0, 0 lies in the sea off Africa. Enter where the venue stands.")
        return values


class WorkshopForm(forms.ModelForm):
    class Meta:
        model = Workshop
        fields = [
            "title",
            "summary",
            "description",
            "activity",
            "venue",
            "instructor",
            "instructor_name",
            "capacity",
            "is_free",
            "prerequisites",
            "what_to_bring",
            "cancellation_policy",
        ]
        help_texts = {
            "is_free": gettext_lazy("If not, people buy their seat: make a product that opens this workshop, with a price, and put it on sale."),
        }
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in ("description", "prerequisites", "what_to_bring", "cancellation_policy")}

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        teachers = User.objects.filter(role_assignments__role=Role.INSTRUCTOR, is_active=True).distinct()
        if not user.has_role(Role.STAFF):
            teachers = teachers.filter(pk=user.pk)
            self.fields["instructor"].initial = user.pk
        self.fields["instructor"].queryset = teachers.order_by("email")  # type: ignore[attr-defined]  # a choice field

    def save(self, commit: bool = True) -> Workshop:
        """Fill the instance without storing it: services.save_workshop stores it with its schedule."""
        workshop: Workshop = super().save(commit=False)
        if not workshop.slug:
            workshop.slug = free_slug(workshop.title)
        return workshop


def free_slug(title: str) -> str:
    stem = slugify(title)[:100] or "workshop"
    taken = set(Workshop.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    slug, n = stem, 1
    while slug in taken:
        n += 1
        slug = f"{stem}-{n}"
    return slug


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


class CancelWorkshopForm(forms.Form):
    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="Everyone who holds a seat reads this.")
