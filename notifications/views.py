"""The staff desk for mail: what the site sent, what failed, and sending again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.search import typed
from notifications.models import MailMessage
from notifications.services import send_again

PER_PAGE = 25


@role_required(Role.STAFF)
@require_safe
def message_list(request: SignedInRequest) -> HttpResponse:
    text, state = typed(request), request.GET.get("state", "")
    found = MailMessage.objects.matching(text).select_related("recipient").defer("body_text")
    if state in MailMessage.State.values:
        found = found.filter(state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "q": text, "state": state, "states": MailMessage.State.choices}
    return render(request, "notifications/desk/message_list.html", context)


@role_required(Role.STAFF)
@require_safe
def message_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(MailMessage.objects.select_related("recipient", "resend_of"), pk=pk)
    return render(
        request, "notifications/desk/message_detail.html", {"message": message, "resends": message.resends.all(), "files": message.attachments.defer("content")}
    )


@role_required(Role.STAFF)
@require_POST
def message_send_again(request: SignedInRequest, pk: int) -> HttpResponse:
    copy = send_again(message=get_object_or_404(MailMessage, pk=pk), by=request.user)
    messages.success(request, _("The message is on its way again, to %(address)s.") % {"address": copy.to_address})
    return redirect("notifications_desk:message_detail", pk=copy.pk)
