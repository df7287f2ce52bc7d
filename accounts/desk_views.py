"""The staff desk for people: find them, see them, give and take roles, shut them out and let them in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.forms import ReasonForm, RoleForm
from accounts.models import Role, User
from accounts.panels import panels_for
from accounts.permissions import SignedInRequest, role_required
from accounts.selectors import people_matching
from accounts.services import deactivate_user, grant_role, reactivate_user, revoke_role
from core.audit import subject_of
from core.errors import DomainError
from core.models import AuditEntry
from core.search import typed

PER_PAGE = 25
SHOWN_ENTRIES = 20


@role_required(Role.STAFF)
@require_safe
def person_list(request: SignedInRequest) -> HttpResponse:
    text, role = typed(request), request.GET.get("role", "")
    role = role if role in Role.values else ""
    page = Paginator(people_matching(text=text, role=role), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/desk/person_list.html", {"page_obj": page, "q": text, "role": role, "roles": Role.choices})


@role_required(Role.STAFF)
@require_safe
def person_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    held = list(person.role_assignments.select_related("granted_by").order_by("role"))
    context = {
        "person": person,
        "assignments": held,
        "has_second_proof": is_mfa_enabled(person),
        "legal_names": person.legal_names.select_related("confirmed_by"),
        "panels": panels_for(person),
        "entries": AuditEntry.objects.filter(subject=subject_of(person)).select_related("actor")[:SHOWN_ENTRIES],
    }
    return render(request, "accounts/desk/person_detail.html", context)


@role_required(Role.STAFF)
def role_grant(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)

    def act(form: forms.Form) -> str:
        role = Role(form.cleaned_data["role"])
        grant_role(user=person, role=role, granted_by=request.user, reason=form.cleaned_data["reason"])
        return _("%(person)s now has the role %(role)s.") % {"person": person, "role": role.label}

    words = {"heading": _("Give a role"), "lede": _("A role opens desk pages and lets a person change records of others."), "button": _("Give the role")}
    return _act_on_person(request, person, RoleForm(request.POST or None), act, words)


@role_required(Role.STAFF)
def role_revoke(request: SignedInRequest, pk: int, role: str) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    held = get_object_or_404(person.role_assignments, role=role)

    def act(form: forms.Form) -> str:
        revoke_role(user=person, role=held.role, revoked_by=request.user, reason=form.cleaned_data["reason"])
        return _("The role was taken back.")

    words = {
        "heading": _("Take the role “%(role)s” back") % {"role": held.get_role_display()},
        "lede": _("What they did in it stays on record."),
        "button": _("Take the role back"),
        "is_danger": True,
    }
    return _act_on_person(request, person, ReasonForm(request.POST or None), act, words)


@role_required(Role.STAFF)
def person_deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)

    def act(form: forms.Form) -> str:
        deactivate_user(user=person, by=request.user, reason=form.cleaned_data["reason"])
        return _("%(person)s is signed out everywhere and cannot sign in.") % {"person": person}

    words = {
        "heading": _("Deactivate this person"),
        "lede": _("They are signed out everywhere at once and cannot sign in. What they earned stays valid."),
        "button": _("Deactivate"),
        "is_danger": True,
    }
    return _act_on_person(request, person, ReasonForm(request.POST or None), act, words)


@role_required(Role.STAFF)
def person_reactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)

    def act(form: forms.Form) -> str:
        reactivate_user(user=person, by=request.user, reason=form.cleaned_data["reason"])
        return _("%(person)s can sign in again.") % {"person": person}

    words = {"heading": _("Reactivate this person"), "lede": _("They can sign in again, with the roles they had."), "button": _("Reactivate")}
    return _act_on_person(request, person, ReasonForm(request.POST or None), act, words)


def _act_on_person(request: SignedInRequest, person: User, form: forms.Form, act: Callable[[Any], str], words: dict[str, Any]) -> HttpResponse:
    """A page that asks for a reason, then does `act` and says what it says; refusals are shown in the form."""
    if request.method == "POST" and form.is_valid():
        try:
            said = act(form)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, said)
            return redirect("accounts_desk:person_detail", pk=person.pk)
    return render(request, "accounts/desk/person_act.html", {"person": person, "form": form, **words}, status=422 if form.errors else 200)
