"""The code on a ticket: which seat it is for, signed, so that nobody makes one up.

A seat that changes hands is a new seat, so its old ticket names a cancelled one and is void.
"""

from __future__ import annotations

import hashlib
import io
import re
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from notifications.attachments import Attachment
from workshops.models import Seat

# 31 symbols; 0 1 I L O are left out, people mistake them.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
SALT = "workshops.booking.tickets"
BODY, SIGNATURE = 5, 12  # symbols: 28 million seats before codes grow, and 59 bits that nobody guesses


def ticket_code(seat: Seat) -> str:
    """The code of `seat`'s ticket, such as 2222K7Q9XF3MRT4WZ: always the same one, needs no query."""
    body = _symbols(seat.pk).rjust(BODY, ALPHABET[0])
    return body + _signature(body, settings.SECRET_KEY)


def printed_code(code: str) -> str:
    """`code` as people read it out: in groups, 2222K-7Q9X-F3MR-T4WZ."""
    return "-".join([code[:-SIGNATURE], *(code[start : start + 4 or None] for start in range(-SIGNATURE, 0, 4))])


def ticket_url(seat: Seat) -> str:
    """The whole address that the ticket's QR code holds."""
    return f"{settings.SITE_URL}{reverse('workshops:ticket_detail', args=[ticket_code(seat)])}"


def ticket_picture(seat: Seat) -> Attachment:
    """The QR code as a picture, to go with a mail."""
    out = io.BytesIO()
    segno.make(ticket_url(seat), error="m", micro=False).save(out, kind="png", scale=8, border=4)
    return Attachment("ticket.png", "image/png", out.getvalue())


def ticket_hash(code: str) -> str:
    """What a roster may carry into a room without network to know a code by, without being a list of tickets."""
    return hashlib.sha256(code.encode()).hexdigest()


def read_code(text: str) -> str | None:
    """The code in `text`, whether scanned (an address) or typed (any case, spaces or dashes); None when it cannot be one."""
    text = text.strip()
    if "/" in text:
        text = urlsplit(text).path.rstrip("/").rpartition("/")[2]
    code = re.sub(r"[\s-]+", "", text).upper()
    return code if BODY + SIGNATURE <= len(code) <= 30 and not set(code) - set(ALPHABET) else None


def find_ticket(text: str) -> Seat | None:
    """The seat that a code we signed names, given back or not; with its workshop, venue and learner."""
    code = read_code(text)
    if code is None:
        return None
    body, signature = code[:-SIGNATURE], code[-SIGNATURE:]
    if not any(constant_time_compare(signature, _signature(body, key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)):
        return None
    return Seat.objects.select_related("workshop__venue", "learner").filter(pk=_number(body)).first()


def seat_of_ticket(code: str) -> Seat | None:
    """The seat whose holder may come in with `code`; None when it is no ticket or the seat was given back or passed on."""
    seat = find_ticket(code)
    return seat if seat is not None and seat.state == Seat.State.CONFIRMED else None


def _signature(body: str, key: str) -> str:
    digest = int.from_bytes(salted_hmac(SALT, body, secret=key, algorithm="sha256").digest())
    return _symbols(digest)[-SIGNATURE:]


def _symbols(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number, len(ALPHABET))
        found = ALPHABET[rest] + found
    return found


def _number(symbols: str) -> int:
    number = 0
    for symbol in symbols:
        number = number * len(ALPHABET) + ALPHABET.index(symbol)
    return number
