from streaming.services.beats import BeatAnswer, MalformedBeat, TooManyBeats, UnknownSession, record_beat
from streaming.services.watching import MayNotWatch, NotPlayable, close_session, issue_grant, open_session, revoke_grants, revoke_grants_of

__all__ = [
    "BeatAnswer",
    "MalformedBeat",
    "MayNotWatch",
    "NotPlayable",
    "TooManyBeats",
    "UnknownSession",
    "close_session",
    "issue_grant",
    "open_session",
    "record_beat",
    "revoke_grants",
    "revoke_grants_of",
]
