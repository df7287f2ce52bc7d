"""What learners tell us about their licences."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.licence_facts import plain_number
from credits.models import Award, Board, Claim, Licence, StandingSnapshot
from credits.retention.holds import refuse_if_held
from credits.services.awards import settle_holds_of
from credits.services.ledger import lock_person


class LicenceInUse(DomainError):
    code = "licence_in_use"


class LicenceOnFile(DomainError):
    code = "licence_on_file"


def add_licence(
    *,
    user: Any,
    board: Board,
    number: str = "",
    jurisdiction: str = "",
    name_on_licence: str = "",
    issued_on: date | None = None,
    expires_on: date | None = None,
    practising_since: date | None = None,
) -> Licence:
    """Put a licence on file, or return the one already there with the same board and number. Held awards are looked at again.

    An archived one with that number is kept up again.
    """
    number = plain_number(number)
    with transaction.atomic():
        lock_person(user.pk)
        licence, created = Licence.objects.get_or_create(
            user=user,
            board=board,
            number=number,
            defaults={
                "jurisdiction": jurisdiction or (board.jurisdiction if board.is_state_board else ""),
                "name_on_licence": name_on_licence,
                "issued_on": issued_on,
                "expires_on": expires_on,
                "practising_since": practising_since,
            },
        )
        if licence.is_archived:
            restore_licence(licence=licence, actor=user)
            licence.refresh_from_db()
        if created:
            record_audit(actor=user, action="credits.add_licence", record=licence)
            settle_holds_of(user=user)
    return licence


def change_licence(
    *,
    licence: Licence,
    actor: Any,
    number: str,
    jurisdiction: str = "",
    name_on_licence: str = "",
    issued_on: date | None = None,
    expires_on: date | None = None,
    practising_since: date | None = None,
) -> Licence:
    """Correct a licence's number or dates. Certificates already issued keep what they printed; held awards are looked at again."""
    number = plain_number(number)
    values = {
        "number": number,
        "jurisdiction": jurisdiction,
        "name_on_licence": name_on_licence,
        "issued_on": issued_on,
        "expires_on": expires_on,
        "practising_since": practising_since,
    }
    try:
        with transaction.atomic():
            lock_person(licence.user_id)
            licence = Licence.objects.select_related("board", "user").get(pk=licence.pk)
            changed = [name for name, value in values.items() if getattr(licence, name) != value]
            if not changed:
                return licence
            for name in changed:
                setattr(licence, name, values[name])
            licence.save(update_fields=[*changed, "updated_at"])
            record_audit(actor=actor, action="credits.change_licence", record=licence, fields=changed)
            settle_holds_of(user=licence.user)
    except IntegrityError as error:
        if "a_licence_is_on_file_once" not in str(error):
            raise
        raise LicenceOnFile(_("You already have this number on file with the same board. Change the other entry instead.")) from error
    return licence


def remove_licence(*, licence: Licence, actor: Any) -> None:
    """Take a licence off file with the facts kept about it. Refused when an award or an officer's decision rests on it."""
    with transaction.atomic():
        lock_person(licence.user_id)
        licence = Licence.objects.select_related("board").get(pk=licence.pk)
        refuse_if_held(licence.user_id)
        if Award.objects.filter(licence=licence).exists():
            raise LicenceInUse(_("Credit was awarded under this licence, so it stays on file. You can still change its number and dates, or archive it."))
        if licence.overrides.exists() or licence.closed_cycles.exists():
            raise LicenceInUse(_("The school recorded a decision about this licence, so it stays on file. You can archive it instead."))
        Claim.objects.filter(licence=licence).delete()
        StandingSnapshot.objects.filter(licence=licence).delete()
        for facts in (licence.statuses, licence.renewals, licence.met_duties):
            facts.all().delete()
        record_audit(actor=actor, action="credits.remove_licence", record=licence, board=licence.board.code)
        licence.delete()


def archive_licence(*, licence: Licence, actor: Any) -> Licence:
    """Note that the person no longer keeps the licence up: nothing more is credited under it, what was credited stays."""
    return _set_archived(licence, actor, is_archived=True)


def restore_licence(*, licence: Licence, actor: Any) -> Licence:
    return _set_archived(licence, actor, is_archived=False)


def _set_archived(licence: Licence, actor: Any, *, is_archived: bool) -> Licence:
    with transaction.atomic():
        lock_person(licence.user_id)
        licence = Licence.objects.get(pk=licence.pk)
        if licence.is_archived != is_archived:
            licence.archived_at = clock.now() if is_archived else None
            licence.save(update_fields=["archived_at", "updated_at"])
            record_audit(actor=actor, action="credits.archive_licence" if is_archived else "credits.restore_licence", record=licence)
    return licence
