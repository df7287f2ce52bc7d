"""Which bodies a completion can be put before, and what a pack's page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from credits.models import Accreditation, Award, Board, Dossier, Licence, PetitionPack
from credits.petitions.answers import Answered, answered, answers_of
from credits.petitions.book import Body, petition_book


@dataclass(frozen=True)
class Candidate:
    """A body of the person's licences that gave this completion no credit. `refusal` says why a petition is of no use."""

    board: Board
    body: Body
    pack: PetitionPack | None
    refusal: str

    @property
    def is_open(self) -> bool:
        return not self.refusal


def packs_of(user: Any) -> QuerySet[PetitionPack]:
    return PetitionPack.objects.visible_to(user).for_pages()


def candidates_for(dossier: Dossier) -> list[Candidate]:
    """One for each body the person has a licence of on file and that has not credited the completion. Three queries."""
    licences = Licence.objects.filter(user=dossier.user_id).on_file().select_related("board")
    credited = set(Award.objects.current().filter(dossier=dossier, board__isnull=False).values_list("board", flat=True))
    packs = {pack.board_id: pack for pack in PetitionPack.objects.filter(dossier=dossier).for_pages()}
    boards = {licence.board_id: licence.board for licence in licences if licence.board_id not in credited}
    return [Candidate(board, body := petition_book().of(board.code), packs.get(pk), refusal_of(body, dossier)) for pk, board in boards.items()]


def refusal_of(body: Body, dossier: Dossier) -> str:
    """Why the body takes no petition for this completion; "" when it does, or nobody knows."""
    if dossier.is_imported:
        return _("It was completed before this system was in use, so there is no record of it to petition with. The certificate issued then is all there is.")
    if body.possible == "no":
        return body.why
    if dossier.kind not in body.kinds:
        return " ".join(body.conditions)
    return ""


def answered_for(pack: PetitionPack) -> list[Answered]:
    """The body's questions with what the record answers now. One query for a pack from `for_pages`."""
    answers = answers_of(dossier=pack.dossier, board=pack.board, approvals=approvals_on(pack.dossier), words=pack.words)
    return answered(petition_book().of(pack.board.code), answers)


def approvals_on(dossier: Dossier) -> list[Accreditation]:
    """The approvals that covered the completion, boards loaded."""
    rows = Accreditation.objects.filter(activity=dossier.activity_id).in_force_on(dossier.completed_on).select_related("board")
    return list(rows.order_by("board__name", "pk"))
