from streaming.models.assets import Rendition, VideoAsset
from streaming.models.operations import Remake, RemakeItem, Space
from streaming.models.transcodes import Piece, Transcode
from streaming.models.uploads import UploadSession
from streaming.models.watching import Grant, PlaybackSession, WatchEvidence
from streaming.models.words import Caption, Chapter, Cue

__all__ = [
    "Caption",
    "Chapter",
    "Cue",
    "Grant",
    "Piece",
    "PlaybackSession",
    "Remake",
    "RemakeItem",
    "Rendition",
    "Space",
    "Transcode",
    "UploadSession",
    "VideoAsset",
    "WatchEvidence",
]
