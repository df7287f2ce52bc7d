"""What the blocks of a dossier's schedule are, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.models import DeliveryMode

# What is no instruction and earns nothing, by the kind of its block.
PAUSES = {"break": gettext_lazy("Break"), "meal": gettext_lazy("Meal")}


def block_words(block: Mapping[str, Any]) -> str:
    """The topic of a block of instruction, else how it is taught; of a break that it is one, whatever else was left in it."""
    if pause := PAUSES.get(str(block.get("kind", ""))):
        return _("%(pause)s, not counted") % {"pause": pause}
    return str(block.get("topic") or mode_word(block.get("mode", "")) or block.get("kind", ""))


def mode_word(mode: Any) -> str:
    return str(DeliveryMode(mode).label) if mode in DeliveryMode.values else str(mode)
