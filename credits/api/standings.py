"""Where one's own licence stands, in the engine's vocabulary."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from credits.api.evaluation import RESULT_SCHEMA
from credits.engine.run import dumps
from credits.models import Licence
from credits.selectors import today_of
from credits.standings import standing_result


class StandingView(APIView):
    """GET: the standing of the caller's own licence today, as POST /credits/evaluate would answer its case.

    409 when nothing can be said: no rules of the board, no calendar, or a fact that is missing; the answer says which.
    """

    permission_classes = [IsAuthenticated]

    @extend_schema(responses={200: RESULT_SCHEMA})
    def get(self, request: Request, pk: int) -> HttpResponse:
        licence = get_object_or_404(Licence.objects.visible_to(request.user).with_facts(), pk=pk)
        return HttpResponse(f"{dumps(standing_result(licence, today_of(licence.user)))}\n", content_type="application/json")
