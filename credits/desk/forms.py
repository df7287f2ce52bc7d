"""Input of the CE officer's desk."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User, validate_time_zone
from accounts.names import NameField
from credits.categories import category_choices, category_names
from credits.forms import DateInput, DayField
from credits.models import Accreditation, Activity, Award, Board, DeliveryMode, Licence, RevocationReason
from credits.models.activities import ComponentKind


class ActivityForm(forms.ModelForm):
    class Meta:
        model = Activity
        fields = ["title", "kind", "instructor_name", "instructor_credentials", "description"]
        labels = {
            "title": _("Title"),
            "kind": _("Kind"),
            "instructor_name": _("Instructor"),
            "instructor_credentials": _("Instructor's credentials"),
            "description": _("Description"),
        }
        help_texts = {"instructor_credentials": _("As boards want to read them, such as LMT, BCTMB.")}
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def _post_clean(self) -> None:
        """Leave the instance alone: the service applies the values."""


class ComponentForm(forms.Form):
    mode = forms.ChoiceField(choices=[("", _("(none)")), *DeliveryMode.choices], required=False, label=_("How"))
    kind = forms.ChoiceField(choices=[("", _("(as usual for it)")), *ComponentKind.choices], required=False, label=_("Made of"))
    minutes = forms.IntegerField(min_value=0, max_value=100_000, required=False, label=_("Minutes"))
    break_minutes = forms.IntegerField(min_value=0, max_value=10_000, required=False, label=_("Short breaks, minutes"))
    words = forms.IntegerField(min_value=1, max_value=10_000_000, required=False, label=_("Words to read"))
    questions = forms.IntegerField(min_value=1, max_value=10_000, required=False, label=_("Questions"))
    difficulty = forms.IntegerField(min_value=1, max_value=5, required=False, label=_("Difficulty, 1 to 5"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        measured = [name for name in ("minutes", "words", "questions") if cleaned.get(name)]
        if bool(cleaned.get("mode")) != bool(measured) and not self.errors:
            raise forms.ValidationError(_("Give both how it is taught and the minutes, or neither. Reading may have words in place of minutes."))
        if measured and not cleaned.get("minutes") and cleaned.get("kind") not in (ComponentKind.READING, ComponentKind.TEST) and not self.errors:
            raise forms.ValidationError(_("Give the minutes. Only reading and tests can do without."))
        live = cleaned.get("kind") == ComponentKind.LIVE
        if cleaned.get("kind") and not self.errors and live == (cleaned.get("mode") == DeliveryMode.SELF_PACED):
            raise forms.ValidationError(_("Live teaching is not at one's own pace; anything else that is made of parts is home study."))
        return cleaned


class CategoryForm(forms.Form):
    """One category of an approval and its units. `kept` are words of a stored approval that no rule knows: they may stay."""

    category = forms.ChoiceField(required=False, label=_("Category"), error_messages={"invalid_choice": _("Choose a category from the list.")})
    units = forms.DecimalField(min_value=Decimal("0.01"), max_digits=7, decimal_places=2, required=False, label=_("Units"))

    def __init__(self, *args: Any, kept: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_entered = [(word, _("%(word)s (as it was entered)") % {"word": word}) for word in kept if word not in category_names()]
        self.fields["category"].choices = [("", _("(none)")), *category_choices(), *as_entered]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("category")) != bool(cleaned.get("units")) and not self.errors:
            raise forms.ValidationError(_("Give both the category and its units, or neither."))
        return cleaned


COMPONENT_DETAILS = ("kind", "break_minutes", "words", "questions", "difficulty")
ComponentFormSet = forms.formset_factory(ComponentForm, extra=3, max_num=8)
CategoryFormSet = forms.formset_factory(CategoryForm, extra=4, max_num=12)


def components_of(formset: Any) -> list[dict[str, Any]]:
    """What was given of each part; the minutes always, 0 for what has only words or questions."""
    found = []
    for row in formset.cleaned_data:
        if row.get("mode"):
            details = {name: row[name] for name in COMPONENT_DETAILS if row.get(name) not in (None, "")}
            found.append({"mode": row["mode"], "minutes": row["minutes"] or 0} | details)
    return found


def category_split_of(formset: Any) -> list[dict[str, str]]:
    return [{"category": row["category"], "units": f"{row['units'].normalize():f}"} for row in formset.cleaned_data if row.get("category")]


class AccreditationForm(forms.ModelForm):
    """An approval. `coverage_percent` stands for coverage_required. Facts that awards have frozen can not be edited."""

    coverage_percent = forms.DecimalField(
        label=_("Share of the video that must be watched, in percent"), min_value=1, max_value=100, max_digits=4, decimal_places=1, initial=95
    )
    status = forms.ChoiceField(
        label=_("State"),
        choices=[(Accreditation.Status.DRAFT, _("Draft: awards nothing yet")), (Accreditation.Status.IN_FORCE, _("In force between its dates"))],
    )

    class Meta:
        model = Accreditation
        fields = [
            "activity", "board", "approved_title", "units", "unit_override", "mode", "approval_number", "provider_number", "provider_name",
            "valid_from", "valid_to", "status", "coverage_percent", "rate_cap", "passing_score", "partial_credit", "late_tolerance_minutes", "instructors",
        ]  # fmt: skip
        labels = {
            "activity": _("Activity"),
            "board": _("Board"),
            "approved_title": _("Title, exactly as approved"),
            "units": _("Units, exactly as approved"),
            "unit_override": _("Word for the unit"),
            "mode": _("Delivery"),
            "approval_number": _("Approval or course number"),
            "provider_number": _("Our provider number"),
            "provider_name": _("Our name as the board knows it"),
            "valid_from": _("First day it covers"),
            "valid_to": _("Last day it covers"),
            "rate_cap": _("Fastest playback that counts"),
            "passing_score": _("Passing score, in percent"),
            "partial_credit": _("What it grants of a live day attended in part"),
            "late_tolerance_minutes": _("Minutes late, or early away, that are overlooked"),
            "instructors": _("Instructors the approval names beside the activity’s own"),
        }
        help_texts = {
            "unit_override": _("Leave empty to use the board's own word."),
            "valid_to": _("Leave empty when the approval has no end."),
            "rate_cap": _("2 counts video watched at up to double speed."),
            "passing_score": _("Leave empty when the board sets none."),
            "partial_credit": _("Leave empty to go by the board’s rules; where those say nothing, it is all or nothing."),
            "late_tolerance_minutes": _("For each block of a live day. 0 when the board says nothing."),
            "instructors": _("One name a line. Enter whoever the board accepted when a change was filed."),
        }
        widgets = {"valid_from": DateInput(), "valid_to": DateInput(), "instructors": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["board"].queryset = Board.objects.approving()  # type: ignore[attr-defined]  # a choice field
        self.fields["late_tolerance_minutes"].required = False
        if self.instance.pk:
            self.initial["coverage_percent"] = self.instance.coverage_percent
            if self.instance.awards.exists():
                for name in Accreditation.FROZEN:
                    if name in self.fields:
                        self.fields[name].disabled = True
        else:
            self.initial.setdefault("provider_name", settings.SCHOOL_NAME)

    def _post_clean(self) -> None:
        """Leave the instance alone: the service applies the values and says what is wrong with them."""

    def values(self) -> dict[str, Any]:
        found = {name: value for name, value in self.cleaned_data.items() if name != "coverage_percent"}
        lenience = self.cleaned_data["late_tolerance_minutes"] or 0
        return {**found, "coverage_required": self.cleaned_data["coverage_percent"] / 100, "late_tolerance_minutes": lenience}


class LetterForm(forms.Form):
    letter = forms.FileField(
        label=_("Approval letter"), help_text=_("A PDF of at most 10 MB. Only officers and staff can open it."), validators=[FileExtensionValidator(["pdf"])]
    )


class WithdrawForm(forms.Form):
    on = forms.DateField(label=_("First day it no longer covers"), widget=DateInput())
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}))


class LearnerForm(forms.Form):
    learner = forms.EmailField(label=_("The learner's e-mail address"))

    def clean_learner(self) -> User:
        user = User.objects.filter(email=self.cleaned_data["learner"].strip().lower(), is_active=True).first()
        if user is None:
            raise forms.ValidationError(_("Nobody is signed up with this address. Ask the learner which one they use."))
        return user


class ApprovalChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        end = obj.last_day.isoformat() if obj.last_day else str(_("no end"))
        return f"{obj.activity.title} · {obj.board.name} {obj.approval_number} · {obj.valid_from.isoformat()} – {end}"


class IssueForm(forms.Form):
    activity = forms.ModelChoiceField(Activity.objects.all(), label=_("What was completed"))
    accreditation = ApprovalChoice(
        Accreditation.objects.exclude(status=Accreditation.Status.DRAFT).select_related("activity", "board").order_by("activity__title", "board__name"),
        label=_("Approval it counts under"),
        required=False,
        empty_label=_("None: the school's own certificate"),
    )
    licence = forms.ModelChoiceField(
        Licence.objects.none(), label=_("Licence it counts for"), required=False, empty_label=_("The approving board's own, if any")
    )
    completed_on = forms.DateField(label=_("Completed on"), widget=DateInput())
    zone = forms.CharField(label=_("Time zone of that day"), validators=[validate_time_zone])
    evidence = forms.CharField(
        label=_("What proves it"), help_text=_("Sign-in sheet, exam, letter: kept with the record."), widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(label=_("Why by hand"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, learner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["licence"].queryset = Licence.objects.visible_to(learner).on_file().select_related("board")  # type: ignore[attr-defined]  # a choice field
        self.fields["zone"].initial = settings.SCHOOL_TIME_ZONE


class CorrectForm(forms.Form):
    legal_name = NameField(label=_("Name as printed"), longest=250, required=False)
    licence_number = forms.CharField(label=_("Licence number"), max_length=60, required=False)
    completed_on = forms.DateField(label=_("Completed on"), widget=DateInput())
    accreditation = ApprovalChoice(Accreditation.objects.none(), label=_("Approval it counts under"), required=False)
    reason = forms.CharField(label=_("Why"), help_text=_("Kept inside the school."), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None, *, award: Award) -> None:
        holder = award.holder
        self.before = {
            "legal_name": holder.legal_name_printed,
            "licence_number": holder.licence_number,
            "completed_on": award.completed_on,
            "accreditation": award.accreditation,
        }
        super().__init__(data, initial=self.before)
        if award.accreditation is None or award.board is None:
            del self.fields["accreditation"], self.fields["licence_number"]
        else:
            bodies = [award.board.pk, *award.board.accepts_approvals_of.values_list("pk", flat=True)]
            approvals = Accreditation.objects.filter(activity=award.accreditation.activity_id, board__in=bodies).exclude(status=Accreditation.Status.DRAFT)
            self.fields["accreditation"].queryset = approvals.select_related("activity", "board")  # type: ignore[attr-defined]  # a choice field
            self.fields["accreditation"].required = True

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name in self.before and value != self.before[name]}


class RevokeForm(forms.Form):
    reason_class = forms.ChoiceField(label=_("Reason shown to the public"), choices=RevocationReason.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("What happened"), help_text=_("Kept inside the school."), widget=forms.Textarea(attrs={"rows": 3}))
    is_sure = forms.BooleanField(label=_("I understand that the certificate stops being valid for good"))


class OverrideForm(forms.Form):
    cycle_end = DayField(label=_("Last day of the cycle"))
    required = forms.DecimalField(
        label=_("Units required"),
        min_value=Decimal("0"),
        max_digits=7,
        decimal_places=2,
        required=False,
        help_text=_("In the board's own unit, in place of the rule's. 0 waives the cycle. Leave empty to keep the rule's."),
    )
    window_open = DayField(label=_("Credit counts from"), required=False, help_text=_("Leave empty to keep the rule's first day."))
    window_close = DayField(label=_("Credit counts until"), required=False, help_text=_("For an extension: the last day the board allows."))
    reason = forms.CharField(
        label=_("Why"), max_length=2000, help_text=_("Who decided, and on what paper. The learner reads it."), widget=forms.Textarea(attrs={"rows": 3})
    )


class WithdrawOverrideForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
