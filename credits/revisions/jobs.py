"""Background work of the rules."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic


def _note_failure(*, trial: int, error: str) -> None:
    from credits.revisions.trials import fail_trial

    fail_trial(trial=trial)


@job("credits.try_rule", on_dead=_note_failure, forget_done=True)
def try_rule(job: RunningJob, *, trial: int) -> None:
    from credits.revisions.trials import run_trial

    run_trial(trial=trial, report=job.report)


@job("credits.take_rules_into_force", forget_done=True)
def take_rules_into_force(job: RunningJob, *, revision: int) -> None:
    from credits.revisions.taking_force import take_force

    take_force()


@job("credits.purge_rule_trials", forget_done=True)
def purge_rule_trials(job: RunningJob) -> None:
    from credits.revisions.trials import purge_trial_rows

    purge_trial_rows()


periodic("credits.purge_rule_trials", every=timedelta(days=1))
