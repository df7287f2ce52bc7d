"""Pages of audit packs in a real browser."""

import pytest

from accounts.models import Role
from credits.audits.services import note_failure, remove_pack, request_pack
from tests.factories.accounts import user_with_role
from tests.factories.audits import completion, licensed, ready_pack
from tests.factories.credits import AccreditationFactory, ActivityFactory


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"


def test_pages_of_packs_are_accessible(look_at, transactional_db):
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

    paths = ["/desk/credits/audits/", "/desk/credits/audits/add/", *(pack.get_absolute_url() for pack in (ready, removed, waiting, failed))]
    assert look_at(paths, officer) == {}
