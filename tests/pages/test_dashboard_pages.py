"""Dashboards and reminders in a real browser: one h1, no axe finding, nothing that scrolls sideways, full or empty."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.batch import snapshots
from credits.models import Licence, StandingSnapshot
from credits.reminders.services import set_licence_reminders
from credits.reminders.tokens import stop_token
from credits.selectors import school_today
from tests.credits.test_standings import award_for
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, BoardFactory, HeldCredentialFactory, LicenceFactory
from tests.factories.notifications import MailMessageFactory

BOARDS = {
    "us_fl_massage": "Florida Board of Massage Therapy", "us_ne_massage": "Nebraska Department of Health and Human Services, Massage Therapy",
    "us_ga_massage": "Georgia Board of Massage Therapy", "us_ct_massage": "Connecticut", "ncbtmb_bc": "NCBTMB Board Certification",
}  # fmt: skip
DESK = [reverse(f"credits_desk:{name}") for name in ("deficiency_list", "expiry_list", "unverified_list")]


@pytest.fixture
def school(transactional_db):
    """Twelve people with licences of five boards, some with awards, cards and dates that end soon."""
    today = school_today()
    for number in range(12):
        board = BoardFactory(code=list(BOARDS)[number % 5], name=list(BOARDS.values())[number % 5])
        licence = LicenceFactory(
            board=board, number=f"MA{number:05}", user__display_name=f"Person of Bodywork {number}", issued_on=date(2015 + number % 8, 1 + number % 11, 14),
            expires_on=today + timedelta(days=9 * number) if number % 3 else None,
        )  # fmt: skip
        if number % 2:
            award_for(licence, units="12", day=today - timedelta(days=40), category_split=[{"category": "ethics", "units": "2"}])
        HeldCredentialFactory(user=licence.user, expires_on=today + timedelta(days=7 * number))
    AccreditationFactory(valid_to=today + timedelta(days=20), board=BoardFactory(code="us_fl_massage"))
    snapshots._refresh(list(Licence.objects.order_by("pk").values_list("pk", flat=True)))
    late = {"before_status": "open", "before_end": today - timedelta(days=10), "before_deadline": today + timedelta(days=20), "before_needed": 3}
    StandingSnapshot.objects.filter(licence__board__code="us_ga_massage").update(**late)
    return today


def test_dashboards_of_a_school_with_licences(look_at, school):
    kinds = [f"{DESK[1]}?kind={kind}" for kind in ("credentials", "approvals")]

    assert look_at([*DESK, *kinds, f"{DESK[0]}?board=us_fl_massage&show=all", f"{DESK[0]}?show=late"], user_with_role(Role.CE_OFFICER)) == {}


def test_dashboards_of_a_school_without_any(look_at, transactional_db):
    assert look_at(DESK, user_with_role(Role.CE_OFFICER)) == {}


def test_reminders(look_at, school):
    licence = Licence.objects.filter(board__code="us_fl_massage").order_by("pk")[0]
    LicenceFactory(user=licence.user, board=BoardFactory(code="us_ct_massage"))
    stopped = LicenceFactory(user=licence.user, board=BoardFactory(code="us_ne_massage"), expires_on=school + timedelta(days=400))
    set_licence_reminders(licence=stopped, is_on=False)
    MailMessageFactory(recipient=licence.user, key="reminder:cycle:1:2026-01-01:30", subject="30 days left for Florida Board of Massage Therapy")
    link = reverse("credits:reminder_stop", args=[stop_token(user=licence.user, licence=licence)])

    assert look_at([reverse("credits:reminder_list"), licence.get_absolute_url()], licence.user) == {}
    assert look_at([link, reverse("credits:reminder_stop", args=["unknown"])]) == {}


def test_reminders_of_a_person_without_licences(look_at, transactional_db):
    assert look_at([reverse("credits:reminder_list")], UserFactory()) == {}
