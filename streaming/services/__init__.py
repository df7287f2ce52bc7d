from streaming.services.assets import create_asset_from_file, delete_asset, retry_asset
from streaming.services.beats import BeatAnswer, MalformedBeat, TooManyBeats, UnknownSession, record_beat
from streaming.services.captions import save_caption
from streaming.services.chapters import set_chapters
from streaming.services.duplicates import same_file
from streaming.services.forgetting import forget_evidence
from streaming.services.watching import (
    MayNotWatch,
    NotPlayable,
    allow_streams,
    close_session,
    issue_grant,
    open_session,
    revoke_grants,
    revoke_grants_of,
    sign_out_players,
)

__all__ = [
    "BeatAnswer",
    "MalformedBeat",
    "MayNotWatch",
    "NotPlayable",
    "TooManyBeats",
    "UnknownSession",
    "allow_streams",
    "close_session",
    "create_asset_from_file",
    "delete_asset",
    "forget_evidence",
    "issue_grant",
    "open_session",
    "record_beat",
    "retry_asset",
    "revoke_grants",
    "revoke_grants_of",
    "same_file",
    "save_caption",
    "set_chapters",
    "sign_out_players",
]
