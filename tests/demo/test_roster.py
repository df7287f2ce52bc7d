"""The demonstration's roster that waits for a decision."""

from demo.roster import SLUG, make_roster
from workshops.models import AttendanceCorrection, Workshop
from workshops.roster.selectors import roster


def test_one_stayed_one_left_and_one_forgot_to_sign_out(school):
    for _ in range(2):
        make_roster(**school)

    found = roster(Workshop.objects.prefetch_related("blocks").select_related("venue", "activity").get(slug=SLUG))
    assert [row.state for row in found.rows] == ["full", "partial", "partial"]
    assert [gap.code for row in found.rows for gap in row.gaps] == ["early", "no_departure"]
    assert [line.units_shown for line in found.rows[1].hours if line.board_code == "us_id_massage"] != ["0"]
    assert AttendanceCorrection.objects.count() == 1
