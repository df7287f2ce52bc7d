"""The name that moves over the picture: whose, where, and who decides."""

import json

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry
from streaming.models import PlaybackSession, VideoAsset
from streaming.selectors import player_context
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import GrantFactory, ReadyAssetFactory

pytestmark = pytest.mark.django_db


def marked(**user):
    return GrantFactory(asset=ReadyAssetFactory(has_viewer_mark=True), user=UserFactory(**user))


def settings_of(context):
    return json.loads(context["settings_json"])


def test_the_mark_is_the_viewers_own_name_or_address(client):
    assert settings_of(player_context(grant=marked(display_name="Ana Ruiz")))["viewerMark"] == "Ana Ruiz"
    assert settings_of(player_context(grant=marked(display_name="", email="ana@example.org")))["viewerMark"] == "ana@example.org"
    assert settings_of(player_context(grant=GrantFactory()))["viewerMark"] == ""
    assert settings_of(player_context(asset=ReadyAssetFactory(has_viewer_mark=True), preview=True))["viewerMark"] == ""


def test_an_open_player_gets_its_sessions_number_with_it_by_which_staff_find_it(client):
    grant = marked(display_name="Ana Ruiz")
    client.force_login(grant.user)

    opened = client.post("/api/v1/streaming/sessions", json.dumps({"grant": grant.pk}), content_type="application/json").json()

    session = PlaybackSession.objects.get()
    assert opened["viewer_mark"] == f"Ana Ruiz · {session.pk}"
    admin = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(admin)
    found = client.get(reverse("admin:streaming_playbacksession_changelist"), {"q": str(session.pk)})
    assert grant.user.email in found.content.decode() or "Ana Ruiz" in found.content.decode()


@pytest.mark.parametrize("wanted", [True, False])
def test_a_setting_says_how_new_videos_begin(settings, wanted):
    settings.VIDEO_VIEWER_MARK = wanted

    assert VideoAsset.objects.create(title="New").has_viewer_mark is wanted


def test_staff_switch_it_on_and_off_at_the_desk(client):
    asset = ReadyAssetFactory()
    client.force_login(user_with_role(Role.STAFF))
    path = reverse("streaming_desk:viewer_mark_save", args=[asset.uuid])

    for body, shows in [({"has_viewer_mark": "on"}, True), ({"has_viewer_mark": "on"}, True), ({}, False)]:
        client.post(path, body)
        asset.refresh_from_db()
        assert asset.has_viewer_mark is shows

    assert [entry.details["shows"] for entry in AuditEntry.objects.filter(action="streaming.set_viewer_mark").order_by("pk")] == [True, False]
