"""What is kept of a licence: the rules of each fact, in services and in the database."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.models import Role
from core.errors import DomainError
from core.models import AuditEntry
from credits import services
from credits.models import BirthDate, HeldCredential, Licence, LicenceOverride, LicenceRenewal, LicenceStatus, MetDuty
from credits.services.held import BirthDateMistake, CredentialMistake, CredentialOnFile, ProofRefused
from credits.services.licence_records import RecordMistake, RecordTaken
from credits.services.licences import LicenceInUse
from credits.services.overrides import OverrideMistake, OverrideRefused, OverrideStands
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import (
    AccreditationFactory,
    AwardFactory,
    BirthDateFactory,
    DossierFactory,
    HeldCredentialFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
    LicenceStatusFactory,
    MetDutyFactory,
)

pytestmark = pytest.mark.django_db

END = date(2025, 8, 31)


def pdf(name="card.pdf", content=b"%PDF-1.7 a card"):
    return SimpleUploadedFile(name, content)


# The constraints, each by its name.


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("statuses_of_a_licence_do_not_overlap", lambda licence: [LicenceStatusFactory(licence=licence, status=status) for status in ("active", "inactive")]),
        ("a_licence_is_active_or_inactive", lambda licence: LicenceStatusFactory(licence=licence, status="asleep")),
        ("one_renewal_per_cycle_end", lambda licence: [LicenceRenewalFactory(licence=licence) for _ in range(2)]),
        ("a_renewal_says_what_was_done", lambda licence: LicenceRenewalFactory(licence=licence, submitted_on=None)),
        ("a_licence_is_renewed_after_it_is_submitted", lambda licence: LicenceRenewalFactory(licence=licence, renewed_on=date(2025, 7, 1))),
        ("a_duty_is_met_once_in_a_cycle", lambda licence: [MetDutyFactory(licence=licence) for _ in range(2)]),
        ("a_met_duty_is_named", lambda licence: MetDutyFactory(licence=licence, code="")),
        ("one_standing_override_per_cycle_end", lambda licence: [LicenceOverrideFactory(licence=licence) for _ in range(2)]),
        ("an_override_says_why", lambda licence: LicenceOverrideFactory(licence=licence, reason="")),
        ("an_override_changes_something", lambda licence: LicenceOverrideFactory(licence=licence, required=None)),
        ("overridden_units_are_not_negative", lambda licence: LicenceOverrideFactory(licence=licence, required=Decimal("-1"))),
        (
            "an_overridden_window_closes_after_it_opens",
            lambda licence: LicenceOverrideFactory(licence=licence, window_open=date(2025, 2, 1), window_close=date(2025, 1, 1)),
        ),
        ("a_withdrawn_override_says_who_and_why", lambda licence: LicenceOverrideFactory(licence=licence, withdraw_reason="Misread")),
        ("a_credential_is_on_file_once_until_a_day", lambda licence: [HeldCredentialFactory(user=licence.user) for _ in range(2)]),
        ("a_held_credential_is_named", lambda licence: HeldCredentialFactory(credential="")),
        ("a_credential_expires_after_it_begins", lambda licence: HeldCredentialFactory(begins_on=date(2028, 1, 1))),
        ("a_birth_date_is_after_1900", lambda licence: BirthDateFactory(born_on=date(1899, 12, 31))),
    ],
)
def test_the_database_refuses_what_can_not_be(name, make):
    licence = LicenceFactory()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make(licence)


# One licence over the years.


def test_a_status_runs_from_a_day_and_can_be_corrected():
    licence = LicenceFactory()

    first = services.record_status(licence=licence, actor=licence.user, begins_on=date(2024, 1, 1), status="inactive")
    again = services.record_status(licence=licence, actor=licence.user, begins_on=date(2024, 1, 1), status="inactive")
    services.record_status(licence=licence, actor=licence.user, begins_on=date(2024, 2, 1), status="inactive", row=first)

    assert again == first
    assert list(licence.statuses.values_list("begins_on", "status")) == [(date(2024, 2, 1), "inactive")]


@pytest.mark.parametrize(("status", "refusal"), [("active", RecordTaken), ("asleep", RecordMistake)])
def test_another_status_from_the_same_day_is_refused(status, refusal):
    row = LicenceStatusFactory()

    with pytest.raises(refusal):
        services.record_status(licence=row.licence, actor=row.licence.user, begins_on=row.begins_on, status=status)

    assert LicenceStatus.objects.get().status == "inactive"


def test_a_line_can_not_be_moved_onto_anothers_day():
    row = LicenceStatusFactory()
    other = LicenceStatusFactory(licence=row.licence, begins_on=date(2025, 1, 1))

    with pytest.raises(RecordTaken, match="Change that line"):
        services.record_status(licence=row.licence, actor=row.licence.user, begins_on=row.begins_on, status="inactive", row=other)

    assert LicenceStatus.objects.count() == 2


def test_a_line_removed_in_another_window_does_not_come_back():
    row, card = LicenceStatusFactory(), HeldCredentialFactory()
    LicenceStatus.objects.all().delete()
    HeldCredential.objects.all().delete()

    with pytest.raises(RecordMistake, match="Add it again"):
        services.record_status(licence=row.licence, actor=row.licence.user, begins_on=row.begins_on, status="active", row=row)
    with pytest.raises(CredentialMistake, match="Add it again"):
        services.save_credential(user=card.user, credential="bls", expires_on=END, row=card)

    assert (LicenceStatus.objects.count(), HeldCredential.objects.count()) == (0, 0)


def test_a_renewal_is_noted_once_per_cycle_and_completed_later():
    licence = LicenceFactory()

    row = services.record_renewal(licence=licence, actor=licence.user, cycle_end=END, submitted_on=date(2025, 8, 1))
    with pytest.raises(RecordTaken):
        services.record_renewal(licence=licence, actor=licence.user, cycle_end=END, submitted_on=date(2025, 8, 2))
    services.record_renewal(licence=licence, actor=licence.user, cycle_end=END, submitted_on=date(2025, 8, 1), renewed_on=date(2025, 8, 9), row=row)

    assert list(LicenceRenewal.objects.values_list("submitted_on", "renewed_on")) == [(date(2025, 8, 1), date(2025, 8, 9))]


@pytest.mark.parametrize(
    "days",
    [{}, {"submitted_on": date(2025, 8, 9), "renewed_on": date(2025, 8, 1)}, {"submitted_on": date(2199, 1, 1)}],
    ids=["nothing", "wrong order", "to come"],
)
def test_a_renewal_that_can_not_be_is_refused(days):
    licence = LicenceFactory()

    with pytest.raises(RecordMistake):
        services.record_renewal(licence=licence, actor=licence.user, cycle_end=END, **days)

    assert not LicenceRenewal.objects.exists()


def test_a_duty_is_noted_and_taken_away():
    licence = LicenceFactory()

    row = services.record_duty(licence=licence, actor=licence.user, code="hiv", cycle_end=END)
    again = services.record_duty(licence=licence, actor=licence.user, code="hiv", cycle_end=END)
    noted = MetDuty.objects.count()
    services.remove_record(row=row, actor=licence.user)

    assert (again.code, noted, MetDuty.objects.count()) == ("hiv", 1, 0)
    assert AuditEntry.objects.filter(action="credits.remove_licence_record").count() == 1


# Archived, not deleted.


def test_a_licence_with_awards_is_archived_and_earns_nothing_more():
    accreditation = AccreditationFactory()
    licence = LicenceFactory(board=accreditation.board)
    AwardFactory(dossier__user=licence.user, licence=licence)

    with pytest.raises(LicenceInUse, match="archive it"):
        services.remove_licence(licence=licence, actor=licence.user)
    archived = services.archive_licence(licence=licence, actor=licence.user)
    dossier = DossierFactory(user=licence.user, activity=accreditation.activity)
    [award] = services.award_completion(dossier=dossier)

    assert (archived.is_archived, award.licence) == (True, None)
    with pytest.raises(DomainError, match="Keep it up again"):
        services.claim_completion(dossier=dossier, licence=archived)


def test_a_completion_before_the_archiving_still_counts():
    accreditation = AccreditationFactory()
    licence = LicenceFactory(board=accreditation.board)
    dossier = DossierFactory(user=licence.user, activity=accreditation.activity)
    services.archive_licence(licence=licence, actor=licence.user)

    [award] = services.award_completion(dossier=dossier)

    assert award.licence == licence


def test_adding_an_archived_licence_again_keeps_it_up_again():
    licence = services.archive_licence(licence=(row := LicenceFactory()), actor=row.user)

    again = services.add_licence(user=licence.user, board=licence.board, number=licence.number)

    assert (again.pk, again.is_archived, Licence.objects.count()) == (licence.pk, False, 1)


def test_a_licence_entered_by_mistake_goes_with_its_facts():
    licence = LicenceStatusFactory().licence
    LicenceRenewalFactory(licence=licence)
    MetDutyFactory(licence=licence)

    services.remove_licence(licence=licence, actor=licence.user)

    assert not Licence.objects.exists()


def test_a_licence_an_officer_decided_about_is_not_deleted():
    override = LicenceOverrideFactory()

    with pytest.raises(LicenceInUse, match="archive it instead"):
        services.remove_licence(licence=override.licence, actor=override.licence.user)

    assert Licence.objects.exists()


# The person's own facts.


def test_a_birth_date_is_one_row_and_leaves_no_trace_when_purged():
    user = UserFactory()

    services.keep_birth_date(user=user, born_on=date(1985, 6, 15))
    services.keep_birth_date(user=user, born_on=date(1985, 6, 16))
    kept = BirthDate.objects.get().born_on
    found = [services.purge_birth_date(user=user, actor=user) for _ in range(2)]

    assert (kept, found, BirthDate.objects.count()) == (date(1985, 6, 16), [True, False], 0)
    assert "1985" not in str(list(AuditEntry.objects.values_list("subject", "reason", "details")))


@pytest.mark.parametrize("born_on", [date(1899, 12, 31), date(2199, 1, 1)])
def test_a_birth_date_that_can_not_be_is_refused(born_on):
    with pytest.raises(BirthDateMistake, match="Check the year"):
        services.keep_birth_date(user=UserFactory(), born_on=born_on)

    assert not BirthDate.objects.exists()


def test_a_credential_is_kept_with_its_proof_and_removed_with_it(django_capture_on_commit_callbacks):
    user = UserFactory()

    row = services.save_credential(user=user, credential="cpr", expires_on=END, proof=pdf())
    storage, first = row.proof.storage, row.proof.name
    again = services.save_credential(user=user, credential="cpr", expires_on=END)
    with django_capture_on_commit_callbacks(execute=True):
        row = services.save_credential(user=user, credential="cpr", expires_on=END, proof=pdf("new.pdf"), row=again)
    second = row.proof.name
    replaced, is_same = (storage.exists(first), storage.exists(second)), again.pk == row.pk
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_credential(row=row, actor=user)

    assert (is_same, again.proof_name, row.proof_name, replaced) == (True, "card.pdf", "new.pdf", (False, True))
    assert (HeldCredential.objects.count(), storage.exists(second)) == (0, False)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"credential": ""}, CredentialMistake),
        ({"begins_on": date(2026, 1, 1)}, CredentialMistake),
        ({"proof": pdf("card.html", b"<script>")}, ProofRefused),
        ({"proof": pdf(content=b"%PDF-" + b"0" * 10 * 1024 * 1024)}, ProofRefused),
    ],
    ids=["unnamed", "wrong order", "not a card", "too large"],
)
def test_a_credential_that_can_not_be_is_refused(values, refusal):
    with pytest.raises(refusal):
        services.save_credential(**{"user": UserFactory(), "credential": "cpr", "expires_on": END, **values})

    assert not HeldCredential.objects.exists()


def test_a_credential_can_not_be_moved_onto_another():
    one = HeldCredentialFactory()
    other = HeldCredentialFactory(user=one.user, expires_on=date(2029, 1, 1))

    with pytest.raises(CredentialOnFile):
        services.save_credential(user=one.user, credential=one.credential, expires_on=one.expires_on, row=other)

    assert HeldCredential.objects.count() == 2


# An officer's decisions.


def test_an_officers_decision_is_kept_with_who_and_why_and_can_be_withdrawn():
    officer, licence = user_with_role(Role.CE_OFFICER), LicenceFactory()
    values = {"officer": officer, "licence": licence, "cycle_end": END, "required": Decimal("6"), "reason": "Extension of the board"}

    row = services.override_cycle(**values)
    again = services.override_cycle(**values)
    with pytest.raises(OverrideStands, match="Withdraw it first"):
        services.override_cycle(**{**values, "required": Decimal("7")})
    withdrawn = [services.withdraw_override(officer=officer, override=row, reason="Misread") for _ in range(2)]
    new = services.override_cycle(**{**values, "required": Decimal("7")})

    assert (again, new.required_text, withdrawn[0].withdrawn_at) == (row, "7", withdrawn[1].withdrawn_at)
    audited = AuditEntry.objects.filter(actor=officer).order_by("pk").values_list("action", "reason")
    decided = ("credits.override_cycle", "Extension of the board")
    assert [entry for entry in audited if "override" in entry[0]] == [decided, ("credits.withdraw_override", "Misread"), decided]


@pytest.mark.parametrize("who", ["learner", "staff", "officer of their own"])
def test_nobody_but_an_officer_decides_and_no_officer_about_their_own(who):
    officer = user_with_role(Role.CE_OFFICER)
    licence = LicenceFactory(user=officer if who == "officer of their own" else UserFactory())
    person = {"learner": licence.user, "staff": user_with_role(Role.STAFF), "officer of their own": officer}[who]

    with pytest.raises(OverrideRefused):
        services.override_cycle(officer=person, licence=licence, cycle_end=END, required=Decimal("0"), reason="x")

    assert not LicenceOverride.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"reason": " "},
        {"required": None},
        {"required": Decimal("-1")},
        {"window_open": date(2025, 2, 1), "window_close": date(2025, 1, 1)},
    ],
    ids=["no reason", "nothing", "negative", "wrong order"],
)
def test_a_decision_that_says_nothing_sensible_is_refused(values):
    given = {"officer": user_with_role(Role.CE_OFFICER), "licence": LicenceFactory(), "cycle_end": END, "required": Decimal("0"), "reason": "x"}

    with pytest.raises(OverrideMistake):
        services.override_cycle(**{**given, **values})

    assert not LicenceOverride.objects.exists()


def test_withdrawing_needs_a_reason():
    override = LicenceOverrideFactory()

    with pytest.raises(OverrideMistake):
        services.withdraw_override(officer=user_with_role(Role.CE_OFFICER), override=override, reason=" ")

    assert LicenceOverride.objects.get().is_standing
