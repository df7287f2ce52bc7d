"""What CE officers record about activities and the boards' approvals of them."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from core.audit import record_audit
from core.errors import DomainError
from credits.categories import category_names
from credits.models import Accreditation, Activity, Award
from credits.services.offerings import judge_again_soon, note_approval_change, review_activity

MAX_LETTER_BYTES = 10 * 1024 * 1024


class ApprovalOverlaps(DomainError):
    code = "approval_overlaps"


class ApprovalInUse(DomainError):
    code = "approval_in_use"


class ApprovalMistake(DomainError):
    code = "approval_mistake"


class NotAPdf(DomainError):
    code = "not_a_pdf"


def save_activity(*, officer: Any, activity: Activity | None = None, values: dict[str, Any]) -> Activity:
    """Create or change an activity. Its kind stays once a board has approved it or somebody completed it."""
    with transaction.atomic():
        if activity is None:
            activity = Activity(**values)
        else:
            activity = Activity.objects.select_for_update().get(pk=activity.pk)
            used = activity.accreditations.exists() or activity.dossiers.exists()
            if used and values.get("kind", activity.kind) != activity.kind:
                raise ApprovalInUse(_("The kind of an activity stays once it was approved or completed. Make a new activity instead."))
            for name, value in values.items():
                setattr(activity, name, value)
        activity.save()
        record_audit(actor=officer, action="credits.save_activity", record=activity)
        review_activity(activity=activity)
        judge_again_soon(activity=activity.pk, occasion=f"activity:{activity.pk}:{activity.updated_at.isoformat()}")
    return activity


def save_accreditation(*, officer: Any, accreditation: Accreditation | None = None, values: dict[str, Any]) -> Accreditation:
    """Create or change an approval.

    Raises ApprovalMistake when it contradicts itself or its board or names an unknown category, ApprovalOverlaps when the board's other approval covers
    the same days, ApprovalInUse when a fact that awards have frozen would change.
    """
    with transaction.atomic():
        activity = values.get("activity") or accreditation.activity  # type: ignore[union-attr]  # a new approval always names its activity
        Activity.objects.select_for_update().get(pk=activity.pk)  # one approval at a time, so that two can not overlap
        if accreditation is None:
            accreditation = Accreditation()
        else:
            accreditation = Accreditation.objects.select_for_update(of=("self",)).select_related("activity", "board").get(pk=accreditation.pk)
            _refuse_frozen_change(accreditation, values)
        _refuse_unknown_categories(values.get("category_split", []), kept=accreditation.category_split)
        for name, value in values.items():
            setattr(accreditation, name, value)
        _check(accreditation)
        accreditation.save()
        record_audit(actor=officer, action="credits.save_accreditation", record=accreditation, status=accreditation.status)
        note_approval_change(accreditation=accreditation)
    return accreditation


def _refuse_frozen_change(accreditation: Accreditation, values: dict[str, Any]) -> None:
    awards = Award.objects.filter(accreditation=accreditation)
    if not awards.exists():
        return
    changed = [name for name in Accreditation.FROZEN if name in values and getattr(accreditation, name) != values[name]]
    if changed:
        names = ", ".join(name.replace("_", " ") for name in changed)
        raise ApprovalInUse(_("Awards rest on this approval, so its %(names)s can not change. Withdraw it and enter a new one.") % {"names": names})
    last = awards.order_by("-completed_on").values_list("completed_on", flat=True)[0]
    if values.get("valid_to") and values["valid_to"] < last:
        raise ApprovalInUse(_("An award of %(day)s rests on this approval, so it can not end before that day.") % {"day": last.isoformat()})
    if values.get("status") == Accreditation.Status.DRAFT:
        raise ApprovalInUse(_("Awards rest on this approval, so it can not become a draft again. Withdraw it instead."))


def _refuse_unknown_categories(split: list[dict[str, Any]], *, kept: list[dict[str, Any]]) -> None:
    """A category no rule knows would fill no minimum of any board. What an approval says already may stay."""
    for word in (str(part.get("category", "")) for part in split):
        if word not in category_names() and not any(part["category"] == word for part in kept):
            shown = Truncator("".join(sign for sign in word if sign.isprintable())).chars(80)
            raise ApprovalMistake(_("The boards' rules know no category “%(word)s”. Choose the one that is meant from the list.") % {"word": shown})


def _check(row: Accreditation) -> None:
    if not row.board.unit_printed and not row.unit_override:
        raise ApprovalMistake(_("%(board)s has no unit on file. Enter the unit this approval uses.") % {"board": row.board.name})
    if not row.activity.fits(row.mode):
        raise ApprovalMistake(
            _("An approval for “%(mode)s” can not be of a %(kind)s activity.") % {"mode": row.get_mode_display(), "kind": row.activity.get_kind_display()}
        )
    if row.category_split and sum(Decimal(str(part["units"])) for part in row.category_split) != row.units:
        raise ApprovalMistake(_("The categories add up to another number of units than the approval's %(units)s.") % {"units": row.units})
    for word in row.board.forbidden_words:
        if re.search(rf"\b{re.escape(word)}\b", f"{row.approved_title} {row.unit_override}"):
            raise ApprovalMistake(_("%(board)s refuses certificates that say “%(word)s”.") % {"board": row.board.name, "word": word})
    if row.valid_to and row.valid_to < row.valid_from:
        raise ApprovalMistake(_("The approval ends before it begins."))
    if row.status == Accreditation.Status.DRAFT:
        return
    others = Accreditation.objects.filter(activity=row.activity, board=row.board, mode=row.mode).exclude(pk=row.pk).exclude(status=Accreditation.Status.DRAFT)
    for other in others:
        if _overlap(row, other):
            raise ApprovalOverlaps(
                _("Approval %(number)s of the same board already covers some of these days. Change the dates, or withdraw it first.")
                % {"number": other.approval_number or f"#{other.pk}"}
            )


def _overlap(one: Accreditation, other: Accreditation) -> bool:
    def end(row: Accreditation) -> date:
        return row.last_day or date.max

    return one.valid_from <= end(other) and other.valid_from <= end(one) and one.valid_from <= end(one) and other.valid_from <= end(other)


def withdraw_accreditation(*, officer: Any, accreditation: Accreditation, on: date, reason: str) -> Accreditation:
    """End an approval before its day: completions from `on` are no longer covered. Awards made stay. A repeat changes nothing."""
    with transaction.atomic():
        accreditation = Accreditation.objects.select_for_update(of=("self",)).select_related("activity", "board").get(pk=accreditation.pk)
        if accreditation.status == Accreditation.Status.WITHDRAWN:
            return accreditation
        accreditation.status, accreditation.withdrawn_on = Accreditation.Status.WITHDRAWN, on
        accreditation.save(update_fields=["status", "withdrawn_on", "updated_at"])
        record_audit(actor=officer, action="credits.withdraw_accreditation", record=accreditation, reason=reason, on=on.isoformat())
        note_approval_change(accreditation=accreditation)
    return accreditation


def attach_approval_letter(*, officer: Any, accreditation: Accreditation, letter: UploadedFile) -> Accreditation:
    """Keep the board's letter with the approval. The file is judged by its content; raises NotAPdf."""
    content = read_pdf(letter)
    field = Accreditation._meta.get_field("approval_letter")
    stored = field.storage.save(field.generate_filename(accreditation, "letter.pdf"), ContentFile(content))
    with transaction.atomic():
        accreditation.approval_letter.name, accreditation.approval_letter_name = stored, (letter.name or "letter.pdf")[:200]
        accreditation.save(update_fields=["approval_letter", "approval_letter_name", "updated_at"])
        record_audit(actor=officer, action="credits.attach_approval_letter", record=accreditation, name=accreditation.approval_letter_name)
    return accreditation


def read_pdf(upload: UploadedFile) -> bytes:
    if (upload.size or 0) > MAX_LETTER_BYTES:
        raise NotAPdf(_("The letter is larger than 10 MB. Save it smaller and send it again."))
    content = upload.read()
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if not content.startswith(b"%PDF-") or int(reader.root["/Pages"]["/Count"]) < 1:
            raise NotAPdf(_("This is not a PDF. Save the letter as a PDF and send it again."))
    except (PdfError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NotAPdf(_("This is not a readable PDF. Save the letter as a PDF and send it again.")) from error
    return content
