"""The admin shows the ledger and changes none of it."""

from datetime import date

import pytest
from django.contrib import admin
from django.urls import reverse

from credits.models import (
    Accreditation,
    Activity,
    Award,
    Board,
    Dossier,
    ExternalCredit,
    ExternalProof,
    FactVerification,
    Licence,
    ReportBatch,
    ReportConsent,
    ReportRow,
    RuleRevision,
    TranscriptLink,
)
from credits.transcripts.links import make_link
from tests.factories.accounts import UserFactory
from tests.factories.credits import AwardFactory, ExternalCreditFactory, LicenceFactory, RuleRevisionFactory
from tests.factories.reports import ReportConsentFactory, ReportRowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def records():
    licence = LicenceFactory()
    award = AwardFactory(licence=licence, dossier__user=licence.user)
    award.dossier.files.create(name="roster.txt", content=b"signed", size_bytes=6, sha256="0" * 64)
    ExternalCreditFactory(user=licence.user)
    make_link(user=licence.user, name="For a board")
    ReportRowFactory()
    ReportConsentFactory()
    revision = RuleRevisionFactory()
    words = {"digest": "0" * 64, "verified_by_name": "Ada Li", "verified_on": date(2026, 11, 23), "source_seen": "The rule."}
    FactVerification.objects.create(board=revision.board, kind="calendar", name="calendar", **words)
    return award


@pytest.mark.parametrize(
    "model",
    [
        Accreditation,
        Activity,
        Award,
        Board,
        Dossier,
        ExternalCredit,
        ExternalProof,
        FactVerification,
        Licence,
        ReportBatch,
        ReportConsent,
        ReportRow,
        RuleRevision,
        TranscriptLink,
    ],
)
def test_list_and_detail_open_and_offer_no_change(client, records, model):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    name = f"admin:credits_{model._meta.model_name}"

    listed = client.get(reverse(f"{name}_changelist"), {"q": "a"})
    shown = client.get(reverse(f"{name}_change", args=[model.objects.first().pk]))

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert client.post(reverse(f"{name}_change", args=[model.objects.first().pk])).status_code == 403
    assert client.get(reverse(f"{name}_add")).status_code == 403


def test_marking_a_board_verified_says_who_and_is_audited(rf, records):
    person, board = UserFactory(is_staff=True, is_superuser=True), Board.objects.first()
    request = rf.post("/")
    request.user = person

    admin.site.get_model_admin(Board).mark_verified(request, Board.objects.filter(pk=board.pk))

    board.refresh_from_db()
    assert (board.is_verified, board.verified_by) == (True, person)
