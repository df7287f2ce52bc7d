"""Everything the stand-in knows, in one SQLite file: objects as JSON, and the few tables that are not objects."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stripe_standin.clock import Clock
from stripe_standin.errors import NotFound
from stripe_standin.knobs import WebhookKnobs

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, sequence);
CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    request TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, first_at REAL NOT NULL, answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, next_at);
CREATE INDEX IF NOT EXISTS deliveries_of_event ON deliveries (event);
CREATE TABLE IF NOT EXISTS agenda (id INTEGER PRIMARY KEY AUTOINCREMENT, due_at INTEGER NOT NULL, verb TEXT NOT NULL, subject TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS agenda_due ON agenda (due_at, id);
CREATE INDEX IF NOT EXISTS agenda_of_subject ON agenda (subject, verb);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TABLES = ("objects", "idempotency", "deliveries", "agenda", "settings")
# Fields that lists are often narrowed by: columns beside the JSON, or every insert would parse it once for each index.
INDEXED = ("customer", "payment_intent", "charge", "subscription", "product", "type", "source", "invoice", "_subscription", "_intent", "_secret")
INSERT = f"INSERT INTO objects (id, kind, created, data, {', '.join(INDEXED)}) VALUES (?, ?, ?, ?{', ?' * len(INDEXED)})"  # noqa: S608 - names from above
UPDATE = f"UPDATE objects SET data = ?, {', '.join(f'{field} = ?' for field in INDEXED)} WHERE id = ?"  # noqa: S608 - names from above
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
NOUNS = {"payment_intent": "payment_intent", "checkout.session": "checkout.session", "payment_method": "PaymentMethod"}


class Store:
    """Use it inside `with store.transaction():`. One lock makes requests take turns, so nothing here is ever half done."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.lock = threading.RLock()
        self.changed = threading.Condition()  # told after each commit: the threads that deliver and that keep the agenda wait on it
        self.pages = ""  # the address of the hosted pages, known once the process listens
        self._depth = 0
        self._moment: int | None = None
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # WAL with NORMAL: what was answered survives the death of the process, which is the fault that tests provoke.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
        self._make_columns()
        self.clock = Clock(self.setting("clock_offset_s", 0))
        self.webhooks = WebhookKnobs()
        self.request: dict[str, Any] = {"id": None, "idempotency_key": None}  # the API request at work, named in the events it causes

    def _make_columns(self) -> None:
        """A file that an earlier version wrote lacks some of the columns: they are added, and filled from the JSON."""
        there = {row[1] for row in self._db.execute("PRAGMA table_info(objects)")}
        missing = [field for field in INDEXED if field not in there]
        self._db.execute("BEGIN IMMEDIATE")
        for field in missing:
            self._db.execute(f"ALTER TABLE objects ADD COLUMN {field} TEXT")
        for field in INDEXED:
            self._db.execute(f"CREATE INDEX IF NOT EXISTS objects_{field} ON objects ({field}, kind) WHERE {field} IS NOT NULL")
        for (data,) in self._db.execute("SELECT data FROM objects").fetchall() if missing else []:
            self.save(json.loads(data))
        self._db.execute("COMMIT")

    @contextmanager
    def transaction(self, *, news: bool = True) -> Iterator[Store]:
        """All of it or nothing. A transaction inside another is part of it. Without `news` the courier is not woken."""
        with self.lock:
            if self._depth:
                yield self
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            self._moment = self.clock.now()
            try:
                yield self
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._depth = 0
                self._moment = None
        if news:
            with self.changed:
                self.changed.notify_all()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happened inside when it raises (unless the error `keeps_effects`, as a declined card does), not the rest."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException as error:
            if not getattr(error, "keeps_effects", False):
                self._db.execute("ROLLBACK TO attempt")
            self._db.execute("RELEASE attempt")
            raise
        self._db.execute("RELEASE attempt")

    def now(self) -> int:
        """Unix seconds. It stands still within a transaction: what one call makes carries one second, as Stripe's events do."""
        return self.clock.now() if self._moment is None else self._moment

    def set_clock(self, at: float) -> None:
        self.clock.set(at)
        if self._moment is not None:
            self._moment = self.clock.now()
        self.remember("clock_offset_s", self.clock.offset_s)

    def reset(self) -> None:
        with self.transaction():
            for table in TABLES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the tuple above
            self.clock.offset_s = 0

    # objects

    def new_id(self, prefix: str, length: int = 24) -> str:
        """`cus_` + as many letters and digits as Stripe's."""
        return prefix + self.letters(length)

    def letters(self, length: int) -> str:
        return "".join(LETTERS[byte % len(LETTERS)] for byte in os.urandom(length))

    def add(self, thing: dict[str, Any]) -> dict[str, Any]:
        created = thing.get("created", self.now())
        self._db.execute(INSERT, (thing["id"], thing["object"], created, json.dumps(thing), *_columns(thing)))
        return thing

    def save(self, thing: dict[str, Any]) -> dict[str, Any]:
        self._db.execute(UPDATE, (json.dumps(thing), *_columns(thing), thing["id"]))
        return thing

    def remove(self, id: str) -> None:
        self._db.execute("DELETE FROM objects WHERE id = ?", (id,))

    def find(self, id: str | None) -> dict[str, Any] | None:
        """The object of this id, whatever its kind."""
        if not id:
            return None
        row = self._db.execute("SELECT data FROM objects WHERE id = ?", (id,)).fetchone()
        return json.loads(row[0]) if row else None

    def get(self, kind: str, id: str, *, param: str = "id") -> dict[str, Any]:
        """The object, or the 404 Stripe gives for an id it does not know."""
        found = self.find(id)
        if found is None or found["object"] != kind:
            raise NotFound.missing(NOUNS.get(kind, kind.rpartition(".")[2]), id, param)
        return found

    def all(self, kind: str, **equal: Any) -> list[dict[str, Any]]:
        """Every object of a kind, oldest first, narrowed by fields (`payment_intent="pi_…"`)."""
        clause, values = _narrowing(equal)
        rows = self._db.execute(f"SELECT data FROM objects WHERE kind = ?{clause} ORDER BY sequence", (kind, *values))  # noqa: S608 - field names are ours
        return [json.loads(row[0]) for row in rows]

    def page(
        self, kind: str, *, limit: int, after: str | None = None, before: str | None = None, created: dict[str, int] | None = None, **equal: Any
    ) -> tuple[list[dict[str, Any]], bool]:
        """(newest first, whether more follow). `after` and `before` are ids; `created` maps gt, gte, lt, lte to seconds."""
        clause, values = _narrowing(equal)
        for word, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
            if created and word in created:
                clause += f" AND created {sign} ?"
                values.append(created[word])
        if after:
            clause += " AND sequence < ?"
            values.append(self._sequence(after, "starting_after"))
        if before:
            clause += " AND sequence > ?"
            values.append(self._sequence(before, "ending_before"))
        order = "ASC" if before else "DESC"
        query = f"SELECT data FROM objects WHERE kind = ?{clause} ORDER BY sequence {order} LIMIT ?"  # noqa: S608 - field names are ours
        found = [json.loads(row[0]) for row in self._db.execute(query, (kind, *values, limit + 1))]
        shown = found[:limit]
        return (shown[::-1] if before else shown), len(found) > limit

    def _sequence(self, id: str, param: str) -> int:
        row = self._db.execute("SELECT sequence FROM objects WHERE id = ?", (id,)).fetchone()
        if row is None:
            raise NotFound.missing("object", id, param)
        return int(row[0])

    # tables beside the objects

    def execute(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(query, values).fetchall()

    def setting(self, name: str, default: Any = None) -> Any:
        with self.lock:
            row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def remember(self, name: str, value: Any) -> None:
        with self.lock:
            self._db.execute("INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, json.dumps(value)))

    def close(self) -> None:
        with self.lock:
            self._db.close()


def _columns(thing: dict[str, Any]) -> list[str | None]:
    return [value if isinstance(value := thing.get(field), str) else None for field in INDEXED]


def _narrowing(equal: dict[str, Any]) -> tuple[str, list[Any]]:
    clause = ""
    values: list[Any] = []
    for field, value in equal.items():
        place = field if field in INDEXED else "json_extract(data, '$." + field.replace("__", ".") + "')"
        if isinstance(value, list | tuple | set):
            clause += f" AND {place} IN ({', '.join('?' * len(value))})"
            values += value
        elif value is None:
            clause += f" AND {place} IS NULL"
        else:
            clause += f" AND {place} = ?"
            values.append(value)
    return clause, values
