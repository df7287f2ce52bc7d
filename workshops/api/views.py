"""Workshops and one's own seats."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from credits.prospects.prospector import Prospector
from workshops import selectors
from workshops.api.serializers import SeatSerializer, WorkshopSerializer
from workshops.models import Seat, Workshop
from workshops.near.api import SearchPagination, SearchSerializer, search_of, understood


class WorkshopViewSet(ReadOnlyModelViewSet):
    """Announced workshops that are still to come and fit a search; nearest first where it names a place or a position."""

    serializer_class = WorkshopSerializer
    permission_classes = [AllowAny]
    lookup_field = "slug"
    pagination_class = SearchPagination
    queryset = Workshop.objects.none()

    def get_queryset(self) -> QuerySet[Workshop]:
        base = Workshop.objects.select_related("venue", "activity", "series", "announcement").prefetch_related("blocks").with_seats_taken()
        if self.action == "retrieve":
            return base.visible_to(self.request.user)
        asked = search_of(self.request)
        shown = asked.first_with_results() if self.request.query_params.get("widen") in ("1", "true") else asked
        self.understood = understood(asked, shown)
        return shown.results(base.coming())

    @extend_schema(parameters=[SearchSerializer])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        response = self.get_paginated_response(self._shown(page, many=True))
        response.data["search"] = self.understood
        return response

    def retrieve(self, request: Request, slug: str) -> Response:
        return Response(self._shown(get_object_or_404(self.get_queryset(), slug=slug)))

    def _shown(self, found: Any, *, many: bool = False) -> Any:
        offers = [offer for row in (found if many else [found]) if not row.has_ended and (offer := selectors.offer_of(row))]
        context = {**self.get_serializer_context(), "prospects": Prospector(self.request.user).prospects(offers)}
        return WorkshopSerializer(found, many=many, context=context).data


class SeatViewSet(ReadOnlyModelViewSet):
    """The caller's own seats, newest first."""

    serializer_class = SeatSerializer
    queryset = Seat.objects.none()

    def get_queryset(self) -> QuerySet[Seat]:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return Seat.objects.none()
        return Seat.objects.own().filter(learner=self.request.user).select_related("workshop").order_by("-pk")
