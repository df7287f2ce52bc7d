"""Background work of courses."""

from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from courses.models import Course


@job("courses.note_offerings", forget_done=True)
def note_offerings(job: RunningJob) -> None:
    """Hand over every published course once a day: an activity's minutes may have changed, and courses of old were never handed over."""
    from courses.services.offerings import note_current_version

    for course in Course.objects.filter(current_version__isnull=False).order_by("pk").iterator():
        note_current_version(course=course)


periodic("courses.note_offerings", every=timedelta(days=1))
