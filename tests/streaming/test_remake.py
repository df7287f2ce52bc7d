"""Films made anew: one after another, after new uploads, once, until done or stopped."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core import jobs
from core.models import AuditEntry, Job
from streaming.models import Remake, RemakeItem, Transcode, VideoAsset
from streaming.pipeline.plan import plan_for
from streaming.selectors.remake import estimate
from streaming.services import create_asset_from_file
from streaming.services.originals import cool_originals
from streaming.services.remake import NothingToRemake, advance, begin_remake, stop_remake
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import ReadyAssetFactory
from tests.streaming.making import make

pytestmark = pytest.mark.django_db


def film(**values) -> VideoAsset:
    """A finished film whose plan is another ladder's."""
    return ReadyAssetFactory(original_key="originals/x", **values)


def states(remake) -> list[str]:
    return list(remake.items.order_by("pk").values_list("state", flat=True))


def finish(asset) -> None:
    """What the workers do when the new release is whole."""
    Transcode.objects.filter(asset=asset, finished_at__isnull=True).update(
        state="done", started_at=timezone.now() - timedelta(minutes=5), finished_at=timezone.now()
    )
    VideoAsset.objects.filter(pk=asset.pk).update(state="ready")


def test_films_are_made_two_at_a_time_until_all_are_done():
    staff, films = UserFactory(), [film(), film(), film()]
    remake = begin_remake(by=staff)
    assert begin_remake(by=UserFactory()) == remake

    for _again in range(3):  # a repeat begins no third
        advance(remake=remake.pk)
    assert states(remake) == ["started", "started", "waiting"]
    assert Transcode.objects.count() == 2
    finish(films[0])
    assert advance(remake=remake.pk).words == "1 of 3 films made anew"
    finish(films[1])
    finish(films[2])

    assert advance(remake=remake.pk).is_over

    remake.refresh_from_db()
    assert (remake.state, states(remake), Transcode.objects.count()) == ("done", ["done"] * 3, 3)
    assert [entry.actor for entry in AuditEntry.objects.filter(action="streaming.retranscode")] == [staff] * 3


def test_a_real_film_is_outdated_by_a_new_ladder_and_made_anew_from_its_cold_original(clip, settings, tmp_path, monkeypatch):
    settings.VIDEO_ORIGINALS, settings.VIDEO_COLD_ROOT = "cold", tmp_path / "cold"
    with clip("tiny.mp4").open("rb") as file:
        asset = make(create_asset_from_file(title="Hip", file=file, original_name="hip.mp4", uploaded_by=UserFactory()))
    VideoAsset.objects.update(ready_at=timezone.now() - timedelta(days=2))
    assert cool_originals() == 1
    with pytest.raises(NothingToRemake):
        begin_remake(by=None)
    monkeypatch.setattr("streaming.selectors.remake.plan_for", lambda probe: plan_for(probe, ladder={144: 300_000}))

    remake = begin_remake(by=None)
    advance(remake=remake.pk)
    make(asset)

    assert advance(remake=remake.pk).is_over
    assert states(remake) == ["done"]
    assert (asset.take, asset.state, asset.transcodes.count()) == (2, "ready", 2)


def test_new_uploads_go_first():
    film()
    fresh = Transcode.objects.create(asset=ReadyAssetFactory(state="queued", release=""), take=1, release="bbbbbbbbbbbb")
    remake = begin_remake(by=None)

    advance(remake=remake.pk)
    assert states(remake) == ["waiting"]
    Transcode.objects.filter(pk=fresh.pk).update(state="done", finished_at=timezone.now())
    advance(remake=remake.pk)

    assert states(remake) == ["started"]


def test_the_job_waits_between_looks_and_ends_with_the_remake():
    asset = film()
    job = Job.objects.get(key=begin_remake(by=None).job_key)

    assert jobs.run(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.attempts, job.stage) == ("queued", 0, "0 of 1 film made anew")
    finish(asset)
    Job.objects.filter(pk=job.pk).update(run_after="2000-01-01T00:00Z")

    assert jobs.run(job.pk) is True
    assert Remake.objects.get().state == "done"


def test_a_kill_between_two_films_neither_loses_nor_doubles_one(monkeypatch):
    film()
    remake = begin_remake(by=None)
    save, items = RemakeItem.save, []

    def die(item, **options):
        items.append(item)
        raise SystemExit

    monkeypatch.setattr(RemakeItem, "save", die)
    with pytest.raises(SystemExit):
        advance(remake=remake.pk)  # the transcode is queued, its name not yet written
    monkeypatch.setattr(RemakeItem, "save", save)
    assert (len(items), Transcode.objects.count()) == (1, 0)

    advance(remake=remake.pk)

    assert (states(remake), Transcode.objects.count(), VideoAsset.objects.get().take) == (["started"], 1, 2)


def test_a_stopped_remake_finishes_what_it_began():
    films, staff = [film() for _n in range(3)], UserFactory()
    remake = begin_remake(by=staff)
    advance(remake=remake.pk)

    stop_remake(remake=remake, by=staff)
    stop_remake(remake=remake, by=staff)

    assert (states(remake), advance(remake=remake.pk).is_over) == (["started", "left", "left"], False)
    finish(films[0])
    assert advance(remake=remake.pk).is_over
    assert states(remake) == ["done", "left", "left"]
    assert AuditEntry.objects.filter(action="streaming.stop_remake").count() == 1


def test_only_films_with_an_original_that_are_shown_to_new_viewers():
    ReadyAssetFactory()
    film(state="failed", error="Cut off.")
    film(replaced_by=ReadyAssetFactory(), replaced_at=timezone.now())

    with pytest.raises(NothingToRemake):
        begin_remake(by=None)

    assert not Remake.objects.exists()


def test_the_estimate_follows_the_pace_of_the_last_films():
    assets = [film(duration_ms=7_200_000), film(duration_ms=3_600_000)]

    assert estimate(assets).work_words == "3.0 hours"
    Transcode.objects.create(
        asset=assets[1], take=1, release="a" * 12, state="done", started_at=timezone.now() - timedelta(minutes=30), finished_at=timezone.now()
    )

    assert (estimate(assets).film_words, estimate(assets).work_words) == ("3.0 hours", "90 minutes")


def test_the_command_begins_one():
    first, _other = film(), film()
    said = StringIO()

    call_command("retranscode_videos", asset=[str(first.uuid)], stdout=said)

    assert said.getvalue().startswith("0 of 1 film made anew. It goes on in the background: http")
    assert RemakeItem.objects.get().asset == first
    with pytest.raises(CommandError, match="Not every identifier"):
        call_command("retranscode_videos", asset=["00000000-0000-0000-0000-000000000000"])


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number(client, django_assert_num_queries, count):
    client.force_login(user_with_role("staff"))
    for _n in range(count):
        film()
    page = client.get("/desk/video/remake/").content.decode()
    assert f"Make {count} film" in page

    client.post("/desk/video/remake/begin/")
    with django_assert_num_queries(7):
        page = client.get("/desk/video/remake/").content.decode()
    assert page.count("<td>Waiting") == count
    assert "every 5s" in page
    client.post("/desk/video/remake/stop/")

    assert Remake.objects.get().state == "stopped"
    assert "Left as it was" in client.get("/desk/video/remake/").content.decode()
