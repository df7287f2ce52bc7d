from streaming.models.assets import Caption, Chapter, Rendition, UploadSession, VideoAsset

__all__ = ["Caption", "Chapter", "Rendition", "UploadSession", "VideoAsset"]
