"""The post room and the question of consent in a real browser: axe finds nothing, and nothing scrolls sideways at a phone's or a desk's width."""

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.reports.batches import lock_batch, make_batch, post_batch
from credits.reports.corrections import leave_out
from credits.reports.results import read_results
from credits.services import correct_award
from tests.credits.reports.conftest import complete, florida, georgia  # noqa: F401  the same boards and learners
from tests.factories.accounts import user_with_role
from tests.factories.credits import LicenceFactory
from tests.factories.reports import ReportConsentFactory

LONG = "A longer reason, as a regulator's own page words it, with a code like LICENSE_NOT_FOUND_IN_THE_STATE_DATABASE at its end"


@pytest.fixture
def officer(transactional_db):
    return user_with_role(Role.CE_OFFICER)


@pytest.mark.timeout(300)
def test_the_post_room(look_at, officer, florida, georgia, complete):  # noqa: F811  fixtures
    complete(georgia, days_ago=9)
    complete(georgia, consent=False, number="")
    out = complete(georgia)
    leave_out(award=out, officer=officer, reason=LONG)
    for number in range(3):
        complete(florida, number=f"MA{number}")
    batch = make_batch(board=florida.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    post_batch(batch=batch, officer=officer, receipt="R 2026-11-23/17")
    answers = f"line,result,code,reason\n1,accepted,,\n2,refused,E17,{LONG.replace(',', ' ')}\n"
    read_results(batch=batch, officer=officer, file_name="answers-of-the-regulator.csv", content=answers.encode())
    rows = list(batch.rows.all())
    correct_award(officer=officer, award=rows[0].award, reason="A slip", changes={"licence_number": "MA99"})
    locked = make_batch(board=georgia.board, officer=officer)
    pages = [reverse("credits_desk:report_list"), *(row.award.get_absolute_url() for row in rows[:1])]
    pages += [reverse(f"credits_desk:{name}", args=["us_ga_massage"]) for name in ("report_board", "report_route", "report_courses")]
    pages += [reverse("credits_desk:report_board", args=["us_fl_massage"]), batch.get_absolute_url(), locked.get_absolute_url()]
    pages += [reverse("credits_desk:report_row", args=[row.pk]) for row in rows]
    pages.append(reverse("credits_desk:report_course", args=["us_fl_massage", rows[0].award.accreditation_id]))
    pages.append(reverse("credits_desk:report_leave_out", args=[out.pk]))

    assert look_at(pages, officer) == {}
    lock_batch(batch=locked, officer=officer, sha256=locked.sha256)
    assert look_at([locked.get_absolute_url()], officer) == {}


@pytest.mark.timeout(200)
def test_the_question_of_consent(look_at, transactional_db, georgia):  # noqa: F811  fixtures
    licence = LicenceFactory(board=georgia.board)
    pages = [reverse("credits:consent_list"), reverse("credits:consent_detail", args=["us_ga_massage"]), licence.get_absolute_url()]

    assert look_at(pages, licence.user) == {}
    ReportConsentFactory(user=licence.user, board=georgia.board)
    assert look_at(pages, licence.user) == {}
    assert look_at([reverse("credits:consent_list")], LicenceFactory().user) == {}
