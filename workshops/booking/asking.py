"""What a workshop asks: questions, requirements and waivers, written at the desk."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.jobs import enqueue
from workshops.booking.errors import RegistrationRefused
from workshops.booking.mail import write_of_new_waiver
from workshops.models import Question, Registration, Requirement, Seat, Waiver, WaiverVersion, Workshop

MOST_QUESTIONS = 30


def save_question(*, workshop: Workshop, by: User, values: dict[str, Any], question: Question | None = None) -> Question:
    """Ask something, or ask it otherwise. Once somebody answered, only its explanation and whether it must be answered can change.

    Raises RegistrationRefused.
    """
    with transaction.atomic():
        Workshop.objects.select_for_update(of=("self",)).get(pk=workshop.pk)
        if values["kind"] == Question.Kind.CHOICE and len(values["choices"]) < 2:
            raise RegistrationRefused(_("Give at least two answers to choose from, one a line."), code="choices_needed")
        choices = values["choices"] if values["kind"] == Question.Kind.CHOICE else []
        if question is None:
            standing = workshop.questions.filter(withdrawn_at__isnull=True)
            if standing.count() >= MOST_QUESTIONS:
                raise RegistrationRefused(_("A workshop asks at most %(most)s questions.") % {"most": MOST_QUESTIONS})
            position = (workshop.questions.aggregate(last=Max("position"))["last"] or 0) + 1
            question = Question(workshop=workshop, position=position)
        elif question.answers.exclude(value="").exists() and (question.kind, question.text, question.choices) != (values["kind"], values["text"], choices):
            raise RegistrationRefused(_("People have answered this question, so its words stay. Ask it no more and write a new one."), code="question_answered")
        question.kind, question.text, question.choices = values["kind"], values["text"], choices
        question.help_text, question.is_required = values["help_text"], values["is_required"]
        question.save()
        record_audit(actor=by, action="workshops.save_question", record=question)
    return question


def withdraw_question(*, question: Question, by: User) -> None:
    """Ask it no more. What was answered stays on the list of answers; one that nobody answered goes. Again, nothing changes."""
    with transaction.atomic():
        if not question.answers.exists():
            record_audit(actor=by, action="workshops.withdraw_question", record=question)
            question.delete()
        elif question.withdrawn_at is None:
            question.withdrawn_at = clock.now()
            question.save(update_fields=["withdrawn_at", "updated_at"])
            record_audit(actor=by, action="workshops.withdraw_question", record=question)


def save_requirement(*, workshop: Workshop, by: User, values: dict[str, Any]) -> Requirement:
    """Ask for something more. Who has a seat already sees it as still to do."""
    with transaction.atomic():
        kind = values["kind"]
        if kind == Requirement.Kind.ACTIVITY and not values.get("activity"):
            raise RegistrationRefused(_("Choose the course or workshop that has to be completed."), code="activity_needed")
        if kind == Requirement.Kind.STATEMENT and not values.get("words"):
            raise RegistrationRefused(_("Write what people have to state."), code="words_needed")
        requirement = Requirement.objects.create(
            workshop=workshop,
            kind=kind,
            activity=values.get("activity") if kind == Requirement.Kind.ACTIVITY else None,
            board=values.get("board") if kind == Requirement.Kind.LICENCE else None,
            words=values.get("words", ""),
            takes_statement=kind == Requirement.Kind.STATEMENT or bool(values.get("takes_statement")),
        )
        record_audit(actor=by, action="workshops.save_requirement", record=requirement)
    return requirement


def withdraw_requirement(*, requirement: Requirement, by: User) -> None:
    """Ask for it no more. Statements about it stay. Again, nothing changes."""
    with transaction.atomic():
        if requirement.withdrawn_at is None:
            requirement.withdrawn_at = clock.now()
            requirement.save(update_fields=["withdrawn_at", "updated_at"])
            record_audit(actor=by, action="workshops.withdraw_requirement", record=requirement)


def choose_waiver(*, workshop: Workshop, waiver: Waiver | None, by: User) -> Workshop:
    """Which text people accept before this workshop; None for none. Who has a seat is asked to accept it."""
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(of=("self",)).get(pk=workshop.pk)
        if workshop.waiver_id != (waiver.pk if waiver else None):
            workshop.waiver = waiver
            workshop.save(update_fields=["waiver", "updated_at"])
            record_audit(actor=by, action="workshops.choose_waiver", record=workshop, waiver=waiver.pk if waiver else None)
    return workshop


def write_waiver(*, text: str, by: User, name: str = "", waiver: Waiver | None = None) -> WaiverVersion:
    """A new waiver, or a new version of one: whoever comes to a workshop that uses it accepts the new wording before they come.

    The same words again change nothing. Raises RegistrationRefused for a name that is taken.
    """
    text = text.replace("\r\n", "\n").strip()
    with transaction.atomic():
        if waiver is None:
            waiver, created = Waiver.objects.get_or_create(name=name.strip())
            if not created:
                raise RegistrationRefused(_("There is a waiver of this name. Open it and write a new version."), code="name_taken")
        waiver = Waiver.objects.select_for_update().get(pk=waiver.pk)
        newest = waiver.versions.order_by("-number").first()
        if newest and newest.text == text:
            return newest
        version = WaiverVersion.objects.create(waiver=waiver, number=newest.number + 1 if newest else 1, text=text, written_by=by)
        record_audit(actor=by, action="workshops.write_waiver", record=waiver, version=version.number)
        if newest:
            enqueue("workshops.ask_for_new_waiver", key=f"new-waiver:{version.pk}", args={"version": version.pk})
    return version


def write_of_version(*, version: WaiverVersion) -> int:
    """Write to everybody with a seat in a coming workshop who accepted an older wording; each once. Returns how many."""
    seated = Seat.objects.confirmed().filter(workshop__waiver=version.waiver_id, workshop__ends_at__gt=clock.now())
    told = 0
    for seat in seated.select_related("learner").order_by("pk").iterator():
        accepted = Registration.objects.filter(workshop=seat.workshop_id, learner=seat.learner_id, acceptances__version__waiver=version.waiver_id)
        registration = accepted.exclude(acceptances__version__number__gte=version.number).select_related("workshop", "learner").distinct().first()
        if registration:
            write_of_new_waiver(registration, version=version.pk)
            told += 1
    return told


def copy_what_is_asked(*, source: Workshop, target: Workshop, by: User) -> None:
    """Let `target`, a copy of `source`, ask the same. What it asks already stays."""
    with transaction.atomic():
        if not target.questions.exists():
            Question.objects.bulk_create(
                Question(workshop=target, kind=q.kind, text=q.text, help_text=q.help_text, choices=q.choices, is_required=q.is_required, position=q.position)
                for q in source.questions.filter(withdrawn_at__isnull=True)
            )
        if not target.requirements.exists():
            Requirement.objects.bulk_create(
                Requirement(workshop=target, kind=r.kind, activity=r.activity, board=r.board, words=r.words, takes_statement=r.takes_statement)
                for r in source.requirements.filter(withdrawn_at__isnull=True).select_related("activity", "board")
            )
        if target.waiver_id is None and source.waiver is not None:
            choose_waiver(workshop=target, waiver=source.waiver, by=by)
