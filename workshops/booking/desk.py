"""The desk: what a workshop asks, what people answered, statements to be read, waivers."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.booking import asking
from workshops.booking.answers import answer_rows, answers_csv, questions_of, seats_of
from workshops.booking.forms import NewWaiverForm, QuestionForm, RequirementForm, ReviewForm, WaiverChoiceForm, WaiverTextForm
from workshops.booking.services import review_statement
from workshops.desk_access import PAGE_SIZE, attempt, roster_readers, staff_only, teachers
from workshops.models import Question, Statement, Waiver, Workshop


def _editable(request: SignedInRequest, pk: int) -> Workshop:
    return get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue", "waiver"), pk=pk)


@teachers
@require_http_methods(["GET", "HEAD", "POST"])
def asks(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a workshop asks: three small forms, told apart by `form`."""
    workshop = _editable(request, pk)
    which = request.POST.get("form", "") if request.method == "POST" else ""
    question = QuestionForm(request.POST if which == "question" else None)
    requirement = RequirementForm(request.POST if which == "requirement" else None, prefix="requirement")
    waiver = WaiverChoiceForm(request.POST if which == "waiver" else None, initial={"waiver": workshop.waiver_id})
    try:
        if which == "question" and question.is_valid():
            asking.save_question(workshop=workshop, by=request.user, values=question.cleaned_data)
        elif which == "requirement" and requirement.is_valid():
            asking.save_requirement(workshop=workshop, by=request.user, values=requirement.cleaned_data)
        elif which == "waiver" and waiver.is_valid():
            asking.choose_waiver(workshop=workshop, waiver=waiver.cleaned_data["waiver"], by=request.user)
    except DomainError as refusal:
        {"question": question, "requirement": requirement}[which].add_error(None, refusal.message)
    failed = bool(question.errors or requirement.errors or waiver.errors)
    if which and not failed:
        messages.success(request, _("Saved. Whoever has a seat already sees it as still to do."))
        return redirect("workshops_desk:asks", pk=pk)
    context = {
        "workshop": workshop,
        "questions": workshop.questions.filter(withdrawn_at__isnull=True),
        "requirements": workshop.requirements.filter(withdrawn_at__isnull=True).select_related("activity", "board"),
        "question_form": question,
        "requirement_form": requirement,
        "waiver_form": waiver,
        "seated": workshop.seats.confirmed().count(),
    }
    return render(request, "workshops/desk/asks.html", context, status=422 if failed else 200)


@teachers
@require_http_methods(["GET", "HEAD", "POST"])
def question_edit(request: SignedInRequest, pk: int, question: int) -> HttpResponse:
    workshop = _editable(request, pk)
    found = get_object_or_404(Question, workshop=workshop, pk=question, withdrawn_at__isnull=True)
    initial = {"text": found.text, "kind": found.kind, "choices": "\n".join(found.choices), "help_text": found.help_text, "is_required": found.is_required}
    form = QuestionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            asking.save_question(workshop=workshop, by=request.user, values=form.cleaned_data, question=found)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The question is saved."))
            return redirect("workshops_desk:asks", pk=pk)
    context = {"workshop": workshop, "form": form, "question": found}
    return render(request, "workshops/desk/question_form.html", context, status=422 if form.errors else 200)


@teachers
@require_POST
def question_withdraw(request: SignedInRequest, pk: int, question: int) -> HttpResponse:
    found = get_object_or_404(Question, workshop=_editable(request, pk), pk=question)
    attempt(request, _("It is asked no more."), lambda: asking.withdraw_question(question=found, by=request.user))
    return redirect("workshops_desk:asks", pk=pk)


@teachers
@require_POST
def requirement_withdraw(request: SignedInRequest, pk: int, requirement: int) -> HttpResponse:
    found = get_object_or_404(_editable(request, pk).requirements, pk=requirement)
    attempt(request, _("It is needed no more."), lambda: asking.withdraw_requirement(requirement=found, by=request.user))
    return redirect("workshops_desk:asks", pk=pk)


@roster_readers
@require_safe
def answers(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who answered what, and what is open."""
    workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user).select_related("venue"), pk=pk)
    questions = questions_of(workshop)
    page = Paginator(seats_of(workshop), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "workshop": workshop,
        "questions": questions,
        "page_obj": page,
        "rows": answer_rows(workshop, page.object_list, questions),
        "can_edit": Workshop.objects.editable_by(request.user).filter(pk=pk).exists(),
        "review_form": ReviewForm(),
    }
    return render(request, "workshops/desk/answers.html", context)


@roster_readers
@require_safe
def answers_file(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.roster_visible_to(request.user), pk=pk)
    response = HttpResponse(answers_csv(workshop), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{workshop.slug}-answers.csv"'
    return response


@teachers
@require_safe
def statement_list(request: SignedInRequest) -> HttpResponse:
    """Statements that wait to be read, of the workshops one runs; the soonest workshop first."""
    waiting = Statement.objects.filter(state=Statement.State.WAITING, registration__workshop__in=Workshop.objects.editable_by(request.user))
    waiting = waiting.select_related("registration__workshop__venue", "registration__learner", "requirement__activity", "requirement__board")
    page = Paginator(waiting.order_by("registration__workshop__starts_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/desk/statement_list.html", {"page_obj": page, "review_form": ReviewForm()})


@teachers
@require_POST
def statement_review(request: SignedInRequest, statement: int) -> HttpResponse:
    editable = Workshop.objects.editable_by(request.user)
    found = get_object_or_404(Statement, pk=statement, registration__workshop__in=editable)
    form = ReviewForm(request.POST)
    if form.is_valid():
        is_enough, note = "enough" in request.POST, form.cleaned_data["note"]
        attempt(request, _("The person is told."), lambda: review_statement(statement=found, by=request.user, is_enough=is_enough, note=note))
    else:
        messages.error(request, _("The word to the person is too long."))
    return redirect("workshops_desk:statement_list")


@teachers
@require_safe
def waiver_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(Waiver.objects.prefetch_related("versions").order_by("name"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/desk/waiver_list.html", {"page_obj": page})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def waiver_create(request: SignedInRequest) -> HttpResponse:
    form = NewWaiverForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            version = asking.write_waiver(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("The waiver is written. Choose it on a workshop’s page “What it asks”."))
            return redirect("workshops_desk:waiver_detail", pk=version.waiver_id)
    return render(request, "workshops/desk/waiver_form.html", {"form": form}, status=422 if form.errors else 200)


@teachers
@require_http_methods(["GET", "HEAD", "POST"])
def waiver_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A waiver with all its versions. Staff write a new one here."""
    waiver = get_object_or_404(Waiver, pk=pk)
    versions = list(waiver.versions.select_related("written_by"))
    form = WaiverTextForm(request.POST if request.method == "POST" else None, initial={"text": versions[0].text})
    is_staff = request.user.has_role("staff")
    if request.method == "POST" and is_staff and form.is_valid():
        version = asking.write_waiver(waiver=waiver, text=form.cleaned_data["text"], by=request.user)
        if version.pk == versions[0].pk:
            messages.info(request, _("These are the same words, so nothing changed."))
        else:
            messages.success(request, _("Version %(n)s is in force. Whoever accepted an older one is asked by e-mail to accept it.") % {"n": version.number})
        return redirect("workshops_desk:waiver_detail", pk=pk)
    context = {"waiver": waiver, "versions": versions, "form": form, "is_staff": is_staff}
    return render(request, "workshops/desk/waiver_detail.html", context, status=422 if form.errors else 200)
