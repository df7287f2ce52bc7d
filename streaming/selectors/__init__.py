from streaming.selectors.assets import asset_progress

__all__ = ["asset_progress"]
