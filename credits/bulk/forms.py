"""Input of a bulk change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from credits.bulk.selectors import AwardFilter
from credits.desk.forms import ApprovalChoice
from credits.forms import DayField
from credits.models import Accreditation, BulkChange, RevocationReason

SCOPES = [("ticked", _("Those ticked above")), ("all", _("Every award of this filter"))]


class BulkForm(forms.Form):
    scope = forms.ChoiceField(label=_("Which awards"), choices=SCOPES, initial="ticked", widget=forms.RadioSelect)
    kind = forms.ChoiceField(label=_("What to do"), choices=BulkChange.Kind.choices, widget=forms.RadioSelect)
    completed_on = DayField(label=_("To correct: completed on"), required=False, help_text=_("Leave empty to keep each day."))
    accreditation = ApprovalChoice(
        Accreditation.objects.none(),
        label=_("To correct: approval it counts under"),
        required=False,
        empty_label=_("Keep each one's"),
        help_text=_("Narrow the filter to one activity to choose among its approvals."),
    )
    reason_class = forms.ChoiceField(
        label=_("To revoke: reason shown to the public"), choices=[("", _("(choose when revoking)")), *RevocationReason.choices], required=False
    )
    reason = forms.CharField(label=_("Why"), max_length=2000, help_text=_("Kept inside the school."), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, chosen: AwardFilter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if chosen.activity is not None:
            approvals = Accreditation.objects.filter(activity=chosen.activity).exclude(status=Accreditation.Status.DRAFT)
            self.fields["accreditation"].queryset = approvals.select_related("activity", "board")  # type: ignore[attr-defined]  # a choice field


class ConfirmForm(forms.Form):
    is_sure = forms.BooleanField(label=_("I have read what becomes of each award"))
