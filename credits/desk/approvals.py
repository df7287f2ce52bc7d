"""Desk pages: boards, activities and accreditations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from core.search import typed
from credits.changes.selectors import offerings_of
from credits.desk.forms import AccreditationForm, ActivityForm, CategoryFormSet, ComponentFormSet, LetterForm, WithdrawForm, category_split_of, components_of
from credits.models import Accreditation, Activity, Board
from credits.prospects.comparison import Comparison, comparison_of, units_typed
from credits.prospects.gaps import approval_gaps, uncredited_claims
from credits.revisions.selectors import board_states
from credits.selectors import school_today
from credits.services import attach_approval_letter, save_accreditation, save_activity, verify_board, withdraw_accreditation

PAGE_SIZE = 25
UNCREDITED_SHOWN = 20
EXPIRING_WITHIN = timedelta(days=90)
may_read = role_required(Role.CE_OFFICER, Role.STAFF)
may_write = role_required(Role.CE_OFFICER)
may_enter = role_required(Role.CE_OFFICER, Role.STAFF)  # staff enter the approval of a course they publish


@may_read
def board_list(request: SignedInRequest) -> HttpResponse:
    boards = Board.objects.annotate(approval_count=Count("accreditations")).prefetch_related("accepts_approvals_of").order_by("name")
    words = typed(request)
    if words:
        boards = boards.filter(Q(name__icontains=words) | Q(jurisdiction__icontains=words) | Q(code__icontains=words))
    page = Paginator(boards, PAGE_SIZE).get_page(request.GET.get("page"))
    states = board_states(board.code for board in page.object_list)
    rows = [(board, states[board.code]) for board in page.object_list]
    return render(request, "credits/desk/board_list.html", {"page": page, "rows": rows, "words": words})


@may_write
@require_POST
def board_verify(request: SignedInRequest, code: str) -> HttpResponse:
    board = verify_board(officer=request.user, board=get_object_or_404(Board, code=code))
    messages.success(request, _("%(board)s is marked as verified by you.") % {"board": board.name})
    return redirect("credits_desk:board_list")


@may_read
def activity_list(request: SignedInRequest) -> HttpResponse:
    today = school_today()
    in_force = Accreditation.objects.in_force_on(today).values("pk")
    activities = Activity.objects.annotate(approval_count=Count("accreditations", filter=Q(accreditations__in=in_force))).order_by("title", "pk")
    words = typed(request)
    if words:
        activities = activities.filter(Q(title__icontains=words) | Q(instructor_name__icontains=words))
    page = Paginator(activities, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/activity_list.html", {"page": page, "words": words})


@may_read
def activity_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    activity = get_object_or_404(Activity, pk=pk)
    context = {
        "activity": activity,
        "accreditations": activity.accreditations.select_related("board"),
        "offerings": offerings_of(activity, today=school_today()),
        "gaps": approval_gaps(activity),
        "uncredited": uncredited_claims(activity)[:UNCREDITED_SHOWN],
        "uncredited_count": uncredited_claims(activity).count(),
    }
    return render(request, "credits/desk/activity_detail.html", context)


@may_write
def activity_add(request: SignedInRequest) -> HttpResponse:
    return _edit_activity(request, None)


@may_write
def activity_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit_activity(request, get_object_or_404(Activity, pk=pk))


def _edit_activity(request: SignedInRequest, activity: Activity | None) -> HttpResponse:
    form = ActivityForm(request.POST or None, instance=activity)
    parts = ComponentFormSet(request.POST or None, prefix="parts", initial=activity.components if activity else [])
    if request.method == "POST" and form.is_valid() and parts.is_valid():
        try:
            saved = save_activity(officer=request.user, activity=activity, values={**form.cleaned_data, "components": components_of(parts)})
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The activity is saved."))
            return redirect(saved)
    context = {"form": form, "parts": parts, "activity": activity}
    return render(request, "credits/desk/activity_form.html", context, status=422 if request.method == "POST" else 200)


@may_read
def accreditation_list(request: SignedInRequest) -> HttpResponse:
    today = school_today()
    rows = Accreditation.objects.select_related("board", "activity")
    board, status, expiring = request.GET.get("board", ""), request.GET.get("status", ""), request.GET.get("expiring") == "90"
    if board:
        rows = rows.filter(board__code=board)
    if status in Accreditation.Status.values:
        rows = rows.filter(status=status)
    if expiring:
        rows = rows.expiring(by=today + EXPIRING_WITHIN, today=today)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "today": today,
        "soon": today + EXPIRING_WITHIN,
        "boards": Board.objects.filter(accreditations__isnull=False).distinct(),
        "statuses": Accreditation.Status.choices,
        "chosen": {"board": board, "status": status, "expiring": expiring},
    }
    return render(request, "credits/desk/accreditation_list.html", context)


@may_read
def accreditation_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Accreditation.objects.select_related("board", "activity").annotate(award_count=Count("awards")), pk=pk)
    return render(request, "credits/desk/accreditation_detail.html", _detail(row, LetterForm()))


def _detail(row: Accreditation, letter_form: LetterForm) -> dict[str, Any]:
    return {"accreditation": row, "today": school_today(), "letter_form": letter_form, "comparison": comparison_of(row.activity, row.board, row.units)}


@may_enter
def accreditation_add(request: SignedInRequest) -> HttpResponse:
    """A new approval; `?activity=` fills it in and `?next=` is the page of ours to go back to."""
    activity = Activity.objects.filter(pk=request.GET["activity"]).first() if request.GET.get("activity", "").isdigit() else None
    initial = {"activity": activity, "approved_title": activity.title} if activity else {}
    return _edit_accreditation(request, None, initial)


@may_write
def accreditation_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Accreditation.objects.select_related("board", "activity"), pk=pk)
    if row.status == Accreditation.Status.WITHDRAWN:
        messages.error(request, _("A withdrawn approval stays as it is. Enter a new one instead."))
        return redirect(row)
    return _edit_accreditation(request, row, {})


def _edit_accreditation(request: SignedInRequest, row: Accreditation | None, initial: dict[str, Any]) -> HttpResponse:
    works_out = "work_out" in request.POST
    form = AccreditationForm(request.POST or None, instance=row, initial=initial)
    is_frozen = form.fields["units"].disabled
    stored = row.category_split if row else []
    kept = {"kept": list(dict.fromkeys(str(part["category"]) for part in stored))}
    split = None if is_frozen else CategoryFormSet(request.POST or None, prefix="split", initial=stored, form_kwargs=kept)
    if request.method == "POST" and not works_out and form.is_valid() and (split is None or split.is_valid()):
        values = form.values() | ({} if split is None else {"category_split": category_split_of(split)})
        try:
            saved = save_accreditation(officer=request.user, accreditation=row, values=values)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The approval is saved."))
            if warning := comparison_of(saved.activity, saved.board, saved.units).warning:
                messages.warning(request, warning)
            back = request.GET.get("next", "")
            is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
            return redirect(back if is_ours else saved)
    context = {"form": form, "split": split, "accreditation": row, "is_frozen": is_frozen, "comparison": _typed_comparison(request, row, initial)}
    return render(request, "credits/desk/accreditation_form.html", context, status=422 if request.method == "POST" and not works_out else 200)


@may_enter
def accreditation_worth(request: SignedInRequest) -> HttpResponse:
    """What the board's formula gives for the activity in an unfinished form, as a fragment."""
    return render(request, "credits/desk/_worth.html", {"comparison": _typed_comparison(request, None, {})})


def _typed_comparison(request: SignedInRequest, row: Accreditation | None, initial: dict[str, Any]) -> Comparison:
    """By what is in the form so far, else by the approval that is edited."""
    typed_in = request.POST or request.GET
    activity, board = typed_in.get("activity", ""), typed_in.get("board", "")
    chosen = Activity.objects.filter(pk=activity).first() if activity.isdecimal() else row.activity if row else initial.get("activity")
    body = Board.objects.filter(pk=board).first() if board.isdecimal() else row.board if row else None
    return comparison_of(chosen, body, units_typed(typed_in.get("units", "")) or (row.units if row else None))


@may_write
def accreditation_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Accreditation.objects.select_related("board", "activity").annotate(award_count=Count("awards")), pk=pk)
    form = WithdrawForm(request.POST or None, initial={"on": school_today()})
    if request.method == "POST" and form.is_valid():
        withdraw_accreditation(officer=request.user, accreditation=row, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"])
        messages.success(request, _("The approval is withdrawn. Awards made under it stay."))
        return redirect(row)
    return render(request, "credits/desk/accreditation_withdraw.html", {"form": form, "accreditation": row}, status=422 if form.errors else 200)


@may_write
@require_POST
def accreditation_letter_add(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Accreditation.objects.select_related("board", "activity").annotate(award_count=Count("awards")), pk=pk)
    form = LetterForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            attach_approval_letter(officer=request.user, accreditation=row, letter=form.cleaned_data["letter"])
        except DomainError as refusal:
            form.add_error("letter", refusal.message)
        else:
            messages.success(request, _("The letter is on file."))
            return redirect(row)
    return render(request, "credits/desk/accreditation_detail.html", _detail(row, form), status=422)


@may_read
def accreditation_letter(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Accreditation, pk=pk)
    if not row.approval_letter:
        raise Http404
    with row.approval_letter.open("rb") as letter:
        answer = HttpResponse(letter.read(), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="approval-{row.pk}.pdf"'
    return answer
