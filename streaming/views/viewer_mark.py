"""Whether a video shows who watches it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from streaming.services.assets import set_viewer_mark
from streaming.views.asset_page import desk_role, my_asset


@desk_role
@require_POST
def viewer_mark_save(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = my_asset(request, uuid)
    shows = request.POST.get("has_viewer_mark") == "on"
    set_viewer_mark(asset=asset, shows=shows, by=request.user)
    messages.success(request, _("The film shows who watches it, from their next visit on.") if shows else _("The film shows nobody's name any more."))
    return redirect(asset)
