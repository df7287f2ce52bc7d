"""An award that is held counts nowhere from that day on; every day keeps what was known of it."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits import services
from credits.batch import snapshots, standings_of
from credits.certificates.services import suspend_certificate
from credits.credit_rows import holding_of
from credits.models import Award, AwardEntry, Certificate, ClosedCycle, CompletionFlag, Licence, OfficerTask
from credits.prospects.prospector import Prospector
from credits.services import closed_cycles
from credits.standings import standing_of_licence
from notifications.models import MailMessage
from portal.selectors import dashboard_of
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, DossierFactory, LicenceFactory, LicenceRenewalFactory
from tests.factories.reports import ReportRouteFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
LAST_CYCLE_END = date(2025, 8, 31)
WHY = "Did another person sit the exam?"


@pytest.fixture(autouse=True)
def today():
    with on(TODAY):
        yield


@pytest.fixture
def officer():
    return user_with_role("ce_officer")


@contextmanager
def on(day):
    with patch("django.utils.timezone.now", return_value=datetime(day.year, day.month, day.day, 16, tzinfo=UTC)):
        yield


def florida(**values):
    board = BoardFactory(code="us_fl_massage", name="Board of Massage Therapy", unit_singular="hour", unit_plural="hours")
    return LicenceFactory(user=LegalNameFactory().user, board=board, **({"issued_on": date(2022, 3, 1)} | values))


def earned(licence, *, day=date(2026, 5, 9), units="6", is_certified=True):
    """An award of home study, of which Florida takes what it asks of each kind."""
    row = AccreditationFactory(board=licence.board, units=Decimal(units))
    dossier = DossierFactory(user=licence.user, activity=row.activity, completed_on=day, completed_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
    with on(day):
        award = AwardFactory(
            dossier=dossier, accreditation=row, board=licence.board, licence=licence, mode="self_paced", completed_on=day, units=Decimal(units), title="Neck"
        )
    if is_certified:
        CertificateFactory(award=award)
    return award


def hold(award, officer, day=TODAY):
    with on(day):
        services.begin_review(certificate=award.certificate, officer=officer, reason=WHY)


def release(award, officer, day=TODAY):
    with on(day):
        services.end_review(certificate=award.certificate, officer=officer, reason="It was the learner.")


def loaded(licence):
    return Licence.objects.with_facts().get(pk=licence.pk)


def standing(licence, as_of=TODAY):
    return standing_of_licence(loaded(licence), as_of)


def applied(licence, as_of=TODAY):
    return standing(licence, as_of).current.applied


def versions(licence):
    return [(row["version"], row["recorded_on"], row["review"], row["status"]) for row in holding_of(loaded(licence)).rows]


def test_a_held_award_leaves_the_standing_and_comes_back(officer):
    licence = florida()
    award = earned(licence)
    assert applied(licence) == "5"

    hold(award, officer)
    held = standing(licence)
    release(award, officer)

    assert (held.current.applied, held.current.needed, applied(licence)) == ("0", "24", "5")
    assert [entry.kind for entry in award.entries.all()] == ["issued", "suspended", "resumed"]
    assert Award.objects.with_status().get(pk=award.pk).status == Award.Status.ACTIVE


def test_each_day_sees_the_state_of_that_day(officer):
    licence = florida()
    award = earned(licence, day=date(2026, 5, 9))
    hold(award, officer, date(2026, 6, 1))
    release(award, officer, date(2026, 6, 20))
    hold(award, officer, date(2026, 7, 1))

    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 19), date(2026, 6, 20), date(2026, 6, 30), date(2026, 7, 1), TODAY]

    assert [applied(licence, day) for day in days] == ["5", "0", "0", "5", "5", "0", "0"]
    assert versions(licence) == [
        (1, "2026-05-09", "accepted", "active"),
        (2, "2026-06-01", "pending", "active"),
        (3, "2026-06-20", "accepted", "active"),
        (4, "2026-07-01", "pending", "active"),
    ]


def test_what_is_said_of_an_earlier_day_is_of_that_day(officer):
    licence = florida()
    award = earned(licence)
    hold(award, officer, date(2026, 6, 1))
    release(award, officer, date(2026, 6, 20))
    with on(date(2026, 7, 1)):
        services.revoke_award(officer=officer, award=award, reason_class="duplicate", reason="Twice")

    held = [len(standing(licence, day).held) for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 20), date(2026, 7, 1))]

    assert held == [0, 1, 0, 0]
    assert [line.why for line in standing(licence, date(2026, 6, 1)).current.lines] == [
        "held for review since June 1, 2026: the school looks into its certificate"
    ]


def test_what_was_held_from_the_start_and_released_has_a_version_of_its_own():
    licence = florida()
    award = earned(licence, day=date(2026, 5, 9), is_certified=False)
    with on(date(2026, 5, 9)):
        AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.HELD, data={"missing": ["licence_number_missing"]})
    with on(date(2026, 6, 20)):
        AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.RELEASED)

    assert versions(licence) == [(1, "2026-05-09", "pending", "active"), (2, "2026-06-20", "accepted", "active")]
    assert [applied(licence, day) for day in (date(2026, 6, 19), date(2026, 6, 20))] == ["0", "5"]


def test_a_day_keeps_its_last_word_and_later_versions_come_after(officer):
    licence = florida()
    award = earned(licence)
    hold(award, officer, date(2026, 6, 1))
    release(award, officer, date(2026, 6, 1))
    hold(award, officer, date(2026, 7, 1))
    with on(date(2026, 8, 1)):
        successor = services.correct_award(officer=officer, award=award, reason="Misdated", changes={"completed_on": date(2026, 5, 8)})
    with on(date(2026, 9, 1)):
        services.revoke_award(officer=officer, award=successor, reason_class="duplicate", reason="Twice")

    assert sorted(versions(licence)) == [
        (1, "2026-05-09", "accepted", "active"),
        (2, "2026-07-01", "pending", "active"),
        (3, "2026-08-01", "accepted", "active"),
        (4, "2026-09-01", "accepted", "revoked"),
    ]
    assert [applied(licence, day) for day in (date(2026, 7, 31), date(2026, 8, 31), TODAY)] == ["0", "5", "0"]


def test_without_holds_the_versions_are_those_of_the_awards(officer):
    licence = florida()
    award = earned(licence)
    with on(date(2026, 8, 1)):
        services.correct_award(officer=officer, award=award, reason="Misdated", changes={"completed_on": date(2026, 5, 8)})

    assert sorted(version for version, *_rest in versions(licence)) == [1, 2]


def test_a_disputed_payment_holds_what_it_paid_for(officer):
    licence = florida()
    award = earned(licence)

    with on(date(2026, 11, 3)):
        services.flag_completion(key=award.dossier.key, reason="Dispute du_1")
    (held,) = standing(licence).held
    services.unflag_completion(key=award.dossier.key, reason="Won.")

    assert (held.hold.codes, held.would_count) == (("payment_disputed",), "5")
    assert held.sentence == (
        "“Neck” of May 9, 2026 is held for review since November 3, 2026: a bank questions the payment. It does not count meanwhile; it would count 5 hours."
    )
    assert held.next.startswith("Nothing is lost: if the bank decides for the charge it counts again by itself")
    assert (standing(licence).held, applied(licence)) == ((), "5")


def test_the_review_ends_only_when_nothing_holds_the_award(officer):
    licence = florida()
    award = earned(licence)
    hold(award, officer, date(2026, 11, 1))
    with on(date(2026, 11, 3)):
        services.flag_completion(key=award.dossier.key, reason="Dispute du_1")

    with on(date(2026, 11, 5)):
        services.unflag_completion(key=award.dossier.key, reason="Won.")
    (held,) = standing(licence).held
    release(award, officer)

    assert (held.hold.since.date(), held.hold.codes) == (date(2026, 11, 1), ("under_review",))
    assert applied(licence) == "5"


def test_the_learner_is_told_once_at_the_beginning_and_once_at_the_end(officer):
    award = earned(florida())

    hold(award, officer)
    hold(award, officer)
    release(award, officer)
    release(award, officer)

    (began,) = MailMessage.objects.filter(template="credits/mail/award_suspended")
    (ended,) = MailMessage.objects.filter(template="credits/mail/award_resumed")
    assert began.recipient == ended.recipient == award.dossier.user
    assert "- “Neck”, May 9, 2026: 6" in began.body_text
    assert "the school looks into a certificate of yours" in began.body_text
    assert WHY not in began.body_text
    assert "counts again from today" in ended.body_text


def test_only_an_officer_with_a_reason_holds(officer):
    award = earned(florida())
    for who, reason in ((user_with_role("staff"), WHY), (officer, " ")):
        for verb in (services.begin_review, services.end_review):
            with pytest.raises((services.officers.NotAnOfficer, services.officers.ReasonNeeded)):
                verb(certificate=award.certificate, officer=who, reason=reason)
    assert [entry.kind for entry in award.entries.all()] == ["issued"]


def test_a_renewed_cycle_keeps_what_it_was_renewed_with(officer):
    licence = florida()
    award = earned(licence, day=date(2025, 5, 9))
    LicenceRenewalFactory(licence=licence, cycle_end=LAST_CYCLE_END, renewed_on=date(2025, 8, 20))

    hold(award, officer)
    before = standing(licence).before
    (case,) = ClosedCycle.objects.all()

    assert (before.applied, any("You renewed this cycle." in words for words in before.conditions)) == ("5", True)
    assert (case.cause, case.before["applied"], case.after["applied"], case.is_worse) == ("held", "5", "0", True)
    assert OfficerTask.objects.get().detail.startswith("An award is held for review: “Neck”. Counted before: 5 of 24 hours. With the change: 0 of 24 hours.")


def test_a_cycle_renewed_while_the_award_was_held_keeps_that_and_raises_a_case_on_release(officer):
    licence = florida()
    award = earned(licence, day=date(2025, 5, 9))
    hold(award, officer, date(2025, 8, 1))
    LicenceRenewalFactory(licence=licence, cycle_end=LAST_CYCLE_END, renewed_on=date(2025, 8, 20))

    release(award, officer)

    (case,) = ClosedCycle.objects.all()
    assert standing(licence).before.applied == "0"
    assert (case.cause, case.before["applied"], case.after["applied"]) == ("released", "0", "5")


def test_a_case_nobody_decided_ends_with_the_hold(officer):
    licence = florida()
    award = earned(licence, day=date(2025, 5, 9))
    hold(award, officer)

    release(award, officer)

    (case,) = ClosedCycle.objects.all()
    task = OfficerTask.objects.get()
    assert (case.outcome, case.is_decided, case.decided_by, task.is_open) == ("undone", True, None, False)
    with pytest.raises(closed_cycles.NotYourDecision):
        services.decide_closed_cycle(officer=officer, cycle=case, outcome="undone", note="No.")


def test_a_decided_case_is_followed_by_another(officer):
    licence = florida()
    award = earned(licence, day=date(2025, 5, 9))
    hold(award, officer)
    services.decide_closed_cycle(officer=officer, cycle=ClosedCycle.objects.get(), outcome="board_told", note="By letter.")

    release(award, officer)
    hold(award, officer)

    causes = list(ClosedCycle.objects.order_by("pk").values_list("cause", "outcome"))
    assert causes == [("held", "board_told"), ("released", "undone")]


def test_a_revocation_takes_over_the_case_of_the_hold(officer):
    licence = florida()
    award = earned(licence, day=date(2025, 5, 9))
    hold(award, officer)

    services.revoke_award(officer=officer, award=award, reason_class="requirements_not_met", reason="It was another person.")

    (case,) = ClosedCycle.objects.all()
    assert (case.cause, case.outcome, case.before["applied"], case.after["applied"]) == ("revoked", "", "5", "0")
    assert OfficerTask.objects.get().detail.startswith("An award was revoked:")


def test_a_revocation_after_the_hold_was_decided_says_what_the_cycle_once_rested_on(officer):
    licence = florida()
    award = earned(licence, day=date(2025, 5, 9))
    hold(award, officer)
    services.decide_closed_cycle(officer=officer, cycle=ClosedCycle.objects.get(), outcome="stands", note="We wait.")

    services.revoke_award(officer=officer, award=award, reason_class="requirements_not_met", reason="It was another person.")

    case = ClosedCycle.objects.get(cause="revoked")
    assert (case.before["applied"], case.after["applied"], OfficerTask.objects.filter(settled_at__isnull=True).count()) == ("5", "0", 1)


def test_a_hold_that_moves_no_figure_of_a_closed_cycle_raises_nothing(officer):
    licence = florida()
    award = earned(licence, day=date(2025, 5, 9))
    earned(licence, day=date(2025, 5, 8), units="20")  # more home study than counts

    hold(award, officer)

    assert not ClosedCycle.objects.exists()


def test_lists_the_dashboard_and_what_counts_for_me_leave_it_out(officer):
    licence = florida()
    award = earned(licence)
    needed = Prospector(licence.user, TODAY).need(licence).needed

    hold(award, officer)

    prospector = Prospector(licence.user, TODAY)
    (batch,) = standings_of(Licence.objects.all(), TODAY)
    snapshots.refresh_person(person_id=licence.user_id)
    snapshot = licence.snapshot
    assert (batch.applied, batch.held, snapshot.applied, snapshot.held) == (0, 6, 0, 6)
    assert (needed, prospector.need(licence).needed) == (Decimal("19"), Decimal("24"))
    assert [one.would_count for one in prospector.held(licence)] == ["5"]
    assert [len(view.held) for view in dashboard_of(licence.user)["standings"]] == [1]


def test_the_page_the_dashboard_and_the_credits_say_so(client, officer):
    licence = florida()
    hold(earned(licence), officer, date(2026, 11, 3))
    client.force_login(licence.user)

    said = "held for review since November 3, 2026: the school looks into its certificate. It does not count meanwhile; it would count 5 hours."
    for address in (reverse("credits:licence_standing", args=[licence.pk]), "/dashboard/", reverse("planner:plan")):
        assert said in client.get(address).content.decode(), address
    credits = client.get(reverse("credits:credit_list")).content.decode()
    assert "Held for review since November 3, 2026: the school looks into its certificate. Nothing is lost yet:" in credits


def test_while_it_is_under_review_no_report_and_no_petition_is_promised(client, officer):
    licence = florida()
    award = earned(licence)
    ReportRouteFactory(board=licence.board, report_from=award.completed_on)
    LicenceFactory(user=licence.user)
    client.force_login(licence.user)
    before = client.get(reverse("credits:credit_list")).content.decode()

    hold(award, officer)

    page = client.get(reverse("credits:credit_list")).content.decode()
    assert ["CE Broker" in before, "Petition a board" in before] == [True, True]
    assert ["CE Broker" in page, "Petition a board" in page] == [False, False]


@pytest.mark.parametrize("count", [1, 3])
def test_holds_cost_the_page_no_query(client, officer, count, django_assert_num_queries):
    licence = florida()
    awards = [earned(licence) for _ in range(count)]
    client.force_login(licence.user)
    address = reverse("credits:licence_standing", args=[licence.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as without:
        client.get(address)
    for award in awards:
        hold(award, officer)

    with django_assert_num_queries(len(without)):
        client.get(address)


def test_the_desk_shows_what_a_hold_takes_out_before_it_is_placed(client, officer):
    licence = florida()
    award = earned(licence)
    old = earned(licence, day=date(2025, 5, 9))
    client.force_login(officer)
    address = reverse("credits_desk:certificate_review", args=[award.certificate.pk])

    shown = client.get(address).content.decode()
    closed = client.get(reverse("credits_desk:certificate_review", args=[old.certificate.pk])).content.decode()
    untouched = (AwardEntry.objects.exclude(kind="issued").count(), ClosedCycle.objects.count(), MailMessage.objects.count())
    client.post(address, {"reason": WHY, "act": "suspend"})
    ending = client.get(address).content.decode()

    assert "Out of the standing of 1 licence" in shown
    assert "<strong>6 hours</strong> (24 hours missing, 19 now)" in shown
    assert "No closed cycle is reached." in shown
    assert "Board of Massage Therapy, cycle that ended on 31 August 2025: 5 → 0 hours" in closed
    assert untouched == (0, 0, 0)
    assert "The standing of 1 licence counts it again" in ending
    assert Certificate.objects.get(award=award).state == Certificate.State.SUSPENDED


def test_the_desk_shows_what_lifting_a_flag_gives_back(client, officer):
    licence = florida()
    award = earned(licence)
    flag = services.flag_completion(key=award.dossier.key, reason="Dispute du_1")
    client.force_login(officer)

    shown = client.get(reverse("credits_desk:flag_lift", args=[flag.pk])).content.decode()

    assert "<strong>6 hours</strong> (19 hours missing, 24 now)" in shown
    flag.refresh_from_db()
    assert flag.is_standing


def test_the_api_previews_holds_releases_and_tells_the_holder(client, officer):
    licence = florida()
    award = earned(licence)
    client.force_login(officer)
    hold_address, release_address = f"/api/v1/credits/awards/{award.pk}/hold/", f"/api/v1/credits/awards/{award.pk}/release/"

    preview = client.get(hold_address).json()
    refused = client.post(hold_address, {}, content_type="application/json")
    held = client.post(hold_address, {"reason": WHY}, content_type="application/json").json()
    client.force_login(licence.user)
    (own,) = client.get(f"/api/v1/credits/licences/{licence.pk}/held/").json()
    denied = client.post(release_address, {"reason": "Mine."}, content_type="application/json")
    client.force_login(officer)
    released = client.post(release_address, {"reason": "It was the learner."}, content_type="application/json").json()

    assert preview["licences"] == [{"licence": licence.pk, "board": "us_fl_massage", "units": "6", "needed_before": "19", "needed_after": "24"}]
    assert (refused.status_code, denied.status_code) == (400, 403)
    assert (held["status"], held["hold"]["codes"], released["hold"]) == ("active", ["under_review"], None)
    assert (own["award"], own["would_count"], own["codes"]) == (award.pk, "5", ["under_review"])


def test_the_api_lists_and_lifts_flags(client, officer):
    award = earned(florida())
    flag = services.flag_completion(key=award.dossier.key, reason="Dispute du_1")
    client.force_login(officer)

    (listed,) = client.get("/api/v1/credits/flags/").json()["results"]
    preview = client.get(f"/api/v1/credits/flags/{flag.pk}/lift/").json()
    lifted = client.post(f"/api/v1/credits/flags/{flag.pk}/lift/", {"reason": "Hours were studied."}, content_type="application/json").json()

    assert (listed["id"], listed["suspends"]) == (flag.pk, True)
    assert [row["units"] for row in preview["licences"]] == ["6"]
    assert lifted["lift_reason"] == "Hours were studied."
    assert client.get("/api/v1/credits/flags/").json()["results"] == []
    assert len(client.get("/api/v1/credits/flags/?all=1").json()["results"]) == 1


def test_what_was_suspended_before_holds_were_kept_is_held_from_the_upgrade_on(officer):
    licence = florida()
    disputed, looked_into, ended = earned(licence), earned(licence), earned(licence)
    CompletionFlag.objects.create(dossier=disputed.dossier, suspends=True, reason="Dispute du_1")
    services.flag_completion(key=looked_into.dossier.key, reason="Refunded.", suspends=False)
    for award in (looked_into, ended):
        suspend_certificate(certificate=award.certificate, actor=officer, reason=WHY)
    AwardEntry.objects.create(award=ended, kind=AwardEntry.Kind.REVOKED, data={"reason_class": "duplicate"})
    loader = MigrationLoader(connection)
    migration = loader.get_migration("credits", "0030_suspensions_are_entries")
    apps = loader.project_state(("credits", "0029_held_awards")).apps

    migration.operations[0].code(apps, None)

    entries = AwardEntry.objects.filter(kind=AwardEntry.Kind.SUSPENDED)
    assert [(entry.award, entry.reason, entry.data) for entry in entries.order_by("pk")] == [
        (disputed, "Dispute du_1", {"because": "payment_disputed"}),
        (looked_into, "", {"because": "under_review"}),
    ]
