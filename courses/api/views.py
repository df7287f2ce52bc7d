"""Reads are view sets; every write is a verb of its own with the page's service behind it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from courses import services
from courses.api import serializers
from courses.forms import CatalogueForm
from courses.models import Attempt, Course, ExamAttempt
from courses.selectors import catalogue, course_outline, progress_of, with_hours, with_lengths, with_prospects
from credits.prospects.prospector import Prospector

FILTERS = [
    OpenApiParameter("words", str, description="Words in any of the course's texts."),
    OpenApiParameter("board", str, description="Code of a board that has approved it."),
    OpenApiParameter("topic", str),
    OpenApiParameter("hours", str, description="A least number of units: 1, 3 or 6."),
]


@extend_schema_view(list=extend_schema(parameters=FILTERS))
class CourseViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Course]):
    """The catalogue, and one course."""

    serializer_class = serializers.CourseSerializer
    queryset = Course.objects.none()
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Course]:
        return catalogue(**CatalogueForm(self.request.GET).filters())

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        courses = with_prospects(with_hours(page or []), Prospector(request.user))
        return self.get_paginated_response(self.get_serializer(courses, many=True).data)

    @extend_schema(responses=serializers.CourseDetailSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        courses = with_lengths(Course.objects.visible_to(request.user)).select_related("current_version__activity")
        course = with_prospects(with_hours([get_object_or_404(courses, slug=slug)]), Prospector(request.user))[0]
        if course.current_version:
            course.outline = course_outline(course.current_version)  # type: ignore[attr-defined]  # for the template
        return Response(serializers.CourseDetailSerializer(course).data)


class AttemptViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Attempt]):
    """The caller's own attempts with progress and trace."""

    serializer_class = serializers.AttemptSerializer
    queryset = Attempt.objects.none()

    def get_queryset(self) -> QuerySet[Attempt]:
        if getattr(self, "swagger_fake_view", False):
            return Attempt.objects.none()
        return Attempt.objects.of(self.request.user).select_related("course", "version", "learner")  # type: ignore[arg-type]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(self.get_serializer(progress_of(page), many=True).data)

    @extend_schema(responses=serializers.AttemptDetailSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        attempt = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(serializers.AttemptDetailSerializer(progress_of([attempt])[0]).data)


def _attempt_response(attempt: Attempt, status: int = 200) -> Response:
    row = Attempt.objects.select_related("course", "version", "learner").get(pk=attempt.pk)
    return Response(serializers.AttemptSerializer(progress_of([row])[0]).data, status=status)


def _own(request: Request, pk: int) -> Attempt:
    attempts = Attempt.objects.of(request.user)  # type: ignore[arg-type]  # IsAuthenticated has seen to it
    return get_object_or_404(attempts.select_related("course", "version", "learner"), pk=pk)


class EnrollView(APIView):
    """POST: enrol the caller. Calling again returns the same attempt."""

    @extend_schema(request=None, responses={201: serializers.AttemptSerializer})
    def post(self, request: Request, slug: str) -> Response:
        course = get_object_or_404(Course.objects.visible_to(request.user), slug=slug)
        return _attempt_response(services.enroll_learner(course=course, learner=request.user), 201)  # type: ignore[arg-type]


class StartAgainView(APIView):
    """POST: begin another attempt after a completed one. Calling again returns the one that is open."""

    @extend_schema(request=None, responses={201: serializers.AttemptSerializer})
    def post(self, request: Request, slug: str) -> Response:
        course = get_object_or_404(Course.objects.visible_to(request.user), slug=slug)
        return _attempt_response(services.start_again(course=course, learner=request.user), 201)  # type: ignore[arg-type]  # signed in: the permission says so


class AffirmView(APIView):
    """POST: affirm that the caller took the course themselves, in the words the attempt shows."""

    @extend_schema(request=None, responses=serializers.AffirmationSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(serializers.AffirmationSerializer(services.affirm(attempt=_own(request, pk))).data)


class ExamStartView(APIView):
    """POST: begin the exam, or return the one that is begun. 409 names what is missing."""

    @extend_schema(request=None, responses={201: serializers.ExamSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response(serializers.ExamSerializer(services.start_exam(attempt=_own(request, pk))).data, status=201)


class ExamSubmitView(APIView):
    """POST: hand in the exam. Calling again returns the result that stands."""

    @extend_schema(request=serializers.ExamInputSerializer, responses=serializers.ExamSerializer)
    def post(self, request: Request, pk: int, number: int) -> Response:
        exam = get_object_or_404(ExamAttempt.objects.select_related("attempt"), attempt=_own(request, pk), number=number)
        given = serializers.ExamInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        answers = {row["question"]: row["choice"] for row in given.validated_data["answers"]}
        return Response(serializers.ExamSerializer(services.submit_exam(exam=exam, answers=answers)).data)


class EvaluationView(APIView):
    """POST: send the evaluation. Calling again changes nothing."""

    @extend_schema(request=serializers.EvaluationInputSerializer, responses=serializers.AttemptSerializer)
    def post(self, request: Request, pk: int) -> Response:
        attempt = _own(request, pk)
        given = serializers.EvaluationInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        services.submit_evaluation(attempt=attempt, answers={row["question"]: row["answer"] for row in given.validated_data["answers"]})
        return _attempt_response(attempt)
