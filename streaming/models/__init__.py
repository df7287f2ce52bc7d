from streaming.models.assets import Caption, Chapter, Rendition, UploadSession, VideoAsset
from streaming.models.watching import Grant, PlaybackSession, WatchEvidence

__all__ = ["Caption", "Chapter", "Grant", "PlaybackSession", "Rendition", "UploadSession", "VideoAsset", "WatchEvidence"]
