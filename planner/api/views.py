"""Plans, and one's own routes."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from core.limits import check_limit
from planner import services
from planner.api.serializers import (
    PlanSerializer,
    RouteEventSerializer,
    RouteMailSerializer,
    RouteNameSerializer,
    RouteSerializer,
    SaveSerializer,
    WishesSerializer,
)
from planner.models import Route, RouteQuerySet
from planner.planning import Planning
from planner.views import EVENTS_SHOWN, PLAN_RATE, SAVE_RATE


def _own(request: Request) -> RouteQuerySet:
    return Route.objects.visible_to(request.user)


def _answer(route: Route, status: int = 200) -> Response:
    loaded = Route.objects.prefetch_related("licences", "steps").get(pk=route.pk)
    return Response(RouteSerializer(loaded).data, status=status)


class PlanView(APIView):
    """POST: what is missing for the caller's licences, and the cheapest, nearest and soonest sets that close it. Keeps nothing."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=WishesSerializer, responses=PlanSerializer)
    def post(self, request: Request) -> Response:
        wishes = WishesSerializer(data=request.data, context={"request": request})
        wishes.is_valid(raise_exception=True)
        check_limit(request, group="planner.plan", rate=PLAN_RATE)
        return Response(PlanSerializer(Planning(request.user, wishes.wishes).plan()).data)


class RouteViewSet(ReadOnlyModelViewSet):
    """The caller's own routes, newest first."""

    serializer_class = RouteSerializer
    queryset = Route.objects.none()

    def get_queryset(self) -> QuerySet[Route]:
        if not self.request.user.is_authenticated:  # the schema is drawn without a user
            return Route.objects.none()
        return Route.objects.visible_to(self.request.user).prefetch_related("licences", "steps")


class SaveRouteView(APIView):
    """POST: keep an answer of a plan as a route that is followed, or put it in place of another's open steps. Saving it again returns the route."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=SaveSerializer, responses={201: RouteSerializer})
    def post(self, request: Request) -> Response:
        given = SaveSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        check_limit(request, group="planner.save", rate=SAVE_RATE)
        values = given.validated_data
        replaces = get_object_or_404(_own(request), pk=values["replaces"]) if "replaces" in values else None
        route = services.save_route(
            user=request.user, wishes=given.wishes, goal=values["goal"], keys=values["steps"], name=values.get("name", ""), replaces=replaces
        )
        return _answer(route, 201)


class RouteEventsView(APIView):
    """GET: what happened to a route, the latest first, at most thirty."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=RouteEventSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        route = get_object_or_404(_own(request), pk=pk)
        return Response(RouteEventSerializer(route.events.all()[:EVENTS_SHOWN], many=True).data)


class RenameRouteView(APIView):
    """POST: give a route another name."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=RouteNameSerializer, responses=RouteSerializer)
    def post(self, request: Request, pk: int) -> Response:
        route = get_object_or_404(_own(request), pk=pk)
        given = RouteNameSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return _answer(services.rename_route(route=route, name=given.validated_data["name"]))


class RouteMailView(APIView):
    """POST: whether mail is sent about a route."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=RouteMailSerializer, responses=RouteSerializer)
    def post(self, request: Request, pk: int) -> Response:
        route = get_object_or_404(_own(request), pk=pk)
        given = RouteMailSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return _answer(services.set_mail(route=route, wants_mail=given.validated_data["wants_mail"]))


class LookRouteView(APIView):
    """POST: have a route looked at again. 202: a job does it; `looked_at` says when it is done."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses={202: RouteSerializer})
    def post(self, request: Request, pk: int) -> Response:
        route = get_object_or_404(_own(request), pk=pk)
        services.ask_to_look(Route.objects.filter(pk=route.pk))
        return _answer(route, 202)


class DropRouteView(APIView):
    """POST: stop following a route. Calling again changes nothing; seats and courses stay."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=RouteSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return _answer(services.drop_route(route=get_object_or_404(_own(request), pk=pk)))


class FollowRouteView(APIView):
    """POST: follow a route again."""

    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=RouteSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return _answer(services.follow_again(route=get_object_or_404(_own(request), pk=pk)))
