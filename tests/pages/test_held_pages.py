"""Awards held for review in a real browser: before the officer holds one, and what its learner reads meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.services import flag_completion
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, DossierFactory, LicenceFactory


def earned(licence, title, day):
    row = AccreditationFactory(board=licence.board, units=Decimal("6"), activity__title=title)
    dossier = DossierFactory(user=licence.user, activity=row.activity, completed_on=day, completed_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
    award = AwardFactory(dossier=dossier, accreditation=row, board=licence.board, licence=licence, mode="self_paced", completed_on=day, units=6, title=title)
    return CertificateFactory(award=award)


@pytest.fixture
def licence(transactional_db):
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy", unit_singular="hour", unit_plural="hours")
    person = LegalNameFactory(user__display_name="Zoë Đặng").user
    return LicenceFactory(user=person, board=board, number="MA 12345", issued_on=date(2022, 3, 1))


def test_from_the_preview_at_the_desk_to_the_learners_pages(licence, new_page, sign_in, live_site, look):
    now, before = earned(licence, "The neck, home study", date(2026, 5, 9)), earned(licence, "The knee, home study", date(2025, 5, 9))
    page = new_page(bypass_csp=True)
    sign_in(page, user_with_role(Role.CE_OFFICER), live_site)

    page.goto(f"{live_site}{reverse('credits_desk:certificate_review', args=[before.pk])}")
    assert look(page, "hold-closed", "cycle that ended on 31 August 2025: 5 → 0 hours") == []
    page.goto(f"{live_site}{reverse('credits_desk:certificate_review', args=[now.pk])}")
    assert look(page, "hold-preview", "6 hours (24 hours missing, 19 now)") == []
    page.get_by_label("Why").fill("Did another person sit the exam?")
    page.get_by_role("button", name="Suspend it").click()
    assert look(page, "hold-award", "its credit is held, and the learner is told") == []
    page.get_by_role("link", name="End the suspension").click()
    assert look(page, "hold-end", "counts it again") == []

    page = new_page(bypass_csp=True)
    sign_in(page, licence.user, live_site)
    for name, address in (
        ("hold-standing", reverse("credits:licence_standing", args=[licence.pk])),
        ("hold-dashboard", "/dashboard/"),
        ("hold-planner", reverse("planner:plan")),
        ("hold-credits", reverse("credits:credit_list")),
        ("hold-transcript", reverse("credits:transcript_detail")),
    ):
        page.goto(f"{live_site}{address}")
        assert look(page, name, "held for review since") == [], name


def test_lifting_a_flag_says_what_comes_back(licence, new_page, sign_in, live_site, look):
    certificate = earned(licence, "The neck, home study", date(2026, 5, 9))
    flag = flag_completion(key=certificate.award.dossier.key, reason="Your bank questions the payment.")
    page = new_page(bypass_csp=True)
    sign_in(page, user_with_role(Role.CE_OFFICER), live_site)

    page.goto(f"{live_site}{reverse('credits_desk:flag_lift', args=[flag.pk])}")

    assert look(page, "hold-flag", "6 hours (19 hours missing, 24 now)") == []
    page.get_by_label("Why").fill("The hours were studied.")
    page.get_by_role("button", name="Lift the flag").click()
    page.get_by_text("The flag is lifted").wait_for()
