"""The ledger's pages in a real browser: axe finds nothing, and nothing scrolls sideways at a phone's or a desk's width."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from credits import services
from credits.models import OfficerTask
from credits.services.boards import load_boards
from tests.factories.accounts import user_with_role
from tests.factories.credits import (
    AccreditationFactory,
    AwardFactory,
    BirthDateFactory,
    BoardFactory,
    HeldCredentialFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
    LicenceStatusFactory,
)

LEARNER = [
    "credit_list", "licence_list", "licence_add", "licence_detail", "licence_edit", "licence_remove", "credential_list", "credential_add", "credential_edit",
    "credential_remove", "birth_date", "reminder_list",
]  # fmt: skip
DESK = [
    "overview", "board_list", "activity_list", "activity_add", "activity_detail", "accreditation_list", "accreditation_add", "accreditation_detail",
    "accreditation_edit", "accreditation_withdraw", "dossier_list", "dossier_detail", "award_list", "award_issue", "award_detail", "award_correct",
    "award_revoke", "licence_list", "licence_detail", "override_withdraw", "task_list", "task_settle", "deficiency_list", "expiry_list", "unverified_list",
]  # fmt: skip
WITHOUT_RECORD = ("list", "add", "issue", "overview", "date")


@pytest.fixture
def records(transactional_db):
    load_boards()
    board = BoardFactory(name="State Board of Massage Therapy and Bodywork", certificate_fields=["licence_number"])
    accreditation = AccreditationFactory(board=board, category_split=[{"category": "technique", "units": "6"}])
    licence = LicenceFactory(board=board, number="")
    award = AwardFactory(
        dossier__user=licence.user,
        dossier__activity=accreditation.activity,
        dossier__facts={"course": {"title": "Knee"}, "lessons": [{"covered": 0.98}]},
        accreditation=accreditation,
        licence=licence,
    )
    services.claim_completion(dossier=award.dossier, licence=LicenceFactory(user=licence.user))
    unused = LicenceFactory(user=licence.user, board=BoardFactory(code="us_va_massage"))  # a board that asks for the date of birth
    renewal, override = LicenceRenewalFactory(licence=unused), LicenceOverrideFactory(licence=unused)
    LicenceStatusFactory(licence=unused)
    credential = HeldCredentialFactory(user=licence.user)
    BirthDateFactory(user=licence.user)
    facts = {"licence": unused, "renewal": renewal, "override": override, "credential": credential}
    facts["task"] = services.raise_task(kind=OfficerTask.Kind.REPORT_DUE, key="report:pages", title="Report to Georgia", due_on=date(2026, 1, 1))
    return facts | {"award": award, "dossier": award.dossier, "accreditation": accreditation, "activity": accreditation.activity}


@pytest.fixture
def look_at(new_page, axe, sign_in, live_site):
    """Visit each address as `user` at both widths; axe gets a page that ignores the content policy, since it styles elements."""

    def visit(user, addresses):
        plain, examined = new_page(), new_page(bypass_csp=True)
        for page in (plain, examined):
            sign_in(page, user, live_site)
        for address in addresses:
            for page in (plain, examined):
                assert page.goto(live_site + address).ok, address
            for width in (1280, 390):
                plain.set_viewport_size({"width": width, "height": 850})
                assert plain.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways at {width} px"
                examined.set_viewport_size({"width": width, "height": 850})
                assert (address, axe(examined)) == (address, [])
            assert plain.locator("h1").count() == 1

    return visit


def addresses_of(namespace, names, records):
    found = []
    for name in names:
        about, verb = name.split("_") if "_" in name else (name, name)
        found.append(reverse(f"{namespace}:{name}", args=[] if verb in WITHOUT_RECORD else [records[about].pk]))
    return found


def record_addresses(records):
    licence, line = records["licence"].pk, [records["licence"].pk, "renewals", records["renewal"].pk]
    forms = [reverse("credits:record_add", args=[licence, kind]) for kind in ("status", "renewals", "duties")]
    return [*forms, reverse("credits:record_edit", args=line), reverse("credits:record_remove", args=line)]


def test_the_learners_pages_are_accessible(look_at, records):
    look_at(records["licence"].user, addresses_of("credits", LEARNER, records) + record_addresses(records))


@pytest.mark.timeout(300)
def test_the_pages_of_the_desk_are_accessible(look_at, records):
    override = reverse("credits_desk:override_add", args=[records["licence"].pk])

    look_at(user_with_role(Role.CE_OFFICER), [*addresses_of("credits_desk", DESK, records), override])


def test_the_page_of_a_standing_in_words_and_in_pictures(look_at, records):
    learner = records["dossier"].user
    florida = LicenceFactory(user=learner, board=BoardFactory(code="us_fl_massage"), issued_on=date(2022, 3, 1))
    AwardFactory(dossier__user=learner, accreditation__board=florida.board, licence=florida, category_split=[{"category": "ethics", "units": "6"}])
    undated = LicenceFactory(user=learner, board=florida.board)

    look_at(learner, [reverse("credits:licence_standing", args=[licence.pk]) for licence in (florida, undated)])
    look_at(user_with_role(Role.CE_OFFICER), [reverse("credits_desk:licence_standing", args=[licence.pk]) for licence in (florida, undated)])
