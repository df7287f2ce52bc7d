"""Input of the post room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.forms import DateInput
from credits.models import Board, ReportRoute, ReportRow
from credits.reports.duties import Duty
from credits.reports.systems import layouts, systems


class RouteForm(forms.Form):
    """How one board is reported to. A new one begins with what the board's text says."""

    is_on = forms.BooleanField(required=False, label=_("We report to this board"))
    system = forms.ChoiceField(label=_("To"))
    layout = forms.ChoiceField(label=_("File"))
    report_from = forms.DateField(
        widget=DateInput, label=_("Completions from"), help_text=_("Earlier ones were reported before this post room, or need not be: they are left alone.")
    )
    provider_number = forms.CharField(max_length=20, required=False, label=_("Provider number"), help_text=_("With CE Broker the digits after 50-."))
    state = forms.CharField(max_length=2, required=False, label=_("State"), help_text=_("Two letters, such as FL."))
    profession_code = forms.CharField(max_length=20, required=False, label=_("Profession code"), help_text=_("CE Broker's list comes with the account."))
    licence_mask = forms.CharField(
        max_length=60,
        required=False,
        label=_("Form of a licence number"),
        help_text=_(
            "As the board shows it: @ for a letter, # for a digit, * for any number of digits, all else as it stands, such as LM#####. Empty: no check."
        ),
    )
    own_days = forms.IntegerField(
        min_value=1,
        max_value=365,
        required=False,
        label=_("Our own aim, in days"),
        help_text=_("Within how many days we mean to report where the board names none."),
    )

    def __init__(self, *args: Any, board: Board, duty: Duty, route: ReportRoute | None, **kwargs: Any) -> None:
        start: dict[str, Any] = {"is_on": True, "state": board.jurisdiction.rpartition("-")[2] if "-" in board.jurisdiction else "", "own_days": 14}
        start |= {"system": duty.system.code, "layout": duty.system.layout.code} if duty.system else {"system": "board", "layout": "roster_csv"}
        if route:
            start = {name: getattr(route, name) for name in self.base_fields}
        super().__init__(*args, **{**kwargs, "initial": start})
        self.fields["system"].choices = [(code, system.name) for code, system in systems().items()]  # type: ignore[attr-defined]  # a choice field
        self.fields["layout"].choices = [(code, layout.name) for code, layout in layouts().items()]  # type: ignore[attr-defined]  # a choice field


class CourseForm(forms.Form):
    course_number = forms.CharField(max_length=20, required=False, label=_("Course number"), help_text=_("With CE Broker the digits after 20-."))
    own_course_id = forms.CharField(max_length=40, required=False, label=_("Or our own course id"), help_text=_("Only if the account knows the course by it."))
    publishing_number = forms.CharField(max_length=20, required=False, label=_("Publishing number"), help_text=_("Mostly empty."))


class PostForm(forms.Form):
    posted_on = forms.DateField(widget=DateInput, required=False, label=_("Posted on"), help_text=_("Empty: today."))
    receipt = forms.CharField(max_length=200, required=False, label=_("Receipt"), help_text=_("What the regulator's page gave you, if anything."))


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label=_("Why"))


class NoteForm(forms.Form):
    note = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 2}), label=_("What was done"))


class ResultsForm(forms.Form):
    file = forms.FileField(label=_("The regulator's answers (CSV)"))


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=[(ReportRow.Outcome.ACCEPTED, _("Accepted")), (ReportRow.Outcome.REFUSED, _("Refused"))], widget=forms.RadioSelect, label=_("The regulator")
    )
    code = forms.CharField(max_length=60, required=False, label=_("Its code"))
    reason = forms.CharField(max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}), label=_("Its reason"))
