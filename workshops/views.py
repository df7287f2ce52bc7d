"""Pages for people who look for a workshop and take a seat."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.models import Workshop
from workshops.services import register_learner


@require_POST
def workshop_register(request: SignedInRequest, slug: str) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user), slug=slug)
    try:
        register_learner(workshop=workshop, learner=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("You have a seat. A confirmation is on its way to you by e-mail."))
    return redirect(workshop)
