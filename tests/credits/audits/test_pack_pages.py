"""The desk's pages of packs and the API beside them."""

import io
import zipfile
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from core import jobs
from core.models import AuditEntry, Job
from credits.models import AuditPack
from tests.factories.accounts import user_with_role
from tests.factories.audits import completion, licensed, ready_pack
from tests.factories.credits import AccreditationFactory, ActivityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT, settings.WORK_DIR = tmp_path / "media", tmp_path / "work"


@pytest.fixture
def officer(client):
    officer = user_with_role(Role.CE_OFFICER)
    client.force_login(officer)
    return officer


@pytest.fixture
def activity():
    activity = ActivityFactory(title="SMRT for the knee")
    AccreditationFactory(activity=activity)
    return activity


def test_an_officer_asks_watches_and_downloads(client, officer, activity):
    learner = licensed(activity)
    completion(learner=learner, activity=activity, certified=False)
    ask = {"learner": learner.email, "board": "", "activity": activity.pk, "first_day": "2026-01-01", "last_day": "", "purpose": "Letter 1"}

    prefilled = client.get(reverse("credits_desk:audit_pack_add"), {"learner": learner.email}).content.decode()
    asked = client.post(reverse("credits_desk:audit_pack_add"), ask)
    pack = AuditPack.objects.get()
    waiting = client.get(asked["Location"]).content.decode()
    jobs.run(Job.objects.get(kind="credits.make_audit_pack").pk)
    over = client.get(asked["Location"], headers={"HX-Request": "true"})
    file = client.post(reverse("credits_desk:audit_pack_download", args=[pack.pk]))
    content = b"".join(file)
    page = client.get(asked["Location"]).content.decode()

    assert f'value="{learner.email}"' in prefilled
    assert asked["Location"] == reverse("credits_desk:audit_pack_detail", args=[pack.pk])
    assert 'hx-trigger="every 3s"' in waiting
    assert over["HX-Refresh"] == "true"
    assert (file["Content-Type"], len(content)) == ("application/zip", int(file["Content-Length"]))
    assert file["Content-Disposition"].startswith(f'attachment; filename="audit-pack-{pack.pk}-')
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert f"Download audit pack, {officer}" in page
    assert (pack.learner, pack.first_day) == (learner, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"learner": "nobody@example.org"}, "Nobody is signed up with this address"),
        ({"activity": "999999"}, "Select a valid choice"),
        ({"first_day": "2026-02-01", "last_day": "2026-01-01"}, "The period ends before it begins"),
        ({"first_day": "0202-02-01"}, "error"),
        ({"purpose": ""}, "This field is required"),
        ({"activity": ""}, "Say what the pack is about"),
        ({"first_day": "2031-01-01"}, "No completion lies within that"),
    ],
)
def test_bad_input_says_what_to_do_and_makes_nothing(client, officer, activity, change, says):
    completion(activity=activity, certified=False)
    ask = {"learner": "", "board": "", "activity": activity.pk, "first_day": "", "last_day": "", "purpose": "Letter 1"}

    answer = client.post(reverse("credits_desk:audit_pack_add"), ask | change)

    assert (answer.status_code, AuditPack.objects.count()) == (422, 0)
    assert says in answer.content.decode()


def test_staff_see_packs_and_do_not_download_them(client, activity):
    completion(activity=activity, certified=False)
    pack = ready_pack(activity=activity)
    client.force_login(user_with_role(Role.STAFF))

    page = client.get(reverse("credits_desk:audit_pack_detail", args=[pack.pk])).content.decode()
    answer = client.post(reverse("credits_desk:audit_pack_download", args=[pack.pk]))

    assert "CE officers download it." in page
    assert answer.status_code == 403
    assert not AuditEntry.objects.filter(action="credits.download_audit_pack").exists()


def test_a_removed_pack_sends_back_to_its_page_and_can_be_made_again(client, officer, activity):
    completion(activity=activity, certified=False)
    pack = ready_pack(activity=activity, officer=officer)

    client.post(reverse("credits_desk:audit_pack_remove", args=[pack.pk]))
    download = client.post(reverse("credits_desk:audit_pack_download", args=[pack.pk]), follow=True).content.decode()
    client.post(reverse("credits_desk:audit_pack_again", args=[pack.pk]))

    assert "This pack has no file now. Have it made again" in download
    pack.refresh_from_db()
    assert pack.state == "waiting"


def test_the_empty_list_says_what_packs_are_for(client, officer):
    assert "No pack has been made yet" in client.get(reverse("credits_desk:audit_pack_list")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_however_long(client, officer, activity, count, django_assert_num_queries):
    for _number in range(count):
        learner = licensed(activity)
        completion(learner=learner, activity=activity, certified=False)
        ready_pack(learner=learner, officer=officer)
    client.get(reverse("credits_desk:audit_pack_list"))

    with django_assert_num_queries(6):
        client.get(reverse("credits_desk:audit_pack_list"))


def test_the_api_does_what_the_pages_do(client, officer, activity):
    dossier = completion(activity=activity, certified=False)
    ask = {"learner": dossier.user.email, "purpose": "Letter 1"}

    refused = client.post(reverse("credits_api:audit-pack-request"), {"purpose": "Letter 1"}, content_type="application/json")
    asked = client.post(reverse("credits_api:audit-pack-request"), ask, content_type="application/json")
    early = client.post(reverse("credits_api:audit-pack-file", args=[asked.json()["id"]]))
    jobs.run(Job.objects.get(kind="credits.make_audit_pack").pk)
    found = client.get(reverse("credits_api:audit-pack-detail", args=[asked.json()["id"]])).json()
    file = client.post(reverse("credits_api:audit-pack-file", args=[found["id"]]))
    listed = client.get(reverse("credits_api:audit-pack-list")).json()
    removed = client.post(reverse("credits_api:audit-pack-remove", args=[found["id"]])).json()
    again = client.post(reverse("credits_api:audit-pack-again", args=[found["id"]])).json()

    assert (refused.status_code, refused.json()["code"]) == (409, "audit_pack_mistake")
    assert (asked.status_code, asked.json()["state"], asked.json()["learner"]) == (201, "waiting", dossier.user.email)
    assert (early.status_code, early.json()["code"]) == (409, "audit_pack_not_ready")
    assert (found["state"], found["is_ready"], found["progress"], found["completion_count"]) == ("ready", True, 100, 1)
    assert len(b"".join(file)) == found["size_bytes"]
    assert [row["id"] for row in (listed["results"] if isinstance(listed, dict) else listed)] == [found["id"]]
    assert (removed["state"], again["state"]) == ("removed", "waiting")
