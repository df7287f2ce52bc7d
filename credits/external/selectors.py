"""Reading what was earned elsewhere: the reviewers' queue, and what one of them should look at twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.external.rows import plain
from credits.models import Award, ExternalCredit, ExternalProof, Licence
from credits.models.external import ExternalCreditQuerySet

Status = ExternalCredit.Status
STATES = {
    "waiting": (Status.WAITING,),
    "asked": (Status.ASKED,),
    "accepted": (Status.ACCEPTED,),
    "refused": (Status.REFUSED,),
    "all": (Status.WAITING, Status.ASKED, Status.ACCEPTED, Status.REFUSED, Status.WITHDRAWN),
}
MUCH = 16  # units of one course; more deserves a second look
NEAR = timedelta(days=1)


@dataclass(frozen=True)
class QueueFilter:
    state: str = "waiting"
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], words: str) -> QueueFilter:
        """Whatever is not known means what waits."""
        state = query.get("state", "")
        return cls(state if state in STATES else "waiting", words)

    def rows(self) -> ExternalCreditQuerySet:
        """The newest version of each; what waits longest first, what is decided newest first."""
        rows = ExternalCredit.objects.latest().with_status_of(*STATES[self.state]).select_related("board", "user").annotate(proof_count=Count("proofs"))
        if self.words:
            by_person = Q(user__email__icontains=self.words) | Q(user__display_name__icontains=self.words)
            rows = rows.filter(by_person | Q(title__icontains=self.words) | Q(provider_name__icontains=self.words) | Q(board__name__icontains=self.words))
        return rows.order_by("pk") if self.state in ("waiting", "asked") else rows.order_by("-pk")


def next_waiting(after: ExternalCredit) -> ExternalCredit | None:
    """What waits longest, besides `after`."""
    return QueueFilter().rows().exclude(pk=after.pk).first()


def hints_for(credit: ExternalCredit) -> list[str]:
    """What the reviewer should look at twice, one sentence each. `credit` comes from `for_lists`."""
    return [*_of_proofs(credit), *_of_doubles(credit), *_of_facts(credit)]


def _of_proofs(credit: ExternalCredit) -> Iterator[str]:
    digests = [proof.sha256 for proof in credit.proofs.all()]
    if ExternalProof.objects.filter(sha256__in=digests).exclude(user=credit.user_id).exists():
        yield _("Another person sent the very same file. Read whose name is on it.")
    others = ExternalCredit.objects.latest().filter(user=credit.user_id, board=credit.board_id, proofs__sha256__in=digests).exclude(key=credit.key)
    if others.exists():
        yield _("The same file proves another credit for the same board. Check that it shows both.")


def _of_doubles(credit: ExternalCredit) -> Iterator[str]:
    same_days = {"completed_on__gte": credit.completed_on - NEAR, "completed_on__lte": credit.completed_on + NEAR}
    ours = Award.objects.visible_to(credit.user).current().filter(board=credit.board_id, **same_days)
    for award in ours:
        yield _("We awarded credit for “%(title)s” on %(day)s ourselves. Check that this is not the same.") % {
            "title": award.title,
            "day": date_format(award.completed_on, "F j, Y"),
        }
    same = ExternalCredit.objects.latest().visible_to(credit.user).filter(board=credit.board_id, **same_days).exclude(key=credit.key)
    for other in same.with_status_of(Status.WAITING, Status.ASKED, Status.ACCEPTED):
        yield _("“%(title)s” is on record for the same days too. Check that both can be true.") % {"title": other.title}


def _of_facts(credit: ExternalCredit) -> Iterator[str]:
    if plain(settings.SCHOOL_NAME) in plain(credit.provider_name):
        yield _("It names our own school. What was earned here belongs on the ledger: issue or import it instead.")
    if credit.board.approval_required and credit.approval_board is None:
        yield _("This board counts approved courses alone, and no approval is named.")
    if credit.units > MUCH:
        yield _("%(units)s %(unit)s are much for one course. Read the amount again.") % {"units": credit.units_shown, "unit": credit.unit_printed}
    issued = Licence.objects.visible_to(credit.user).filter(board=credit.board_id, issued_on__gt=credit.completed_on)
    if issued.exists():
        yield _("It was completed before the licence was issued.")
