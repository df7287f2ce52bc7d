"""What people and staff type about seats that are given back, and about policies."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.money import as_decimal, parse_money
from workshops.leaving.quotes import Quote
from workshops.models import CancellationPolicy

_TIER = re.compile(r"(\d{1,3})\s*(?:days?)?(?:\s*[:=,]\s*|\s+)(\d{1,3})\s*%?", re.IGNORECASE)
MOST_TIERS = 6


class ExpectedForm(forms.Form):
    """The sum that was shown when the person decided."""

    expected_cents = forms.IntegerField(min_value=0, required=False)


class StaffLeaveForm(forms.Form):
    """What goes back when staff take a seat back: the policy's sum, or another one with a reason."""

    amount = forms.CharField(label=gettext_lazy("Give back"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    reason = forms.CharField(
        label=gettext_lazy("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text=gettext_lazy("Needed for another sum than the policy's.")
    )

    def __init__(self, *args: Any, quote: Quote, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.quote = quote
        if quote.payment is None:
            del self.fields["amount"]
        else:
            self.fields["amount"].initial = str(as_decimal(quote.refund_cents, quote.currency))
            self.fields["amount"].help_text = _("%(paid)s is left of what was paid.") % {"paid": quote.paid}

    def clean_amount(self) -> int:
        text = self.cleaned_data["amount"].strip() or "0"
        return parse_money(text, self.quote.currency)


class PolicyForm(forms.ModelForm):
    tiers = forms.CharField(
        label=gettext_lazy("What goes back"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One line a step: days before it begins, then the percentage, as in “14 days: 100”. After the last one nothing goes back."),
    )
    fee_cents = forms.CharField(label=gettext_lazy("Fee that is kept"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"}))

    # No field of the model's: that the school has one of its own alone is seen to by `save_policy`, which takes the word from the other.
    is_default = forms.BooleanField(
        label=gettext_lazy("The school’s own"), required=False, help_text=gettext_lazy("Holds for every workshop that names no other.")
    )

    class Meta:
        model = CancellationPolicy
        fields = ["name", "tiers", "fee_cents"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        policy = self.instance
        self.initial["is_default"] = policy.is_default
        self.initial["tiers"] = "\n".join(f"{tier['days']} days: {tier['percent']}" for tier in policy.tiers)
        self.initial["fee_cents"] = str(as_decimal(policy.fee_cents, settings.PAYMENTS_CURRENCY))

    def clean_is_default(self) -> bool:
        self.instance.is_default = self.cleaned_data["is_default"]
        return self.instance.is_default

    def clean_fee_cents(self) -> int:
        return parse_money(self.cleaned_data["fee_cents"].strip() or "0", settings.PAYMENTS_CURRENCY)

    def clean_tiers(self) -> list[dict[str, int]]:
        """Longest first; each further tier gives back less."""
        tiers = []
        for line in filter(None, (line.strip() for line in self.cleaned_data["tiers"].splitlines())):
            found = _TIER.fullmatch(line)
            if not found or int(found[2]) > 100:
                raise forms.ValidationError(_("“%(line)s” is not understood. Write it as in “14 days: 100”.") % {"line": line})
            tiers.append({"days": int(found[1]), "percent": int(found[2])})
        tiers.sort(key=lambda tier: -tier["days"])
        if len(tiers) > MOST_TIERS:
            raise forms.ValidationError(_("%(most)s steps are enough for anybody to follow.") % {"most": MOST_TIERS})
        for earlier, later in pairwise(tiers):
            if later["days"] == earlier["days"]:
                raise forms.ValidationError(_("%(days)s days stand there twice.") % {"days": later["days"]})
            if later["percent"] >= earlier["percent"]:
                raise forms.ValidationError(_("%(days)s days before, less has to go back than earlier.") % {"days": later["days"]})
        return tiers
