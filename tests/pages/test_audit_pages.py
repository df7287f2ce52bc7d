"""Pages of audit packs, retention and legal holds in a real browser."""

import pytest

from accounts.models import Role
from credits.audits.services import note_failure, remove_pack, request_pack
from credits.models import Dossier
from credits.retention.holds import place_hold
from tests.factories.accounts import user_with_role
from tests.factories.audits import completion, licensed, ready_pack
from tests.factories.credits import LONG_AGO, AccreditationFactory, ActivityFactory, AwardFactory


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"


def test_pages_of_packs_and_retention_are_accessible(look_at, transactional_db):
    activity = ActivityFactory(title="SMRT for the knee")
    accreditation = AccreditationFactory(activity=activity)
    learner = licensed(activity)
    completion(learner=learner, activity=activity)
    officer = user_with_role(Role.CE_OFFICER)
    ready = ready_pack(learner=learner, officer=officer)
    removed = remove_pack(pack=ready_pack(activity=activity, officer=officer), officer=officer)
    waiting = request_pack(officer=officer, board=accreditation.board, purpose="Letter 2")
    failed = request_pack(officer=officer, activity=activity, board=accreditation.board, purpose="Letter 3")
    note_failure(pack=failed, error="OSError")

    AwardFactory(dossier__completed_at=LONG_AGO)
    hold = place_hold(officer=officer, reason="Letter 4", person=learner)

    paths = [f"/desk/credits/retention/{page}" for page in ("", "?source=cards", "removals/", "holds/", "holds/add/", f"holds/{hold.pk}/lift/")]
    paths += [Dossier.objects.filter(user=learner)[0].get_absolute_url(), "/desk/credits/audits/", "/desk/credits/audits/add/"]
    paths += [pack.get_absolute_url() for pack in (ready, removed, waiting, failed)]
    assert look_at(paths, officer) == {}
