"""Many awards at once: tried, confirmed, done; each by itself."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry, Job
from credits import services
from credits.bulk import services as bulk
from credits.bulk import tasks
from credits.bulk.services import NothingChosen, NotToConfirm
from credits.models import Award, AwardEntry, BulkChange, ClosedCycle, OfficerTask
from credits.services import closed_cycles
from credits.services.gates import NotAnOfficer, ReasonNeeded
from notifications.models import MailMessage
from tests.credits.test_closed_cycles import TODAY, award_for, florida
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory

pytestmark = pytest.mark.django_db

REVOKE = {"kind": "revoke", "reason_class": "issued_in_error", "reason": "The wrong roster was sent."}
ADD = reverse("credits_desk:bulk_add")


class FakeJob:
    """What a job function asks of its job; dies after `after` reports."""

    def __init__(self, after=None):
        self.after, self.reports = after, []

    def report(self, progress, stage=""):
        self.reports.append(progress)
        if self.after is not None and len(self.reports) >= self.after:
            raise KeyboardInterrupt


@pytest.fixture
def officer(client):
    person = user_with_role(Role.CE_OFFICER)
    client.force_login(person)
    return person


def begun(officer, awards, **values):
    return bulk.begin_bulk_change(officer=officer, awards=[award.pk for award in awards], **(REVOKE | values))


def tried(officer, awards, **values):
    change = begun(officer, awards, **values)
    bulk.try_bulk_change(job=FakeJob(), change=change)
    change.refresh_from_db()
    return change


def done(officer, change):
    bulk.confirm_bulk_change(officer=officer, change=change)
    change.refresh_from_db()
    bulk.do_bulk_change(job=FakeJob(), change=change)
    change.refresh_from_db()
    return change


def fates(change):
    return [line.fate for line in change.lines.all()]


def test_trying_changes_nothing(officer):
    awards = AwardFactory.create_batch(2)
    before = (AwardEntry.objects.count(), MailMessage.objects.count(), AuditEntry.objects.count())

    change = tried(officer, awards)

    assert (change.state, fates(change)) == ("ready", ["will", "will"])
    assert (AwardEntry.objects.count(), MailMessage.objects.count(), AuditEntry.objects.count()) == before
    assert Award.objects.current().count() == 2
    assert not Job.objects.exclude(kind="credits.try_bulk_change").exists()


def test_confirming_does_what_the_preview_said(officer):
    awards = [*AwardFactory.create_batch(2), AwardFactory()]
    services.revoke_award(officer=officer, award=awards[2], reason_class="duplicate", reason="Twice")

    change = tried(officer, awards)
    assert fates(change) == ["will", "will", "refused"]
    assert change.lines.last().sentence == "This award was revoked already."
    done(officer, change)

    assert (change.state, fates(change)) == ("done", ["done", "done", "refused"])
    assert [Award.objects.with_status().get(pk=award.pk).status for award in awards] == ["revoked"] * 3
    assert MailMessage.objects.filter(template="credits/mail/award_revoked").count() == 3
    assert AwardEntry.objects.filter(kind="revoked", reason=REVOKE["reason"], actor=officer).count() == 2
    assert AuditEntry.objects.filter(action="credits.confirm_bulk_change", actor=officer).count() == 1


def test_correcting_many_writes_new_versions_where_the_approval_allows(officer):
    row = AccreditationFactory(valid_from=date(2026, 1, 1), activity__kind="workshop")
    inside = AwardFactory(accreditation=row, dossier__activity=row.activity)
    other = AwardFactory(dossier__activity__kind="workshop", accreditation__valid_from=date(2026, 6, 1))

    change = tried(officer, [inside, other], kind="correct", completed_on=date(2026, 5, 3), reason_class="")
    assert [(line.fate, line.sentence) for line in change.lines.all()] == [("will", ""), ("refused", "The approval does not cover 2026-05-03.")]
    done(officer, change)

    line = change.lines.first()
    assert (line.successor.supersedes, line.successor.completed_on) == (inside, date(2026, 5, 3))
    assert Award.objects.filter(supersedes=other).count() == 0


def test_the_preview_names_closed_cycles_and_raises_nothing(officer, monkeypatch):
    monkeypatch.setattr(closed_cycles, "school_today", lambda: TODAY)
    award = award_for(florida(), day=date(2025, 5, 9))

    change = tried(officer, [award])

    assert change.lines.get().closed == ["Board of Massage Therapy, cycle that ended on 31 August 2025: 5 → 0 hours"]
    assert not ClosedCycle.objects.exists()
    assert not OfficerTask.objects.exists()
    done(officer, change)
    assert ClosedCycle.objects.get().award == award


def test_a_killed_run_goes_on_where_it_stopped_and_does_nothing_twice(officer):
    awards = AwardFactory.create_batch(3)
    change = begun(officer, awards)
    with pytest.raises(KeyboardInterrupt):
        bulk.try_bulk_change(job=FakeJob(after=1), change=change)
    assert fates(change) == ["will", "", ""]
    bulk.try_bulk_change(job=FakeJob(), change=change)
    bulk.confirm_bulk_change(officer=officer, change=change)
    change.refresh_from_db()

    with pytest.raises(KeyboardInterrupt):
        bulk.do_bulk_change(job=FakeJob(after=2), change=change)
    assert fates(change) == ["done", "done", "will"]
    for _ in range(2):
        tasks.do_bulk_change(FakeJob(), change=change.pk)

    change.refresh_from_db()
    assert (change.state, fates(change)) == ("done", ["done"] * 3)
    assert AwardEntry.objects.filter(kind="revoked").count() == MailMessage.objects.count() == 3


def test_what_changed_since_the_preview_is_said(officer):
    award, other = AwardFactory.create_batch(2)
    change = tried(officer, [award, other])
    services.correct_award(officer=officer, award=award, reason="Misspelt", changes={"legal_name": "Zoë Brown"})

    done(officer, change)

    line = change.lines.get(award=award)
    assert (line.fate, line.sentence) == ("refused", "This award was corrected already. Open its latest version instead.")
    assert change.lines.get(award=other).fate == "done"


def test_nothing_is_confirmed_before_it_was_tried_nor_after_it_was_discarded(officer):
    change = begun(officer, [AwardFactory()])
    with pytest.raises(NotToConfirm):
        bulk.confirm_bulk_change(officer=officer, change=change)
    bulk.try_bulk_change(job=FakeJob(), change=change)
    bulk.discard_bulk_change(officer=officer, change=change)
    with pytest.raises(NotToConfirm):
        bulk.confirm_bulk_change(officer=officer, change=change)

    ended = AwardFactory()
    services.revoke_award(officer=officer, award=ended, reason_class="duplicate", reason="Twice")
    with pytest.raises(NotToConfirm):
        bulk.confirm_bulk_change(officer=officer, change=tried(officer, [ended]))
    confirmed = tried(officer, [AwardFactory()])
    bulk.confirm_bulk_change(officer=officer, change=confirmed)
    with pytest.raises(NotToConfirm):
        bulk.discard_bulk_change(officer=officer, change=confirmed)
    assert Job.objects.filter(kind="credits.do_bulk_change").count() == 1


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"awards": []}, NothingChosen),
        ({"reason": " "}, ReasonNeeded),
        ({"reason_class": ""}, NothingChosen),
        ({"kind": "correct", "reason_class": ""}, NothingChosen),
        ({"awards": range(bulk.MOST_AWARDS + 1)}, NothingChosen),
    ],
)
def test_what_can_not_be_begun(officer, values, refusal):
    wanted = {"officer": officer, "awards": [AwardFactory().pk], **REVOKE} | values

    with pytest.raises(refusal):
        bulk.begin_bulk_change(**wanted)

    assert not BulkChange.objects.exists()


def test_staff_begin_nothing():
    with pytest.raises(NotAnOfficer):
        begun(user_with_role(Role.STAFF), [AwardFactory()])


def test_the_page_narrows_ticks_previews_and_confirms(client, officer):
    board = BoardFactory(name="Board of Florida", code="fl")
    wanted, left = AwardFactory(accreditation__board=board), AwardFactory()

    page = client.get(f"{ADD}?board=fl").content.decode()
    assert "1 award stands under this filter." in page
    refused = client.post(f"{ADD}?board=fl", {"scope": "ticked", **REVOKE})
    too_wide = client.post(ADD, {"scope": "all", **REVOKE})
    answer = client.post(f"{ADD}?board=fl", {"scope": "ticked", "award": [wanted.pk, left.pk], **REVOKE})
    change = BulkChange.objects.get()
    trying = client.get(answer.url).content.decode()
    bulk.try_bulk_change(job=FakeJob(), change=change)
    preview = client.get(answer.url).content.decode()
    unsure = client.post(reverse("credits_desk:bulk_confirm", args=[change.pk]))
    confirmed = client.post(reverse("credits_desk:bulk_confirm", args=[change.pk]), {"is_sure": "on"}, follow=True)
    change.refresh_from_db()
    bulk.do_bulk_change(job=FakeJob(), change=change)
    after = client.get(answer.url).content.decode()

    assert "Choose at least one award." in refused.content.decode()
    assert "Narrow the filter first" in too_wide.content.decode()
    assert "Trying each award" in trying
    assert "<strong>1 award</strong> will be changed" in preview
    assert unsure.status_code == 422
    assert "It is being done." in confirmed.content.decode()
    assert "<strong>1 award</strong> was changed" in after
    assert Award.objects.current().get() == left


def test_all_of_a_filter_are_taken_and_an_approval_is_offered_for_one_activity(client, officer):
    row = AccreditationFactory(activity__kind="workshop")
    newer = AccreditationFactory(activity=row.activity, board=row.board, approval_number="B-2", mode="in_person_lecture")
    AwardFactory.create_batch(2, accreditation=row, dossier__activity=row.activity)
    address = f"{ADD}?activity={row.activity.pk}"

    page = client.get(address).content.decode()
    client.post(address, {"scope": "all", "kind": "correct", "accreditation": newer.pk, "reason": "The newer one was in force."})
    unknown = client.post(ADD, {"scope": "all", "kind": "correct", "accreditation": newer.pk, "reason": "Newer."})

    assert "B-2" in page
    assert (BulkChange.objects.get().accreditation, BulkChange.objects.get().lines.count()) == (newer, 2)
    assert unknown.status_code == 422


def test_a_waiting_pages_fragment_is_the_same_piece(client, officer):
    change = begun(officer, [AwardFactory()])

    fragment = client.get(change.get_absolute_url(), HTTP_HX_REQUEST="true").content.decode()

    assert fragment.startswith('<div id="bulk"')
    assert "<h1" not in fragment


@pytest.mark.parametrize("query", ["first=never&last=2026-99-01", "activity=x", "activity=99999999999999", "q=\x00zeppelin", "board=none"])
def test_bad_filters_are_harmless(client, officer, query):
    AwardFactory()

    assert client.get(f"{ADD}?{query}").status_code == 200


def test_the_api_begins_shows_confirms_and_discards(client, officer):
    award = AwardFactory()

    def send(name, data=None, **kwargs):
        return client.post(reverse(f"credits_api:{name}", **kwargs), data or {}, content_type="application/json")

    made = send("bulk-begin", {"awards": [award.pk], **REVOKE})
    change = BulkChange.objects.get()
    early = send("bulk-confirm", args=[change.pk])
    bulk.try_bulk_change(job=FakeJob(), change=change)
    row = client.get(reverse("credits_api:bulk-detail", args=[change.pk])).json()
    confirmed = send("bulk-confirm", args=[change.pk]).json()
    late = send("bulk-discard", args=[change.pk])

    assert (made.status_code, early.status_code, early.json()["code"]) == (201, 409, "not_to_confirm")
    assert row["lines"] == [{"award": award.pk, "fate": "will", "sentence": "", "closed": [], "successor": None}]
    assert (row["counts"]["will"], confirmed["state"], late.status_code) == (1, "running", 409)
    assert send("bulk-begin", {"awards": [], **REVOKE}).status_code == 409
    assert send("bulk-begin", {"awards": ["x"], **REVOKE}).status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_a_constant_number_of_queries(client, officer, django_assert_num_queries, count):
    change = tried(officer, AwardFactory.create_batch(count))
    for address, queries in ((ADD, 8), (reverse("credits_desk:bulk_list"), 5), (change.get_absolute_url(), 7)):
        client.get(address)
        with django_assert_num_queries(queries):
            client.get(address)
