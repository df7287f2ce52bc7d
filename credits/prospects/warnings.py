"""What somebody should read before they pay: which of their licences would get nothing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from credits.decisions import decide
from credits.models import Accreditation, Licence
from credits.prospects.offers import Offer
from credits.prospects.prospector import accepted_bodies, dossier_of
from credits.prospects.words import Speech
from credits.rulebook import known
from credits.selectors import today_of
from credits.standings import names_by_code


def credit_warnings(user: Any, offer: Offer) -> list[str]:
    """One sentence for each licence on file that completing `offer` would earn nothing for. Three queries, one without licences."""
    licences = list(Licence.objects.visible_to(user).on_file().select_related("board")) if user.is_authenticated else []
    if not licences:
        return []
    today = today_of(user)
    accepted = accepted_bodies({licence.board_id for licence in licences})
    candidates = list(Accreditation.objects.filter(activity=offer.activity).exclude(status=Accreditation.Status.DRAFT).select_related("board"))
    dossier, found = dossier_of(user, offer, today), []
    for licence in licences:
        bodies = accepted[licence.board_id]
        decision = decide(dossier=dossier, activity=offer.activity, board=licence.board, accepted=bodies, candidates=candidates)
        if decision.accreditation is None:
            speech = Speech(licence, known().get(licence.board.code), names_by_code(), offer.day or today, today)
            one = speech.refused(decision, [row for row in candidates if row.board_id in {licence.board_id, *bodies}])
            found.append(_("Completing it gives no credit in %(place)s: %(why)s.") % {"place": one.place, "why": one.short})
    return found
