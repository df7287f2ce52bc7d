"""What happens by itself when its time comes on the stand-in's clock: expiry, settlement, payouts, renewals."""

from __future__ import annotations

from collections.abc import Callable

from stripe_standin.store import Store

Deed = Callable[[Store, str], None]
DEEDS: dict[str, Deed] = {}


def deed(verb: str) -> Callable[[Deed], Deed]:
    """Register what `plan(..., verb, subject)` will do: a function of the store and the subject's id, inside a transaction."""

    def register(function: Deed) -> Deed:
        DEEDS[verb] = function
        return function

    return register


def plan(store: Store, at: int, verb: str, subject: str) -> None:
    store.execute("INSERT INTO agenda (due_at, verb, subject) VALUES (?, ?, ?)", (at, verb, subject))


def forget(store: Store, subject: str, verb: str | None = None) -> None:
    """Nothing planned for `subject` will happen (or nothing of this verb)."""
    store.execute("DELETE FROM agenda WHERE subject = ? AND (verb = ? OR ? IS NULL)", (subject, verb, verb))


def next_due(store: Store) -> int | None:
    """When the first planned moment is; None when nothing is planned."""
    with store.lock:
        found: int | None = store.execute("SELECT min(due_at) FROM agenda")[0][0]
    return found


def advance(store: Store, until: float) -> int:
    """Set the clock to `until`, stopping at each planned moment on the way so that its events carry its time. Counts the deeds."""
    done = 0
    while _one(store, until):
        done += 1
    with store.transaction():
        if store.clock.now() < until:
            store.set_clock(until)
    return done


def catch_up(store: Store) -> int:
    """Do what is due now, without touching the clock."""
    done = 0
    while (due := next_due(store)) is not None and due <= store.now() and _one(store, store.now(), move=False):
        done += 1
    return done


def _one(store: Store, until: float, *, move: bool = True) -> bool:
    with store.transaction():
        rows = store.execute("SELECT id, due_at, verb, subject FROM agenda WHERE due_at <= ? ORDER BY due_at, id LIMIT 1", (int(until),))
        if not rows:
            return False
        number, due_at, verb, subject = rows[0]
        store.execute("DELETE FROM agenda WHERE id = ?", (number,))
        if move and due_at > store.now():
            store.set_clock(due_at)
        DEEDS[verb](store, subject)
    return True
