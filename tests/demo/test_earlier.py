"""The demonstration's certificates of earlier years, and the officer's list."""

import pytest

from accounts.models import Role
from core import jobs
from core.models import Job
from credits.models import Award, BulkChange, Certificate, CertificateImport, ClosedCycle, Offering, OfficerTask
from credits.services.boards import load_boards
from demo.earlier import make_earlier_certificates, make_officers_list
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, LicenceFactory
from tests.factories.workshops import workshop_with_blocks


@pytest.mark.django_db
def test_it_is_all_there_and_a_second_run_changes_nothing(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    load_boards()
    officer, staff = user_with_role(Role.CE_OFFICER), user_with_role(Role.STAFF)
    florida = BoardFactory(code="us_fl_massage")
    learner = UserFactory(email="learner@example.org")
    LicenceFactory(user=learner, board=florida, number="MA 00000", issued_on="2019-03-14")
    workshop = workshop_with_blocks(title="The Knee, Hands On", activity__kind="workshop")
    AccreditationFactory(activity=workshop.activity, board=florida)
    AwardFactory(dossier__kind="workshop")

    for _time in range(2):
        make_earlier_certificates(officer=officer, finish=lambda prefix: [jobs.run(row.pk) for row in Job.objects.open().filter(kind__startswith=prefix)])
        make_officers_list(officer=officer, staff=staff)

    batch = CertificateImport.objects.get()
    assert (batch.state, [row.fate for row in batch.rows.all()]) == ("done", ["done"] * 4 + ["mistake"])
    assert Certificate.objects.filter(award__origin=Award.Origin.IMPORTED).count() == 3
    assert ClosedCycle.objects.get().licence.user == learner
    assert Offering.objects.get().facts["instructor"] == "Ben Okafor, LMT"
    assert set(OfficerTask.objects.open().values_list("kind", flat=True)) == {"closed_cycle", "file_a_change"}
    assert BulkChange.objects.count() == 1
