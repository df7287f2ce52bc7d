"""When what people told a workshop is removed (decision 0035): kinds of record for the daily removal of `credits`."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateField, DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from core import clock
from credits.models import LegalHold
from credits.retention.sources import YEARS, Source
from workshops.models import Answer, Registration, Statement, WaiverAcceptance

ANSWERS_REST = timedelta(days=365)
WAIVERS_REST = timedelta(days=YEARS * 365 + 2)  # no earlier than the trigger lets them go


class RegistrationAnswers(Source):
    """Answers and statements of one person for one workshop."""

    code = "workshop_answers"
    title = _("Answers to workshops")
    goes = _("What a person answered and stated when registering, and the name a colleague typed, a year after the workshop.")
    stays = _("The seat, and that a waiver was accepted.")
    person = "learner"

    def rows(self) -> QuerySet[Registration]:
        over = Coalesce(F("workshop__ends_at"), F("updated_at"))
        due_on = Cast(ExpressionWrapper(over + Value(ANSWERS_REST), output_field=DateTimeField()), DateField())
        held = Exists(LegalHold.objects.standing().filter(person=OuterRef("learner")))
        told = (
            Q(Exists(Answer.objects.filter(registration=OuterRef("pk")))) | Q(Exists(Statement.objects.filter(registration=OuterRef("pk")))) | ~Q(invited_as="")
        )
        return Registration.objects.filter(told, purged_at__isnull=True).select_related("learner", "workshop").annotate(due_on=due_on, is_held=held)

    def label(self, row: Registration) -> str:
        return row.workshop.title

    def detail(self, row: Registration) -> str:
        return str(row.learner)

    def remove(self, row: Registration) -> dict[str, int]:
        answers = Answer.objects.filter(registration=row).delete()[0]
        statements = Statement.objects.filter(registration=row).delete()[0]
        Registration.objects.filter(pk=row.pk).update(invited_as="", purged_at=clock.now(), updated_at=clock.now())
        return {"answers": answers, "statements": statements}


class WaiverAcceptances(Source):
    """That somebody accepted a waiver, seven years on; the database keeps it until then."""

    code = "waiver_acceptances"
    title = _("Waivers accepted")
    goes = _("Who accepted which version, and the name they typed, seven years after they did.")
    stays = _("The wordings.")
    person = "registration__learner"

    def rows(self) -> QuerySet[WaiverAcceptance]:
        due_on = Cast(ExpressionWrapper(F("accepted_at") + Value(WAIVERS_REST), output_field=DateTimeField()), DateField())
        held = Exists(LegalHold.objects.standing().filter(person=OuterRef("registration__learner")))
        return WaiverAcceptance.objects.select_related("registration__learner", "version__waiver").annotate(due_on=due_on, is_held=held)

    def detail(self, row: WaiverAcceptance) -> str:
        return str(row.registration.learner)

    def remove(self, row: WaiverAcceptance) -> dict[str, int]:
        return {"acceptances": WaiverAcceptance.objects.filter(pk=row.pk).delete()[0]}
