"""Taking over a completion: the dossier is written once and never changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from core.jobs import enqueue
from credits import tasks  # noqa: F401  registers the job kinds
from credits.models import Activity, Dossier, DossierFile

MAX_FILE_BYTES = 10 * 1024 * 1024


class DossierConflict(DomainError):
    code = "dossier_conflict"


def record_completion(
    *,
    key: str,
    user: Any,
    activity: Activity,
    kind: str,
    completed_at: datetime,
    zone: str,
    facts: dict[str, Any],
    trace: dict[str, Any],
    files: Sequence[tuple[str, bytes]] = (),
) -> Dossier:
    """Keep the evidence of one completion and queue its awards. Runs inside the caller's transaction.

    A second call with the same `key` and content returns the dossier; other content raises DossierConflict.
    `zone` decides the civil completion date, now and for ever. When `facts["offered"]` is there
    ({"title", "minutes": {mode: minutes}, "coverage", "score"}, each optional) it is compared with what boards approved.
    """
    with transaction.atomic():
        dossier, created = keep_dossier(
            key=key, user=user, activity=activity, kind=kind, completed_at=completed_at, zone=zone, facts=facts, trace=trace, files=files
        )
        if created:
            enqueue("credits.award_completion", key=f"award-completion:{dossier.pk}", args={"dossier": dossier.pk})
    return dossier


def keep_dossier(
    *,
    key: str,
    user: Any,
    activity: Activity,
    kind: str,
    completed_at: datetime,
    zone: str,
    facts: dict[str, Any],
    trace: dict[str, Any],
    files: Sequence[tuple[str, bytes]] = (),
) -> tuple[Dossier, bool]:
    """The dossier of `key` and whether it is new. The caller holds a transaction and queues what follows."""
    kind = Activity.Kind(kind)
    contents = {name: bytes(content) for name, content in files}
    if len(contents) != len(files):
        raise ValueError("A dossier names each file once.")
    for name, content in contents.items():
        if len(content) > MAX_FILE_BYTES:
            raise DomainError(_("“%(name)s” is larger than 10 MB. Hand over a smaller file.") % {"name": name}, code="dossier_file_too_large")
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    plain_facts, plain_trace = _as_json(facts), _as_json(trace)
    digest = _digest(
        {
            "key": key,
            "user": user.pk,
            "activity": activity.pk,
            "kind": kind,
            "completed_at": completed_at.astimezone(UTC).isoformat(),
            "zone": zone,
            "facts": plain_facts,
            "trace": plain_trace,
            "files": hashes,
        }
    )
    dossier, created = Dossier.objects.get_or_create(
        key=key,
        defaults={
            "user": user,
            "activity": activity,
            "kind": kind,
            "completed_at": completed_at,
            "zone": zone,
            "completed_on": clock.civil_date(completed_at, zone),
            "facts": plain_facts,
            "trace": plain_trace,
            "sha256": digest,
        },
    )
    if not created and dossier.sha256 != digest:
        raise DossierConflict(
            _("The completion %(key)s was recorded before with other content. It stays as it is; ask a CE officer to correct the award.") % {"key": key}
        )
    if created:
        DossierFile.objects.bulk_create(
            DossierFile(dossier=dossier, name=name, content=content, size_bytes=len(content), sha256=hashes[name]) for name, content in contents.items()
        )
    return dossier, created


def _as_json(value: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(value, cls=DjangoJSONEncoder))
    return plain


def _digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
