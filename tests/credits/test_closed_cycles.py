"""A correction or a revocation that reaches a cycle that is over or renewed: found, shown, decided by a person."""

from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry
from credits import services, standing_views
from credits.desk import licences as licence_desk
from credits.models import Award, ClosedCycle, Licence, OfficerTask
from credits.services import closed_cycles
from credits.services.closed_cycles import CycleDecided, NotYourDecision
from credits.services.licences import LicenceInUse
from credits.standings import standing_of_licence
from notifications.models import MailMessage
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, ClosedCycleFactory, DossierFactory, LicenceFactory, LicenceRenewalFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
LAST_CYCLE_END = date(2025, 8, 31)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(closed_cycles, "school_today", lambda: TODAY)
    for module in (standing_views, licence_desk):
        monkeypatch.setattr(module, "today_of", lambda person: TODAY)


@pytest.fixture
def officer(client):
    person = user_with_role(Role.CE_OFFICER)
    client.force_login(person)
    return person


def florida(**values):
    board = BoardFactory(code="us_fl_massage", name="Board of Massage Therapy")
    return LicenceFactory(user=LegalNameFactory().user, board=board, **({"issued_on": date(2022, 3, 1)} | values))


def award_for(licence, *, day):
    values = {"units": Decimal("6")}
    row = AccreditationFactory(board=licence.board, **values)
    dossier = DossierFactory(user=licence.user, activity=row.activity, completed_on=day, completed_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
    with patch("django.utils.timezone.now", return_value=datetime(day.year, day.month, day.day, 16, tzinfo=UTC)):  # when it is recorded
        return AwardFactory(dossier=dossier, accreditation=row, board=licence.board, licence=licence, mode="self_paced", completed_on=day, **values)


def revoke(officer, award):
    return services.revoke_award(officer=officer, award=award, reason_class="requirements_not_met", reason="The exam was another person's.")


def test_a_revocation_that_reaches_a_past_cycle_is_a_case_for_a_person(officer):
    licence = florida()
    award = award_for(licence, day=date(2025, 5, 9))

    revoke(officer, award)

    (cycle,) = ClosedCycle.objects.all()
    task = OfficerTask.objects.get()
    assert (cycle.licence, cycle.award, cycle.cause, cycle.cycle_end, cycle.renewed_on) == (licence, award, "revoked", LAST_CYCLE_END, None)
    assert (cycle.before["applied"], cycle.after["applied"], cycle.is_worse) == ("5", "0", True)
    assert (task.kind, task.address, task.due_on) == ("closed_cycle", cycle.get_absolute_url(), date(2026, 12, 7))
    assert task.detail.startswith(f"An award was revoked: “{award.title}”.")
    assert "Counted before: 5 of 24 hours. With the change: 0 of 24 hours." in task.detail
    assert "a CE officer looks at what follows" in MailMessage.objects.get(template="credits/mail/award_revoked").body_text


def test_a_renewed_cycle_keeps_its_figures_and_says_that_it_changed(officer):
    licence = florida()
    award = award_for(licence, day=date(2025, 5, 9))
    LicenceRenewalFactory(licence=licence, cycle_end=LAST_CYCLE_END, renewed_on=date(2025, 8, 20))

    revoke(officer, award)

    cycle = ClosedCycle.objects.get()
    before = standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), TODAY).before
    assert (cycle.renewed_on, cycle.before["applied"], cycle.after["applied"]) == (date(2025, 8, 20), "5", "0")
    assert before.applied == "5"
    assert any("You renewed this cycle." in condition for condition in before.conditions)


def test_a_cycle_renewed_before_its_end_is_closed_too(officer):
    licence = florida()
    award = award_for(licence, day=date(2026, 5, 9))
    LicenceRenewalFactory(licence=licence, cycle_end=date(2027, 8, 31), submitted_on=None, renewed_on=date(2026, 10, 1))

    revoke(officer, award)

    assert ClosedCycle.objects.get().cycle_end == date(2027, 8, 31)


def test_an_open_cycle_is_only_worked_out_anew(officer):
    licence = florida()
    award = award_for(licence, day=date(2026, 5, 9))

    revoke(officer, award)

    assert not ClosedCycle.objects.exists()
    assert not OfficerTask.objects.exists()
    assert standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), TODAY).current.applied == "0"


def test_a_corrected_date_moves_credit_out_of_a_closed_cycle(officer):
    licence = florida()
    award = award_for(licence, day=date(2025, 5, 9))

    successor = services.correct_award(officer=officer, award=award, reason="The roster says 2026.", changes={"completed_on": date(2026, 5, 9)})

    cycle = ClosedCycle.objects.get()
    assert (cycle.cause, cycle.award, cycle.after["applied"]) == ("corrected", award, "0")
    assert successor.version == 2
    assert "a CE officer looks at what follows" in MailMessage.objects.get(template="credits/mail/award_corrected").body_text


def test_a_corrected_date_may_move_credit_into_one(officer):
    licence = florida()
    award = award_for(licence, day=date(2026, 5, 9))

    services.correct_award(officer=officer, award=award, reason="The roster says 2025.", changes={"completed_on": date(2025, 5, 9)})

    cycle = ClosedCycle.objects.get()
    assert (cycle.cycle_end, cycle.before["applied"], cycle.after["applied"], cycle.is_worse) == (LAST_CYCLE_END, "0", "5", False)


def test_a_corrected_name_reaches_no_cycle(officer):
    award = award_for(florida(), day=date(2025, 5, 9))

    services.correct_award(officer=officer, award=award, reason="Misspelt.", changes={"legal_name": "Zoë Brown"})

    assert not ClosedCycle.objects.exists()


def test_where_nothing_can_be_said_of_a_licence_nothing_is_raised(officer):
    for licence in (florida(issued_on=None), LicenceFactory(board=BoardFactory(code="no_such_board"))):
        revoke(officer, award_for(licence, day=date(2025, 5, 9)))
    revoke(officer, AwardFactory(plain=True))

    assert not ClosedCycle.objects.exists()
    assert Award.objects.with_status_of("revoked").count() == 3


def test_an_officer_decides_and_the_learner_is_told(officer):
    licence = florida()
    revoke(officer, award_for(licence, day=date(2025, 5, 9)))
    cycle = ClosedCycle.objects.get()
    values = {"officer": officer, "cycle": cycle, "outcome": "board_told", "note": "By letter of today.", "word": "The board will write to you."}

    decided = services.decide_closed_cycle(**values)
    again = services.decide_closed_cycle(**values)

    task = OfficerTask.objects.get()
    mail = MailMessage.objects.get(template="credits/mail/closed_cycle")
    assert (decided.decided_by, again.outcome, task.settled_by, task.note) == (officer, "board_told", officer, "The board was told. By letter of today.")
    assert "What follows: The board was told." in mail.body_text
    assert "The board will write to you." in mail.body_text
    assert "By letter of today" not in mail.body_text
    assert AuditEntry.objects.filter(action="credits.decide_closed_cycle").count() == 1
    with pytest.raises(CycleDecided):
        services.decide_closed_cycle(**values | {"outcome": "stands"})


@pytest.mark.parametrize("who", ["staff", "holder", "no reason"])
def test_who_may_not_decide(who):
    cycle = ClosedCycleFactory()
    officer = user_with_role(Role.STAFF if who == "staff" else Role.CE_OFFICER)
    if who == "holder":
        cycle.licence.user = officer
        cycle.licence.save()

    with pytest.raises(NotYourDecision):
        services.decide_closed_cycle(officer=officer, cycle=cycle, outcome="stands", note=" " if who == "no reason" else "Looked at.")

    cycle.refresh_from_db()
    assert (cycle.outcome, OfficerTask.objects.open().count(), MailMessage.objects.count()) == ("", 1, 0)


def test_the_pages_of_learner_and_officer_say_so(client, officer):
    licence = florida()
    award = award_for(licence, day=date(2025, 5, 9))
    revoke(officer, award)
    cycle = ClosedCycle.objects.get()

    desk = client.get(reverse("credits_desk:licence_standing", args=[licence.pk])).content.decode()
    of_award = client.get(award.get_absolute_url()).content.decode()
    client.force_login(licence.user)
    learners = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()

    assert "Decide what follows" in desk
    assert cycle.get_absolute_url() in desk
    assert "Its change reaches a closed cycle" in of_award
    assert "Counted before: 5 of 24 hours; with the change: 0." in learners
    assert "A CE officer looks at it and will write to you." in learners
    assert "/desk/" not in learners.split("<main")[1]


def test_the_page_of_a_case_shows_both_sides_and_takes_the_decision(client, officer):
    licence = florida()
    revoke(officer, award_for(licence, day=date(2025, 5, 9)))
    cycle = ClosedCycle.objects.get()

    page = client.get(cycle.get_absolute_url()).content.decode()
    refused = client.post(cycle.get_absolute_url(), {"outcome": "stands"})
    done = client.post(cycle.get_absolute_url(), {"outcome": "make_up", "note": "Agreed by phone.", "word": "Six hours by May."}, follow=True)
    client.force_login(licence.user)
    learners = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()

    assert "<strong>0 hours</strong>" in page
    assert "Missing: prevention of medical errors" in page
    assert "Missing: of any kind" in page  # the minimum that no category names
    assert refused.status_code == 422
    assert "The learner makes up for it" in done.content.decode()
    assert "Six hours by May." in learners
    assert "Agreed by phone." not in learners


def test_the_api_shows_ones_own_and_lets_officers_decide(client, officer):
    licence = florida()
    revoke(officer, award_for(licence, day=date(2025, 5, 9)))
    ClosedCycleFactory()
    cycle = ClosedCycle.objects.get(licence=licence)
    address = reverse("credits_api:closed-cycle-decide", args=[cycle.pk])

    everything = client.get(reverse("credits_api:closed-cycle-list")).json()["results"]
    bad = client.post(address, {"outcome": "perhaps", "note": "?"}, content_type="application/json")
    decided = client.post(address, {"outcome": "stands", "note": "Enough is left."}, content_type="application/json").json()
    other = client.post(address, {"outcome": "board_told", "note": "?"}, content_type="application/json")
    client.force_login(licence.user)
    own = client.get(reverse("credits_api:closed-cycle-list")).json()["results"]

    assert (len(everything), bad.status_code, other.status_code) == (2, 400, 409)
    assert (decided["outcome"], decided["before"]["applied"], decided["after"]["needed"]) == ("stands", "5", "24")
    assert [row["id"] for row in own] == [cycle.pk]
    client.force_login(UserFactory())
    assert client.get(reverse("credits_api:closed-cycle-detail", args=[cycle.pk])).status_code == 404


def test_a_licence_with_a_case_stays_on_file(officer):
    cycle = ClosedCycleFactory()

    with pytest.raises(LicenceInUse):
        services.remove_licence(licence=cycle.licence, actor=cycle.licence.user)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_a_constant_number_of_queries(client, officer, django_assert_num_queries, count):
    ClosedCycleFactory.create_batch(count)
    address = reverse("credits_desk:closed_cycle_list")
    client.get(address)

    with django_assert_num_queries(5):
        assert client.get(f"{address}?all=1").content.decode().count("To decide") == count
