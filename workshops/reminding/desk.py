"""Who was reminded of a workshop, by the mail log."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from workshops.desk_access import PAGE_SIZE, teachers
from workshops.models import Workshop
from workshops.reminding.log import letters_of, planned_of, what_it_is, written_of


@teachers
@require_safe
def reminder_list(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue"), pk=pk)
    page = Paginator(letters_of(workshop), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(letter, *what_it_is(letter)) for letter in page]
    context = {"workshop": workshop, "page_obj": page, "rows": rows, "written": written_of(workshop), "planned": planned_of(workshop)}
    return render(request, "workshops/reminding/reminder_list.html", context)
