"""Desk pages of one batch: look at it, lock it, hand it over, read the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import Award, ReportBatch, ReportRow
from credits.reports.batches import abandon_batch, discard_draft, download, lock_batch, post_batch, renew_draft
from credits.reports.corrections import note_agreement, note_removal
from credits.reports.forms import NoteForm, OutcomeForm, PostForm, ReasonForm, ResultsForm
from credits.reports.layouts import FIELDS, differences, numbers_of, payload_of
from credits.reports.overview import batches, rows_of
from credits.reports.queue import award_with_everything
from credits.reports.results import MOST_BYTES, accept_rest, decide_row, read_results, send_again, template_of
from credits.reports.systems import layouts, systems
from credits.selectors import school_today


def _batch(pk: int) -> ReportBatch:
    return get_object_or_404(ReportBatch.objects.listed().select_related("board", "made_by", "locked_by", "posted_by", "abandoned_by"), pk=pk)


@may_read
@require_safe
def report_batch(request: SignedInRequest, pk: int) -> HttpResponse:
    return _show(request, _batch(pk))


def _show(request: SignedInRequest, batch: ReportBatch, *, status: int = 200, **forms: Any) -> HttpResponse:
    outcome = request.GET.get("outcome", "")
    counted = batches().filter(pk=batch.pk).values(*ReportRow.Outcome.values)[0]
    context = {
        "batch": batch,
        "system": systems().get(batch.system),
        "layout": layouts()[batch.layout],
        "page": Paginator(rows_of(batch, outcome=outcome), PAGE_SIZE).get_page(request.GET.get("page")),
        "outcome": outcome if outcome in ReportRow.Outcome.values else "",
        "outcomes": [(value, label, counted[value]) for value, label in ReportRow.Outcome.choices if counted[value]],
        "waiting": counted[ReportRow.Outcome.WAITING],
        "results": batch.results.defer("content").select_related("read_by"),
        "today": school_today(),
        "post_form": PostForm(prefix="post"),
        "abandon_form": ReasonForm(prefix="abandon"),
        "results_form": ResultsForm(prefix="results"),
        **forms,
    }
    return render(request, "credits/desk/reports/report_batch.html", context, status=status)


def _do(request: SignedInRequest, batch: ReportBatch, act: Callable[[], Any], said: str) -> HttpResponse:
    """Do it and say so, or say why not; back to the batch."""
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, said)
    return redirect(batch)


@may_write
@require_POST
def report_renew(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    try:
        renewed = renew_draft(batch=batch, officer=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(batch)
    if renewed is None:
        messages.info(request, _("Nothing is ready any more, so the draft is gone. What waits says what is missing."))
        return redirect("credits_desk:report_board", batch.board.code)
    messages.success(request, _("The draft was made anew from what is ready now."))
    return redirect(renewed)


@may_write
@require_POST
def report_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    try:
        discard_draft(batch=batch, officer=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(batch)
    messages.success(request, _("The draft is gone; its rows wait again."))
    return redirect("credits_desk:report_board", batch.board.code)


@may_write
@require_POST
def report_lock(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    sha256 = request.POST.get("sha256", "")
    return _do(
        request,
        batch,
        lambda: lock_batch(batch=batch, officer=request.user, sha256=sha256),
        _("Locked. Download the file, post it, then note here that you did."),
    )


@may_write
@require_POST
def report_post(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    form = PostForm(request.POST, prefix="post")
    if form.is_valid():
        try:
            post_batch(batch=batch, officer=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Posted. When the regulator has answered, read its answers in below."))
            return redirect(batch)
    return _show(request, batch, status=422, post_form=form)


@may_write
@require_POST
def report_abandon(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    form = ReasonForm(request.POST, prefix="abandon")
    if form.is_valid():
        try:
            abandon_batch(batch=batch, officer=request.user, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The batch is given up; its rows wait again."))
            return redirect("credits_desk:report_board", batch.board.code)
    return _show(request, batch, status=422, abandon_form=form)


@may_read
@require_safe
def report_file(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(ReportBatch.objects.select_related("board"), pk=pk)
    try:
        content = download(batch=batch, actor=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(batch)
    kind = "application/vnd.ms-excel" if batch.file_name.endswith(".xls") else "text/csv; charset=utf-8"
    return _attachment(content, kind, batch.file_name)


@may_read
@require_safe
def report_template(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    return _attachment(template_of(batch).encode(), "text/csv; charset=utf-8", f"{batch.board.code}-{batch.number:04}-answers.csv")


def _attachment(content: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@may_write
@require_POST
def report_results(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    form = ResultsForm(request.POST, request.FILES, prefix="results")
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            result = read_results(batch=batch, officer=request.user, file_name=upload.name, content=upload.read(MOST_BYTES + 1))
        except DomainError as refusal:
            for mistake in getattr(refusal, "mistakes", [refusal.message]):
                form.add_error("file", mistake)
        else:
            said = ngettext("Read: %(accepted)s accepted, %(refused)s refused.", "Read: %(accepted)s accepted, %(refused)s refused.", result.accepted)
            messages.success(request, said % {"accepted": result.accepted, "refused": result.refused})
            return redirect(batch)
    return _show(request, batch, status=422, results_form=form)


@may_write
@require_POST
def report_accept_rest(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = _batch(pk)
    return _do(request, batch, lambda: accept_rest(batch=batch, officer=request.user), _("Every row that was open counts as accepted."))


def _row(pk: int) -> ReportRow:
    rows = ReportRow.objects.select_related(
        "batch__board", "award__dossier__user", "award__holder", "corrects__batch", "decided_by", "again_by", "agreed_award"
    )
    return get_object_or_404(rows.defer("batch__content"), pk=pk)


ACTS: dict[str, tuple[type[Any], Callable[..., Any]]] = {
    "decide": (OutcomeForm, lambda row, officer, values, award: decide_row(row=row, officer=officer, **values)),
    "again": (ReasonForm, lambda row, officer, values, award: send_again(row=row, officer=officer, reason=values["reason"])),
    "agree": (NoteForm, lambda row, officer, values, award: note_agreement(row=row, award=award, officer=officer, note=values["note"])),
    "remove": (NoteForm, lambda row, officer, values, award: note_removal(row=row, officer=officer, note=values["note"])),
}


@may_read
def report_row(request: SignedInRequest, pk: int) -> HttpResponse:
    """One row: what it says, what became of it, and what an officer can note about it (`act`)."""
    row = _row(pk)
    latest = award_with_everything(Award.objects.filter(key=row.award.key).order_by("-version")[0].pk)
    bound = None
    if request.method == "POST":
        if not request.user.has_role("ce_officer"):
            return HttpResponse(status=403)
        bound, answer = _act(request, row, latest)
        if answer:
            return answer
    route = row.batch.board.report_route
    entered = route.courses.filter(accreditation=latest.accreditation_id).first()
    payload = payload_of(latest, route, numbers_of(latest, route, entered))
    context = {
        "row": row,
        "batch": row.batch,
        "latest": latest,
        "is_revoked": latest.status == Award.Status.REVOKED,
        "fields": [(name.replace("_", " "), row.payload.get(name)) for name in FIELDS[row.batch.layout]],
        "changes": differences(row.batch.layout, row.payload, {**row.payload, **payload}) if row.is_live and row.batch.is_posted else [],
        "system": systems().get(row.batch.system),
        "layout": layouts()[row.batch.layout],
        "corrections": row.corrections.select_related("batch").defer("batch__content"),
        "forms": {name: bound[1] if bound and bound[0] == name else form(prefix=name) for name, (form, _act_) in ACTS.items()},
    }
    return render(request, "credits/desk/reports/report_row.html", context, status=422 if bound else 200)


def _act(request: SignedInRequest, row: ReportRow, latest: Award) -> tuple[tuple[str, Any] | None, HttpResponse | None]:
    """The form that was refused, by its act; or the answer when it was done."""
    name = request.POST.get("act", "")
    if name not in ACTS:
        return None, redirect("credits_desk:report_row", row.pk)
    make, act = ACTS[name]
    form = make(request.POST, prefix=name)
    if form.is_valid():
        try:
            act(row, request.user, form.cleaned_data, latest)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Noted."))
            return None, redirect("credits_desk:report_row", row.pk)
    return (name, form), None
