"""Events of other apps the ledger listens to."""

from typing import Any

from django.dispatch import receiver

from accounts.signals import legal_name_confirmed
from credits.services import settle_holds_of


@receiver(legal_name_confirmed, dispatch_uid="credits.release_awards_waiting_for_a_name")
def release_awards_waiting_for_a_name(sender: Any, user: Any, **kwargs: Any) -> None:
    settle_holds_of(user=user)
