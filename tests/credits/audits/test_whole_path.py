"""From a course watched and a workshop attended to the pack: what each hands over is in it."""

import csv
import io
import zipfile

import pytest

from accounts.models import Role
from credits.audits.making import read_in_pieces
from credits.services import award_completion
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.audits import ready_pack
from tests.factories.courses import completed, enrolled, published_course
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from workshops.roster.services import annul_attendance, complete_seat, mark_block

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"


def test_a_pack_of_a_learner_holds_course_and_workshop_in_full():
    learner = LegalNameFactory().user
    attempt = completed(enrolled(published_course(description="Slow and deep."), learner))
    seat = SeatFactory(workshop=workshop_with_blocks(starts_at=PAST, description="In pairs, on real tissue."), learner=learner)
    instructor = seat.workshop.instructor
    for block in seat.workshop.blocks.filter(kind="instruction"):
        mark_block(seat=seat, block=block, present=True, by=instructor)
    annul_attendance(entry=seat.attendance.first(), by=instructor, note="Came at nine, not at eight.")
    mark_block(seat=seat, block=seat.workshop.blocks.first(), present=True, by=instructor)
    attended = complete_seat(seat=seat, by=instructor)
    for dossier in (attempt.completion.dossier, attended.dossier):
        award_completion(dossier=dossier)

    pack = ready_pack(learner=learner, officer=user_with_role(Role.CE_OFFICER))

    with zipfile.ZipFile(io.BytesIO(b"".join(read_in_pieces(pack.file_key)))) as whole:
        records = {name: whole.read(name).decode() for name in whole.namelist() if name.endswith("record.html")}
        log = list(csv.reader(io.StringIO(whole.read("attendance-log.csv").decode("utf-8-sig"))))
        watched = list(csv.reader(io.StringIO(whole.read("watch-evidence.csv").decode("utf-8-sig"))))
        exams = [name for name in whole.namelist() if name.endswith("exam-as-shown.html")]
        assert whole.read("README.txt").decode().startswith(f"Audit pack {pack.pk}")
    course, workshop = sorted(records.values(), key=lambda text: "In pairs" in text)
    assert "Slow and deep." in course
    assert "yes (its answers are kept apart from who gave them)" in course
    assert "In pairs, on real tissue." in workshop
    assert "none was asked for" in workshop
    assert "Ada Rivera, LMT" in workshop
    assert "1 person had a seat" in workshop
    assert (len(watched), len(exams)) == (3, 1)
    assert [row[4] for row in log[1:]].count("entry taken back") >= 1
    assert {row[7] for row in log[1:]} == {str(instructor)}
