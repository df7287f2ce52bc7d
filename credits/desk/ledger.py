"""Desk pages: completions, awards, and what an officer does to them."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.search import typed
from credits.dashboards.deficiencies import StandingFilter
from credits.dashboards.unverified import withheld_count
from credits.desk.approvals import EXPIRING_WITHIN, PAGE_SIZE, may_read, may_write
from credits.desk.forms import CorrectForm, IssueForm, LearnerForm, RevokeForm
from credits.held_awards import hold_of
from credits.models import Accreditation, Award, AwardEntry, Board, Certificate, Claim, CompletionFlag, Dossier, DossierFile
from credits.reports.said import reports_of
from credits.retention.sources import completions
from credits.selectors import held_awards_count, school_today
from credits.services import correct_award, issue_award_by_hand, revoke_award
from credits.worklist.selectors import task_counts


@may_read
def overview(request: SignedInRequest) -> HttpResponse:
    today = school_today()
    context = {
        "held": held_awards_count(),
        "expiring": Accreditation.objects.expiring(by=today + EXPIRING_WITHIN, today=today).count(),
        "drafts": Accreditation.objects.filter(status=Accreditation.Status.DRAFT).count(),
        "refused": Claim.objects.filter(state=Claim.State.REFUSED).count(),
        "failed": Certificate.objects.with_failures().count(),
        "tasks": task_counts(today),
        "lacking": StandingFilter(within=90).rows(today).count(),
        "withheld": withheld_count(today),
        "flagged": CompletionFlag.objects.standing().count(),
        "recent": Award.objects.with_status()
        .select_related("board", "dossier__user", "dossier__activity", "holder")
        .prefetch_related("entries")
        .order_by("-pk")[:8],
    }
    return render(request, "credits/desk/overview.html", context)


@may_read
def dossier_list(request: SignedInRequest) -> HttpResponse:
    rows = (
        Dossier.objects.select_related("user", "activity")
        .order_by("-completed_at", "-pk")
        .annotate(award_count=Count("awards", distinct=True), refused_count=Count("claims", filter=Q(claims__state=Claim.State.REFUSED), distinct=True))
    )
    words, only_refused = typed(request), request.GET.get("refused") == "1"
    if words:
        rows = rows.filter(Q(user__email__icontains=words) | Q(user__display_name__icontains=words) | Q(activity__title__icontains=words))
    if only_refused:
        rows = rows.filter(refused_count__gt=0)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/dossier_list.html", {"page": page, "words": words, "only_refused": only_refused})


@may_read
def dossier_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    awards = Award.objects.with_status().select_related("board")
    rows = completions().prefetch_related(
        Prefetch("files", DossierFile.objects.listed()), Prefetch("awards", awards), Prefetch("claims", Claim.objects.select_related("licence__board")), "flags"
    )
    dossier = get_object_or_404(rows, pk=pk)
    return render(request, "credits/desk/dossier_detail.html", {"dossier": dossier, "facts": _fact_tree(dossier.facts)})


def _fact_tree(value: Any) -> list[dict[str, Any]]:
    """JSON as {name, text, children}, so that a template can show any of it as a list."""
    pairs = value.items() if isinstance(value, dict) else [("", part) for part in value]
    found = []
    for name, part in pairs:
        is_nested = isinstance(part, dict | list)
        shown = {True: _("yes"), False: _("no"), None: "–"}.get(part, part) if not is_nested and (part is None or isinstance(part, bool)) else part
        found.append({"name": str(name).replace("_", " "), "text": "" if is_nested else str(shown), "children": _fact_tree(part) if is_nested else []})
    return found


@may_read
def dossier_file(request: SignedInRequest, pk: int) -> HttpResponse:
    file = get_object_or_404(DossierFile, pk=pk, dossier__purged_at__isnull=True)
    # Always a download of unknown bytes: whatever a learner sent in must not run in an officer's browser.
    answer = HttpResponse(bytes(file.content), content_type="application/octet-stream")
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", file.name)
    answer.headers["Content-Disposition"] = f'attachment; filename="dossier-{file.dossier_id}-{name}"'
    return answer


@may_read
def award_list(request: SignedInRequest) -> HttpResponse:
    rows = Award.objects.with_status().select_related("board", "dossier__user", "dossier__activity", "holder").prefetch_related("entries")
    words, status, board = typed(request), request.GET.get("status", ""), request.GET.get("board", "")
    if status in Award.Status.values:
        rows = rows.with_status_of(status)
    if board:
        rows = rows.filter(board__code=board)
    if words:
        rows = rows.filter(Q(dossier__user__email__icontains=words) | Q(holder__legal_name_printed__icontains=words) | Q(title__icontains=words))
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "statuses": Award.Status.choices,
        "boards": Board.objects.filter(awards__isnull=False).distinct(),
        "chosen": {"q": words, "status": status, "board": board},
    }
    return render(request, "credits/desk/award_list.html", context)


def _award(pk: int) -> Award:
    rows = Award.objects.select_related("board", "accreditation__board", "licence__board", "dossier__user", "dossier__activity", "holder", "supersedes")
    return get_object_or_404(rows.prefetch_related(Prefetch("entries", AwardEntry.objects.select_related("actor"))), pk=pk)


@may_read
def award_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    award = _award(pk)
    later = Award.objects.filter(supersedes=award).first()
    closed = award.closed_cycles.select_related("licence__board")
    context = {"award": award, "later": later, "entries": _timeline(award), "closed_cycles": closed, "hold": hold_of(award), **reports_of(award)}
    return render(request, "credits/desk/award_detail.html", context)


def _timeline(award: Award) -> list[dict[str, Any]]:
    return [
        {
            "entry": entry,
            "missing": entry.data.get("missing", []),
            "changes": sorted(entry.data.get("changes", {})),
            "public_reason": award.revoked_because if entry.kind == AwardEntry.Kind.REVOKED else "",
        }
        for entry in award.entries.all()
    ]


@may_write
def award_issue(request: SignedInRequest) -> HttpResponse:
    """Two steps: whose award it is (a GET, so that it can be linked to), then what it is for."""
    learner_form = LearnerForm(request.GET if "learner" in request.GET else None)
    if not (learner_form.is_bound and learner_form.is_valid()):
        return render(request, "credits/desk/award_issue.html", {"learner_form": learner_form}, status=422 if learner_form.errors else 200)
    learner = learner_form.cleaned_data["learner"]
    form = IssueForm(request.POST or None, learner=learner)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        evidence = values.pop("evidence")
        try:
            award = issue_award_by_hand(officer=request.user, user=learner, facts={"evidence": evidence}, **values)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The award is recorded and the learner told."))
            return redirect(award)
    return render(request, "credits/desk/award_issue.html", {"learner": learner, "form": form}, status=422 if form.errors else 200)


@may_write
def award_correct(request: SignedInRequest, pk: int) -> HttpResponse:
    award = _award(pk)
    form = CorrectForm(request.POST or None, award=award)
    if request.method == "POST" and form.is_valid():
        try:
            successor = correct_award(officer=request.user, award=award, reason=form.cleaned_data["reason"], changes=form.changes())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Corrected: this is the new version. Its certificate replaces the earlier one."))
            return redirect(successor)
    return render(request, "credits/desk/award_correct.html", {"award": award, "form": form}, status=422 if form.errors else 200)


@may_write
def award_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    award = _award(pk)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            revoke_award(officer=request.user, award=award, reason_class=form.cleaned_data["reason_class"], reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The award is revoked and the learner told."))
            return redirect(award)
    return render(request, "credits/desk/award_revoke.html", {"award": award, "form": form}, status=422 if form.errors else 200)
