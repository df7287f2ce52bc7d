"""What is said in videos: transcripts for whom the film is open to, and the moments of words."""

import pytest

from streaming.models import Caption, Cue, VideoAsset
from streaming.selectors import player_context, search_cues, transcript
from streaming.selectors.words import pieces_of
from streaming.services import revoke_grants, save_caption
from tests.factories.streaming import GrantFactory, ReadyAssetFactory

pytestmark = pytest.mark.django_db


def vtt(*texts: str) -> bytes:
    cues = [f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{text}\n" for n, text in enumerate(texts)]
    return "\n".join(["WEBVTT\n", *cues]).encode()


@pytest.fixture
def grant():
    grant = GrantFactory()
    save_caption(asset=grant.asset, language="en", label="English", data=vtt("Find the <b>psoas</b>", "Breathe &amp; wait"))
    save_caption(asset=grant.asset, language="ja", label="日本語", data=vtt("腸腰筋を見つける"))
    return grant


def test_a_transcript_is_every_cue_of_its_language_in_two_queries(grant, django_assert_num_queries):
    with django_assert_num_queries(2):
        lines = transcript(grant.asset, "en")

    assert lines == [{"start_ms": 0, "end_ms": 1000, "text": "Find the psoas"}, {"start_ms": 1000, "end_ms": 2000, "text": "Breathe & wait"}]
    assert transcript(grant.asset, "fr") == []


def test_it_is_told_to_whom_the_film_is_open_and_to_no_one_else(client, grant):
    address = player_context(grant=grant)["settings_json"].split('"transcript": "')[1].split('"')[0]
    assert client.get(address).status_code in (401, 403)
    client.force_login(grant.user)
    assert len(client.get(address).json()["cues"]) == 2
    assert len(client.get(address, {"language": "ja"}).json()["cues"]) == 1
    assert client.get(address, {"language": "x\x00"}).json() == {"cues": []}

    client.force_login(GrantFactory().user)
    assert client.get(address).status_code == 404

    client.force_login(grant.user)
    revoke_grants(subject=grant.subject, reason="The order was refunded.")
    assert client.get(address).status_code == 409


def test_a_preview_has_a_key_of_its_own(client, grant):
    address = player_context(asset=grant.asset, preview=True)["settings_json"].split('"transcript": "')[1].split('"')[0]
    client.force_login(grant.user)

    assert len(client.get(address).json()["cues"]) == 2
    assert client.get(address.replace("transcript", "x/transcript")).status_code == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("psoas", [("Find the ", False), ("psoas", True)]),
        ('"find the"', [("Find", True), (" ", False), ("the", True), (" psoas", False)]),
        ("find breathe", None),
        ("腸腰筋", [("腸腰筋を見つける", False)]),
        ("' & | ! :* \\", None),
    ],
)
def test_words_are_found_and_marked(grant, text, said):
    other = ReadyAssetFactory()
    save_caption(asset=other, language="en", label="English", data=vtt("The psoas of another film"))

    found = [pieces_of(cue.headline) for cue in search_cues(text=text, assets=VideoAsset.objects.filter(pk=grant.asset.pk))]

    assert found == ([said] if said else [])


def test_search_asks_once(grant, django_assert_num_queries):
    for _more in range(2):
        save_caption(asset=ReadyAssetFactory(), language="en", label="English", data=vtt("psoas"))
    with django_assert_num_queries(1):
        assert len([cue.caption.asset.title for cue in search_cues(text="psoas", assets=VideoAsset.objects.all())]) == 3


def test_cues_are_written_with_the_caption(grant):
    save_caption(asset=grant.asset, language="en", label="English", data=vtt("Only this"))

    assert list(Cue.objects.filter(caption__language="en").values_list("number", "text")) == [(1, "Only this")]
    assert Caption.objects.get(language="en").path.startswith("captions/en-")
