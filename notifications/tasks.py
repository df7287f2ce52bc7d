from core.jobs import RunningJob, job
from notifications.models import MailMessage


def mark_failed(*, message: int, error: str) -> None:
    from notifications.services import note_failure

    note_failure(message=MailMessage.objects.get(pk=message), error=error)


# A mail server may be away for some hours before staff have to look after its mail by hand. The message's own row says that it
# was sent, so the job's may be forgotten.
@job("notifications.deliver", on_dead=mark_failed, time_limit_s=120, retry_delays_s=(30, 300, 1800, 7200), forget_done=True)
def deliver_message(job: RunningJob, *, message: int) -> None:
    from notifications.services import deliver

    deliver(message=MailMessage.objects.get(pk=message))
