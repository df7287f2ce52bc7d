"""From a completion to a certificate anybody can check, through the real jobs."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import Role
from accounts.services import confirm_legal_name
from core import jobs
from core.models import Job
from credits import services
from credits.models import Award, Certificate
from credits.services.boards import load_boards
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory

pytestmark = pytest.mark.django_db


def work_off():
    """Run what is queued, and what that queues, until nothing of the ledger's is left."""
    while row := Job.objects.filter(kind__startswith="credits.", state=Job.State.QUEUED).first():
        assert jobs.run(row.pk), Job.objects.get(pk=row.pk).error


def test_completion_award_certificate_correction_revocation(client):
    load_boards()
    accreditation = AccreditationFactory(board__code="ncbtmb_ap", provider_number="451234-09", units="6")
    board = accreditation.board.accepted_by.get(code="us_fl_massage")
    learner, officer = UserFactory(), user_with_role(Role.CE_OFFICER)
    licence = services.add_licence(user=learner, board=board)

    services.record_completion(
        key="course-attempt:81",
        user=learner,
        activity=accreditation.activity,
        kind="home_study",
        completed_at=datetime(2026, 11, 2, 3, tzinfo=UTC),
        zone="America/New_York",
        facts={"exam": {"score": 90}},
        trace={"code": "completed", "met": True, "title": "Completed", "why": "", "todo": "", "children": []},
    )
    work_off()
    award = Award.objects.get()
    assert (award.status, award.missing) == ("held", ["legal_name_missing", "licence_number_missing"])

    confirm_legal_name(user=learner, given_names="Zoë", family_name="Đặnng", confirmed_by=learner)
    services.change_licence(licence=licence, actor=learner, number="MA 81234", jurisdiction="US-FL")
    work_off()
    first = Certificate.objects.get()
    assert (first.state, first.snapshot["units"], first.snapshot["unit_printed"], first.snapshot["licence"]["number"]) == (
        "issued",
        "6",
        "CE hours",
        "MA 81234",
    )
    assert (first.snapshot["board"], first.snapshot["completed_on"]) == ("Florida Board of Massage Therapy", "2026-11-01")

    corrected = services.correct_award(officer=officer, award=award, reason="Misspelt", changes={"legal_name": "Zoë Đặng"})
    work_off()
    first.refresh_from_db()
    second = Certificate.objects.get(award=corrected)
    assert (first.state, second.state, second.supersedes, second.snapshot["name"]) == ("superseded", "issued", first, "Zoë Đặng")

    services.revoke_award(officer=officer, award=corrected, reason_class="requirements_not_met", reason="The roster was wrong.")
    second.refresh_from_db()
    assert (second.state, second.reason_class) == ("revoked", "requirements_not_met")
    assert client.get(reverse("verify:certificate_page", args=[second.token])).status_code in (200, 410)
