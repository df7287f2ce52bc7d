"""From a draft to a rule in force: a second officer signs, or one alone with a reason and a day's delay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from credits.models import OfficerTask, RuleRevision
from credits.revisions.documents import check_text
from credits.revisions.drafts import own_draft
from credits.revisions.in_force import note_change
from credits.revisions.loading import latest_of, task_key
from credits.revisions.taking_force import take_force
from credits.revisions.trials import start_trial, trial_for
from credits.services.officers import require_officer
from credits.services.worklist import raise_task, settle_task
from notifications.services import send_mail_once

DELAY = timedelta(hours=24)  # before what one officer signed alone takes force


class NotReady(DomainError):
    code = "rule_not_ready"


class NotYours(DomainError):
    code = "rule_needs_a_second_officer"


class Settled(DomainError):
    code = "rule_is_settled"


def submit_revision(*, officer: Any, draft: RuleRevision, reason: str) -> RuleRevision:
    """Hand a draft over for sign-off: from now on its words stand. A dry run begins, and the other officers are told."""
    require_officer(officer, reason)
    with transaction.atomic():
        draft = own_draft(officer, draft)
        if draft.purpose == RuleRevision.Purpose.WHAT_IF:
            raise NotReady(_("A what-if is never signed off. Make it a change first, and give its source and its dates."))
        checked = check_text(draft.board, draft.text)
        if checked.mistakes:
            raise NotReady(_("Line %(line)d: %(sentence)s") % {"line": checked.mistakes[0].line, "sentence": checked.mistakes[0].sentence})
        _check_base(draft)
        if draft.base and draft.base.content == checked.content:
            raise NotReady(_("This says what is in force already. Change something, or throw the draft away."))
        draft.content, draft.reason = checked.content, " ".join(reason.split())
        draft.state, draft.submitted_at = RuleRevision.State.WAITING, clock.now()
        draft.save(update_fields=["content", "reason", "state", "submitted_at", "updated_at"])
        record_audit(actor=officer, action="credits.submit_rule", record=draft, reason=draft.reason, board=draft.board.code, number=draft.number)
        start_trial(officer=officer, revision=draft)
        raise_task(
            kind=OfficerTask.Kind.RULE_CHANGE,
            key=task_key(draft),
            title=_("Sign off a rule of %(board)s") % {"board": draft.board.name},
            detail=draft.reason,
            address=reverse("credits_desk:rule_revision", args=[draft.pk]),
        )
        _tell_others(draft, "rule_waiting", but=officer)
    return draft


def sign_revision(*, officer: Any, revision: RuleRevision) -> RuleRevision:
    """A second officer, who has read it, puts it in force: at once, or with the coming revision it was written from. Signing again changes nothing."""
    require_officer(officer, "signed")
    with transaction.atomic():
        revision = _locked(revision)
        if revision.state == RuleRevision.State.APPROVED and revision.approved_by_id == officer.pk:
            return revision
        _check_waiting(revision)
        if revision.author_id == officer.pk:
            raise NotYours(_("You wrote this, so another CE officer signs it off. If there is none, sign it off alone, with a reason."))
        _approve(revision, officer)
        if revision.author:
            _tell(revision.author, revision, "rule_signed")
    return revision


def sign_alone(*, officer: Any, revision: RuleRevision, reason: str) -> RuleRevision:
    """Its author signs it off without a second officer. It takes force a day later, and shows to everybody whom it concerns."""
    require_officer(officer, reason)
    with transaction.atomic():
        revision = _locked(revision)
        if revision.state == RuleRevision.State.APPROVED and revision.approved_by_id == officer.pk:
            return revision
        _check_waiting(revision)
        if revision.author_id != officer.pk:
            raise NotYours(_("Another officer wrote this: your signature is the second one. Sign it off."))
        _approve(revision, officer, alone=" ".join(reason.split()))
        _tell_others(revision, "rule_signed_alone", but=officer)
    return revision


def confirm_revision(*, officer: Any, revision: RuleRevision) -> RuleRevision:
    """A second officer signs afterwards what one signed alone: it shows no longer. Confirming again changes nothing."""
    require_officer(officer, "confirmed")
    with transaction.atomic():
        revision = _locked(revision)
        if revision.confirmed_at is not None:
            return revision
        if revision.state != RuleRevision.State.APPROVED or not revision.sole_officer:
            raise Settled(_("Only what one officer signed off alone can be confirmed by a second."))
        if officer.pk in (revision.author_id, revision.approved_by_id):
            raise NotYours(_("You signed this off yourself, so another CE officer confirms it."))
        revision.confirmed_at, revision.confirmed_by = clock.now(), officer
        revision.save(update_fields=["confirmed_at", "confirmed_by", "updated_at"])
        record_audit(actor=officer, action="credits.confirm_rule", record=revision, board=revision.board.code, number=revision.number)
        note_change()
    return revision


def withdraw_revision(*, officer: Any, revision: RuleRevision, reason: str) -> RuleRevision:
    """Take back, or refuse, what waits for a sign-off or for its time. What is in force is changed by a new revision."""
    require_officer(officer, reason)
    with transaction.atomic():
        revision = _locked(revision)
        if revision.state == RuleRevision.State.WITHDRAWN:
            return revision
        if revision.state == RuleRevision.State.DRAFT:
            raise Settled(_("This is a draft. Its author can throw it away."))
        later = RuleRevision.objects.approved().filter(base=revision).first()
        if later:
            said = _("Revision %(number)d was written from this one and is signed off: it says the same and would take force. Withdraw that one first.")
            raise Settled(said % {"number": later.number})
        if revision.in_force_from is not None and revision.in_force_from <= clock.now():
            raise Settled(_("This is in force, or was. Write a new revision; it may say what an earlier one said."))
        revision.state, revision.withdrawn_at, revision.withdrawn_by = RuleRevision.State.WITHDRAWN, clock.now(), officer
        revision.withdraw_reason = " ".join(reason.split())
        revision.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdraw_reason", "updated_at"])
        record_audit(
            actor=officer, action="credits.withdraw_rule", record=revision, reason=revision.withdraw_reason, board=revision.board.code, number=revision.number
        )
        settle_task(key=task_key(revision), note=_("Withdrawn: %(reason)s") % {"reason": revision.withdraw_reason})
        note_change()
        if revision.author and revision.author_id != officer.pk:
            _tell(revision.author, revision, "rule_withdrawn")
    return revision


def _approve(revision: RuleRevision, officer: Any, *, alone: str = "") -> None:
    """What it was written from, and with it what one officer decided alone, is not brought forward: it takes force no sooner than that."""
    now = clock.now()
    begins = now + DELAY if alone else now
    if revision.base and revision.base.in_force_from:
        begins = max(begins, revision.base.in_force_from)
    revision.state, revision.approved_at, revision.approved_by = RuleRevision.State.APPROVED, now, officer
    revision.sole_officer, revision.sole_reason = bool(alone), alone
    revision.in_force_from = begins
    revision.save(update_fields=["state", "approved_at", "approved_by", "sole_officer", "sole_reason", "in_force_from", "updated_at"])
    record_audit(actor=officer, action="credits.sign_rule", record=revision, reason=alone, board=revision.board.code, number=revision.number, alone=bool(alone))
    settle_task(key=task_key(revision), note=_("Signed off by %(officer)s.") % {"officer": officer})
    note_change()
    if begins > now:
        enqueue("credits.take_rules_into_force", key=f"rule-force:{revision.pk}", args={"revision": revision.pk}, run_after=revision.in_force_from)
    else:
        take_force()


def _check_waiting(revision: RuleRevision) -> None:
    if revision.state == RuleRevision.State.DRAFT:
        raise NotReady(_("This is still a draft. Its author submits it first."))
    if revision.state != RuleRevision.State.WAITING:
        raise Settled(_("This is settled already: %(state)s.") % {"state": revision.get_state_display()})
    _check_base(revision)
    trial = trial_for(revision)
    if trial is None or not trial.is_finished:
        raise NotReady(_("Wait for the dry run, and look at whose standing would change. If it failed, start it again."))


def _check_base(revision: RuleRevision) -> None:
    if revision.base != latest_of(revision.board):
        raise NotReady(
            _("Another revision of this board was signed off after this one was begun. Start a new draft from it, and compare it with what is in force now.")
        )


def _locked(revision: RuleRevision) -> RuleRevision:
    """The board first, then the revision: one decision at a time about a board's rules."""
    type(revision.board).objects.select_for_update().get(pk=revision.board_id)
    rows = RuleRevision.objects.select_for_update(of=("self",)).select_related("board", "author", "base")
    return rows.get(pk=revision.pk)


def other_officers(officer: Any) -> list[User]:
    found = User.objects.filter(is_active=True, role_assignments__role=Role.CE_OFFICER).exclude(pk=officer.pk)
    return list(found.distinct().order_by("pk"))


def _tell_others(revision: RuleRevision, template: str, *, but: Any) -> None:
    for officer in other_officers(but):
        _tell(officer, revision, template)


def _tell(person: Any, revision: RuleRevision, template: str) -> None:
    address = reverse("credits_desk:rule_revision", args=[revision.pk])
    send_mail_once(
        key=f"{template}:{revision.pk}:{person.pk}", template=f"credits/mail/{template}", recipient=person, context={"revision": revision, "address": address}
    )
