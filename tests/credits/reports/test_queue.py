"""What waits to be reported, what keeps it from it, and by when."""

import time
from datetime import timedelta

import pytest

from credits.models import Award, AwardEntry
from credits.reports.corrections import leave_out, take_in_again
from credits.reports.preflight import mask_pattern
from credits.reports.queue import waiting
from credits.selectors import school_today
from credits.services import begin_review, correct_award, flag_completion, unflag_completion
from tests.factories.certificates import CertificateFactory
from tests.factories.credits import AccreditationFactory, AwardFactory
from tests.factories.reports import ReportConsentFactory, ReportCourseFactory

pytestmark = pytest.mark.django_db


def look(*routes):
    return waiting(list(routes), today=school_today())


def codes(item):
    return [problem.code for problem in item.problems]


def test_a_completion_waits_with_exactly_what_the_file_will_say(florida, complete):
    award = complete(florida, number="MA12345")

    (item,) = look(florida)

    assert (item.award, item.action, codes(item)) == (award, "report", [])
    assert item.payload == {
        "provider_number": "12773",
        "course_number": "557203",
        "own_course_id": "",
        "publishing_number": "",
        "licence_number": "MA12345",
        "completed_on": award.completed_on.isoformat(),
        "state": "FL",
        "profession": "MAS",
    }
    assert item.key == f"us_fl_massage|MA12345|557203|{award.completed_on}|v1"


def test_what_is_not_ours_to_report_does_not_wait(florida, complete):
    complete(florida, origin="imported")
    AwardFactory(plain=True)
    AwardFactory(accreditation__board__code="us_tx_massage")
    florida.report_from = school_today()
    florida.save()
    complete(florida, days_ago=1)

    assert look(florida) == []


def test_revoked_and_superseded_awards_do_not_wait(florida, complete, officer):
    revoked, corrected = complete(florida), complete(florida)
    AwardEntry.objects.create(award=revoked, kind=AwardEntry.Kind.REVOKED, data={"reason_class": "issued_in_error"})
    later = correct_award(officer=officer, award=corrected, reason="A slip", changes={"licence_number": "MA777"})

    (item,) = look(florida)

    assert (item.award, item.payload["licence_number"], item.key[-2:]) == (later, "MA777", "v2")


def test_what_a_disputed_payment_suspends_waits_until_it_is_settled(florida, complete):
    award = complete(florida)
    CertificateFactory(award=award)

    flag_completion(key=award.dossier.key, reason="The bank questions the payment.")
    (disputed,) = look(florida)
    unflag_completion(key=award.dossier.key, reason="The bank decided for the school.")
    (settled,) = look(florida)

    assert (codes(disputed), disputed.is_ready) == (["suspended"], False)
    assert settled.is_ready


def test_an_award_whose_certificate_an_officer_suspended_waits(florida, complete, officer):
    suspended, other = complete(florida, days_ago=4), complete(florida)
    certificate = CertificateFactory(award=suspended)
    CertificateFactory(award=other)
    begin_review(certificate=certificate, officer=officer, reason="Did another person sit the exam?")

    assert [(item.award, codes(item)) for item in look(florida)] == [(suspended, ["suspended"]), (other, [])]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"number": ""}, "licence_missing"),
        ({"number": "=MA1"}, "licence_signs"),
        ({"number": "MA 12345"}, "licence_blank"),
        ({"holder__licence_jurisdiction": "US-TX"}, "licence_place"),
        ({"days_ago": -1}, "in_future"),
        ({"course": False}, "course_missing"),
    ],
)
def test_preflight_says_what_is_missing_and_where_to_mend_it(florida, complete, values, code):
    complete(florida, **values)

    (item,) = look(florida)

    assert codes(item) == [code]
    assert item.problems[0].address.startswith("/desk/")
    assert item.problems[0].sentence.endswith((".", "blanks"))


@pytest.mark.parametrize(("name", "code"), [("provider_number", "provider_missing"), ("state", "state_missing"), ("profession_code", "profession_missing")])
def test_preflight_names_what_the_settings_lack(florida, complete, name, code):
    setattr(florida, name, "")
    complete(florida)

    (item,) = look(florida)

    assert codes(item) == [code]
    assert item.problems[0].address.endswith("/post-room/us_fl_massage/settings/")


def test_a_held_award_says_so(florida, complete):
    award = complete(florida)
    AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.HELD, data={"missing": ["legal_name_missing"]})

    assert codes(look(florida)[0]) == ["held"]


@pytest.mark.parametrize(
    ("mask", "number", "fits"),
    [("LM#####", "LM12345", True), ("LM#####", "LM1234", False), ("@@*", "MA7", True), ("@@*", "M7", False), ("0.#", "0.5", True), ("0.#", "0x5", False)],
)
def test_the_form_of_a_licence_number_is_checked_as_the_officer_wrote_it(florida, complete, mask, number, fits):
    florida.licence_mask = mask
    complete(florida, number=number)

    assert codes(look(florida)[0]) == ([] if fits else ["licence_format"])
    assert bool(mask_pattern(mask).fullmatch(number)) is fits


def test_without_consent_nothing_is_ready_where_the_board_asks_for_it(georgia, florida, complete):
    without, withdrawn, given = complete(georgia, consent=False), complete(georgia), complete(georgia)
    ReportConsentFactory(user=withdrawn.dossier.user, board=georgia.board, word="withdrawn")
    complete(florida)

    found = {item.award: codes(item) for item in look(georgia, florida) if item.route == georgia}

    assert found == {without: ["consent_missing"], withdrawn: ["consent_withdrawn"], given: []}
    assert codes(next(item for item in look(florida))) == []


def test_georgia_is_due_seven_days_after_the_completion_and_the_most_urgent_is_first(georgia, complete):
    late, early = complete(georgia, days_ago=8), complete(georgia, days_ago=2)

    items = look(georgia)

    assert [item.award for item in items] == [late, early]
    assert [item.due_on - item.award.completed_on for item in items] == [timedelta(days=7)] * 2
    assert [item.is_overdue(school_today()) for item in items] == [True, False]


def test_the_schools_own_aim_holds_where_the_board_names_no_day(florida, complete):
    complete(florida, days_ago=5)
    assert (look(florida)[0].due_on, look(florida)[0].is_own_aim) == (None, False)
    florida.own_days = 14

    (item,) = look(florida)

    assert (item.due_on, item.is_own_aim) == (school_today() + timedelta(days=9), True)


def test_the_boards_own_approval_number_is_its_course_number(florida, complete):
    approval = AccreditationFactory(board=florida.board, approval_number="20-581604")
    AwardFactory(accreditation=approval, dossier__activity=approval.activity, licence=complete(florida).licence)

    assert sorted(item.payload["course_number"] for item in look(florida)) == ["557203", "581604"]


def test_another_bodys_number_is_not_taken_for_the_systems(georgia, complete):
    ncbtmb = AccreditationFactory(approval_number="20-1", board__code="ncbtmb_ap")
    AwardFactory(accreditation=ncbtmb, board=georgia.board, dossier__activity=ncbtmb.activity, holder__licence_number="MT1")

    assert codes(look(georgia)[0]) == ["course_missing", "consent_missing"]
    ReportCourseFactory(route=georgia, accreditation=ncbtmb, course_number="", own_course_id="KNEE")
    assert codes(look(georgia)[0]) == ["consent_missing"]
    assert look(georgia)[0].payload["own_course_id"] == "KNEE"


def test_the_licence_on_file_helps_out_where_the_certificate_prints_no_number(florida, complete):
    complete(florida, number="MA1", holder__licence_number="")

    assert look(florida)[0].payload["licence_number"] == "MA1"


def test_what_was_left_out_waits_no_more_until_it_is_taken_in_again(florida, complete, officer):
    award = complete(florida)

    omission = leave_out(award=award, officer=officer, reason="Entered by hand")
    assert leave_out(award=award, officer=officer, reason="Again") == omission
    assert look(florida) == []
    for _ in range(2):
        take_in_again(omission=omission, officer=officer)

    assert [item.award for item in look(florida)] == [award]


def test_a_roster_row_says_all_that_any_roster_may_ask(roster, complete):
    award = complete(roster, number="LA.5")
    award.dossier.user.legal_names.create(given_names="Zoë", family_name="Đặng", confirmed_at=award.recorded_at, confirmed_by=award.dossier.user)

    (item,) = look(roster)

    assert codes(item) == []
    shown = {name: item.payload[name] for name in ("body", "legal_name", "given_names", "family_name", "units", "unit", "award_version", "hours_by_category")}
    assert shown == {
        "body": "us_la_massage",
        "legal_name": "Zoë Đặng",
        "given_names": "Zoë",
        "family_name": "Đặng",
        "units": "6",
        "unit": "hours",
        "award_version": 1,
        "hours_by_category": [],
    }


def test_the_queue_costs_the_same_for_one_and_for_three(georgia, florida, complete, django_assert_num_queries):
    complete(georgia)
    complete(florida)
    look(georgia, florida)
    with django_assert_num_queries(4):
        assert len(look(georgia, florida)) == 2
    for _ in range(2):
        complete(georgia, consent=False)
        complete(florida)
    with django_assert_num_queries(4):
        assert len(look(georgia, florida)) == 6
    assert Award.objects.count() == 6


def test_a_mask_takes_no_longer_for_a_number_that_almost_fits():
    """Sixty signs with one repetition each would try every way to share the digits among them."""
    started = time.thread_time()

    assert not mask_pattern("MA" + "*#" * 28).fullmatch("MA" + "1" * 57 + "A")
    assert mask_pattern("MA" + "*#" * 4).fullmatch("MA" + "1" * 8)
    assert not mask_pattern("MA" + "*#" * 4).fullmatch("MA" + "1" * 7)
    assert time.thread_time() - started < 1
