"""From an upload to HLS: what comes out is what an independent parser and decoder call right, and it comes out once."""

import os
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import m3u8
import pytest
from django.conf import settings as django_settings

from core import jobs
from core.models import Job
from streaming.delivery import signed_base
from streaming.models import Rendition, VideoAsset
from streaming.pipeline.boxes import read_init
from streaming.pipeline.package import CheckFailed, check_pictures, master_playlist, measure
from streaming.pipeline.plan import plan_for
from streaming.pipeline.probe import Refused, probe_file
from streaming.pipeline.transcode import gain_for, transcode
from streaming.selectors import asset_progress
from streaming.services import create_asset_from_file, delete_asset, retry_asset
from streaming.services.transcode import process
from tests.factories.accounts import UserFactory


@pytest.fixture
def film(alone, tmp_path):
    """`film(clip)`: the folder of a transcode."""

    def make(path: Path):
        target = tmp_path / "out"
        target.mkdir()
        stages: list[tuple[int, str]] = []
        made = transcode(alone(path), target, lambda percent, stage: stages.append((percent, stage)))
        assert [percent for percent, _stage in stages] == sorted(percent for percent, _stage in stages)
        return made

    return make


def frames_of(folder: Path) -> list[av.VideoFrame]:
    data = (folder / "init.mp4").read_bytes() + b"".join(path.read_bytes() for path in sorted(folder.glob("seg_*.m4s")))
    with av.open(BytesIO(data)) as container:
        return list(container.decode(video=0))


def key_times(folder: Path) -> list[Fraction]:
    data = (folder / "init.mp4").read_bytes() + b"".join(path.read_bytes() for path in sorted(folder.glob("seg_*.m4s")))
    with av.open(BytesIO(data)) as container:
        return [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.is_keyframe and packet.pts is not None]


def sound_seconds(folder: Path) -> float:
    data = (folder / "init.mp4").read_bytes() + b"".join(path.read_bytes() for path in sorted(folder.glob("seg_*.m4s")))
    with av.open(BytesIO(data)) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / 48_000


def test_real_footage_becomes_a_ladder_that_switches_cleanly(film, clip):
    made = film(clip("bigbuckbunny.mp4"))

    master = m3u8.load(str(made.folder / "master.m3u8"))
    assert master.is_variant
    assert master.is_independent_segments
    assert [variant.stream_info.resolution for variant in master.playlists] == [(426, 240), (640, 360), (854, 480), (1280, 720)]
    counted = {}
    for variant in master.playlists:
        info = variant.stream_info
        folder = made.folder / Path(variant.uri).parent
        playlist = m3u8.load(str(folder / "index.m3u8"))
        assert playlist.is_endlist
        assert playlist.target_duration == 4
        assert [segment.uri for segment in playlist.segments] == [path.name for path in sorted(folder.glob("seg_*.m4s"))]
        assert sum(segment.duration for segment in playlist.segments) == pytest.approx(5.28, abs=0.041)
        assert info.frame_rate == 25
        assert info.codecs == f"{read_init((folder / 'init.mp4').read_bytes()).codec},mp4a.40.2"
        peak = max((folder / segment.uri).stat().st_size * 8 / segment.duration for segment in playlist.segments)
        assert peak <= info.bandwidth <= 1.1 * peak + 200_000
        assert info.average_bandwidth <= info.bandwidth
        frames = frames_of(folder)
        assert {(frame.width, frame.height, frame.format.name) for frame in frames} == {(*info.resolution, "yuv420p")}
        steps = [float(after.pts * after.time_base - before.pts * before.time_base) for before, after in pairwise(frames)]
        assert steps == pytest.approx([0.04] * len(steps), abs=1e-6)
        counted[folder.name] = (len(frames), key_times(folder))
    assert len({repr(value) for value in counted.values()}) == 1
    frames, keys = counted["720"]
    assert frames == 132
    assert keys == [0, 4]
    sound = master.media[0]
    assert (sound.type, sound.uri, sound.group_id, sound.channels) == ("AUDIO", "audio/index.m3u8", "sound", "2")
    assert sound_seconds(made.folder / "audio") == pytest.approx(frames / 25, abs=0.03)
    assert made.duration_ms == 5280
    with av.open(str(made.folder / "poster.jpg")) as poster:
        assert (poster.streams.video[0].width, poster.streams.video[0].height) == (1280, 720)
    assert {path.name for path in made.folder.iterdir()} == {"master.m3u8", "poster.jpg", "audio", "240", "360", "480", "720"}


@pytest.mark.parametrize(
    ("name", "size", "frames"),
    [
        ("portrait.mov", (240, 320), 30),
        ("wide-pixels.avi", (426, 240), 15),
        ("no-sound.webm", (160, 120), 30),
        ("interlaced.ts", (352, 288), 25),
        ("fast.mp4", (320, 240), 60),
    ],
)
def test_every_shape_comes_out_upright_even_and_whole(film, clip, name, size, frames):
    made = film(clip(name))

    top = made.folder / made.pictures[0].name
    decoded = frames_of(top)
    assert (decoded[0].width, decoded[0].height) == size
    assert decoded[0].format.name == "yuv420p"
    assert len(decoded) == pytest.approx(frames, abs=1)


def test_high_dynamic_range_is_mapped_to_ordinary_video(film, clip):
    made = film(clip("hdr.mp4"))

    frame = frames_of(made.folder / made.pictures[0].name)[0]
    assert (frame.format.name, int(frame.colorspace), int(frame.color_trc)) == ("yuv420p", 1, 1)


def test_loudness_is_brought_to_ours():
    assert gain_for("  I:         -23.0 LUFS\n") == 6.0
    assert gain_for("  I:  -10.0 LUFS\n  I:         -50.0 LUFS\n") == 20.0
    assert gain_for("  I:         -70.0 LUFS\n") == 0.0
    assert gain_for("nothing") == 0.0


def test_a_file_that_ends_early_is_refused(film, clip, tmp_path):
    cut = tmp_path / "cut.mp4"
    data = clip("index-first.mp4").read_bytes()
    cut.write_bytes(data[: len(data) // 2])

    with pytest.raises(Refused, match=r"announces 0:06 but only 0:0[1-4] can be played"):
        film(cut)


def test_checks_notice_what_players_would(film, clip, alone):
    made = film(clip("nine-seconds.mkv"))
    plan = plan_for(probe_file(alone(clip("nine-seconds.mkv"))))
    first, second = made.folder / "240" / "seg_00000.m4s", made.folder / "240" / "seg_00001.m4s"

    second.unlink()
    with pytest.raises(CheckFailed, match="segments are missing"):
        measure(made.folder / "240", rung=plan.rungs[-1])
    second.write_bytes(first.read_bytes())
    with pytest.raises(CheckFailed, match="are not those of"):
        check_pictures([measure(made.folder / rung.name, rung=rung) for rung in plan.rungs], plan)


def test_the_master_playlist_is_the_same_for_the_same_tracks(film, clip):
    made = film(clip("tiny.mp4"))

    again = master_playlist(list(reversed(made.pictures)), made.sound, made.probe.rate)

    assert again == (made.folder / "master.m3u8").read_text()


@pytest.mark.django_db
class TestAssets:
    @pytest.fixture
    def asset(self, clip, video_store):
        with clip("tiny.mp4").open("rb") as file:
            return create_asset_from_file(title="Hamstrings", file=file, original_name="IMG_1.MOV", uploaded_by=UserFactory())

    def run(self, asset) -> bool:
        done = jobs.run(Job.objects.get(key=asset.job_key).pk)
        asset.refresh_from_db()
        return done

    def test_an_upload_becomes_a_film_that_plays(self, client, asset, clip):
        assert (asset.state, asset.size_bytes, len(asset.sha256)) == ("queued", clip("tiny.mp4").stat().st_size, 64)

        assert self.run(asset)

        assert (asset.state, asset.duration_ms, asset.width, asset.height, asset.has_audio, asset.poster) == ("ready", 1200, 320, 240, True, "poster.jpg")
        assert list(asset.renditions.values_list("name", "kind", "segments")) == [("audio", "audio", 1), ("240", "video", 1)]
        assert asset_progress(asset)["percent"] == 100
        base = signed_base(asset, grant_id=None)
        master = m3u8.loads(b"".join(client.get(base + "master.m3u8")).decode())
        for playlist in [*master.playlists, *master.media]:
            media = m3u8.loads(b"".join(client.get(base + playlist.uri)).decode())
            folder = playlist.uri.rpartition("/")[0]
            data = b"".join(b"".join(client.get(f"{base}{folder}/{name}")) for name in ["init.mp4", *(segment.uri for segment in media.segments)])
            with av.open(BytesIO(data)) as container:
                assert sum(1 for _frame in container.decode(container.streams[0])) > 0

    def test_running_twice_is_as_good_as_once(self, asset, video_store):
        self.run(asset)
        release = asset.release

        process(asset_id=asset.pk, report=lambda percent, stage: None)

        asset.refresh_from_db()
        assert asset.release == release
        assert Rendition.objects.count() == 2

    def test_what_a_dead_worker_left_is_removed_and_the_work_repeated(self, asset, video_store):
        half = f"video/{asset.uuid}/aaaaaaaaaaaa/240/seg_00000.m4s"
        video_store.put_bytes(half, b"half", "video/iso.segment")
        VideoAsset.objects.filter(pk=asset.pk).update(state=VideoAsset.State.PROCESSING)

        self.run(asset)

        assert asset.state == "ready"
        assert video_store.stat(half) is None

    def test_a_worker_that_lost_its_job_publishes_nothing(self, asset, video_store):
        def lose(percent, stage):
            if percent >= 99:
                raise jobs.ClaimLost

        with pytest.raises(jobs.ClaimLost):
            process(asset_id=asset.pk, report=lose)

        asset.refresh_from_db()
        assert (asset.state, asset.release) == ("processing", "")
        assert list((django_settings.WORK_DIR / "transcode").glob("*/")) == []

    def test_deleting_removes_every_file(self, asset, video_store):
        self.run(asset)
        key = f"{asset.prefix}/master.m3u8"
        assert video_store.stat(key)

        delete_asset(asset=asset, by=UserFactory())
        jobs.run(Job.objects.get(kind="streaming.remove_files").pk)

        assert video_store.stat(key) is None
        assert video_store.stat(f"originals/{asset.uuid}") is None
        assert not VideoAsset.objects.exists()


@pytest.mark.django_db
def test_a_damaged_file_fails_at_once_with_its_sentence_and_may_be_tried_again(clip, tmp_path):
    asset = create_asset_from_file(title="Cut", file=BytesIO(clip("index-last.mp4").read_bytes()[:-3000]), original_name="a.mp4", uploaded_by=UserFactory())

    jobs.run(Job.objects.get(key=asset.job_key).pk)

    asset.refresh_from_db()
    assert asset.state == "failed"
    assert asset.error.startswith("The file is cut off: the index at its end is missing.")
    assert Job.objects.get(key=asset.job_key).state == Job.State.DEAD
    assert (retry_asset(asset=asset).state, Job.objects.get(key=asset.job_key).state) == ("queued", Job.State.QUEUED)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_the_film_to_the_next_one(clip, celery_worker_process, settings):
    worker = celery_worker_process("video")
    with clip("nine-seconds.mkv").open("rb") as file:
        asset = create_asset_from_file(title="Calf", file=file, original_name="calf.mkv", uploaded_by=UserFactory())
    wait_for(lambda: Job.objects.get(key=asset.job_key).progress >= 3)

    worker.kill()
    Job.objects.filter(key=asset.job_key).update(lease_until="2000-01-01T00:00Z")
    assert VideoAsset.objects.get(pk=asset.pk).release == ""
    jobs.run(Job.objects.get(key=asset.job_key).pk)

    asset.refresh_from_db()
    assert (asset.state, asset.duration_ms) == ("ready", 9000)
    assert len(list((settings.MEDIA_ROOT / "video" / str(asset.uuid)).iterdir())) == 1
    assert list((settings.WORK_DIR / "transcode").glob("*/")) == []


def wait_for(ready, limit_s=30):
    import time

    end = time.monotonic() + limit_s
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


def shared_media() -> list[Path]:
    """Every file of the folder that a machine may offer; the long ones are measured by make bench."""
    files = sorted(Path(os.environ.get("SMRT_MEDIA") or "/nonexistent").glob("*.*"))
    return [path for path in files if path.stat().st_size <= 20_000_000 and path.name != "long_6min_1080p.mp4"]


class TestSharedMedia:
    """Every file of the folder named by SMRT_MEDIA becomes a film or is refused with a reason."""

    REFUSED = {
        "derived_truncated_bbb.mp4": "no_index",
        "derived_audio_only.m4a": "audio_only",
        "derived_zero_bytes.mp4": "empty",
        "derived_hostile_concat.mp4": "not_video",
        "derived_hostile_playlist.mp4": "not_video",
        "corrupt_bitstream.webm": "damaged",
        "README.md": "not_video",
        "friday_speech.vtt": "not_video",
    }
    UPRIGHT = {"phone_portrait_4k60.mp4": (1080, 1920), "hlg_hevc_rotated_editlist.mp4": (1080, 1920)}

    @pytest.mark.parametrize("path", shared_media(), ids=lambda path: path.name)
    def test_each_file(self, film, path):
        try:
            made = film(path)
        except Refused as refused:
            made, code = None, refused.code
        if made is None:
            assert code == self.REFUSED.get(path.name)
        else:
            assert path.name not in self.REFUSED
            assert abs(made.duration_ms - made.probe.duration_ms) <= 1000 / made.probe.rate + 1
            if path.name in self.UPRIGHT:
                assert (made.pictures[0].rung.width, made.pictures[0].rung.height) == self.UPRIGHT[path.name]
