"""From an upload to a film that plays: cut into pieces, watched while it is made, whatever happens to the workers on the way."""

from contextlib import closing
from datetime import timedelta
from io import BytesIO

import av
import m3u8
import pytest
from django.conf import settings as django_settings

from core import clock, jobs
from core.models import AuditEntry, Job
from streaming import tasks
from streaming.delivery import signed_base
from streaming.models import Piece, Rendition, Transcode, VideoAsset
from streaming.selectors import asset_progress
from streaming.selectors import assets as progress
from streaming.selectors.assets import progress_of
from streaming.services import create_asset_from_file, delete_asset, making, retry_asset, save_caption, sources
from streaming.services.captions import choose_default
from streaming.services.editions import write_master
from streaming.services.transcode import GAVE_UP, heal, retranscode, start_transcode
from streaming.stores import store
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import ReadyAssetFactory
from tests.streaming.making import make, next_job, run_next, run_until

pytestmark = pytest.mark.django_db
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHold the knee.\n"


def uploaded(path) -> VideoAsset:
    with path.open("rb") as file:
        return create_asset_from_file(title="Hamstrings", file=file, original_name="IMG_1.MOV", uploaded_by=UserFactory())


@pytest.fixture
def tiny(clip) -> VideoAsset:
    """One rung, one segment, sound: two pieces."""
    return uploaded(clip("tiny.mp4"))


@pytest.fixture
def long(clip) -> VideoAsset:
    """Two rungs and three segments, with sound: the lead, the sound, two pieces."""
    return uploaded(clip("three-parts.mkv"))


def names(prefix: str = "video") -> list[str]:
    """What lies in the store under `prefix`, without the folders of asset and release."""
    return sorted(found.key.split("/", 3)[-1] for found in store().listing(prefix))


def playlist(asset: VideoAsset, path: str) -> m3u8.M3U8:
    key = f"{asset.prefix}/{path}"
    found = store().stat(key)
    with closing(store().read(key, 0, found.size if found else 0)) as file:
        return m3u8.loads(file.read().decode())


def test_an_upload_becomes_a_film_that_plays(client, video_store, clip):
    asset = uploaded(clip("tiny.mp4"))
    assert (asset.state, asset.size_bytes, len(asset.sha256)) == ("queued", clip("tiny.mp4").stat().st_size, 64)

    make(asset)

    assert (asset.state, asset.duration_ms, asset.width, asset.height, asset.has_audio, asset.poster) == ("ready", 1200, 320, 240, True, "posters/0.jpg")
    assert list(asset.renditions.values_list("name", "kind", "segments")) == [("audio", "audio", 1), ("240", "video", 1)]
    assert asset_progress(asset)["percent"] == 100
    base = signed_base(asset, grant_id=None)
    master = m3u8.loads(b"".join(client.get(base + "master.m3u8")).decode())
    for rendition in [*master.playlists, *master.media]:
        media = m3u8.loads(b"".join(client.get(base + rendition.uri)).decode())
        assert media.is_endlist
        folder = rendition.uri.rpartition("/")[0]
        data = b"".join(b"".join(client.get(f"{base}{folder}/{name}")) for name in ["init.mp4", *(segment.uri for segment in media.segments)])
        with av.open(BytesIO(data)) as container:
            assert sum(1 for _frame in container.decode(container.streams[0])) > 0


def test_a_film_plays_from_its_first_seconds_and_grows(long):
    run_next()
    assert (long.transcodes.get().state, next_job().queue, long.transcodes.get().pieces.count()) == ("working", "video-first", 4)

    seen = []
    while long.state != "ready":
        run_next()
        long.refresh_from_db()
        master = playlist(long, "master.m3u8")
        media = playlist(long, "240/index.m3u8")
        seen.append((long.state, long.edition, len(master.playlists), len(master.media), len(media.segments), media.playlist_type))

    assert seen == [
        ("processing", 1, 2, 0, 1, "event"),  # the lead
        ("processing", 2, 2, 1, 1, "event"),  # the sound
        ("processing", 3, 2, 1, 2, "event"),
        ("processing", 4, 2, 1, 3, "event"),
        ("ready", 5, 2, 1, 3, "vod"),
    ]
    assert (long.duration_ms, Transcode.objects.get().state) == (9000, "done")


@pytest.mark.parametrize(
    ("done", "text"),
    [(20, ""), (50, "10 hours"), (400, "45 minutes"), (970, "60 seconds")],  # thousandths of the work, after half an hour
)
def test_the_time_left_is_told_once_it_can_be_told(done, text):
    work = progress._Work(is_cut=True, began_at=clock.now() - timedelta(minutes=30), whole=1000, done=done, fresh=done)
    assert progress._left_text(progress._left_s(work)) == text


def test_what_the_player_asks_while_a_film_is_made(client, long):
    client.force_login(user_with_role("staff"))
    run_until(lambda: VideoAsset.objects.get().is_playable)

    page = client.get(f"/desk/video/{long.uuid}/").content.decode()
    answer = client.get(f"/desk/video/{long.uuid}/edition/").json()

    assert f"/desk/video/{long.uuid}/edition/" in page
    assert "It already plays below" in page
    assert (answer["edition"], answer["state"], answer["stage"]) == (1, "processing", "Processing")
    assert 2 < answer["percent"] < 97
    assert answer["left_text"]
    make(long)
    assert client.get(f"/desk/video/{long.uuid}/edition/").json() == {"edition": 5, "state": "ready", "percent": 100, "stage": "Ready", "left_text": ""}


def test_films_share_the_workers(long, clip, settings):
    settings.VIDEO_PIECES_AT_ONCE = 1
    run_next()
    other = uploaded(clip("three-parts.mkv"))

    order = []
    while row := next_job():
        owner = "first" if row.args["transcode"] == long.transcodes.get().pk else "second"
        order.append((owner, row.kind.rpartition(".")[2], row.args.get("number")))
        run_next()

    assert order[:4] == [("first", "make_piece", 0), ("second", "prepare_asset", None), ("second", "make_piece", 0), ("first", "make_piece", 1)]
    assert [owner for owner, _kind, _number in order[3:]] == ["first", "second"] * 4
    assert make(other).state == make(long).state == "ready"


class Killed(BaseException):
    """As good as kill -9 for what runs in this process."""


STEPS = [
    "bring_original",
    "cut_into_pieces",
    "bring_source",
    "encode_piece",
    "_keep",
    "_note_done",
    "publish",
    "make_stills",
    "publish_whole",
    "forget_sources",
]


def test_a_step_cut_short_is_healed_by_its_repeat(long, monkeypatch):
    """Each step of one film is cut short twice: as it begins, and when it has done its work but nobody knows."""
    due = {(step, when) for step in STEPS for when in ["before", "after"]}

    def mortal(step):
        real = getattr(making, step)

        def run(*args, **kwargs):
            if (step, "before") in due:
                due.remove((step, "before"))
                raise Killed
            result = real(*args, **kwargs)
            if (step, "after") in due:
                due.remove((step, "after"))
                raise Killed
            return result

        return run

    for step in STEPS:
        monkeypatch.setattr(making, step, mortal(step))
    while row := next_job():
        try:
            jobs.run(row.pk)
        except Killed:  # and its lease ran out
            assert Job.objects.filter(pk=row.pk, state=Job.State.RUNNING).update(state=Job.State.QUEUED, lease_until=None, attempts=0)

    long.refresh_from_db()
    assert (due, long.state, long.duration_ms, Rendition.objects.count()) == (set(), "ready", 9000, 3)
    segments = [f"{track}/seg_{number:05d}.m4s" for track in ["240", "300", "audio"] for number in range(3)]
    assert [name for name in names(long.prefix) if name.endswith(".m4s")] == segments
    assert all(playlist(long, f"{track}/index.m3u8").is_endlist for track in ["240", "300", "audio"])
    assert list((django_settings.WORK_DIR / "transcode").glob("*/")) == []
    assert not Job.objects.open().filter(kind__in=tasks.KINDS).exists()


def test_running_every_step_twice_is_as_good_as_once(long):
    while row := next_job():
        jobs.run(row.pk)
        Job.objects.filter(pk=row.pk, state=Job.State.DONE).update(state=Job.State.QUEUED, attempts=0)
        jobs.run(row.pk)

    long.refresh_from_db()
    assert (long.state, long.edition, Rendition.objects.count(), Transcode.objects.count(), Piece.objects.count()) == ("ready", 5, 3, 1, 4)


def test_a_worker_that_lost_its_job_marks_nothing(tiny, monkeypatch):
    run_next()
    monkeypatch.setattr(jobs.RunningJob, "report", lambda self, percent, stage="": (_ for _ in ()).throw(jobs.ClaimLost))

    run_next()

    tiny.refresh_from_db()
    assert (tiny.state, tiny.release, Piece.objects.filter(done_at__isnull=False).count()) == ("processing", "", 0)
    assert list((django_settings.WORK_DIR / "transcode").glob("*/")) == []


def test_a_worker_that_stood_still_does_not_write_over_what_another_made(tiny, monkeypatch):
    """Its bytes may differ, for instance by the number of its encoder's threads, and the playlists name those of the other."""
    run_next()
    piece = Piece.objects.get(number=0)
    real, written = type(store()).put_file, []

    def stopped(self, key, path, content_type):
        written.append(key)
        real(self, key, path, content_type)
        Job.objects.filter(kind="streaming.make_piece", args__number=0).update(claim_token=piece.transcode.asset.uuid)

    monkeypatch.setattr(type(store()), "put_file", stopped)
    run_next()

    piece.refresh_from_db()
    assert (len(written), piece.done_at) == (1, None)


class TestDropped:
    @pytest.fixture
    def during(self, monkeypatch):
        """`during(action)`: call `action` once, when the next piece has been encoded."""

        def plan(action):
            real = making._keep

            def keep(*args):
                monkeypatch.setattr(making, "_keep", real)
                action()
                real(*args)

            monkeypatch.setattr(making, "_keep", keep)

        return plan

    def test_deleting_while_a_piece_is_made_leaves_no_file(self, video_store, long, during):
        long = make_until_playable(long)
        during(lambda: delete_asset(asset=VideoAsset.objects.get(), by=UserFactory()))

        assert run_next().state == Job.State.DONE
        for row in Job.objects.open():
            jobs.run(row.pk)

        assert (VideoAsset.objects.count(), Job.objects.open().count(), Job.objects.dead().count()) == (0, 0, 0)
        assert names("video") == names("originals") == []

    def test_asking_anew_while_a_piece_is_made_drops_the_old_take(self, long, during):
        run_next()
        first = long.transcodes.get()
        during(lambda: retranscode(asset=long, by=UserFactory()))

        assert run_next().state == Job.State.DONE
        first.refresh_from_db()
        assert (first.state, list(store().listing(first.folder))) == ("dropped", [])
        make(long)
        assert (long.state, long.take, long.release) == ("ready", 2, long.transcodes.get(take=2).release)

    def test_what_is_watched_stays_until_the_next_take_is_whole(self, long):
        run_until(lambda: VideoAsset.objects.get().is_playable)
        long.refresh_from_db()
        first = long.release

        retranscode(asset=long, by=UserFactory())
        run_until(lambda: Piece.objects.filter(transcode__take=2, done_at__isnull=False).exists())

        long.refresh_from_db()
        assert (long.release, long.edition) == (first, 1)
        assert store().stat(f"{long.prefix}/master.m3u8")
        make(long)
        assert (long.state, long.release) == ("ready", Transcode.objects.get(take=2).release)


def make_until_playable(asset: VideoAsset) -> VideoAsset:
    run_until(lambda: VideoAsset.objects.get(pk=asset.pk).is_playable)
    return asset


def test_a_new_take_is_seen_when_it_is_whole_and_the_old_one_goes_later(tiny):
    staff = UserFactory()
    first = make(tiny).release

    again = retranscode(asset=tiny, by=staff)
    progress = asset_progress(tiny)
    run_next()
    run_next()
    tiny.refresh_from_db()
    assert (tiny.state, tiny.is_made_anew, tiny.release, progress["percent"]) == ("ready", True, first, 0)
    make(tiny)

    assert (tiny.release, tiny.is_waited_for, tiny.edition) == (again.release, False, 4)
    assert set(Piece.objects.values_list("transcode__take", flat=True)) == {2}
    removal = Job.objects.get(kind="streaming.remove_files")
    assert removal.args == {"folders": [f"video/{tiny.uuid}/{first}"]}
    assert 43_100 < (removal.run_after - removal.created_at).total_seconds() < 43_300
    assert AuditEntry.objects.get(action="streaming.retranscode").actor == staff


def test_deleting_removes_every_file(video_store, tiny):
    make(tiny)
    key = f"{tiny.prefix}/master.m3u8"
    assert video_store.stat(key)

    delete_asset(asset=tiny, by=UserFactory())
    jobs.run(Job.objects.get(kind="streaming.remove_files").pk)

    assert video_store.stat(key) is None
    assert video_store.stat(f"originals/{tiny.uuid}") is None
    assert not VideoAsset.objects.exists()


class TestGivenUp:
    def test_a_damaged_file_fails_at_once_with_its_sentence(self, clip):
        asset = create_asset_from_file(title="Cut", file=BytesIO(clip("index-last.mp4").read_bytes()[:-3000]), original_name="a.mp4", uploaded_by=UserFactory())

        row = run_next()

        asset.refresh_from_db()
        assert (asset.state, row.state, asset.transcodes.get().state) == ("failed", Job.State.DEAD, "failed")
        assert asset.error.startswith("The file is cut off: the index at its end is missing.")
        assert (retry_asset(asset=asset).state, next_job().kind) == ("queued", "streaming.prepare_asset")

    def test_a_poisoned_film_is_given_up_and_goes_on_from_its_finished_pieces(self, long, monkeypatch):
        real = making.encode_piece

        def poisoned(plan, spec, *rest):
            if spec.number == 2:
                raise RuntimeError("boom")
            return real(plan, spec, *rest)

        monkeypatch.setattr(making, "encode_piece", poisoned)
        make_dead(long)

        long.refresh_from_db()
        dead = Job.objects.get(state=Job.State.DEAD)
        assert (long.state, long.error, dead.attempts, dead.args["number"]) == ("failed", GAVE_UP, 5, 2)
        assert long.is_playable
        made = set(Piece.objects.filter(done_at__isnull=False).values_list("number", "done_at"))
        monkeypatch.setattr(making, "encode_piece", real)
        assert retry_asset(asset=long).state == "queued"
        make(long)
        assert (long.state, long.error, Job.objects.dead().count()) == ("ready", "", 0)
        assert made <= set(Piece.objects.values_list("number", "done_at"))

    def test_a_worker_that_is_killed_each_time_is_told_in_our_words(self, tiny):
        run_next()
        Job.objects.filter(kind="streaming.make_piece").update(state="running", attempts=5, claim_token=tiny.uuid, lease_until="2000-01-01T00:00Z")

        jobs.run(Job.objects.filter(kind="streaming.make_piece").earliest("pk").pk)

        tiny.refresh_from_db()
        assert (tiny.state, tiny.error) == ("failed", GAVE_UP)

    def test_a_failed_remake_leaves_the_film_as_it_was(self, tiny, client):
        release = make(tiny).release
        retranscode(asset=tiny, by=UserFactory())
        store().delete_tree(tiny.original_key)

        run_next()

        tiny.refresh_from_db()
        assert (tiny.state, tiny.release, tiny.is_waited_for) == ("ready", release, False)
        assert tiny.error == "The original of this video is no longer in storage. Upload the file again."
        client.force_login(user_with_role("staff"))
        assert "The video could not be made anew" in client.get(f"/desk/video/{tiny.uuid}/").content.decode()
        client.post(f"/desk/video/{tiny.uuid}/retry/")
        tiny.refresh_from_db()
        assert (tiny.error, tiny.is_made_anew) == ("", True)

    def test_trying_again_changes_nothing_where_nothing_failed(self, tiny):
        make(tiny)

        retry_asset(asset=tiny)

        assert (tiny.state, next_job()) == ("ready", None)


def make_dead(asset: VideoAsset) -> None:
    """Run everything, and what fails again at once, until nothing is queued."""
    while row := next_job():
        jobs.run(row.pk)
        Job.objects.filter(state=Job.State.QUEUED).update(run_after="2000-01-01T00:00Z")


class TestHeal:
    def test_an_end_that_was_never_queued_is_queued(self, tiny):
        run_until(lambda: not Piece.objects.filter(done_at__isnull=True).exists() and Piece.objects.exists())
        Job.objects.filter(kind="streaming.finish_asset").delete()
        assert next_job() is None

        assert (heal(), heal()) == (1, 0)

        assert make(tiny).state == "ready"

    def test_lost_pieces_and_starts_are_queued(self, tiny, long):
        run_next()
        assert Transcode.objects.filter(state="working").count() == 1
        Job.objects.all().delete()
        orphan = ReadyAssetFactory(state="queued", release="", original_key=tiny.original_key)

        assert (heal(), heal()) == (3, 0)

        assert [make(asset).state for asset in [tiny, long, orphan]] == ["ready", "ready", "ready"]

    def test_what_is_under_way_or_done_is_left_alone(self, tiny):
        run_next()
        assert heal() == 0
        make(tiny)
        assert (heal(), Transcode.objects.get().round) == (0, 1)


class TestSources:
    def test_an_original_is_fetched_once_for_all_pieces(self, video_store, long, monkeypatch):
        fetched, real = [], type(video_store).fetch
        monkeypatch.setattr(type(video_store), "fetch", lambda self, key, path: (fetched.append(key), real(self, key, path)))

        make(long)

        assert fetched == [long.original_key]
        assert [path.name for path in (django_settings.WORK_DIR / "sources").iterdir() if not path.name.startswith(".")] == []

    def test_copies_make_room_oldest_first(self, tiny, long, monkeypatch, tmp_path):
        work = [start_transcode(asset=asset) for asset in [tiny, long]]
        monkeypatch.setattr(sources, "MOST_BYTES", max(tiny.size_bytes, long.size_bytes))

        for number, transcode in enumerate(work):
            sources.bring_source(transcode=transcode, target=tmp_path / str(number))

        assert [(tmp_path / str(number)).stat().st_size for number in range(2)] == [tiny.size_bytes, long.size_bytes]
        assert [path.stem for path in sources._root().glob("*.original")] == [work[1].release]

    def test_a_film_rewritten_for_exact_cuts_is_kept_until_the_end(self, video_store, clip):
        asset = uploaded(clip("interlaced.ts"))
        run_next()
        transcode = asset.transcodes.get()
        assert video_store.stat(transcode.source_key)

        make(asset)
        for row in Job.objects.open().filter(kind="streaming.remove_files"):
            jobs.run(row.pk)

        assert asset.state == "ready"
        assert video_store.stat(transcode.source_key) is None


class TestProgress:
    def test_it_counts_work_not_pieces(self, long):
        assert (asset_progress(long)["percent"], asset_progress(long)["stage"]) == (0, "Waiting")
        seen = [0]
        while next_job():
            run_next()
            long.refresh_from_db()
            seen.append(asset_progress(long)["percent"])

        assert seen == sorted(seen)
        assert seen[-1] == 100
        lead, sound, piece = list(Piece.objects.order_by("number").values_list("weight", flat=True))[:3]
        assert sound < lead <= piece

    def test_a_running_piece_counts_by_its_own_progress(self, long):
        run_next()
        before = asset_progress(long)["percent"]
        long.refresh_from_db()
        row = next_job()
        Job.objects.filter(pk=row.pk).update(state="running", claim_token=long.uuid, lease_until="2100-01-01T00:00Z", progress=90, stage="Encoding the picture")

        after = asset_progress(long)

        assert after["percent"] > before
        assert after["stage"] == "Encoding the picture"

    @pytest.mark.parametrize("count", [1, 3])
    def test_many_cost_what_one_costs(self, clip, django_assert_num_queries, count):
        assets = [uploaded(clip("tiny.mp4")) for _ in range(count)]
        for _ in assets:
            run_next()
        assets = list(VideoAsset.objects.all())

        with django_assert_num_queries(2):
            assert len(progress_of(assets)) == count
        with django_assert_num_queries(0):
            progress_of([ReadyAssetFactory.build(pk=1)])


def test_captions_are_named_by_the_master_playlist(tiny):
    save_caption(asset=tiny, language="en", label="English", data=CAPTIONS)
    make(tiny)
    edition = tiny.edition

    spanish = save_caption(asset=tiny, language="es", label="Español", data=CAPTIONS)
    write_master(asset=tiny)
    write_master(asset=tiny)
    choose_default(caption=spanish, by=UserFactory())

    tiny.refresh_from_db()
    assert tiny.edition >= edition + 2
    words = [media for media in playlist(tiny, "master.m3u8").media if media.type == "SUBTITLES"]
    assert [(media.language, media.name, media.default) for media in words] == [("es", "Español", "YES"), ("en", "English", "NO")]
    for media in words:
        (segment,) = playlist(tiny, media.uri).segments
        assert store().stat(f"{tiny.prefix}/captions/{segment.uri}")


def test_a_release_from_before_transcodes_had_rows_keeps_its_master(video_store):
    asset = ReadyAssetFactory()
    save_caption(asset=asset, language="en", label="English", data=CAPTIONS)

    write_master(asset=asset)

    assert not any("m3u8" in name for name in names())
    assert any(name.startswith("captions/en") for name in names())
