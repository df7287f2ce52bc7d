"""What streaming does when a person's sign-ins end."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.dispatch import receiver

from accounts.models import User
from streaming.services import sign_out_players


@receiver([password_changed, password_reset, password_set], dispatch_uid="streaming.sign_out_players")
def stop_players_of_a_changed_password(sender: Any, user: User, **kwargs: Any) -> None:
    """Whoever knew the old password watches no more: a beat asks for no login, so its player is stopped here."""
    sign_out_players(user=user)
