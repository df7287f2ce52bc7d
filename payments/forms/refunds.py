"""The staff form of a refund: so much of each line, and whether its access closes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import as_decimal, decimals_of, format_money
from payments.models import Refund
from payments.selectors.refunds import RefundRow
from payments.services import RefundPart

# What staff may give as the reason; the others are written by the site.
CLASSES = [Refund.ReasonClass.REQUESTED, Refund.ReasonClass.SCHOOL, Refund.ReasonClass.DUPLICATE, Refund.ReasonClass.UNAVAILABLE, Refund.ReasonClass.FRAUDULENT]
CLOSE, KEEP = "close", "keep"
_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,3})?", re.ASCII)


class AmountField(forms.CharField):
    """An amount as people write it ("49" or "49.00"), cleaned to the currency's smallest unit; empty is 0."""

    def __init__(self, *, currency: str, left_cents: int, **kwargs: Any):
        self.currency, self.left_cents = currency, left_cents
        super().__init__(required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> int:
        text = super().clean(value).replace(" ", "").lstrip("$€£") or "0"
        if not _AMOUNT.fullmatch(text):
            raise forms.ValidationError(self._how())
        amount = Decimal(text).scaleb(decimals_of(self.currency))
        if amount != amount.to_integral_value():
            raise forms.ValidationError(self._how())
        if amount > self.left_cents:
            words = {"asked": format_money(int(amount), self.currency), "left": format_money(self.left_cents, self.currency)}
            raise forms.ValidationError(_("%(asked)s is more than is left of it: %(left)s.") % words)
        return int(amount)

    def _how(self) -> str:
        return _("Write an amount such as %(example)s.") % {"example": as_decimal(self.left_cents, self.currency)}


class RefundForm(forms.Form):
    """Two fields for each row, `amount-<row>` and `access-<row>`, then why."""

    reason_class = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=[(str(kind), kind.label) for kind in CLASSES], widget=forms.RadioSelect, initial=str(Refund.ReasonClass.REQUESTED)
    )
    reason = forms.CharField(label=gettext_lazy("In your words"), help_text=gettext_lazy("Kept inside the school."), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, rows: list[RefundRow], currency: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.rows, self.currency = rows, currency
        for row in rows:
            if not row.left_cents and not row.is_open:
                continue
            self.fields[f"amount-{row.key}"] = AmountField(
                currency=currency,
                left_cents=row.left_cents,
                label=_("Give back of “%(title)s”") % {"title": row.title},
                help_text=_("At most %(left)s.") % {"left": format_money(row.left_cents, currency)},
                initial=str(as_decimal(row.left_cents, currency)),
            )
            if row.is_open:
                self.fields[f"access-{row.key}"] = forms.ChoiceField(
                    label=_("What it opens"), choices=[(CLOSE, row.words_close), (KEEP, row.words_keep)], widget=forms.RadioSelect, initial=CLOSE
                )

    def sections(self) -> list[dict[str, Any]]:
        """For the page: each row with its two fields, None where it has none."""
        return [{"row": row, "amount": self._field(f"amount-{row.key}"), "access": self._field(f"access-{row.key}")} for row in self.rows]

    def _field(self, name: str) -> Any:
        return self[name] if name in self.fields else None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not sum(part.amount_cents for part in self.parts()):
            raise forms.ValidationError(_("Enter an amount above zero for something."))
        return found

    def parts(self) -> list[RefundPart]:
        """What was asked for. A row without money is left as it is, whatever is chosen for its access."""
        parts = []
        for row in self.rows:
            cents = self.cleaned_data.get(f"amount-{row.key}") or 0
            closes = self.cleaned_data.get(f"access-{row.key}") == CLOSE
            if cents:
                parts.append(RefundPart(line=row.line, amount_cents=cents, closes_access=closes and row.is_open))
        return parts
