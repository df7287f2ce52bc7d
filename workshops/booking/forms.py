"""What people type when they register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from credits.models import Activity, Board
from workshops.booking.details import Asked, Checked, Details
from workshops.booking.services import MOST_COLLEAGUES, Guest, Told
from workshops.models import Question, Requirement, Seat, Waiver, Workshop

ME, OTHERS = "me", "others"


class BookingForm(forms.Form):
    """Who comes, and how."""

    who = forms.ChoiceField(
        label=_("Who is coming"),
        choices=[(ME, _("I am coming")), (OTHERS, _("I am not coming, I register others"))],
        widget=forms.RadioSelect,
        initial=ME,
    )
    place = forms.ChoiceField(label=_("How you take part"), choices=Seat.Place.choices, widget=forms.RadioSelect, initial=Seat.Place.ROOM)

    def __init__(self, *args: Any, workshop: Workshop, has_seat: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if workshop.format != Workshop.Format.HYBRID or has_seat:
            del self.fields["place"]
        if has_seat:
            del self.fields["who"]

    @property
    def is_coming(self) -> bool:
        return "who" in self.fields and (self.cleaned_data.get("who") or ME) == ME

    @property
    def wanted_place(self) -> str:
        return self.cleaned_data.get("place") or ""


class ColleagueForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    place = forms.ChoiceField(label=_("How they take part"), choices=Seat.Place.choices, initial=Seat.Place.ROOM, required=False)

    def __init__(self, *args: Any, is_hybrid: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not is_hybrid:
            del self.fields["place"]


class BaseColleagueFormSet(forms.BaseFormSet):
    def guests(self) -> list[Guest]:
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data.get("email")]
        return [Guest(row["email"], row["name"], row.get("place") or Seat.Place.ROOM) for row in filled]


def colleague_formset(*, extra: int) -> type[BaseColleagueFormSet]:
    return forms.formset_factory(  # type: ignore[return-value]  # of the class given
        ColleagueForm, formset=BaseColleagueFormSet, extra=extra, max_num=MOST_COLLEAGUES, absolute_max=MOST_COLLEAGUES + 2
    )


class DetailsForm(forms.Form):
    """The fields that one workshop asks one person for: questions, a licence, statements, the waiver."""

    def __init__(self, *args: Any, details: Details, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.details, self.user = details, user
        for asked in details.asked:
            self.fields[f"question_{asked.question.pk}"] = _question_field(asked)
        open_checks = [check for check in details.checked if not check.is_met]
        wanted = [check for check in open_checks if check.requirement.kind == Requirement.Kind.LICENCE]
        if wanted:
            self._add_licence_fields(wanted)
        for check in open_checks:
            if check.can_state:
                self.fields[f"statement_{check.requirement.pk}"] = _statement_field(check, must=check not in wanted)
        if details.waiver and not details.accepted:
            self.fields["waiver_version"] = forms.IntegerField(initial=details.waiver.pk, widget=forms.HiddenInput, required=False)
            self.fields["waiver_accepted"] = forms.BooleanField(label=_("I have read this and accept it"))
            name = str(user.legal_name or user.display_name)
            self.fields["waiver_name"] = forms.CharField(
                label=_("Your full name"),
                max_length=160,
                initial=name,
                help_text=_("Typed as your signature."),
                widget=forms.TextInput(attrs={"autocomplete": "name"}),
            )

    def _add_licence_fields(self, wanted: list[Checked]) -> None:
        boards = [check.requirement.board_id for check in wanted]
        known = Board.objects.order_by("name") if None in boards else Board.objects.filter(pk__in=[pk for pk in boards if pk]).order_by("name")
        must = not all(check.can_state for check in wanted)
        self.fields["licence_board"] = forms.ModelChoiceField(
            known,
            label=_("Licence or certification of"),
            required=must,
            empty_label=_("Choose the body"),
            help_text=_("It is kept with your licences, for your certificates too."),
        )
        self.fields["licence_number"] = forms.CharField(label=_("Its number"), max_length=60, required=must)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("licence_number") and "licence_board" in self.fields and not values.get("licence_board"):
            self.add_error("licence_board", _("Choose the body that gave this number."))
        if values.get("licence_board") and not values.get("licence_number"):
            self.add_error("licence_number", _("Enter the number as it stands on your licence."))
        return values

    def part(self, prefix: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(prefix) and not self[name].is_hidden]

    @property
    def questions(self) -> list[forms.BoundField]:
        return self.part("question_")

    @property
    def proofs(self) -> list[forms.BoundField]:
        return [*self.part("licence_"), *self.part("statement_")]

    @property
    def waiver(self) -> list[forms.BoundField]:
        return self.part("waiver_")

    def told(self, place: str = "") -> Told:
        values = self.cleaned_data
        return Told(
            place=place,
            answers={asked.question.pk: values.get(f"question_{asked.question.pk}", "") for asked in self.details.asked},
            statements={int(name.rpartition("_")[2]): text for name, text in values.items() if name.startswith("statement_") and text},
            licence_board=values.get("licence_board"),
            licence_number=values.get("licence_number", ""),
            waiver=values.get("waiver_version") or (self.details.waiver.pk if self.details.waiver else None) if values.get("waiver_accepted") else None,
            waiver_name=values.get("waiver_name", ""),
        )


def _question_field(asked: Asked) -> forms.Field:
    question = asked.question
    common: dict[str, Any] = {"label": question.text, "help_text": escape(question.help_text), "required": question.is_required, "initial": asked.value}
    if question.kind == Question.Kind.YES_NO:
        return forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect, **common)
    if question.kind == Question.Kind.CHOICE:
        return forms.ChoiceField(choices=[("", _("Choose")), *((text, text) for text in question.choices)], **common)
    return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), **common)


def _statement_field(check: Checked, *, must: bool) -> forms.Field:
    refused = check.statement if check.statement and check.statement.state == "refused" else None
    help_text = str(_("The school reads it before the workshop."))
    if refused:
        help_text = str(_("Your statement was not enough: %(why)s Write what else you have.")) % {"why": escape(refused.note)}
    label = _("What you have instead: %(what)s") % {"what": check.requirement.sentence}
    initial = check.statement.text if check.statement else ""
    return forms.CharField(label=label, max_length=2000, required=must, initial=initial, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}))


class QuestionForm(forms.Form):
    """A question at the desk."""

    text = forms.CharField(label=_("Question"), max_length=200)
    kind = forms.ChoiceField(label=_("Answered by"), choices=Question.Kind.choices)
    choices = forms.CharField(
        label=_("Answers to choose from"),
        required=False,
        max_length=2000,
        help_text=_("One a line; only for “one of several”."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    help_text = forms.CharField(label=_("Explanation"), required=False, max_length=300)
    is_required = forms.BooleanField(label=_("An answer is needed"), required=False)

    def clean_choices(self) -> list[str]:
        lines = (" ".join(line.split()) for line in self.cleaned_data["choices"].splitlines())
        return list(dict.fromkeys(line[:120] for line in lines if line))


class RequirementForm(forms.Form):
    """A requirement at the desk."""

    kind = forms.ChoiceField(label=_("What is needed"), choices=Requirement.Kind.choices)
    activity = forms.ModelChoiceField(
        Activity.objects.order_by("title", "pk"),
        label=_("Which course or workshop"),
        required=False,
        empty_label=_("None"),
        help_text=_("Only where one has to be completed here."),
    )
    board = forms.ModelChoiceField(
        Board.objects.order_by("name"), label=_("Licence of which body"), required=False, empty_label=_("Any"), help_text=_("Only for a licence.")
    )
    words = forms.CharField(
        label=_("In words"), required=False, max_length=300, help_text=_("What people read in place of our own sentence; needed for a statement.")
    )
    takes_statement = forms.BooleanField(
        label=_("A statement will do"), required=False, help_text=_("Who does not meet it may say what they have instead; you read it and decide.")
    )


class WaiverChoiceForm(forms.Form):
    waiver = forms.ModelChoiceField(Waiver.objects.order_by("name"), label=_("Waiver"), required=False, empty_label=_("None"))


class WaiverTextForm(forms.Form):
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}), help_text=_("An empty line begins a new paragraph."))


class NewWaiverForm(WaiverTextForm):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("For the desk: “Hands-on practice”, for one."))
    field_order = ("name", "text")


class ReviewForm(forms.Form):
    note = forms.CharField(label=_("Word to the person"), required=False, max_length=300, help_text=_("Needed when it is not enough: what is missing."))
