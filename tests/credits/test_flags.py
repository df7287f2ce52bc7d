"""Completions whose payment went back or is questioned: flagged, suspended, decided, never deleted."""

from __future__ import annotations

import pytest

from accounts.models import Role
from credits.certificates.services import suspend_certificate
from credits.models import Award, AwardEntry, Certificate, CompletionFlag
from credits.services import award_completion, flag_completion, lift_flag, unflag_completion
from credits.services.officers import NotAnOfficer
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.credits import AccreditationFactory, AwardFactory, DossierFactory, LicenceFactory

WHY = {"reason": "The bank questions the payment."}


def earned(**certificate):
    made = CertificateFactory(**certificate)
    return made.award.dossier, made


def kinds(award):
    return [entry.kind for entry in award.entries.all()]


def test_flag_completion_suspends_certificates_and_notes_it_in_the_ledger(db):
    dossier, certificate = earned()

    flag = flag_completion(key=dossier.key, **WHY)
    again = flag_completion(key=dossier.key, **WHY)

    certificate.refresh_from_db()
    assert again == flag
    assert (certificate.state, certificate.award.status) == (Certificate.State.SUSPENDED, Award.Status.ACTIVE)
    assert kinds(certificate.award) == ["issued", "flagged", "suspended"]
    assert Award.objects.with_status().get(pk=certificate.award.pk).status == Award.Status.ACTIVE


def test_unflag_completion_restores_what_the_flag_suspended(db):
    dossier, certificate = earned()
    flag_completion(key=dossier.key, **WHY)

    unflag_completion(key=dossier.key, reason="Won.")
    again = unflag_completion(key=dossier.key, reason="Won.")

    certificate.refresh_from_db()
    assert (certificate.state, again) == (Certificate.State.ISSUED, None)
    assert kinds(certificate.award) == ["issued", "flagged", "suspended", "unflagged", "resumed"]


def test_unflag_completion_leaves_what_an_officer_suspended(db):
    dossier, certificate = earned()
    suspend_certificate(certificate=certificate, actor=None, reason="Another person sat the exam?")

    flag_completion(key=dossier.key, **WHY)
    unflag_completion(key=dossier.key, reason="Won.")

    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.SUSPENDED


def test_a_flag_that_only_tells_suspends_nothing(db):
    officer = user_with_role(Role.CE_OFFICER)
    dossier, certificate = earned()

    flag_completion(key=dossier.key, reason="Refunded in full.", suspends=False)
    unflag_completion(key=dossier.key, reason="Nothing to lift.")

    certificate.refresh_from_db()
    assert (certificate.state, CompletionFlag.objects.standing().count()) == (Certificate.State.ISSUED, 1)
    [mail] = MailMessage.objects.filter(template="credits/mail/officer_flag")
    assert (mail.recipient, certificate.serial in mail.body_text, "Refunded in full." in mail.body_text) == (officer, True, True)


def test_awards_without_a_certificate_are_held_until_the_flag_is_lifted(db):
    award = AwardFactory()

    flag_completion(key=award.dossier.key, **WHY)
    held = Award.objects.with_status().prefetch_related("entries").get(pk=award.pk)
    unflag_completion(key=award.dossier.key, reason="Won.")

    assert (held.status, held.missing) == (Award.Status.HELD, ["payment_disputed"])
    assert Award.objects.with_status().get(pk=award.pk).status == Award.Status.ACTIVE
    assert kinds(award) == ["issued", "flagged", "suspended", "held", "unflagged", "released", "resumed"]


def test_awards_made_while_flagged_are_held(db):
    accreditation = AccreditationFactory()
    dossier = DossierFactory(activity=accreditation.activity)
    LicenceFactory(user=dossier.user, board=accreditation.board)
    flag_completion(key=dossier.key, **WHY)

    [award] = award_completion(dossier=dossier)

    assert award.status == Award.Status.HELD
    assert "payment_disputed" in award.missing


def test_a_completion_that_is_not_there_cannot_be_flagged(db):
    assert flag_completion(key="course-attempt:404", **WHY) is None
    assert unflag_completion(key="course-attempt:404", **WHY) is None


def test_an_officer_lifts_a_flag_and_nobody_else(db):
    dossier, certificate = earned()
    flag = flag_completion(key=dossier.key, **WHY)
    officer = user_with_role(Role.CE_OFFICER)

    with pytest.raises(NotAnOfficer):
        lift_flag(flag=flag, officer=user_with_role(Role.STAFF), reason="Hours were studied.")
    lift_flag(flag=flag, officer=officer, reason="Hours were studied.")
    lift_flag(flag=flag, officer=officer, reason="Again.")

    certificate.refresh_from_db()
    flag.refresh_from_db()
    assert (certificate.state, flag.lifted_by, flag.lift_reason) == (Certificate.State.ISSUED, officer, "Hours were studied.")
    assert AwardEntry.objects.filter(kind=AwardEntry.Kind.UNFLAGGED).count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_flags_costs_the_same_for_any_number(client, db, django_assert_num_queries, count):
    client.force_login(user_with_role(Role.CE_OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    for dossier in DossierFactory.create_batch(count):
        flag_completion(key=dossier.key, **WHY)
    client.get("/desk/credits/flags/")

    with django_assert_num_queries(5):
        page = client.get("/desk/credits/flags/")

    assert page.content.decode().count("The bank questions the payment.") == count


def test_an_officer_decides_at_the_desk(client, db):
    dossier, certificate = earned()
    flag = flag_completion(key=dossier.key, **WHY)
    client.force_login(user_with_role(Role.CE_OFFICER), backend="django.contrib.auth.backends.ModelBackend")

    shown = client.get(f"/desk/credits/flags/{flag.pk}/lift/").content.decode()
    empty = client.post(f"/desk/credits/flags/{flag.pk}/lift/", {"reason": ""})
    done = client.post(f"/desk/credits/flags/{flag.pk}/lift/", {"reason": "Hours were studied."})

    certificate.refresh_from_db()
    assert certificate.serial in shown
    assert (empty.status_code, done.status_code, certificate.state) == (422, 302, Certificate.State.ISSUED)
    assert "Flag lifted" in client.get(certificate.award.get_absolute_url()).content.decode()
