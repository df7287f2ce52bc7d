"""Another file takes the place of a video: who gets which, what is refused, and the page where staff decide."""

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry
from streaming.models import VideoAsset
from streaming.selectors import asset_for, assets_for
from streaming.services import delete_asset, issue_grant, open_session
from streaming.services.replacement import ReplacementRefused, compare, replace_asset, undo_replacement
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import GrantFactory, ReadyAssetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return user_with_role(Role.STAFF)


def replaced(old, new, by):
    replace_asset(old=old, new=new, by=by)
    old.refresh_from_db()
    return old


def ends(*assets):
    return [VideoAsset.objects.select_related("replaced_by").get(pk=asset.pk).current for asset in assets]


def test_new_viewers_get_the_new_one_and_who_has_begun_keeps_the_old(staff):
    old, new = ReadyAssetFactory(), ReadyAssetFactory()
    granted = issue_grant(user=UserFactory(), asset=old, subject="attempt:1:lesson:1")
    begun = GrantFactory(asset=old, subject="attempt:2:lesson:1")
    open_session(grant=begun)
    begun.revoked_at, begun.revoke_reason = begun.created_at, "Refunded."
    begun.save()

    old = replaced(old, new, staff)

    assert asset_for(subject=granted.subject, asset=old) == old
    assert asset_for(subject=begun.subject, asset=old) == old
    assert asset_for(subject="attempt:3:lesson:1", asset=old) == new
    entry = AuditEntry.objects.get(action="streaming.replace_asset")
    assert (entry.actor, entry.details["replaced_by"]) == (staff, str(new.uuid))


def test_the_same_again_changes_nothing(staff):
    old, new = ReadyAssetFactory(), ReadyAssetFactory()
    since = replaced(old, new, staff).replaced_at

    assert replaced(old, new, staff).replaced_at == since
    assert AuditEntry.objects.filter(action="streaming.replace_asset").count() == 1


def test_a_chain_leads_to_its_last_in_one_step_and_is_undone_link_by_link(staff):
    first, second, third = ReadyAssetFactory(), ReadyAssetFactory(), ReadyAssetFactory()
    replaced(first, second, staff)
    in_between = GrantFactory(asset=second, subject="attempt:2:lesson:1")
    second = replaced(second, third, staff)
    first.refresh_from_db()

    assert ends(first, second) == [third, third]
    assert asset_for(subject=in_between.subject, asset=first) == second
    with pytest.raises(ReplacementRefused, match="Another file came between"):
        undo_replacement(old=first, by=staff)
    undo_replacement(old=second, by=staff)
    assert ends(first, second) == [second, second]
    assert undo_replacement(old=second, by=staff) == second


def test_what_makes_no_sense_is_refused_and_changes_nothing(staff):
    a, b, c, waiting = ReadyAssetFactory(), ReadyAssetFactory(), ReadyAssetFactory(), ReadyAssetFactory(state="processing", release="")
    replace_asset(old=a, new=b, by=staff)

    for old, new, words in [
        (c, c, "its own place"),
        (b, a, "has itself been replaced"),
        (a, c, "replaced already"),
        (c, b, "has taken the place of another video already"),
        (c, waiting, "is not ready yet"),
    ]:
        with pytest.raises(ReplacementRefused, match=words):
            replace_asset(old=old, new=new, by=staff)

    assert list(VideoAsset.objects.exclude(replaced_by=None)) == [a]


def test_undoing_is_refused_once_somebody_may_watch_the_new_one(staff):
    old, new = ReadyAssetFactory(), ReadyAssetFactory()
    old = replaced(old, new, staff)
    GrantFactory(asset=new)

    with pytest.raises(ReplacementRefused, match="People watch"):
        undo_replacement(old=old, by=staff)

    assert ends(old) == [new]


def test_neither_end_of_a_replacement_is_deleted(staff):
    old, new = ReadyAssetFactory(title="Old"), ReadyAssetFactory(title="New")
    old = replaced(old, new, staff)

    with pytest.raises(ReplacementRefused, match="“Old” was replaced"):
        delete_asset(asset=old, by=staff)
    with pytest.raises(ReplacementRefused, match="“New” has taken the place of “Old”"):
        delete_asset(asset=new, by=staff)

    assert VideoAsset.objects.count() == 2
    undo_replacement(old=old, by=staff)
    delete_asset(asset=new, by=staff)
    assert list(VideoAsset.objects.all()) == [old]


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [(600_000, 609_000, False), (600_000, 611_000, True), (600_000, 589_000, True), (60_000, 61_000, False), (60_000, 61_300, True)],
)
def test_a_length_that_differs_by_two_percent_or_ten_seconds_is_pointed_out(before, after, differs):
    found = compare(old=ReadyAssetFactory(duration_ms=before), new=ReadyAssetFactory(duration_ms=after))

    assert found.differs is differs


@pytest.mark.parametrize("many", [1, 3])
def test_finding_the_videos_of_many_subjects_costs_two_queries_at_most(staff, many, django_assert_num_queries):
    old, new = ReadyAssetFactory(), ReadyAssetFactory()
    plain = {f"attempt:{n}:lesson:9": new for n in range(many)}
    replace_asset(old=old, new=new, by=staff)
    old = VideoAsset.objects.select_related("replaced_by").get(pk=old.pk)
    wanted = {f"attempt:{n}:lesson:1": old for n in range(many)}
    GrantFactory(asset=old, subject="attempt:0:lesson:1")

    with django_assert_num_queries(2):
        found = assets_for(plain | wanted)
    with django_assert_num_queries(0):
        assert assets_for(plain) == plain

    assert [found[f"attempt:{n}:lesson:1"] for n in range(many)] == [old] + [new] * (many - 1)


def page(asset, name="asset_replace"):
    return reverse(f"streaming_desk:{name}", args=[asset.uuid])


def test_staff_choose_compare_confirm_and_take_back(client, staff):
    old, new = ReadyAssetFactory(title="Knee", duration_ms=600_000), ReadyAssetFactory(title="Knee, mended", duration_ms=640_000)
    GrantFactory(asset=old)
    client.force_login(staff)

    assert b"Knee, mended (10:40)" in client.get(page(old)).content
    shown = client.get(page(old), {"new": new.pk}).content.decode()
    assert "10:00" in shown
    assert "1 person has this film open to them" in shown
    assert "Boards approve minutes" in shown
    assert ends(old) == [old]
    answer = client.post(page(old), {"new": new.pk}, follow=True).content.decode()
    assert "Whoever begins from now on watches “Knee, mended”." in answer
    assert "Take the replacement back" in answer
    assert "stands in the place of" in client.get(new.get_absolute_url()).content.decode()
    assert ends(old) == [new]
    assert client.post(page(old), {"new": ReadyAssetFactory().pk}).status_code == 422
    client.post(page(old, "asset_replace_undo"))
    assert ends(old) == [old]


def test_a_video_that_is_not_ready_cannot_be_chosen(client, staff):
    old, waiting = ReadyAssetFactory(), ReadyAssetFactory(state="processing", release="")
    client.force_login(staff)

    assert client.post(page(old), {"new": waiting.pk}).status_code == 422
    assert client.get(page(old), {"new": "x"}).status_code == 422
    assert ends(old) == [old]


def test_an_instructor_replaces_no_file_of_their_own(client):
    teacher = user_with_role(Role.INSTRUCTOR)
    old = ReadyAssetFactory(uploaded_by=teacher)
    client.force_login(teacher)

    assert client.get(page(old)).status_code == 403
    assert b"Replace the file" not in client.get(old.get_absolute_url()).content
