"""Input of the rules' desk pages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.forms import DayField
from credits.models import DeliveryMode
from credits.revisions.editing import FROM_A_DAY, Amounts, Source, amount_key
from credits.rulebook.words import match_words

NEW_SOURCE = "+"
REASON: dict[str, Any] = {"max_length": 2000, "widget": forms.Textarea(attrs={"rows": 3})}


class RowForm(forms.Form):
    """The numbers of one row: its requirement, its minima with their ways of delivery, its caps."""

    def __init__(self, *args: Any, row: Mapping[str, Any], names: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        fields: dict[str, forms.Field] = {}
        if row["required"] and (name := amount_key(row["required"])):
            label = _("Units for each month") if name == "per_month" else _("Units in all")
            fields["required"] = _amount(label, row["required"][name])
        for number, part in enumerate(row.get("minima", [])):
            label = _("At least: %(what)s") % {"what": _name(part, names)}
            fields[f"minimum_{number}"] = _amount(label, part[str(amount_key(part))], _help(part))
            fields[f"modes_{number}"] = forms.MultipleChoiceField(
                label=_("%(what)s may be earned") % {"what": _name(part, names)},
                choices=DeliveryMode.choices,
                required=False,
                initial=part["match"].get("modes", []),
                widget=forms.CheckboxSelectMultiple,
                help_text=_("None chosen: in any way."),
            )
        for number, part in enumerate(row.get("caps", [])):
            label = _("At most: %(what)s") % {"what": _name(part, names)}
            fields[f"cap_{number}"] = _amount(label, part[str(amount_key(part))], _help(part))
        self.fields = {**fields, **self.fields}
        self.order_fields(self.field_order)

    def amounts(self) -> Amounts:
        values = self.cleaned_data
        minima = list(enumerate(self.row.get("minima", [])))
        return Amounts(
            required=values.get("required"),
            minima={part["code"]: values[f"minimum_{number}"] for number, part in minima},
            caps={part["code"]: values[f"cap_{number}"] for number, part in enumerate(self.row.get("caps", []))},
            modes={part["code"]: values[f"modes_{number}"] for number, part in minima},
        )


class SourcedRowForm(RowForm):
    """A row that rests on a text: one the document names already, or a new one."""

    source = forms.ChoiceField(label=gettext_lazy("Source"), help_text=gettext_lazy("The board's own text that says so."))
    reference = forms.CharField(label=gettext_lazy("Address or citation of the new source"), max_length=400, required=False)
    read_on = DayField(label=gettext_lazy("Read on"), required=False)
    as_of = DayField(
        label=gettext_lazy("The text says it is current through"), required=False, help_text=gettext_lazy("Leave it empty when the text gives no date.")
    )
    is_official = forms.BooleanField(label=gettext_lazy("It is official: a statute, a rule, or the board's own page"), required=False, initial=True)
    reason = forms.CharField(label=gettext_lazy("Why"), help_text=gettext_lazy("The second officer reads it, and it stays with the revision."), **REASON)

    def __init__(self, *args: Any, sources: Mapping[str, Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = sources
        known = [(key, source["reference"]) for key, source in sources.items()]
        self.fields["source"].choices = [(NEW_SOURCE, _("A new source, given below")), *known]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("source") == NEW_SOURCE:
            for name, sentence in (("reference", _("Give the address or the citation of the text you read.")), ("read_on", _("Say when you read it."))):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return values

    def source_given(self) -> Source:
        values = self.cleaned_data
        if values["source"] != NEW_SOURCE:
            return Source(values["source"])
        return Source(self._new_key(), " ".join(values["reference"].split()), values["read_on"], values["as_of"], values["is_official"])

    def _new_key(self) -> str:
        key = f"read_{self.cleaned_data['read_on']:%Y_%m_%d}"
        number = 1
        while (name := key if number == 1 else f"{key}_{number}") in self.sources:
            number += 1
        return name


class ChangeForm(SourcedRowForm):
    FROM_DAY, CORRECT = "from", "correct"
    how = forms.ChoiceField(
        label=gettext_lazy("What this is"),
        widget=forms.RadioSelect,
        initial=FROM_DAY,
        choices=[
            (FROM_DAY, gettext_lazy("The board changed its rule: this row ends, and its next version begins")),
            (CORRECT, gettext_lazy("Our data had a slip: the row itself is corrected, for past cycles too")),
        ],
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("The new rule holds for"),
        required=False,
        choices=[
            ("cycle_end", gettext_lazy("cycles that end on the day or later")),
            ("cycle_start", gettext_lazy("cycles that start on the day or later")),
        ],
    )
    begins = DayField(label=gettext_lazy("The day"), required=False)

    field_order = ["how", "basis", "begins"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("how") == self.FROM_DAY:
            if not values.get("begins") and "begins" not in self.errors:
                self.add_error("begins", _("Give the day from which the new rule holds."))
            if values.get("basis") not in FROM_A_DAY and "basis" not in self.errors:
                self.add_error("basis", _("Choose which date decides."))
        return values


class WaiverForm(SourcedRowForm):
    first = DayField(label=gettext_lazy("For cycles that end from"))
    last = DayField(label=gettext_lazy("to"))

    field_order = ["first", "last"]

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("first") and values.get("last") and values["last"] < values["first"]:
            self.add_error("last", _("The waiver ends before it begins. Put its days in order."))
        return values


class WhatIfForm(RowForm):
    question = forms.CharField(
        label=gettext_lazy("What you want to know"),
        max_length=300,
        help_text=gettext_lazy("So that you find it again, such as: Florida raises in-person to 14."),
    )

    field_order = ["question"]


class TextForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("The document"),
        strip=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 40, "spellcheck": "false", "class": "rule-text", "data-lines": ""}),
        help_text=gettext_lazy("YAML, as the documents of all boards are written. Comments are kept."),
    )
    seen_text = forms.CharField(strip=False, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why"), required=False, help_text=gettext_lazy("Needed when you submit it: what changed, and where you read it."), **REASON
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), help_text=gettext_lazy("It stays with the revision and in the audit log."), **REASON)


class SignForm(forms.Form):
    is_read = forms.BooleanField(
        label=gettext_lazy("I have read the differences beside the board's own text, and looked at the dry run."),
        error_messages={"required": gettext_lazy("Read them first: your signature says that you did.")},
    )


class SignAloneForm(SignForm):
    reason = forms.CharField(
        label=gettext_lazy("Why no second officer signs"), help_text=gettext_lazy("Learners whom the rule concerns read it too."), **REASON
    )


class ConfirmForm(forms.Form):
    """Nothing to say but yes."""


class VerifyForm(forms.Form):
    kind = forms.CharField(widget=forms.HiddenInput, max_length=40)
    name = forms.CharField(widget=forms.HiddenInput, max_length=250)
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    source_seen = forms.CharField(label=gettext_lazy("What you read"), max_length=1000, help_text=gettext_lazy("The address, and the date the text gives."))


def _amount(label: str, now: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=Decimal(0), max_digits=9, decimal_places=3, initial=now, help_text=help_text)


def _name(part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    if part["code"] in names:
        return names[part["code"]]
    return capfirst(match_words(part["match"], dict(names))) if part.get("match") else _("Of any kind")


def _help(part: Mapping[str, Any]) -> str:
    return {
        "fraction_of_required": _("As a fraction of what is required: 0.10 is a tenth."),
        "max_fraction_of_required": _("As a fraction of what is required: 0.10 is a tenth."),
        "units_per_cycle_year": _("For each year of the cycle."),
    }.get(str(amount_key(part)), "")
