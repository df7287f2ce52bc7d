"""The admin shows what was watched and changes none of it."""

import pytest
from django.urls import reverse

from accounts.models import User
from streaming.services import open_session
from tests.factories.streaming import GrantFactory


@pytest.mark.parametrize("model", ["grant", "playbacksession", "watchevidence"])
def test_the_admin_lists_and_shows_and_never_changes(client, db, model):
    session = open_session(grant=GrantFactory())
    client.force_login(User.objects.create_superuser("root@example.org", "a-long-password"))
    row = {"grant": session.grant_id, "playbacksession": session.pk, "watchevidence": session.evidence_id}[model]

    assert client.get(reverse(f"admin:streaming_{model}_changelist"), {"q": "attempt"}).status_code == 200
    shown = client.get(reverse(f"admin:streaming_{model}_change", args=[row]))
    assert shown.status_code == 200
    assert str(session.token) not in shown.content.decode()
    assert client.get(reverse(f"admin:streaming_{model}_add")).status_code == 403
    assert client.post(reverse(f"admin:streaming_{model}_delete", args=[row])).status_code == 403
