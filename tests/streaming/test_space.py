"""What videos take and cost: measured from storage, kept on rows, shown to staff."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from streaming.models import Space
from streaming.selectors.space import space_of, space_totals
from streaming.services.space import measure_space
from tests.factories.accounts import user_with_role
from tests.factories.streaming import ReadyAssetFactory

pytestmark = pytest.mark.django_db
GB = 1024**3


def test_every_file_is_counted_where_it_belongs(video_store):
    asset = ReadyAssetFactory()
    sizes = {"720/init.mp4": 1, "720/seg_00000.m4s": 20, "240/seg_00000.m4s": 3, "audio/seg_00000.m4s": 5, "captions/en.vtt": 7, "posters/0.jpg": 11}
    sizes |= {"storyboard/000.jpg": 13, "master.m3u8": 17}
    for name, size in sizes.items():
        video_store.put_bytes(f"{asset.prefix}/{name}", b"x" * size, "")
    video_store.put_bytes(f"video/{asset.uuid}/aaaaaaaaaaaa/720/seg_00000.m4s", b"x" * 100, "")
    video_store.put_bytes(f"originals/{asset.uuid}", b"x" * 1000, "")
    asset.original_key = f"originals/{asset.uuid}"
    asset.save()

    assert (measure_space(), measure_space(asset=asset)) == (1, 1)

    space = Space.objects.get()
    assert space.renditions == {"720": 21, "240": 3, "audio": 5}
    assert (space.original_bytes, space.film_bytes, space.stills_bytes, space.captions_bytes, space.other_bytes) == (1000, 29, 24, 7, 117)
    assert space.total_bytes == 1177


def test_a_month_costs_by_the_price_of_each_place(settings):
    settings.VIDEO_PRICE_GB_MONTH, settings.VIDEO_PRICE_GB_MONTH_COLD = 2, 1
    warm, cold = ReadyAssetFactory(), ReadyAssetFactory(original_cold_at=timezone.now())
    for asset in (warm, cold):
        Space.objects.create(asset=asset, original_bytes=3 * GB, film_bytes=GB, renditions={"720": GB}, measured_at=timezone.now())

    assert (space_of(warm).cents, space_of(cold).cents, space_totals().cents) == (800, 500, 1300)
    assert [(part.kind, part.size_bytes, part.cents) for part in space_totals().parts] == [
        ("original", 3 * GB, 600),
        ("original", 3 * GB, 300),
        ("film", 2 * GB, 400),
    ]


def test_the_command_measures_one_or_all(video_store):
    ReadyAssetFactory()
    said = StringIO()

    call_command("measure_videos", stdout=said)

    assert said.getvalue() == "1 measured; all videos together take 0\xa0bytes.\n"
    with pytest.raises(CommandError, match="No video has the identifier nonsense"):
        call_command("measure_videos", asset="nonsense")


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number(client, django_assert_num_queries, count):
    client.force_login(user_with_role("staff"))
    for number in range(count):
        Space.objects.create(asset=ReadyAssetFactory(title=f"Film {number}"), original_bytes=GB * (number + 1), measured_at=timezone.now())

    with django_assert_num_queries(6):
        page = client.get("/desk/video/space/").content.decode()

    titles = [page.index(f">Film {number}<") for number in reversed(range(count))]
    assert titles == sorted(titles)  # the largest first
    assert ": $" in client.get("/desk/video/").content.decode()


def test_an_empty_page_and_an_instructors_list(client):
    client.force_login(user_with_role("staff"))
    assert "Nothing measured yet" in client.get("/desk/video/space/").content.decode()
    Space.objects.create(asset=ReadyAssetFactory(), measured_at=timezone.now())
    client.force_login(user_with_role("instructor"))

    assert client.get("/desk/video/space/").status_code == 403
    assert "a month" not in client.get("/desk/video/").content.decode()
