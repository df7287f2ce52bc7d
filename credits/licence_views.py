"""The facts of a learner's own licences, and what they hold beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.forms import BirthDateForm, CredentialForm, DutyForm, RenewalForm, StatusForm
from credits.licence_facts import born_on, missing_facts
from credits.licence_needs import credential_names, duty_name, needs_of
from credits.models import HeldCredential, Licence, LicenceRenewal, LicenceStatus, MetDuty
from credits.reminders.due import settings_of
from credits.reports.consents import consent_of, why_asked
from credits.rulebook import known
from credits.services import (
    keep_birth_date,
    purge_birth_date,
    record_duty,
    record_renewal,
    record_status,
    remove_credential,
    remove_record,
    save_credential,
)

PAGE_SIZE = 20


@dataclass(frozen=True)
class Kind:
    """One list of facts about a licence: its rows, the form for one, the service that keeps it, and its words."""

    model: type[models.Model]
    form: Callable[..., forms.Form]
    save: Callable[..., Any]
    fields: tuple[str, ...]
    add: Promise | str
    edit: Promise | str
    lede: Promise | str


KINDS = {
    "status": Kind(
        LicenceStatus,
        StatusForm,
        record_status,
        ("begins_on", "status"),
        gettext_lazy("Add a change of status"),
        gettext_lazy("Change a status"),
        gettext_lazy("Boards ask for less while a licence is inactive. Give each day from which it was active or inactive; it holds until the next."),
    ),
    "renewals": Kind(
        LicenceRenewal,
        RenewalForm,
        record_renewal,
        ("cycle_end", "submitted_on", "late_fee_paid_on", "renewed_on"),
        gettext_lazy("Add a renewal"),
        gettext_lazy("Change a renewal"),
        gettext_lazy("What you did with the board itself at the end of a cycle. Give the dates you have; the others can follow."),
    ),
    "duties": Kind(
        MetDuty,
        DutyForm,
        record_duty,
        ("code", "cycle_end"),
        gettext_lazy("Add a duty met before"),
        gettext_lazy("Change a duty met before"),
        gettext_lazy("Some duties are due once, or every few cycles. Say in which cycle you last met one, and it is not asked of you again too early."),
    ),
}


@require_safe
def licence_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(Licence.objects.visible_to(request.user).with_facts(), pk=pk)
    consent = None if licence.is_archived else consent_of(request.user, licence.board)
    context = {**facts_context(licence), "consent": consent, "consent_why": why_asked(consent) if consent else ""}
    rules = known().get(licence.board.code)
    context |= {"reminders_on": settings_of(request.user).is_on, "is_verified": rules is not None and rules.is_verified}
    return render(request, "credits/licence_detail.html", context)


def facts_context(licence: Licence) -> dict[str, Any]:
    """What a page shows of one licence from `with_facts`; the date of birth only as on file or not."""
    needs, duties = needs_of(licence.board.code), licence.met_duties.all()
    credentials = licence.user.held_credentials.all()
    words = credential_names([*needs.credentials, *(row.credential for row in credentials)])
    return {
        "licence": licence,
        "needs": needs,
        "missing": missing_facts(licence, licence.user),
        "has_birth_date": born_on(licence.user) is not None,
        "duties": [{"row": row, "name": duty_name(row.code)} for row in duties],
        "credentials": [{"row": row, "name": words[row.credential]} for row in credentials],
        "asked_credentials": [words[code] for code in needs.credentials],
        "overrides": licence.overrides.all(),
    }


def record_add(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    licence = _licence(request, pk)
    return _edit_record(request, licence, _kind(kind), None)


def record_edit(request: SignedInRequest, pk: int, kind: str, row: int) -> HttpResponse:
    licence, found = _licence(request, pk), _kind(kind)
    return _edit_record(request, licence, found, get_object_or_404(found.model, pk=row, licence=licence))


def _edit_record(request: SignedInRequest, licence: Licence, kind: Kind, row: Any) -> HttpResponse:
    initial = {name: getattr(row, name) for name in kind.fields} if row else {}
    form = kind.form(request.POST or None, initial=initial, licence=licence)
    if request.method == "POST" and form.is_valid():
        try:
            kind.save(licence=licence, actor=request.user, row=row, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Your licence's record is up to date."))
            return redirect(licence)
    context = {"form": form, "licence": licence, "heading": kind.edit if row else kind.add, "lede": kind.lede}
    return render(request, "credits/licence_record_form.html", context, status=422 if form.errors else 200)


def record_remove(request: SignedInRequest, pk: int, kind: str, row: int) -> HttpResponse:
    licence = _licence(request, pk)
    found: Any = get_object_or_404(_kind(kind).model, pk=row, licence=licence)
    if request.method == "POST":
        remove_record(row=found, actor=request.user)
        messages.success(request, _("The line was removed."))
        return redirect(licence)
    return render(
        request, "credits/licence_record_remove.html", {"licence": licence, "kind": kind, "row": found, "duty": duty_name(getattr(found, "code", ""))}
    )


def _licence(request: SignedInRequest, pk: int) -> Licence:
    return get_object_or_404(Licence.objects.visible_to(request.user).select_related("board", "user"), pk=pk)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    return KINDS[name]


@require_safe
def credential_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(HeldCredential.objects.visible_to(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    words = credential_names(row.credential for row in page.object_list)
    rows = [{"row": row, "name": words[row.credential]} for row in page.object_list]
    return render(request, "credits/credential_list.html", {"page": page, "rows": rows})


def credential_add(request: SignedInRequest) -> HttpResponse:
    return _edit_credential(request, None)


def credential_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit_credential(request, get_object_or_404(HeldCredential.objects.visible_to(request.user), pk=pk))


def _edit_credential(request: SignedInRequest, row: HeldCredential | None) -> HttpResponse:
    initial = {name: getattr(row, name) for name in ("credential", "begins_on", "expires_on")} if row else {}
    form = CredentialForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            save_credential(user=request.user, row=row, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("It is on file and counts for all your licences."))
            return redirect("credits:credential_list")
    return render(request, "credits/credential_form.html", {"form": form, "row": row}, status=422 if form.errors else 200)


def credential_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(HeldCredential.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        remove_credential(row=row, actor=request.user)
        messages.success(request, _("It was taken off file, with its proof."))
        return redirect("credits:credential_list")
    return render(request, "credits/credential_remove.html", {"row": row, "name": credential_names([row.credential])[row.credential]})


@require_safe
def credential_proof(request: SignedInRequest, pk: int) -> HttpResponse:
    return proof_download(get_object_or_404(HeldCredential.objects.visible_to(request.user), pk=pk))


def proof_download(row: HeldCredential) -> HttpResponse:
    """Always a download of unknown bytes: what somebody sent in must not run in anybody's browser."""
    if not row.proof:
        raise Http404
    ending = row.proof_name.rpartition(".")[2].lower()
    with row.proof.open("rb") as proof:
        answer = HttpResponse(proof.read(), content_type="application/octet-stream")
    name = f"proof-{row.pk}.{ending if ending in ('pdf', 'jpg', 'jpeg', 'png') else 'bin'}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def birth_date(request: SignedInRequest) -> HttpResponse:
    """Asked only while a licence's board goes by it. The page shows it to the person alone."""
    boards = Licence.objects.visible_to(request.user).on_file().values_list("board__code", "board__name")
    asking = sorted({name for code, name in boards if needs_of(code).born_on})
    current = born_on(request.user)
    form = BirthDateForm(request.POST or None, initial={"born_on": current} if current else None)
    if request.method == "POST" and asking and form.is_valid():
        try:
            keep_birth_date(user=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("born_on", refusal.message)
        else:
            messages.success(request, _("Your date of birth is on file. Only you can see it."))
            return redirect("credits:licence_list")
    context = {"form": form, "asking": asking, "current": current}
    return render(request, "credits/birth_date.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def birth_date_remove(request: SignedInRequest) -> HttpResponse:
    if purge_birth_date(user=request.user, actor=request.user):
        messages.success(request, _("Your date of birth was deleted."))
    return redirect(reverse("credits:birth_date"))
