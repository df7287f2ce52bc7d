"""Reminders: on their days, once, only of what is missing and verified, and stopped with one click."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from core import clock, jobs
from core.models import AuditEntry, Job
from credits import services
from credits.batch import snapshots
from credits.models import AwardEntry, FactVerification, Licence, ReminderSettings
from credits.reminders import services as reminders
from credits.reminders.due import Due, days_due, due_on
from credits.reminders.tokens import stop_token
from credits.revisions import in_force
from credits.rulebook import known
from notifications.models import MailMessage
from notifications.services import deliver
from tests.credits.test_standings import award_for
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import BoardFactory, HeldCredentialFactory, LicenceFactory, LicenceRenewalFactory

pytestmark = pytest.mark.django_db
TODAY, DEADLINE = date(2026, 11, 23), date(2027, 8, 31)
PAGE = reverse("credits:reminder_list")


@pytest.fixture
def on(monkeypatch):
    """The morning of a day at the school, with that day's snapshots."""

    def set_day(day, hour=15):
        monkeypatch.setattr(timezone, "now", lambda: datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
        snapshots.begin_day()
        run("credits.refresh_slice", "credits.refresh_person")

    return set_day


@pytest.fixture
def verified(monkeypatch):
    """Somebody at the school verified Florida's calendar and its usual renewal."""
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")
    for fact in known()["us_fl_massage"].facts:
        if fact.kind in ("calendar", "rules"):
            FactVerification.objects.create(
                board=board, kind=fact.kind, name=fact.name, digest=fact.digest, verified_by_name="Ines", verified_on=date(2026, 11, 1), source_seen="The rule"
            )
    in_force.forget()
    return board


def florida(**values):
    return LicenceFactory(board=BoardFactory(code="us_fl_massage"), **({"issued_on": date(2022, 3, 1), "number": "MA12345"} | values))


def run(*kinds):
    while row := Job.objects.filter(kind__in=kinds, state=Job.State.QUEUED).first():
        assert jobs.run(row.pk), Job.objects.get(pk=row.pk).error


def send(day):
    reminders.queue_reminders(day=day)
    run("credits.send_reminder")
    return list(MailMessage.objects.order_by("pk").values_list("subject", flat=True))


def before(days):
    return DEADLINE - timedelta(days=days)


@pytest.mark.parametrize(
    ("left", "chosen", "due"),
    [
        (91, [90, 30], None),
        (90, [90, 30], 90),
        (87, [90, 30], 90),
        (86, [90, 30], None),
        (30, [90, 30], 30),
        (5, [7, 1], 7),
        (3, [7, 1], None),
        (1, [7, 1], 1),
        (0, [7, 1], 1),
        (-1, [7, 1], None),
        (60, [], None),
    ],
)
def test_which_of_the_chosen_days_is_due(left, chosen, due):
    assert days_due(DEADLINE, before(left), chosen) == due


def test_a_reminder_says_what_is_missing_and_how_to_stop_it(verified, on):
    licence = florida(user__display_name="Zoë")
    award_for(licence, units="3", day=date(2026, 5, 9), category_split=[{"category": "ethics", "units": "2"}])
    on(before(30))

    subjects = send(before(30))

    assert subjects == ["30 days left for Florida Board of Massage Therapy"]
    message = MailMessage.objects.get()
    assert message.key == f"reminder:cycle:{licence.pk}:2027-08-31:30"
    assert "Hello Zoë," in message.body_text
    assert "21 more hours by August 31, 2027" in message.body_text
    assert "That is 30 days from today." in message.body_text
    assert reverse("credits:licence_standing", args=[licence.pk]) in message.body_text
    assert message.stop_address in message.body_text
    deliver(message=message)
    assert mail.outbox[0].extra_headers["List-Unsubscribe"] == f"<{message.stop_address}>"
    assert mail.outbox[0].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_reminder_names_what_is_held(verified, on):
    licence = florida()
    award = award_for(licence, day=date(2026, 5, 9))
    AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.SUSPENDED, data={"because": "payment_disputed"})
    on(before(30))

    send(before(30))

    text = MailMessage.objects.get().body_text
    assert "24 more hours by August 31, 2027" in text
    assert "a bank questions the payment. It does not count meanwhile; it would count 5 hours. Nothing is lost:" in text


def test_it_is_sent_once_however_often_the_day_is_run(verified, on):
    florida()
    on(before(30))

    for _ in range(3):
        send(before(30))
    on(before(29))
    send(before(29))
    Job.objects.filter(kind="credits.send_reminder").delete()
    send(before(29))

    assert MailMessage.objects.count() == 1


def test_each_chosen_day_has_its_own(verified, on):
    licence = florida()
    reminders.choose_days(user=licence.user, days=[7, 1])

    for left in (30, 14, 7, 2, 1):
        on(before(left))
        send(before(left))

    keys = list(MailMessage.objects.order_by("pk").values_list("key", flat=True))
    assert keys == [f"reminder:cycle:{licence.pk}:2027-08-31:7", f"reminder:cycle:{licence.pk}:2027-08-31:1"]


def test_nothing_is_sent_to_a_person_who_is_done_or_was_done_since_the_morning(verified, on):
    licence = florida()
    on(before(30))
    (due,) = due_on(before(30))
    services.override_cycle(
        officer=_officer(), licence=licence, cycle_end=DEADLINE, window_close=DEADLINE + timedelta(days=90), reason="An extension of the board"
    )

    assert reminders.send_reminder(due=due) is None  # its deadline has moved
    assert not MailMessage.objects.exists()


def _officer():
    return user_with_role("ce_officer")


def test_what_nobody_verified_is_left_out_and_the_page_says_so(on, client):
    licence = florida()
    on(before(30))

    assert send(before(30)) == []
    client.force_login(licence.user)
    page = client.get(PAGE).content.decode()
    assert "Nobody at the school has checked these rules" in page


def test_a_deadline_is_only_as_sure_as_its_calendar(verified, on):
    FactVerification.objects.filter(name="calendar").update(withdrawn_at=clock.now(), withdraw_reason="Misread.")
    in_force.forget()
    florida()
    on(before(30))

    assert send(before(30)) == []


@pytest.mark.parametrize("how", ["wholly", "licence", "archived", "inactive", "days"])
def test_who_does_not_want_it_gets_nothing_even_if_it_was_queued(verified, on, how):
    licence = florida()
    on(before(30))
    (due,) = due_on(before(30))
    match how:
        case "wholly":
            reminders.set_reminders(user=licence.user, is_on=False)
        case "licence":
            reminders.set_licence_reminders(licence=licence, is_on=False)
        case "archived":
            services.archive_licence(licence=licence, actor=licence.user)
        case "inactive":
            licence.user.is_active = False
            licence.user.save()
        case "days":
            reminders.choose_days(user=licence.user, days=[7])

    assert reminders.send_reminder(due=due) is None
    assert send(before(30)) == []


def test_a_licence_that_ends_is_reminded_of_unless_it_was_renewed(on):
    ending = before(0)
    licence = LicenceFactory(board=BoardFactory(code="us_ct_massage", name="Connecticut"), number="1", expires_on=ending)
    renewed = LicenceFactory(board=BoardFactory(code="us_ct_massage"), number="2", expires_on=ending)
    LicenceRenewalFactory(licence=renewed, cycle_end=ending, renewed_on=before(40))
    on(before(14))

    assert send(before(14)) == ["Your licence with Connecticut ends in 14 days"]
    assert MailMessage.objects.get().recipient == licence.user


def test_a_card_that_ends_is_reminded_of_unless_a_later_one_is_on_file(on):
    held = HeldCredentialFactory(expires_on=DEADLINE)
    other = HeldCredentialFactory(expires_on=DEADLINE)
    HeldCredentialFactory(user=other.user, expires_on=DEADLINE + timedelta(days=700))
    on(before(1))

    (subject,) = send(before(1))

    assert subject.endswith("ends in 1 day")
    assert MailMessage.objects.get().recipient == held.user


def test_reminders_wait_for_the_morning_and_are_queued_once_a_day(on):
    on(before(30), hour=9)  # before seven at the school
    reminders.begin_reminders()
    assert not Job.objects.filter(kind="credits.queue_reminders").exists()

    on(before(30), hour=15)
    reminders.begin_reminders()
    reminders.begin_reminders()
    assert Job.objects.filter(kind="credits.queue_reminders").count() == 1


def test_finding_what_is_due_costs_four_queries(verified, on, django_assert_num_queries):
    for _ in range(3):
        HeldCredentialFactory(user=florida(expires_on=DEADLINE).user, expires_on=DEADLINE)
        on(before(30))
        with django_assert_num_queries(4):
            list(due_on(before(30)))


def test_the_page_says_when_the_next_mail_comes(verified, on, client):
    licence = florida(expires_on=date(2027, 2, 1))
    HeldCredentialFactory(user=licence.user, expires_on=date(2027, 3, 31))
    on(date(2026, 11, 23))
    client.force_login(licence.user)

    page = client.get(PAGE).content.decode()

    assert page.count("<h1>") == 1
    for words in (
        "August 31, 2027",
        "Next mail on June 2, 2027",
        "Next mail on December 3, 2026",
        "Next mail on December 31, 2026",
        "No reminder was sent yet",
    ):
        assert words in page


def test_the_page_costs_the_same_for_one_licence_and_for_three(on, client, django_assert_num_queries):
    person = UserFactory()
    client.force_login(person)
    for number in range(3):
        florida(user=person, number=str(number))
        on(date(2026, 11, 23))
        with django_assert_num_queries(7):
            client.get(PAGE)


def test_days_are_chosen_on_the_page_and_none_is_refused(client):
    person = UserFactory()
    client.force_login(person)

    assert client.post(PAGE, {"days": ["30", "1"]}).status_code == 302
    assert ReminderSettings.objects.get().days == [30, 1]
    for bad in ({}, {"days": ["5"]}, {"days": ["x"]}):
        assert client.post(PAGE, bad).status_code == 422
    assert ReminderSettings.objects.get().days == [30, 1]


def test_all_and_one_are_stopped_and_started_on_the_page(client):
    licence = florida()
    client.force_login(licence.user)
    switch, one = reverse("credits:reminder_switch"), reverse("credits:reminder_licence", args=[licence.pk])

    client.post(switch)
    client.post(one)
    assert (ReminderSettings.objects.get().is_on, Licence.objects.get().has_reminders) == (False, False)
    assert "All reminders are stopped." in client.get(PAGE).content.decode()

    client.post(switch, {"is_on": "1"})
    client.post(one, {"is_on": "1"})
    assert (ReminderSettings.objects.get().is_on, Licence.objects.get().has_reminders) == (True, True)
    assert AuditEntry.objects.filter(action__startswith="credits.set_").count() == 4


@pytest.mark.parametrize("about", ["licence", "all"])
def test_a_link_in_the_mail_stops_without_signing_in_and_can_be_taken_back(client, about):
    licence = florida()
    address = reverse("credits:reminder_stop", args=[stop_token(user=licence.user, licence=licence if about == "licence" else None)])

    def stopped():
        return not Licence.objects.get().has_reminders or ReminderSettings.objects.filter(stopped_at__isnull=False).exists()

    looked = client.get(address)
    assert (looked.status_code, stopped()) == (200, False)  # a program that follows links stops nothing
    assert looked["X-Robots-Tag"].startswith("noindex")

    assert "Stopped" in client.post(address, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert stopped()
    assert "We remind you again" in client.post(address, {"again": "1"}).content.decode()
    assert not stopped()


@pytest.mark.parametrize("token", ["nonsense", "WzEsMF0:1abc:xyz"])
def test_a_link_that_is_not_ours_stops_nothing_and_says_what_to_do(client, token):
    answer = client.post(reverse("credits:reminder_stop", args=[token]))

    assert answer.status_code == 404
    assert "Your reminders can be stopped on their own page" in answer.content.decode()
    assert not ReminderSettings.objects.exists()


def test_a_link_about_a_licence_that_is_gone_stops_nothing(client):
    licence = florida()
    address = reverse("credits:reminder_stop", args=[stop_token(user=licence.user, licence=licence)])
    licence.delete()

    assert client.post(address).status_code == 404


def test_the_api_says_and_does_the_same(verified, on, client):
    licence = florida()
    on(date(2026, 11, 23))
    client.force_login(licence.user)
    as_json = {"content_type": "application/json"}

    told = client.get(reverse("credits_api:reminders")).json()
    assert (told["is_on"], told["days"]) == (True, [90, 60, 30, 14, 7, 1])
    assert told["licences"][0]["coming"] == [
        {"kind": "cycle", "what": "The renewal cycle closes", "deadline": "2027-08-31", "next_on": "2027-06-02", "code": "", "why": ""}
    ]
    assert client.post(reverse("credits_api:reminders-days"), {"days": [7]}, **as_json).json()["days"] == [7]
    assert client.post(reverse("credits_api:reminders-days"), {"days": [5]}, **as_json).status_code == 400
    assert client.post(reverse("credits_api:reminders-days"), {"days": []}, **as_json).status_code == 400
    assert client.post(reverse("credits_api:licence-reminders", args=[licence.pk]), {"is_on": False}, **as_json).json()["licences"][0]["is_on"] is False
    assert client.post(reverse("credits_api:reminders-all"), {"is_on": False}, **as_json).json()["is_on"] is False


def test_a_due_survives_being_queued():
    due = Due("cycle", 7, DEADLINE, 30)
    assert due.args == {"kind": "cycle", "subject": 7, "deadline": "2027-08-31", "days": 30}


def test_the_licence_s_page_promises_no_mail_that_will_not_come(verified, on, client):
    licence = florida()
    address = reverse("credits:licence_detail", args=[licence.pk])
    client.force_login(licence.user)

    promised = client.get(address).content.decode()
    reminders.set_reminders(user=licence.user, is_on=False)
    stopped = client.get(address).content.decode()

    assert "We write to you before its deadlines" in promised
    assert "You stopped all reminders" in stopped
    assert "We write to you before its deadlines" not in stopped
