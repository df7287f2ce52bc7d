"""What a workshop asks of a person, what they have told it, and what is still missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from credits.models import Dossier, Licence
from workshops.models import Answer, Question, Registration, Requirement, Seat, Statement, WaiverAcceptance, WaiverVersion, Workshop, WorkshopCompletion


@dataclass(frozen=True)
class Asked:
    """A question with this person's answer; "" without one."""

    question: Question
    value: str

    @property
    def is_missing(self) -> bool:
        return self.question.is_required and not self.value

    @property
    def shown(self) -> str:
        """The answer as people read it."""
        if self.question.kind == Question.Kind.YES_NO and self.value:
            return _("Yes") if self.value == "yes" else _("No")
        return self.value


@dataclass(frozen=True)
class Checked:
    """A requirement, whether this person meets it, and by what."""

    requirement: Requirement
    is_met: bool
    why: str
    statement: Statement | None

    @property
    def is_settled(self) -> bool:
        """Met, or stated otherwise and not refused."""
        return self.is_met or (self.statement is not None and self.statement.state != Statement.State.REFUSED)

    @property
    def can_state(self) -> bool:
        return not self.is_met and self.requirement.takes_statement

    @property
    def missing(self) -> str:
        """What is needed, and what to do about it where the person can do it on the page."""
        needed = _("Needed: %(what)s") % {"what": self.requirement.sentence}
        if self.requirement.kind == Requirement.Kind.LICENCE:
            needed += " " + _("Choose its body and give its number.")
        if self.can_state:
            needed += " " + _("If you have something else instead, write what.")
        return needed

    @property
    def code(self) -> str:
        """met, waiting (a statement is to be read), accepted (one was), refused (one was not enough), missing."""
        if self.is_met:
            return "met"
        return self.statement.state if self.statement else "missing"


@dataclass(frozen=True)
class Details:
    """Everything one workshop asks of one person. `waiver` is its newest wording, `accepted` their acceptance of that wording."""

    workshop: Workshop
    registration: Registration | None
    asked: list[Asked] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    waiver: WaiverVersion | None = None
    accepted: WaiverAcceptance | None = None
    accepted_before: WaiverAcceptance | None = None

    @property
    def asks_anything(self) -> bool:
        return bool(self.asked or self.checked or self.waiver)

    @property
    def missing(self) -> list[str]:
        """What is still to be done, a sentence each; empty when nothing is."""
        words = [_("Answer: %(question)s") % {"question": asked.question.text} for asked in self.asked if asked.is_missing]
        words += [check.missing for check in self.checked if not check.is_settled]
        if self.waiver and not self.accepted:
            words.append(_("Read the waiver again and accept it: its wording has changed.") if self.accepted_before else _("Read the waiver and accept it."))
        return words

    @property
    def is_complete(self) -> bool:
        return not self.missing

    @property
    def waits_for_staff(self) -> bool:
        return any(check.code == Statement.State.WAITING for check in self.checked)


def details_of(workshop: Workshop, user: Any) -> Details:
    return details_by_learner(workshop, [user.pk])[user.pk]


def details_by_learner(workshop: Workshop, learners: Collection[int]) -> dict[int, Details]:
    """`Details` for each person, by primary key; ten queries at most, whatever their number."""
    questions = list(workshop.questions.filter(withdrawn_at__isnull=True))
    requirements = list(workshop.requirements.filter(withdrawn_at__isnull=True).select_related("activity", "board"))
    waiver = WaiverVersion.objects.filter(waiver=workshop.waiver_id).select_related("waiver").order_by("-number").first() if workshop.waiver_id else None
    rows = Registration.objects.filter(workshop=workshop, learner__in=learners).select_related("invited_by")
    acceptances = Prefetch("acceptances", WaiverAcceptance.objects.select_related("version"))
    registrations = {row.learner_id: row for row in rows.prefetch_related("answers", "statements__requirement", acceptances)}
    facts = _Facts.of(workshop, requirements, learners)
    return {pk: _details(workshop, pk, registrations.get(pk), questions, requirements, waiver, facts) for pk in learners}


def _details(
    workshop: Workshop,
    learner: int,
    registration: Registration | None,
    questions: list[Question],
    requirements: list[Requirement],
    waiver: WaiverVersion | None,
    facts: _Facts,
) -> Details:
    answers: dict[int, Answer] = {row.question_id: row for row in registration.answers.all()} if registration else {}
    statements: dict[int, Statement] = {row.requirement_id: row for row in registration.statements.all()} if registration else {}
    acceptances = [row for row in registration.acceptances.all() if waiver and row.version.waiver_id == waiver.waiver_id] if registration else []
    asked = [Asked(question, answers[question.pk].value if question.pk in answers else "") for question in questions]
    checked = []
    for requirement in requirements:
        why = facts.why(requirement, learner)
        checked.append(Checked(requirement, bool(why), why, statements.get(requirement.pk)))
    accepted = next((row for row in acceptances if waiver and row.version_id == waiver.pk), None)
    return Details(workshop, registration, asked, checked, waiver, accepted, acceptances[0] if acceptances else None)


@dataclass(frozen=True)
class _Facts:
    """What is on file here about the people in question; each is asked for only where a requirement needs it."""

    completed: dict[int, set[int]]
    attended: set[int]
    licences: dict[int, list[Licence]]

    @classmethod
    def of(cls, workshop: Workshop, requirements: list[Requirement], learners: Collection[int]) -> _Facts:
        kinds = {requirement.kind for requirement in requirements}
        completed: dict[int, set[int]] = defaultdict(set)
        attended: set[int] = set()
        licences: dict[int, list[Licence]] = defaultdict(list)
        if Requirement.Kind.ACTIVITY in kinds:
            wanted = [requirement.activity_id for requirement in requirements if requirement.activity_id]
            for user, activity in Dossier.objects.whole().filter(user__in=learners, activity__in=wanted).values_list("user", "activity"):
                completed[user].add(activity)
        if Requirement.Kind.LEVEL in kinds:
            attended = set(WorkshopCompletion.objects.filter(seat__learner__in=learners, trace__met=True).values_list("seat__learner", flat=True))
        if Requirement.Kind.LICENCE in kinds:
            day = workshop.starts_at.astimezone(workshop.zone).date() if workshop.starts_at else None
            held = Licence.objects.on_file().filter(user__in=learners).select_related("board").order_by("board__name", "pk")
            for licence in held.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day)) if day else held:
                licences[licence.user_id].append(licence)
        return cls(completed, attended, licences)

    def why(self, requirement: Requirement, learner: int) -> str:
        """By what `learner` meets it; "" when they do not."""
        if requirement.kind == Requirement.Kind.ACTIVITY and requirement.activity_id in self.completed.get(learner, ()):
            return _("Completed here.")
        if requirement.kind == Requirement.Kind.LEVEL and learner in self.attended:
            return _("Attended a workshop here.")
        if requirement.kind == Requirement.Kind.LICENCE:
            held = [licence for licence in self.licences.get(learner, ()) if requirement.board_id in (None, licence.board_id)]
            return _("On file: %(licence)s.") % {"licence": held[0]} if held else ""
        return ""


def wanted_place(workshop: Workshop, user: Any) -> str:
    """Where this person wants to take part: in the room, unless a hybrid workshop was told otherwise."""
    if workshop.format != workshop.Format.HYBRID:
        return Seat.Place.ROOM
    return Registration.objects.filter(workshop=workshop, learner=user).values_list("place", flat=True).first() or Seat.Place.ROOM


def asks_anything(workshop: Workshop) -> bool:
    """Whether somebody who registers has to answer, show or accept something."""
    if workshop.waiver_id:
        return True
    return workshop.questions.filter(withdrawn_at__isnull=True).exists() or workshop.requirements.filter(withdrawn_at__isnull=True).exists()
