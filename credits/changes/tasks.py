"""Background work of what is offered beside what is approved."""

from datetime import timedelta

from django.db.models import Q

from core.jobs import RunningJob, job, periodic
from credits.models import Activity


@job("credits.judge_again")
def judge_again(job: RunningJob, *, activity: int) -> None:
    from credits.services.offerings import judge_refused_claims

    judge_refused_claims(activity=Activity.objects.get(pk=activity))


@job("credits.review_activities", forget_done=True)
def review_activities(job: RunningJob) -> None:
    """Each day brings approvals nearer to their end and opens gaps: look at everything offered or about to end."""
    from credits.selectors import school_today
    from credits.services.offerings import RENEW_WITHIN, review_activity

    today = school_today()
    ending = Q(accreditations__status="in_force", accreditations__valid_to__range=(today, today + RENEW_WITHIN))
    for activity in Activity.objects.filter(Q(offerings__ended_at__isnull=True, offerings__isnull=False) | ending).distinct().order_by("pk").iterator():
        review_activity(activity=activity)


periodic("credits.review_activities", every=timedelta(days=1))
