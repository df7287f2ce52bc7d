"""The decision that an attempt is complete, handed to the credits ledger in the same transaction."""

from __future__ import annotations

from django.db import transaction

from core import clock
from courses.models import Attempt, Completion
from courses.selectors.progress import progress_of
from courses.services.dossier import dossier_facts
from credits.services import record_completion


def complete_attempt(*, attempt: Attempt) -> Completion | None:
    """Complete `attempt` when everything is there; None when something is left. Run twice, it decides once.

    The civil date is the learner's, in the time zone they have at this moment.
    """
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(of=("self",)).select_related("course", "version__activity", "learner").get(pk=attempt.pk)
        if existing := Completion.objects.filter(attempt=attempt).first():
            return existing
        progress = progress_of([attempt])[0]
        activity = attempt.version.activity
        if not progress.trace.met or activity is None:
            return None
        now, zone = clock.now(), attempt.learner.time_zone
        trace = progress.trace.to_json()
        dossier = record_completion(
            key=attempt.key,
            user=attempt.learner,
            activity=activity,
            kind="home_study",
            completed_at=now,
            zone=zone,
            facts=dossier_facts(progress),
            trace=trace,
        )
        completion = Completion.objects.create(
            attempt=attempt, trace=trace, completed_at=now, zone=zone, completed_on=clock.civil_date(now, zone), dossier=dossier
        )
        Attempt.objects.filter(pk=attempt.pk).update(state=Attempt.State.COMPLETED, updated_at=now)
    return completion
