"""Where a licence stands, as a page for its holder."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.permissions import SignedInRequest
from credits.closed_cycles.selectors import closed_cycles_shown, with_closed_cycles
from credits.models import Licence
from credits.onward import ways_for
from credits.selectors import today_of
from credits.standings import standing_of_licence


def licence_standing(request: SignedInRequest, pk: int) -> HttpResponse:
    licence = get_object_or_404(with_closed_cycles(Licence.objects.visible_to(request.user).with_facts()), pk=pk)
    standing = standing_of_licence(licence, today_of(request.user))
    ways = ways_for(licence) if standing.status == "open" and not licence.is_archived else []
    context = {"licence": licence, "standing": standing, "closed_cycles": closed_cycles_shown(licence), "ways": ways}
    return render(request, "credits/licence_standing.html", context)
