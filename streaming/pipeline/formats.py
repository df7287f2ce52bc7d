"""Which containers are let in, told by their first bytes, and the options every reader of a stranger's file gets.

The demuxer is forced from the bytes: a text file that names a neighbour (ffconcat, an HLS playlist) is no container,
so it is refused before any demuxer sees it, and could not be opened as a script by the ones that follow.
Imports nothing of the project: the probe's child process uses it too.
"""

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,asf,flv,ogg"
PROTOCOLS = "file"
READ_OPTIONS = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}
HEAD_BYTES = 1024
MOV_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moof", b"styp"}


def demuxer_for(head: bytes) -> str | None:
    """The demuxer for a file that begins with `head` (HEAD_BYTES of it), or None when it is no video container."""
    if head[4:8] in MOV_BOXES:
        return "mov"
    for magic, demuxer in ((b"\x1a\x45\xdf\xa3", "matroska"), (b"FLV\x01", "flv"), (b"OggS", "ogg"), (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf")):
        if head.startswith(magic):
            return demuxer
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return "avi"
    if head[:4] in {b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3"}:
        return "mpeg"
    for first, packet in ((0, 188), (4, 192), (0, 204)):
        if len(head) > first + 2 * packet and all(head[first + n * packet] == 0x47 for n in range(3)):
            return "mpegts"
    return None
