"""The officers' list over the API."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role
from accounts.permissions import HasRole
from credits.models import OfficerTask
from credits.selectors import school_today
from credits.services import settle_task_by_hand
from credits.worklist.selectors import STATES, TaskFilter


class TaskSerializer(serializers.ModelSerializer):
    """One thing to do. `address` is the desk page where it is done; `note` says how a settled one was settled."""

    is_open = serializers.BooleanField(read_only=True)
    is_overdue = serializers.SerializerMethodField()

    class Meta:
        model = OfficerTask
        fields = ["id", "kind", "title", "detail", "address", "due_on", "is_open", "is_overdue", "created_at", "settled_at", "note"]

    def get_is_overdue(self, task: OfficerTask) -> bool:
        return task.is_overdue(school_today())


class SettleSerializer(serializers.Serializer):
    note = serializers.CharField(max_length=2000)


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=STATES, description="`open` without one."),
            OpenApiParameter("kind", str, enum=OfficerTask.Kind.values),
            OpenApiParameter("q", str, description="Words of the title, the detail or the note."),
        ]
    )
)
class TaskViewSet(ReadOnlyModelViewSet):
    """What waits for CE officers, the most urgent first."""

    permission_classes = [HasRole.of(Role.CE_OFFICER, Role.STAFF)]
    queryset = OfficerTask.objects.none()
    serializer_class = TaskSerializer

    def get_queryset(self) -> QuerySet[OfficerTask]:
        if self.action != "list":
            return OfficerTask.objects.all()
        query = self.request.query_params
        return TaskFilter.of(query.dict(), query.get("q", "").replace("\x00", "").strip()).rows(school_today())


class SettleTaskView(APIView):
    """POST: say how a task was settled. Settling again changes nothing."""

    permission_classes = [HasRole.of(Role.CE_OFFICER)]

    @extend_schema(request=SettleSerializer, responses=TaskSerializer)
    def post(self, request: Request, pk: int) -> Response:
        task = get_object_or_404(OfficerTask, pk=pk)
        form = SettleSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(TaskSerializer(settle_task_by_hand(task=task, officer=request.user, **form.validated_data)).data)
