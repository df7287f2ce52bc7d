"""What managers of organizations fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from accounts.names import NameRefused, clean_text
from payments.services.seats import addresses_of, left_out_of

FILE_LIMIT = 200_000  # bytes: several thousand addresses


class OrganizationForm(forms.ModelForm):
    class Meta:
        model = Organization
        fields = ["name", "billing_address", "tax_id"]
        labels = {"name": _("Name"), "billing_address": _("Billing address"), "tax_id": _("Tax number")}
        help_texts = {"name": _("As it stands on receipts and invitations."), "tax_id": _("Printed on receipts. Leave empty if there is none.")}
        widgets = {
            "billing_address": forms.Textarea(attrs={"rows": 4, "autocomplete": "street-address"}),
            "name": forms.TextInput(attrs={"autocomplete": "organization"}),
        }

    def clean_name(self) -> str:
        try:
            name = clean_text(self.cleaned_data["name"])
        except NameRefused as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        if not name:
            raise forms.ValidationError(_("Give it a name."))
        return name


class BuySeatsForm(forms.Form):
    quantity = forms.IntegerField(label=_("How many seats"), min_value=1, max_value=500, initial=5)
    promotion = forms.CharField(label=_("Promotion code"), max_length=40, required=False)


class InviteForm(forms.Form):
    people = forms.CharField(
        label=_("E-mail addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("Separated by commas, spaces or new lines."),
    )
    file = forms.FileField(
        label=_("Or a CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        help_text=_("Any column with addresses will do."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        text, file = values.get("people") or "", values.get("file")
        values["left_out"] = left_out_of(text.replace("\x00", ""))
        if file is not None:
            if file.size > FILE_LIMIT:
                raise forms.ValidationError(_("The file is too large for a list of addresses. Send the column with the addresses alone."))
            try:
                text += "\n" + file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError(_("The file is not text in UTF-8. Save it as “CSV UTF-8” and send it again.")) from error
        values["addresses"] = addresses_of(text.replace("\x00", ""))
        if not values["addresses"] and not self.errors:
            raise forms.ValidationError(_("There is no e-mail address in it. Type at least one."))
        return values


class ManagerForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address of another manager"), help_text=_("They need an account here already."))
