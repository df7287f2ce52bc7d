"""The two names of a certificate: a serial that people read out, and a token that opens its page."""

from __future__ import annotations

import secrets

# 31 symbols (a prime, so the check below is complete); 0 1 I L O are left out, people mistake them.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
PREFIX = "SMRT"
TOKEN_LENGTH = 26  # 31 ** 26 is more than 2 ** 128


def new_token() -> str:
    """An unguessable address part, in symbols that survive being typed from paper."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH)).lower()


def new_serial() -> str:
    """A random serial such as SMRT-7K3F-92QD. Its last symbol is a check."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(7))
    return _dressed(body + check_symbol(body))


def check_symbol(body: str) -> str:
    """The symbol that makes the weighted sum of `body` divisible by 31; it catches any one wrong symbol and any two exchanged."""
    total = sum(weight * _VALUE[symbol] for weight, symbol in enumerate(body, start=2))
    return ALPHABET[-total % 31]


def read_serial(typed: str) -> str | None:
    """The serial a person meant by `typed` (any case, spaces or dashes), or None when no such serial can exist."""
    symbols = "".join(ch for ch in typed.upper() if ch.isalnum())
    symbols = symbols.removeprefix(PREFIX)
    if len(symbols) != 8 or any(symbol not in _VALUE for symbol in symbols) or check_symbol(symbols[:7]) != symbols[7]:
        return None
    return _dressed(symbols)


def read_token(typed: str) -> str | None:
    """The token in `typed`, in its stored form, or None when it cannot be one."""
    token = typed.strip().lower()
    return token if len(token) == TOKEN_LENGTH and all(ch.upper() in _VALUE for ch in token) else None


def _dressed(symbols: str) -> str:
    return f"{PREFIX}-{symbols[:4]}-{symbols[4:]}"
