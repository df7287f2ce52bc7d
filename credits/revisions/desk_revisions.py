"""Desk pages of one revision: writing it, reading what it changes, signing it, and its dry runs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from core import clock
from core.csv_text import plain
from core.errors import DomainError
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import Board, RuleRevision, RuleTrial, RuleTrialRow
from credits.revisions import selectors
from credits.revisions.documents import check_text
from credits.revisions.drafts import adopt_what_if, discard_draft, save_draft, start_draft, take_new_base, text_of
from credits.revisions.editing import change_row_from, correct_row, rows_of, waive
from credits.revisions.forms import ChangeForm, ConfirmForm, ReasonForm, RowForm, SignAloneForm, SignForm, TextForm, WaiverForm, WhatIfForm
from credits.revisions.loading import latest_of
from credits.revisions.signing import confirm_revision, sign_alone, sign_revision, submit_revision, withdraw_revision
from credits.revisions.trials import start_trial, trial_shown
from credits.rulebook.yaml_text import parse
from credits.standings import names_by_code

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Purpose = RuleRevision.Purpose


@may_read
@require_safe
def rule_revision(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a revision says, what it changes, and what can be done about it."""
    revision = get_object_or_404(RuleRevision.objects.select_related("board", "base", "author", "approved_by", "withdrawn_by", "confirmed_by"), pk=pk)
    word, badge = next((word, badge) for _row, word, badge in selectors.with_states([revision]))
    context = {
        "revision": revision,
        "state_word": word,
        "state_badge": badge,
        "is_own": revision.author_id == request.user.pk,
        "is_outrun": selectors.is_outrun(revision),
        "differences": selectors.differences_of(revision),
        "trial": trial_shown(revision),
        "trials": revision.trials.order_by("-pk")[:5],
    }
    return render(request, "credits/desk/rules/rule_revision.html", context)


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def rule_text(request: SignedInRequest, pk: int) -> HttpResponse:
    """The whole document as text. What is saved may have mistakes; each is shown with its line."""
    draft = get_object_or_404(RuleRevision.objects.select_related("board"), pk=pk, author=request.user, state=RuleRevision.State.DRAFT)
    text = request.POST.get("text", draft.text)
    initial = {"text": draft.text, "seen_text": draft.text, "reason": draft.reason}
    form = TextForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            draft = save_draft(officer=request.user, draft=draft, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            if not check_text(draft.board, draft.text).mistakes:
                messages.success(request, _("Saved. The document is right: look at the differences."))
                return redirect("credits_desk:rule_revision", pk=draft.pk)
            messages.warning(request, _("Saved. Correct the mistakes below before you submit it."))
            return redirect("credits_desk:rule_text", pk=draft.pk)
    lines = text.splitlines()
    mistakes = [(mistake, lines[mistake.line - 1] if mistake.line <= len(lines) else "") for mistake in check_text(draft.board, text).mistakes]
    context = {"form": form, "revision": draft, "mistakes": mistakes}
    return render(request, "credits/desk/rules/rule_text.html", context, status=422 if form.errors else 200)


@may_write
@require_POST
def draft_add(request: SignedInRequest, code: str) -> HttpResponse:
    """A draft of the whole document, from what is in force or from what another revision (`follows`) says."""
    board = get_object_or_404(Board, code=code)
    follows = get_object_or_404(board.rule_revisions, pk=request.POST["follows"]) if request.POST.get("follows", "").isdecimal() else None
    try:
        draft = start_draft(officer=request.user, board=board, follows=follows)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("credits_desk:rule_board", code=board.code)
    return redirect("credits_desk:rule_text", pk=draft.pk)


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def row_change(request: SignedInRequest, code: str) -> HttpResponse:
    """Other amounts of one row, from a day on or as a correction."""

    def edited(text: str, place: int, form: Any) -> str:
        if form.cleaned_data["how"] == ChangeForm.CORRECT:
            return correct_row(text, place, form.amounts())
        values = form.cleaned_data
        return change_row_from(text, place, form.amounts(), begins=values["begins"], basis=values["basis"], source=form.source_given())

    return _row_page(request, code, ChangeForm, edited, Purpose.CHANGE)


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def row_waive(request: SignedInRequest, code: str) -> HttpResponse:
    """A waiver: for some cycles a board asks for less, or accepts what it otherwise does not."""

    def edited(text: str, place: int, form: Any) -> str:
        values = form.cleaned_data
        return waive(text, place, form.amounts(), first=values["first"], last=values["last"], source=form.source_given(), comment=values["reason"][:200])

    return _row_page(request, code, WaiverForm, edited, Purpose.WAIVER)


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def row_what_if(request: SignedInRequest, code: str) -> HttpResponse:
    """What would become of everybody if one row said something else: a dry run of a draft that nobody signs."""
    return _row_page(request, code, WhatIfForm, lambda text, place, form: correct_row(text, place, form.amounts()), Purpose.WHAT_IF)


def _row_page(request: SignedInRequest, code: str, form_class: type[RowForm], edited: Callable[[str, int, Any], str], purpose: str) -> HttpResponse:
    board = get_object_or_404(Board, code=code)
    text = text_of(board, latest_of(board))
    rows = dict(enumerate(rows_of(text)))
    shown = selectors.rows_to_choose(parse(text))
    context = {"board": board, "rows": list(shown.items()), "purpose": purpose}
    chosen = request.GET.get("row", "")
    if chosen not in [str(place) for place in shown]:
        return render(request, "credits/desk/rules/row_choose.html", context)
    place = int(chosen)
    options: dict[str, Any] = {"row": rows[place], "names": names_by_code()}
    if form_class is not WhatIfForm:
        options["sources"] = parse(text)["sources"]
    form = form_class(request.POST or None, **options)
    if request.method == "POST" and form.is_valid():
        answer = _keep(request, board, text, place, form, edited, purpose)
        if answer:
            return answer
    context |= {"form": form, "row": shown[place]}
    return render(request, "credits/desk/rules/row_form.html", context, status=422 if form.errors else 200)


def _keep(
    request: SignedInRequest, board: Board, text: str, place: int, form: RowForm, edited: Callable[[str, int, Any], str], purpose: str
) -> HttpResponse | None:
    """A draft with the edited text, tried at once; None, with the mistakes on the form, when the text would be wrong."""
    try:
        changed = edited(text, place, form)
        mistakes = check_text(board, changed).mistakes
        if not mistakes and parse(changed) == parse(text):
            form.add_error(None, _("Nothing is different. Change an amount, or a way of delivery."))
        for mistake in mistakes:
            form.add_error(None, mistake.sentence)
        if form.errors:
            return None
        reason = form.cleaned_data.get("question") or form.cleaned_data["reason"]
        draft = start_draft(officer=request.user, board=board, text=changed, purpose=purpose, reason=reason)
        trial = start_trial(officer=request.user, revision=draft)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return None
    if purpose == Purpose.WHAT_IF:
        return redirect("credits_desk:rule_trial", pk=trial.pk)
    messages.success(request, _("The draft is kept. Read what it changes, then submit it for a second officer's sign-off."))
    return redirect("credits_desk:rule_revision", pk=draft.pk)


@dataclass(frozen=True)
class Act:
    """Something that can be done with a revision: its words, its input, and who does it."""

    title: str | _StrPromise
    lede: str | _StrPromise
    button: str | _StrPromise
    form: type[forms.Form]
    run: Callable[..., Any]
    done: str | _StrPromise
    is_grave: bool = False


ACTS: dict[str, Act] = {
    "submit": Act(
        gettext_lazy("Submit for sign-off"),
        gettext_lazy("From now on its words stand. Other CE officers are told, and a dry run begins; one of them signs it off."),
        gettext_lazy("Submit it"),
        ReasonForm,
        lambda officer, revision, **values: submit_revision(officer=officer, draft=revision, **values),
        gettext_lazy("Submitted. A second officer signs it off."),
    ),
    "sign": Act(
        gettext_lazy("Sign off"),
        gettext_lazy("It takes force for every standing, reminder and page: at once, or together with the coming revision that it was written from."),
        gettext_lazy("Sign off: put it in force"),
        SignForm,
        lambda officer, revision, is_read: sign_revision(officer=officer, revision=revision),
        gettext_lazy("Signed off: it is in force."),
    ),
    "sign-alone": Act(
        gettext_lazy("Sign off alone"),
        gettext_lazy(
            "For a school without a second officer at hand. It takes force in 24 hours. Until a second officer confirms it, the desk and the learners whom "
            "it concerns see that one person decided it, and why."
        ),
        gettext_lazy("Sign off alone"),
        SignAloneForm,
        lambda officer, revision, is_read, reason: sign_alone(officer=officer, revision=revision, reason=reason),
        gettext_lazy("Signed off by you alone. It takes force in 24 hours."),
        is_grave=True,
    ),
    "confirm": Act(
        gettext_lazy("Confirm as the second officer"),
        gettext_lazy("One officer signed this off alone. With your signature it no longer shows as one person's word."),
        gettext_lazy("Confirm it"),
        SignForm,
        lambda officer, revision, is_read: confirm_revision(officer=officer, revision=revision),
        gettext_lazy("Confirmed by a second officer."),
    ),
    "withdraw": Act(
        gettext_lazy("Withdraw"),
        gettext_lazy("It will not take force. What it says is kept, and a new draft can be started from it."),
        gettext_lazy("Withdraw it"),
        ReasonForm,
        lambda officer, revision, **values: withdraw_revision(officer=officer, revision=revision, **values),
        gettext_lazy("Withdrawn."),
        is_grave=True,
    ),
    "discard": Act(
        gettext_lazy("Throw the draft away"),
        gettext_lazy("The draft and its dry runs are deleted."),
        gettext_lazy("Throw it away"),
        ConfirmForm,
        lambda officer, revision: discard_draft(officer=officer, draft=revision),
        gettext_lazy("The draft is gone."),
        is_grave=True,
    ),
    "adopt": Act(
        gettext_lazy("Make it a change"),
        gettext_lazy("The what-if becomes a draft that can be submitted. Give it its source and its dates first: a what-if changes a row for past cycles too."),
        gettext_lazy("Make it a change"),
        ConfirmForm,
        lambda officer, revision: adopt_what_if(officer=officer, draft=revision),
        gettext_lazy("It is a draft now. Complete its source and its dates."),
    ),
    "rebase": Act(
        gettext_lazy("Compare with what was signed off since"),
        gettext_lazy("Your text stays as it is. The differences then show what it would undo of the newer revision: take that over by hand."),
        gettext_lazy("Compare"),
        ConfirmForm,
        lambda officer, revision: take_new_base(officer=officer, draft=revision),
        gettext_lazy("Compared with the newest revision now."),
    ),
}


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def rule_act(request: SignedInRequest, pk: int, verb: str) -> HttpResponse:
    if verb not in ACTS:
        raise Http404
    act = ACTS[verb]
    revision = get_object_or_404(RuleRevision.objects.select_related("board", "author"), pk=pk)
    initial = {"reason": revision.reason} if verb == "submit" else {}
    form = act.form(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            kept = act.run(request.user, revision, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            waits = verb == "sign" and kept.in_force_from > clock.now()
            messages.success(request, _("Signed off. It takes force together with the revision it was written from.") if waits else act.done)
            return redirect("credits_desk:rule_list") if verb == "discard" else redirect("credits_desk:rule_revision", pk=revision.pk)
    context = {"form": form, "revision": revision, "act": act}
    return render(request, "credits/desk/rules/rule_act.html", context, status=422 if form.errors else 200)


@may_write
@require_POST
def trial_add(request: SignedInRequest, pk: int) -> HttpResponse:
    revision = get_object_or_404(RuleRevision.objects.select_related("board"), pk=pk)
    try:
        trial = start_trial(officer=request.user, revision=revision)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("credits_desk:rule_revision", pk=revision.pk)
    return redirect("credits_desk:rule_trial", pk=trial.pk)


@may_write
@require_safe
def rule_trial(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whose standing would change; while the dry run goes on, how far it is."""
    trial = get_object_or_404(RuleTrial.objects.select_related("revision__board", "before", "requested_by"), pk=pk)
    effect = request.GET.get("effect", "")
    page = Paginator(selectors.trial_rows(trial, effect), PAGE_SIZE).get_page(request.GET.get("page"))
    labels = [("undone", _("Done, and would not be any more")), *RuleTrialRow.Effect.choices]
    context = {
        "trial": trial,
        "revision": trial.revision,
        "effect": effect,
        "effects": [(code, label, trial.effects.get(code, 0)) for code, label in labels],
        "page": page,
        "rows": selectors.rows_shown(page.object_list, selectors.rules_of_trial(trial)),
    }
    template = "credits/desk/rules/_trial.html" if request.headers.get("HX-Request") else "credits/desk/rules/rule_trial.html"
    return render(request, template, context)


@may_write
@require_safe
def trial_csv(request: SignedInRequest, pk: int) -> HttpResponse:
    trial = get_object_or_404(RuleTrial.objects.select_related("revision__board"), pk=pk, finished_at__isnull=False)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="dry-run-{trial.pk}.csv"'
    rows = csv.writer(answer)
    rows.writerow(["person", "email", "licence", "effect", "was_done", "before", "after", "needed_before", "needed_after", "deadline"])
    rules = selectors.rules_of_trial(trial)
    for shown in selectors.rows_shown(selectors.trial_rows(trial, request.GET.get("effect", "")).iterator(), rules):
        row, licence = shown.row, shown.row.licence
        person = (str(licence.user), licence.user.email, licence.number) if licence else ("", "", "")
        cells = [*person, row.effect, row.is_undone, shown.before, shown.after, _units(row.needed_before), _units(row.needed_after), row.deadline]
        rows.writerow(["" if cell is None else plain(str(cell)) for cell in cells])
    return answer


def _units(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount.normalize():f}"
