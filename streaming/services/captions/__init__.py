"""Captions of an asset: read from any file, cleaned, kept, edited, written beside the film."""

from streaming.services.captions.errors import CaptionsChanged, CaptionsUnusable
from streaming.services.captions.keeping import MAX_BYTES, begin_caption, choose_default, remove_caption, save_caption, save_spoken
from streaming.services.captions.reading import Reading, read_captions

__all__ = [
    "MAX_BYTES",
    "CaptionsChanged",
    "CaptionsUnusable",
    "Reading",
    "begin_caption",
    "choose_default",
    "read_captions",
    "remove_caption",
    "save_caption",
    "save_spoken",
]
