"""What waits for the school's team: counts for the desk's first page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from core.models import Job
from notifications.models import MailMessage
from streaming.models import VideoAsset


@dataclass(frozen=True)
class Waiting:
    """One card: how many there are, what they are, where to look at them, whether someone should act."""

    count: int
    title: str | Promise
    text: str
    url: str
    action: str | Promise
    is_urgent: bool = False


def waiting_for(user: User) -> list[Waiting]:
    """The cards open to `user`, those with something to do first."""
    cards = []
    if user.has_role(Role.STAFF):
        cards += [_dead_jobs(), _failed_mail()]
    if user.has_role(Role.STAFF, Role.INSTRUCTOR):
        cards += _videos(user)
    return sorted(cards, key=lambda card: (not (card.count and card.is_urgent), not card.count))


def _dead_jobs() -> Waiting:
    count = Job.objects.dead().count()
    text = ngettext("One job was tried five times and gave up.", "%(count)s jobs were tried five times and gave up.", count) % {"count": count}
    return Waiting(
        count, _("Jobs that gave up"), text if count else str(_("All background work is done or under way.")), "/desk/jobs/", _("See the jobs"), True
    )


def _failed_mail() -> Waiting:
    count = MailMessage.objects.filter(state=MailMessage.State.FAILED).count()
    text = ngettext("One message did not leave the house.", "%(count)s messages did not leave the house.", count) % {"count": count}
    return Waiting(count, _("Failed mail"), text if count else str(_("Every message was sent.")), "/desk/mail/", _("See the mail log"), True)


def _videos(user: User) -> list[Waiting]:
    counted = VideoAsset.objects.visible_to(user).order_by().values_list("state").annotate(Count("pk"))
    states = dict.fromkeys(VideoAsset.State.values, 0) | dict(counted)
    busy = states["uploading"] + states["queued"] + states["processing"]
    text = ngettext("One video is being prepared.", "%(count)s videos are being prepared.", busy) % {"count": busy}
    cards = [Waiting(busy, _("Videos on the way"), text if busy else str(_("No video is being prepared.")), "/desk/video/", _("See the videos"))]
    if failed := states["failed"]:
        text = ngettext("One video could not be prepared.", "%(count)s videos could not be prepared.", failed) % {"count": failed}
        cards.append(Waiting(failed, _("Failed videos"), text, "/desk/video/", _("See the videos"), True))
    return cards
