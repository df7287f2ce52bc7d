"""Desk pages: bringing in certificates issued before this system."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.csv_text import plain
from core.errors import DomainError
from credits.imports.columns import COLUMNS, NAMES, template_csv
from credits.imports.forms import ConfirmImportForm, ImportForm, UndoForm
from credits.imports.selectors import progress_of
from credits.imports.services import begin_import, confirm_import, discard_import, undo_import
from credits.models import CertificateImport, ImportRow

PAGE_SIZE = 50
officers = role_required(Role.CE_OFFICER)


@officers
@require_safe
def import_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(CertificateImport.objects.select_related("officer").with_total(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/imports/import_list.html", {"page": page})


@officers
@require_safe
def import_template(request: SignedInRequest) -> HttpResponse:
    return _download(template_csv(), "earlier-certificates.csv")


@officers
@require_http_methods(["GET", "HEAD", "POST"])
def import_add(request: SignedInRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = begin_import(officer=request.user, upload=form.cleaned_data["file"], source=form.cleaned_data["source"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(batch)
    return render(request, "credits/desk/imports/import_add.html", {"form": form, "columns": COLUMNS}, status=422 if form.errors else 200)


@officers
@require_safe
def import_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every line's fate; `?fate=` shows one kind of line only."""
    return _detail(request, get_object_or_404(CertificateImport.objects.select_related("officer"), pk=pk), ConfirmImportForm())


def _detail(request: SignedInRequest, batch: CertificateImport, form: ConfirmImportForm, status: int = 200) -> HttpResponse:
    fate = request.GET.get("fate", "")
    rows = batch.rows.select_related("award__holder", "award__board")
    if fate in ImportRow.Fate.values:
        rows = rows.filter(fate=fate)
    context = {
        "batch": batch,
        "counts": batch.counts(),
        "percent": progress_of(batch) if batch.is_working else 100,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "fates": ImportRow.Fate.choices,
        "fate": fate,
        "form": form,
    }
    template = "credits/desk/imports/_import.html" if request.headers.get("HX-Request") else "credits/desk/imports/import_detail.html"
    return render(request, template, context, status=status)


@officers
@require_safe
def import_mistakes(request: SignedInRequest, pk: int) -> HttpResponse:
    """The lines that were left out as a CSV in the template's form, each with its mistakes in a last column, to be mended and sent again."""
    batch = get_object_or_404(CertificateImport, pk=pk)
    answer = _download("", f"left-out-{batch.pk}.csv")
    writer = csv.writer(answer)
    writer.writerow([*NAMES, "mistakes"])
    for row in batch.rows.filter(fate=ImportRow.Fate.MISTAKE):
        writer.writerow([*(plain(row.values.get(name, "")) for name in NAMES), plain(" ".join(row.faults))])
    return answer


def _download(content: str, name: str) -> HttpResponse:
    answer = HttpResponse(f"\ufeff{content}", content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@officers
@require_POST
def import_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(CertificateImport.objects.select_related("officer"), pk=pk)
    form = ConfirmImportForm(request.POST)
    if form.is_valid():
        try:
            confirm_import(officer=request.user, batch=batch)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("It is being imported. You can leave this page."))
            return redirect(batch)
    return _detail(request, batch, form, status=422)


@officers
@require_POST
def import_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(CertificateImport, pk=pk)
    try:
        discard_import(officer=request.user, batch=batch)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(batch)
    messages.success(request, _("Discarded. Nothing was imported, and the file is deleted."))
    return redirect("credits_desk:import_list")


@officers
@require_http_methods(["GET", "HEAD", "POST"])
def import_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(CertificateImport, pk=pk)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            undo_import(officer=request.user, batch=batch, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("It is being undone. You can leave this page."))
            return redirect(batch)
    context = {"form": form, "batch": batch, "counts": batch.counts()}
    return render(request, "credits/desk/imports/import_undo.html", context, status=422 if form.errors else 200)
