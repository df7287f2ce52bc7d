"""Background work of the ledger."""

from core.jobs import RunningJob, job
from credits.audits import jobs as audit_jobs  # noqa: F401  registers the job kinds of audit packs
from credits.batch import jobs as batch_jobs  # noqa: F401  registers the jobs of standings
from credits.bulk import tasks as bulk_tasks  # noqa: F401  registers credits.try_bulk_change and credits.do_bulk_change
from credits.certificates import tasks as certificate_tasks  # noqa: F401  registers credits.issue_certificate
from credits.changes import tasks as change_tasks  # noqa: F401  registers credits.judge_again and credits.review_activities
from credits.imports import tasks as import_tasks  # noqa: F401  registers the jobs of imports
from credits.models import Dossier
from credits.petitions import jobs as petition_jobs  # noqa: F401  registers the jobs of petition packs
from credits.reminders import jobs as reminder_jobs  # noqa: F401  registers the jobs of reminders
from credits.reports import jobs as report_jobs  # noqa: F401  registers the clock of the post room
from credits.retention import jobs as retention_jobs  # noqa: F401  registers the daily removal
from credits.revisions import jobs as revision_jobs  # noqa: F401  registers the jobs of the rules


@job("credits.award_completion")
def award_completion_of(job: RunningJob, *, dossier: int) -> None:
    from credits.services import award_completion

    award_completion(dossier=Dossier.objects.get(pk=dossier))
