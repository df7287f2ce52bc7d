"""A learner's own credit earned elsewhere: typing it in with its proof, and what became of it."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from credits.external.forms import ExternalForm
from credits.external.services import correct_external, submit_external, withdraw_external
from credits.models import Board, ExternalCredit, ExternalProof, Licence

logger = logging.getLogger(__name__)

PAGE_SIZE = 20
SEND_RATE = "60/h"


@require_safe
def external_list(request: SignedInRequest) -> HttpResponse:
    rows = ExternalCredit.objects.visible_to(request.user).latest().for_lists()
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/external/list.html", {"page": page, "boards": _boards(request)})


def external_add(request: SignedInRequest) -> HttpResponse:
    """One credit for one board: the form asks what that board tells apart. `?like=` starts from another of one's own."""
    boards = _boards(request)
    board = next((board for board in boards if board.code == request.GET.get("board")), boards[0] if len(boards) == 1 else None)
    if board is None:
        return render(request, "credits/external/choose_board.html", {"boards": boards, "like": request.GET.get("like", "")})
    like = ExternalCredit.objects.visible_to(request.user).filter(pk=_number(request.GET.get("like", ""))).first()
    form = ExternalForm(request.POST or None, request.FILES or None, board=board, credit=like)
    if request.method == "POST" and form.is_valid():
        try:
            check_limit(request, group="external-credit", rate=SEND_RATE)
            credit = submit_external(
                user=request.user, board=board, facts=form.facts, proofs=form.cleaned_data["proofs"], keep=form.kept, note=form.cleaned_data["note"]
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("It is on record, and counts once the school has accepted the proof. We write to you then."))
            return redirect(credit)
    context = {"form": form, "board": board, "can_change_board": len(boards) > 1}
    return render(request, "credits/external/form.html", context, status=422 if form.errors else 200)


@require_safe
def external_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    credit = _own(request, pk)
    newer = ExternalCredit.objects.filter(key=credit.key).latest().first()
    others = [board for board in _boards(request) if board.pk != credit.board_id]
    return render(request, "credits/external/detail.html", {"credit": credit, "newer": newer if newer != credit else None, "others": others})


def external_correct(request: SignedInRequest, pk: int) -> HttpResponse:
    credit = _own(request, pk)
    form = ExternalForm(request.POST or None, request.FILES or None, board=credit.board, credit=credit)
    if request.method == "POST" and form.is_valid():
        try:
            check_limit(request, group="external-credit", rate=SEND_RATE)
            sent = correct_external(
                credit=credit, actor=request.user, facts=form.facts, proofs=form.cleaned_data["proofs"], keep=form.kept, note=form.cleaned_data["note"]
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            if sent == credit:
                messages.info(request, _("Nothing was changed."))
            else:
                messages.success(request, _("The new version is on record and waits for review."))
            return redirect(sent)
    return render(request, "credits/external/form.html", {"form": form, "board": credit.board, "credit": credit}, status=422 if form.errors else 200)


def external_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    credit = _own(request, pk)
    if request.method == "POST":
        withdraw_external(credit=credit, actor=request.user)
        messages.success(request, _("It was withdrawn and counts no longer."))
        return redirect("credits:external_list")
    return render(request, "credits/external/withdraw.html", {"credit": credit})


@require_safe
def external_proof(request: SignedInRequest, pk: int) -> HttpResponse:
    return proof_answer(get_object_or_404(ExternalProof, pk=pk, user=request.user))


def proof_answer(proof: ExternalProof) -> HttpResponse:
    """A picture, drawn by ourselves, is shown; a PDF is only ever downloaded. Neither may run or load anything, or be kept by others."""
    if not proof.file:
        raise Http404
    try:
        with proof.file.open("rb") as file:
            answer = HttpResponse(file.read(), content_type=proof.media_type)
    except OSError as error:  # storage lost it: the page around it says what was sent
        logger.error("The file of external proof %s cannot be read: %s", proof.pk, error)
        raise Http404 from error
    ending, how = ("jpg", "inline") if proof.is_picture else ("pdf", "attachment")
    answer.headers["Content-Disposition"] = f'{how}; filename="proof-{proof.pk}.{ending}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _own(request: SignedInRequest, pk: int) -> ExternalCredit:
    return get_object_or_404(ExternalCredit.objects.visible_to(request.user).for_lists(), pk=pk)


def _boards(request: SignedInRequest) -> list[Board]:
    """The boards of the licences the person keeps up."""
    return list(Board.objects.filter(licences__in=Licence.objects.visible_to(request.user).on_file()).distinct().order_by("name"))


def _number(text: str) -> int:
    """A row's number out of an address; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
