from core.jobs import RunningJob, job
from notifications.models import MailMessage


def note_failure(*, message: int, error: str) -> None:
    MailMessage.objects.filter(pk=message).update(state=MailMessage.State.FAILED, error=error)


@job("notifications.deliver", on_dead=note_failure)
def deliver_message(job: RunningJob, *, message: int) -> None:
    from notifications.services import deliver

    deliver(message=MailMessage.objects.get(pk=message))
