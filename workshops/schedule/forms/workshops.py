"""What a workshop says of itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from workshops.models import Workshop
from workshops.slugs import free_slug

LONG = ("description", "prerequisites", "what_to_bring", "cancellation_policy", "join_notes")


class WorkshopForm(forms.ModelForm):
    join_url = forms.URLField(
        label=gettext_lazy("Address to join at"),
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy("Only people with a remote seat see it, from the day before the workshop."),
    )

    class Meta:
        model = Workshop
        fields = [
            "title",
            "summary",
            "description",
            "activity",
            "series",
            "level",
            "format",
            "venue",
            "capacity",
            "remote_capacity",
            "join_url",
            "join_notes",
            "instructor",
            "instructor_name",
            "is_free",
            "prerequisites",
            "what_to_bring",
            "policy",
            "cancellation_policy",
        ]
        help_texts = {
            "is_free": gettext_lazy("If not, people buy their seat: make a product that opens this workshop, with a price, and put it on sale."),
            "venue": gettext_lazy("Its clock is the schedule’s. For an online workshop: where it is sent from."),
            "series": gettext_lazy("Dates of one series are shown on each other’s pages."),
            "policy": gettext_lazy("People read its steps before they pay. Empty: the school’s own."),
            "cancellation_policy": gettext_lazy("Shown below the steps, so say nothing here that they contradict."),
        }
        labels = {
            "policy": gettext_lazy("What goes back to whoever cannot come"),
            "cancellation_policy": gettext_lazy("More about cancelling, in your own words"),
        }
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in LONG}

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        teachers = User.objects.filter(role_assignments__role=Role.INSTRUCTOR, is_active=True).distinct()
        if not user.has_role(Role.STAFF):
            teachers = teachers.filter(pk=user.pk)
            self.fields["instructor"].initial = user.pk
        self.fields["instructor"].queryset = teachers.order_by("email")  # type: ignore[attr-defined]  # a choice field
        self.fields["remote_capacity"].required = False
        for name in ("format", "level", "cancellation_policy"):  # without them: the usual format and level, and what the steps say
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["format"] = values.get("format") or Workshop.Format.IN_PERSON
        values["level"] = values.get("level") or Workshop.Level.ALL
        values["remote_capacity"] = values.get("remote_capacity") or 0
        if values["format"] == Workshop.Format.HYBRID and not values["remote_capacity"]:
            self.add_error("remote_capacity", _("Say how many may join online, or choose another format."))
        if values["format"] != Workshop.Format.HYBRID:
            values["remote_capacity"] = 0
        if values["format"] == Workshop.Format.IN_PERSON:
            values["join_url"] = values["join_notes"] = ""
        return values

    def save(self, commit: bool = True) -> Workshop:
        """Fill the instance without storing it: services.save_workshop stores it with its schedule."""
        workshop: Workshop = super().save(commit=False)
        if not workshop.slug:
            workshop.slug = free_slug(workshop.title)
        return workshop
