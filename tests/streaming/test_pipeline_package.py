"""Playlists are exact text from facts, and two readers that know nothing of us agree with them."""

import json
import subprocess
from fractions import Fraction

import m3u8
import pytest
from django.conf import settings

from embedded.node import node_program
from streaming.pipeline.package import AUDIO, CaptionTrack, CheckFailed, caption_playlist, check_whole, master_playlist, merge, playlists
from streaming.pipeline.plan import plan_for
from tests.streaming.test_pipeline_pieces import probed

CAPTIONS = [CaptionTrack("en", 'English "SDH"', "en-1a2b3c4d.vtt", is_default=True), CaptionTrack("ar", "العربية", "ar-00ff00ff.vtt")]
# Parses each text in strict mode, and says what it found.
READ = """
const HLS = require("hls-parser");
HLS.setOptions({strictMode: true, silent: false});
const found = JSON.parse(require("fs").readFileSync(0, "utf8")).map(text => {
  const p = HLS.parse(text);
  return p.isMasterPlaylist
    ? {variants: p.variants.map(v => [v.uri, v.bandwidth, v.codecs, v.resolution && v.resolution.height, v.isIFrameOnly || false,
                                     v.audio.map(a => a.uri), v.subtitles.map(s => [s.language, s.uri])]), version: p.version}
    : {type: p.playlistType || null, ended: p.endlist, iframes: p.isIFrame || false, target: p.targetDuration, map: p.segments[0].map && p.segments[0].map.uri,
       segments: p.segments.map(s => [s.uri, s.duration, s.byterange ? [s.byterange.length, s.byterange.offset] : null])};
});
console.log(JSON.stringify(found));
"""


def read_strictly(*texts: str) -> list[dict]:
    done = subprocess.run([node_program(), "-e", READ], input=json.dumps(texts), capture_output=True, text=True, cwd=settings.BASE_DIR, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def plan():
    """Nine seconds and a bit at 25 frames: segments of 100, 100 and 27 frames."""
    return plan_for(probed(width=640, height=360, length=Fraction(227, 25)))


def picture(first: int, *frames: int, bytes_a_frame: int = 1000) -> dict:
    rows = [[(first + n) * 51200, count * 512, count, count * bytes_a_frame, 9000] for n, count in enumerate(frames)]
    return {"first_segment": first, "codec": "avc1.64001E", "timescale": 12800, "init_sha256": "a", "init_size": 800, "channels": 0, "segments": rows}


def sound(*lengths: int) -> dict:
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    rows = [[start, length, length // 1024, length // 3, 400] for start, length in zip(starts, lengths, strict=True)]
    return {"first_segment": 0, "codec": "mp4a.40.2", "timescale": 48000, "init_sha256": "s", "init_size": 700, "channels": 2, "segments": rows}


def facts(**tracks: dict) -> dict:
    return {"tracks": {name.lstrip("r"): track for name, track in tracks.items()}}


@pytest.fixture
def pieces():
    """All pieces of the film, as they might end: not in order."""
    return [
        facts(r360=picture(2, 27), r240=picture(2, 27, bytes_a_frame=400)),
        facts(audio=sound(192512, 192512, 50816)),
        facts(r360=picture(0, 100), r240=picture(0, 100, bytes_a_frame=400)),
        facts(r360=picture(1, 100), r240=picture(1, 100, bytes_a_frame=500)),
    ]


MASTER = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS

#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="audio/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="English ”SDH”",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,URI="captions/en-1a2b3c4d.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="العربية",LANGUAGE="ar",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="captions/ar-00ff00ff.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=227999,AVERAGE-BANDWIDTH=216810,CODECS="avc1.64001E,mp4a.40.2",RESOLUTION=426x240,FRAME-RATE=25.000,\
VIDEO-RANGE=SDR,CLOSED-CAPTIONS=NONE,AUDIO="sound",SUBTITLES="captions"
240/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=327999,AVERAGE-BANDWIDTH=327999,CODECS="avc1.64001E,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000,\
VIDEO-RANGE=SDR,CLOSED-CAPTIONS=NONE,AUDIO="sound",SUBTITLES="captions"
360/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=18000,AVERAGE-BANDWIDTH=18000,CODECS="avc1.64001E",RESOLUTION=426x240,VIDEO-RANGE=SDR,URI="240/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=18000,AVERAGE-BANDWIDTH=18000,CODECS="avc1.64001E",RESOLUTION=640x360,VIDEO-RANGE=SDR,URI="360/iframes.m3u8"
"""


def test_the_master_playlist_byte_for_byte(plan, pieces):
    tracks = merge(pieces)
    check_whole(plan, tracks)

    text = master_playlist(plan, tracks, CAPTIONS)

    assert text == MASTER
    assert master_playlist(plan, merge(reversed(pieces)), CAPTIONS) == text


def test_two_readers_agree_with_every_playlist(plan, pieces):
    tracks = merge(pieces)
    texts = playlists(plan, tracks, complete=True)
    assert sorted(texts) == ["240/iframes.m3u8", "240/index.m3u8", "360/iframes.m3u8", "360/index.m3u8", "audio/index.m3u8"]

    master, captions, *media = read_strictly(master_playlist(plan, tracks, CAPTIONS), caption_playlist(plan, CAPTIONS[0]), *texts.values())

    assert master["version"] == 7
    assert [(uri, height, only_keys) for uri, _bps, _codecs, height, only_keys, *_rest in master["variants"]] == [
        ("240/index.m3u8", 240, False),
        ("360/index.m3u8", 360, False),
        ("240/iframes.m3u8", 240, True),
        ("360/iframes.m3u8", 360, True),
    ]
    assert master["variants"][0][5:] == [["audio/index.m3u8"], [["en", "captions/en-1a2b3c4d.m3u8"], ["ar", "captions/ar-00ff00ff.m3u8"]]]
    assert (captions["type"], captions["ended"], captions["segments"]) == ("VOD", True, [["en-1a2b3c4d.vtt", 9.08, None]])
    for name, found in zip(texts, media, strict=True):
        again = m3u8.loads(texts[name])
        assert (found["type"], found["ended"], found["target"], found["map"]) == ("VOD", True, 4, "init.mp4")
        assert (again.playlist_type, again.is_endlist, again.target_duration, again.segment_map[0].uri) == ("vod", True, 4, "init.mp4")
        assert found["iframes"] == again.is_i_frames_only == name.endswith("iframes.m3u8")
        assert [segment[0] for segment in found["segments"]] == again.segments.uri == ["seg_00000.m4s", "seg_00001.m4s", "seg_00002.m4s"]
        assert [segment[2] for segment in found["segments"]] == ([[9000, 0]] * 3 if found["iframes"] else [None] * 3)


def test_while_the_film_grows_lines_are_only_added(plan, pieces):
    order = [pieces[2], pieces[1], pieces[0], pieces[3]]  # the last segments before those in the middle
    seen: dict[str, str] = {}

    for count in range(1, 5):
        tracks = merge(order[:count])
        texts = playlists(plan, tracks, complete=False)
        read_strictly(master_playlist(plan, tracks), *texts.values())
        for name, text in texts.items():
            assert text.startswith(seen.get(name, ""))
            assert "#EXT-X-PLAYLIST-TYPE:EVENT\n" in text
            assert "ENDLIST" not in text
        seen = texts
        with_sound = count > 1
        assert (f"{AUDIO}/index.m3u8" in texts) == with_sound == ("TYPE=AUDIO" in master_playlist(plan, tracks))
        if with_sound:  # never more sound than picture
            assert texts["audio/index.m3u8"].count("seg_") == texts["240/index.m3u8"].count("seg_")

    assert seen["360/index.m3u8"].count("seg_") == 3
    final = playlists(plan, merge(order), complete=True)["360/index.m3u8"]
    assert final == seen["360/index.m3u8"].replace("EVENT", "VOD") + "#EXT-X-ENDLIST\n"


def test_a_rung_that_is_not_there_yet_is_not_offered(plan):
    tracks = merge([facts(r240=picture(0, 100))])

    master = m3u8.loads(master_playlist(plan, tracks))

    assert [playlist.uri for playlist in master.playlists] == ["240/index.m3u8"]
    with pytest.raises(CheckFailed, match="360: nothing was made"):
        check_whole(plan, tracks)


@pytest.mark.parametrize(
    ("track", "spoil", "says"),
    [
        ("360", lambda part: part["segments"].pop(), "2 of 3 segments"),
        ("360", lambda part: part["segments"][1].__setitem__(4, 0), "does not start with a key frame"),
        ("360", lambda part: part["segments"][1].__setitem__(2, 99), "has 99 frames, not 100"),
        ("240", lambda part: part["segments"][1].__setitem__(0, 51210), "a gap at 4.000 s"),
        ("240", lambda part: part["segments"][0].__setitem__(1, 51220), "not where it belongs"),
        ("audio", lambda part: part["segments"][1].__setitem__(0, 192600), "a gap at"),
        ("audio", lambda part: part["segments"][2].__setitem__(1, 50000), "the sound lasts 9.063 s, the picture 9.080 s"),
    ],
)
def test_what_players_would_stumble_over_is_noticed(plan, track, spoil, says):
    whole = facts(r360=picture(0, 100, 100, 27), r240=picture(0, 100, 100, 27), audio=sound(192512, 192512, 50816))
    check_whole(plan, merge([whole]))

    spoil(whole["tracks"][track])

    with pytest.raises(CheckFailed, match=says):
        check_whole(plan, merge([whole]))


def test_pieces_with_another_beginning_do_not_join():
    other = picture(1, 100)
    other["init_sha256"] = "b"

    with pytest.raises(CheckFailed, match="begin differently"):
        merge([facts(r360=picture(0, 100)), facts(r360=other)])


def test_a_last_moment_is_no_peak():
    tracks = merge([facts(r360={**picture(0, 100), "segments": [[0, 51200, 100, 100_000, 9000], [51200, 512, 1, 9000, 9000]]})])

    assert tracks["360"].peak_bps(4) == 215_842  # both together; the last frame alone would be 1.8 Mbit/s
