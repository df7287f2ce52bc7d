"""Forms of the certificate pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LookupForm(forms.Form):
    """Serial and surname together; either alone finds nothing."""

    serial = forms.CharField(label=_("Serial"), max_length=40, help_text=_("Printed at the bottom of the certificate, such as SMRT-7K3F-92QD."))
    surname = forms.CharField(label=_("Holder’s surname"), max_length=120, help_text=_("As printed on the certificate; accents and capitals do not matter."))


class ReviewForm(forms.Form):
    reason = forms.CharField(label=_("Why"), help_text=_("Kept inside the school."), widget=forms.Textarea(attrs={"rows": 3}))
