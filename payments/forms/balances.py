"""What staff type about deposits and what is owed after them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.money import as_decimal, parse_money
from payments.forms.products import DateInput, check_currency
from payments.models import Deposit, Product
from payments.models.deposits import Rule


class DepositForm(forms.Form):
    """With how much a seat can be had, and what follows. Prefilled with what stands in the product's currency."""

    prefix = "deposit"

    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3, widget=forms.TextInput(attrs={"size": 4, "autocomplete": "off"}))
    amount = forms.CharField(
        label=_("Deposit for each seat"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, "autocomplete": "off"}),
        help_text=_("Empty: no deposit in this currency; everything is paid at once."),
    )
    balance_days = forms.IntegerField(label=_("The rest is due so many days before it begins"), min_value=2, max_value=365, initial=14)
    grace_days = forms.IntegerField(label=_("Days of grace after that"), min_value=1, max_value=60, initial=3)
    rule = forms.ChoiceField(label=_("If the rest is not paid"), choices=Rule.choices, initial=Rule.KEPT)

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        found = Deposit.objects.filter(product=product).first()
        initial: dict[str, Any] = {"currency": settings.PAYMENTS_CURRENCY}
        if found:
            initial = {"currency": found.currency, "amount": as_decimal(found.amount_cents, found.currency), "rule": found.rule}
            initial |= {"balance_days": found.balance_days, "grace_days": found.grace_days}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)

    def clean_currency(self) -> str:
        return check_currency(self.cleaned_data["currency"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "currency" in values:
            try:
                values["amount_cents"] = parse_money(values["amount"], values["currency"]) if values.get("amount", "").strip() else 0
            except forms.ValidationError as wrong:
                self.add_error("amount", wrong)
        return values

    def terms(self) -> dict[str, Any]:
        """For `set_deposit`."""
        return {name: value for name, value in self.cleaned_data.items() if name != "amount"}


class WaiveForm(forms.Form):
    prefix = "waive"
    reason = forms.CharField(
        label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Kept in the audit log; the person does not read it.")
    )


class ExtendForm(forms.Form):
    prefix = "extend"
    until = forms.DateField(label=_("Due by"), widget=DateInput())
    reason = forms.CharField(
        label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Kept in the audit log; the person does not read it.")
    )
