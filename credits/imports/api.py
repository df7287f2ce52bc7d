"""Certificates issued before this system over the API: send the file, read every line's fate, confirm, discard, undo."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.models import Role
from accounts.permissions import HasRole
from credits.imports.services import begin_import, confirm_import, discard_import, undo_import
from credits.models import CertificateImport, ImportRow

OFFICER = [HasRole.of(Role.CE_OFFICER)]


class ImportRowSerializer(serializers.ModelSerializer):
    """One line of the CSV; the header is line 1. `faults` keep it out, `notes` are to be known."""

    faults = serializers.ListField(child=serializers.CharField())
    notes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ImportRow
        fields = ["line", "fate", "faults", "notes", "is_invited", "award"]


class ImportCountsSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    invited = serializers.IntegerField()
    will = serializers.IntegerField()
    mistake = serializers.IntegerField()
    known = serializers.IntegerField()
    done = serializers.IntegerField()
    undone = serializers.IntegerField()


class ImportSerializer(serializers.ModelSerializer):
    """`faults` are those of the file as a whole."""

    faults = serializers.ListField(child=serializers.CharField())
    counts = serializers.SerializerMethodField()

    class Meta:
        model = CertificateImport
        fields = ["id", "state", "source", "file_name", "sha256", "faults", "created_at", "confirmed_at", "counts"]

    @extend_schema_field(ImportCountsSerializer)
    def get_counts(self, batch: CertificateImport) -> dict[str, int]:
        return batch.counts()


class ImportDetailSerializer(ImportSerializer):
    rows = ImportRowSerializer(many=True)

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "rows"]


class BeginImportSerializer(serializers.Serializer):
    file = serializers.FileField()
    source = serializers.CharField(max_length=500)  # type: ignore[assignment]  # a declared field: the metaclass takes it off the class


class UndoSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=1000)


class ImportViewSet(ReadOnlyModelViewSet):
    """Imports, the latest first; one by its id comes with every line."""

    permission_classes = OFFICER
    queryset = CertificateImport.objects.all()

    def get_queryset(self) -> QuerySet[CertificateImport]:
        return CertificateImport.objects.prefetch_related("rows") if self.action == "retrieve" else CertificateImport.objects.all()

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return ImportDetailSerializer if self.action == "retrieve" else ImportSerializer


class BeginImportView(APIView):
    """POST: have a CSV, or a ZIP with a CSV and PDFs, checked. Nothing is imported before it is confirmed."""

    permission_classes = OFFICER
    parser_classes = [MultiPartParser]

    @extend_schema(request=BeginImportSerializer, responses={201: ImportSerializer})
    def post(self, request: Request) -> Response:
        form = BeginImportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        batch = begin_import(officer=request.user, upload=form.validated_data["file"], source=form.validated_data["source"])
        return Response(ImportSerializer(batch).data, status=201)


class ConfirmImportView(APIView):
    """POST: import the lines without mistakes. Calling again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses=ImportSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(ImportSerializer(confirm_import(officer=request.user, batch=get_object_or_404(CertificateImport, pk=pk))).data)


class DiscardImportView(APIView):
    """POST: import nothing and delete the file."""

    permission_classes = OFFICER

    @extend_schema(request=None, responses=ImportSerializer)
    def post(self, request: Request, pk: int) -> Response:
        return Response(ImportSerializer(discard_import(officer=request.user, batch=get_object_or_404(CertificateImport, pk=pk))).data)


class UndoImportView(APIView):
    """POST: revoke everything an import brought in. Calling again changes nothing."""

    permission_classes = OFFICER

    @extend_schema(request=UndoSerializer, responses=ImportSerializer)
    def post(self, request: Request, pk: int) -> Response:
        batch = get_object_or_404(CertificateImport, pk=pk)
        form = UndoSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(ImportSerializer(undo_import(officer=request.user, batch=batch, **form.validated_data)).data)
