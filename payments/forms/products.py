"""What staff type about products, prices and promotion codes."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel.numbers import is_currency
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.money import as_decimal, parse_money
from payments import subjects
from payments.models import Price, Product, PromotionCode
from payments.services import ItemInput

ROWS = 4  # parts a bundle can get at once; more after saving


# Their smallest unit is a thousandth, which amounts here do not know.
THOUSANDTHS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def check_currency(text: str) -> str:
    """The currency's code in small letters. Raises ValidationError for what is none, or none we can count in."""
    currency = text.strip().lower()
    if not is_currency(currency.upper()) or currency in THOUSANDTHS:
        raise forms.ValidationError(_("Prices cannot be set in this currency. Type one such as usd, eur or cad."))
    return currency


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = ["kind", "title", "slug", "summary", "access_days", "streams", "finish_by", "finish_note", "refund_policy", "for_organizations"]
        labels = {
            "kind": _("Kind"),
            "title": _("Title"),
            "slug": _("Address"),
            "summary": _("In one sentence"),
            "access_days": _("Days of access"),
            "streams": _("Devices at once"),
            "finish_by": _("Finish by"),
            "finish_note": _("Why then"),
            "refund_policy": _("Refund policy"),
            "for_organizations": _("Organizations may buy several"),
        }
        help_texts = {"slug": _("The last part of its page’s address: small letters, digits and hyphens.")}
        widgets = {"finish_by": DateInput(), "refund_policy": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["streams"].required = False  # left empty it is one

    def clean_streams(self) -> int:
        return self.cleaned_data["streams"] or 1

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("kind") == Product.Kind.MEMBERSHIP:
            if values.get("access_days"):
                self.add_error("access_days", _("A membership is open while it is paid. Leave this empty."))
            if values.get("for_organizations"):
                self.add_error("for_organizations", _("A membership is for one person. Untick this."))
        if values.get("finish_note") and not values.get("finish_by"):
            self.add_error("finish_by", _("Name the day the note is about, or empty the note."))
        return values


class ItemForm(forms.Form):
    subject = forms.ChoiceField(label=_("It opens"), required=False)
    share = forms.IntegerField(
        label=_("Share"), min_value=1, max_value=10_000, required=False, widget=forms.NumberInput(attrs={"inputmode": "numeric", "size": 6})
    )


class BaseItemFormSet(forms.BaseFormSet):
    """What the product opens, one row each; empty rows are passed over."""

    def __init__(self, *args: Any, find: str = "", **kwargs: Any) -> None:
        self.groups = [(str(subjects.kind_of(prefix).title or prefix), found) for prefix, found in subjects.search(find).items() if found]
        super().__init__(*args, **kwargs)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        chosen = (form.initial or {}).get("subject") or (form.data.get(form.add_prefix("subject")) if form.is_bound else "")
        known = {subject for _group, found in self.groups for subject, _title in found}
        own = []
        if chosen and chosen not in known:  # left out by `find`; what nobody knows by a title is no choice, unless it stands already
            title = subjects.title_of(chosen)
            own = [(_("Chosen"), [(chosen, title)])] if title != chosen or chosen == (form.initial or {}).get("subject") else []
        form.fields["subject"].choices = [("", _("Choose…")), *own, *self.groups]  # type: ignore[attr-defined]  # a choice field

    @property
    def choice_count(self) -> int:
        return sum(len(found) for _group, found in self.groups)

    def items(self) -> list[ItemInput]:
        """The rows that name something, in order; only after is_valid()."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("subject")]
        return [ItemInput(row["subject"], row.get("share") or 100) for row in rows]


ItemFormSet = cast(type[BaseItemFormSet], forms.formset_factory(ItemForm, formset=BaseItemFormSet, extra=0, max_num=20))


class PriceForm(forms.Form):
    """Another price, or the same terms at another amount."""

    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3, widget=forms.TextInput(attrs={"size": 4, "autocomplete": "off"}))
    amount = forms.CharField(label=_("Amount"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, "autocomplete": "off"}))
    interval = forms.ChoiceField(label=_("Paid"), choices=Price.Interval.choices)
    trial_days = forms.IntegerField(label=_("Days of trial"), min_value=0, max_value=90, initial=0)
    min_quantity = forms.IntegerField(
        label=_("From how many on"), min_value=1, max_value=1000, initial=1, help_text=_("More than 1: a price for organizations.")
    )
    tax_behavior = forms.ChoiceField(label=_("Tax"), choices=Price.TaxBehavior.choices)

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        recurring = product.kind == Product.Kind.MEMBERSHIP
        kwargs["initial"] = {"currency": settings.PAYMENTS_CURRENCY, "interval": "month" if recurring else "once"} | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        choices = [choice for choice in Price.Interval.choices if (choice[0] != Price.Interval.ONCE) == recurring]
        self.fields["interval"].choices = choices  # type: ignore[attr-defined]  # a choice field
        if not recurring:
            del self.fields["trial_days"]
        if not product.for_organizations:
            del self.fields["min_quantity"]

    def clean_currency(self) -> str:
        return check_currency(self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "amount" in values and "currency" in values:
            try:
                values["amount_cents"] = parse_money(values["amount"], values["currency"])
            except forms.ValidationError as wrong:
                self.add_error("amount", wrong)
        return values

    def terms(self) -> dict[str, Any]:
        """For `set_price`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "amount"}


class PromotionForm(forms.ModelForm):
    """A code takes off a percentage or an amount."""

    amount_off = forms.CharField(
        label=_("Amount off"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}), help_text=_("Instead of a percentage.")
    )
    starts_on = forms.DateField(label=_("First day"), required=False, widget=DateInput())
    ends_on = forms.DateField(label=_("Last day"), required=False, widget=DateInput())

    class Meta:
        model = PromotionCode
        fields = [
            "code",
            "percent_off",
            "amount_off",
            "currency",
            "products",
            "max_uses",
            "once_per_person",
            "starts_on",
            "ends_on",
            "is_active",
            "note",
        ]
        labels = {
            "code": _("Code"),
            "percent_off": _("Percent off"),
            "currency": _("Currency of the amount"),
            "products": _("Only for"),
            "max_uses": _("Most uses"),
            "once_per_person": _("Once per person"),
            "is_active": _("It can be used"),
            "note": _("Note for the desk"),
        }
        help_texts = {"max_uses": _("Empty: as often as people like."), "products": _("None ticked: for everything.")}
        widgets = {"products": forms.CheckboxSelectMultiple}

    field_order = Meta.fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code, zone = self.instance, ZoneInfo(settings.SCHOOL_TIME_ZONE)
        if code.pk:
            if code.amount_off_cents is not None:
                self.initial["amount_off"] = as_decimal(code.amount_off_cents, code.currency)
            self.initial["starts_on"] = code.starts_at and code.starts_at.astimezone(zone).date()
            self.initial["ends_on"] = code.expires_at and code.expires_at.astimezone(zone).date()

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        code, amount = self.instance, values.get("amount_off", "").strip()
        if bool(amount) == (values.get("percent_off") is not None):
            self.add_error("percent_off", _("Fill in a percentage or an amount, one of the two."))
            return values
        code.amount_off_cents, currency = None, ""
        if amount:
            try:
                currency = check_currency(values.get("currency") or settings.PAYMENTS_CURRENCY)
                code.amount_off_cents = parse_money(amount, currency)
            except forms.ValidationError as wrong:
                self.add_error("amount_off", wrong)
            if code.amount_off_cents == 0:
                self.add_error("amount_off", _("A code takes something off."))
        values["currency"] = currency
        for name in ("starts_on", "ends_on"):
            if (day := values.get(name)) and not 1970 <= day.year <= 2999:  # the last days that computers know are none in other zones
                self.add_error(name, _("Choose a day after 1970."))
                return values
        code.starts_at, code.expires_at = _at(values.get("starts_on"), time.min), _at(values.get("ends_on"), time(23, 59, 59))
        if code.starts_at and code.expires_at and code.starts_at > code.expires_at:
            self.add_error("ends_on", _("The last day lies before the first. Swap them, or leave one empty."))
        return values


def _at(day: Any, hour: time) -> datetime | None:
    """That day where the school is."""
    return datetime.combine(day, hour, ZoneInfo(settings.SCHOOL_TIME_ZONE)) if day else None
