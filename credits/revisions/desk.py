"""Desk pages: the boards' rules, fact by fact, and what officers are about to change in them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from core import clock
from core.errors import DomainError
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import Board, FactVerification, Licence
from credits.revisions import selectors
from credits.revisions.differences import title_of
from credits.revisions.drafts import text_of
from credits.revisions.forms import ReasonForm, VerifyForm
from credits.revisions.verification import facts_shown, verify_fact, withdraw_verification
from credits.rulebook import known
from credits.standings import names_by_code


@may_read
@require_safe
def rule_list(request: SignedInRequest) -> HttpResponse:
    """What waits, what is coming, one's own drafts, and every revision."""
    page = Paginator(selectors.revisions_shown(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "totals": selectors.totals(),
        "waiting": selectors.waiting_revisions(),
        "coming": selectors.coming_revisions(),
        "unconfirmed": selectors.unconfirmed_revisions(),
        "drafts": selectors.drafts_of(request.user),
        "page": page,
        "rows": selectors.with_states(page.object_list),
    }
    return render(request, "credits/desk/rules/rule_list.html", context)


@may_read
@require_safe
def rule_board(request: SignedInRequest, code: str) -> HttpResponse:
    """A board's rules in force, each fact beside its source."""
    board = get_object_or_404(Board, code=code)
    return _board_page(request, board)


def _board_page(request: SignedInRequest, board: Board, *, wrong: VerifyForm | None = None) -> HttpResponse:
    rules = known().get(board.code)
    facts = facts_shown(board, rules, names_by_code()) if rules else []
    page = Paginator(selectors.revisions_shown(board=board), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "board": board,
        "rules": rules,
        "verified": sum(fact.is_verified for fact in facts),
        "facts": [(fact, _verify_form(fact.fact.kind, fact.fact.name, fact.fact.digest, fact.fact.reference, wrong)) for fact in facts],
        "licences": Licence.objects.on_file().filter(board=board).count(),
        "page": page,
        "rows": selectors.with_states(page.object_list),
    }
    return render(request, "credits/desk/rules/rule_board.html", context, status=422 if wrong else 200)


def _verify_form(kind: str, name: str, digest: str, reference: str, wrong: VerifyForm | None) -> VerifyForm:
    if wrong and (wrong.data.get("kind"), wrong.data.get("name")) == (kind, name):
        return wrong
    return VerifyForm(initial={"kind": kind, "name": name, "digest": digest, "source_seen": reference}, auto_id=f"{digest[:12]}_%s")


@may_write
@require_POST
def fact_verify(request: SignedInRequest, code: str) -> HttpResponse:
    board = get_object_or_404(Board, code=code)
    form = VerifyForm(request.POST, auto_id=f"{request.POST.get('digest', '')[:12]}_%s")
    if not form.is_valid():
        return _board_page(request, board, wrong=form)
    try:
        row = verify_fact(officer=request.user, board=board, **form.cleaned_data)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Verified by you: %(name)s.") % {"name": title_of(row.kind, row.name)})
    return redirect("credits_desk:rule_board", code=board.code)


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def fact_unverify(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(FactVerification.objects.select_related("board"), pk=pk, withdrawn_at__isnull=True)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        withdraw_verification(officer=request.user, verification=row, reason=form.cleaned_data["reason"])
        messages.success(request, _("“%(name)s” is no longer verified.") % {"name": title_of(row.kind, row.name)})
        return redirect("credits_desk:rule_board", code=row.board.code)
    context = {"form": form, "row": row, "title": title_of(row.kind, row.name)}
    return render(request, "credits/desk/rules/fact_unverify.html", context, status=422 if form.errors else 200)


@may_read
@require_GET
def rule_document(request: SignedInRequest, code: str) -> HttpResponse:
    """The document in force, as YAML."""
    board = get_object_or_404(Board, code=code)
    latest = board.rule_revisions.in_force(clock.now()).first()
    answer = HttpResponse(text_of(board, latest), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{board.code}.yaml"'
    return answer
