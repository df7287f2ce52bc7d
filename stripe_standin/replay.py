"""Replay the recorded calls of contract.json, and say every difference.

    python -m stripe_standin.replay                    against a fresh stand-in
    python -m stripe_standin.replay --key sk_test_…    against Stripe's own sandbox: is the stand-in still honest?
    python -m stripe_standin.replay --record           write down what the stand-in answers today

A step names a call (method, path, parameters, an idempotency key), the status it gave, the error's type, code and param, the values that
must be equal, and the shape: each key with its type. Ids go by names: `"save": {"customer": "id"}`, later `${customer}`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from stripe_standin.app import create_app
from stripe_standin.events import API_VERSION
from stripe_standin.server import Server

CONTRACT = Path(__file__).with_name("contract.json")
STRIPE = "https://api.stripe.com"
Thing = dict[str, Any]


class Caller:
    """Says the steps to one address and remembers the names given on the way."""

    def __init__(self, address: str, key: str) -> None:
        self.address = urlsplit(address)
        self.key = key
        self.names: dict[str, Any] = {"run": secrets.token_hex(4)}

    def say(self, step: Thing) -> tuple[int, Thing]:
        parameters = urlencode(list(encoded(self.filled(step.get("parameters", {})))))
        path, body = self.filled(step["path"]), None
        if step["method"] == "POST":
            body = parameters
        elif parameters:
            path += f"?{parameters}"
        headers = {"Authorization": f"Bearer {self.key}", "Stripe-Version": API_VERSION, "Content-Type": "application/x-www-form-urlencoded"}
        if step.get("key"):
            headers["Idempotency-Key"] = f"{step['key']}-{self.names['run']}"
        connect = http.client.HTTPSConnection if self.address.scheme == "https" else http.client.HTTPConnection
        with closing(connect(str(self.address.hostname), self.address.port, timeout=60)) as connection:
            connection.request(step["method"], path, body, headers)
            answer = connection.getresponse()
            said: Thing = json.loads(answer.read())
        for name, place in step.get("save", {}).items():
            self.names[name] = at(said, place)
        return answer.status, said

    def filled(self, value: Any) -> Any:
        """`${customer}` by its id, `${now+1800}` by that moment."""
        if isinstance(value, dict):
            return {name: self.filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.filled(inner) for inner in value]
        if not isinstance(value, str):
            return value
        value = re.sub(r"\$\{now\+(\d+)\}", lambda found: str(int(time.time()) + int(found[1])), value)
        return re.sub(r"\$\{(\w+)\}", lambda found: str(self.names.get(found[1], found[0])), value)


def encoded(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Stripe's form encoding."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from encoded(inner, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from encoded(inner, f"{name}[{number}]")
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def at(thing: Any, place: str) -> Any:
    """`items.data.0.id`; None where nothing is."""
    for part in place.split("."):
        if isinstance(thing, dict):
            thing = thing.get(part)
        elif isinstance(thing, list) and int(part) < len(thing):
            thing = thing[int(part)]
        else:
            return None
    return thing


def shape_of(value: Any) -> Any:
    """Keys and types. Free maps (metadata) and lists of nothing say no more than what they are."""
    if isinstance(value, dict):
        return {name: "map" if name == "metadata" else shape_of(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape_of(value[0])] if value else []
    return {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}[type(value)]


def differences(expected: Any, found: Any, place: str = "") -> Iterator[str]:
    """What a shape lacks, has more, or has otherwise. Null agrees with anything: either may be unset that day."""
    if "null" in (expected, found) or expected == found or "map" in (expected, found):
        return
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted({*expected, *found}):
            where = f"{place}.{name}" if place else name
            if name not in found:
                yield f"{where} is missing"
            elif name not in expected:
                yield f"{where} is new"
            else:
                yield from differences(expected[name], found[name], where)
    elif isinstance(expected, list) and isinstance(found, list):
        if expected and found:
            yield from differences(expected[0], found[0], f"{place}[]")
    else:
        yield f"{place} is {_kind(found)}, not {_kind(expected)}"


def _kind(shape: Any) -> str:
    return "an object" if isinstance(shape, dict) else "a list" if isinstance(shape, list) else str(shape)


def outcome(step: Thing, status: int, said: Thing) -> Thing:
    """What is written down of an answer."""
    if status >= 400:
        error = said.get("error", {})
        return {"status": status, "error": {name: error.get(name) for name in ("type", "code", "param")}}
    values = {place: at(said, place) for place in step.get("values", {})}
    return {"status": status, "values": values, "shape": shape_of(said)} if values else {"status": status, "shape": shape_of(said)}


def compare(step: Thing, got: Thing, caller: Caller) -> Iterator[str]:
    if got["status"] != step["status"]:
        yield f"status {got['status']}, not {step['status']}" + (f" ({got['error']})" if "error" in got else "")
        return
    for name, value in step.get("error", {}).items():
        if got["error"][name] != value:
            yield f"error.{name} is {got['error'][name]!r}, not {value!r}"
    for place, value in step.get("values", {}).items():
        wanted = caller.filled(value)
        if got.get("values", {}).get(place) != wanted:
            yield f"{place} is {got.get('values', {}).get(place)!r}, not {wanted!r}"
    if "shape" in step:
        yield from differences(step["shape"], got["shape"])


def replay(address: str, key: str, steps: list[Thing]) -> list[str]:
    """Every difference, each with the step it was met at."""
    caller, found = Caller(address, key), []
    for number, step in enumerate(steps, 1):
        status, said = caller.say(step)
        got = outcome(step, status, said)
        found += [f"{number}. {step['say']}: {difference}" for difference in compare(step, got, caller)]
    return found


def record(address: str, steps: list[Thing]) -> list[Thing]:
    """The steps with what the stand-in answers; expected values are kept and must hold."""
    caller, written = Caller(address, "sk_test_recorder"), []
    for step in steps:
        status, said = caller.say(step)
        got = outcome(step, status, said)
        kept = {name: value for name, value in step.items() if name not in ("status", "error", "shape")}
        written.append({**kept, **{name: value for name, value in got.items() if name != "values"}})
    return written


@contextmanager
def own_stand_in() -> Iterator[str]:
    """A fresh one in this process."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Path(folder))
        server = Server(app, socket.create_server(("127.0.0.1", 0)))
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            app.extensions["stand_in"].store.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="stripe_standin.replay", description="Replay the recorded calls and say every difference.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--key", help="a secret key of a Stripe sandbox (sk_test_…); the calls leave their objects there")
    choice.add_argument("--record", action="store_true", help="write the stand-in's answers of today into contract.json")
    chosen = parser.parse_args()
    steps: list[Thing] = json.loads(CONTRACT.read_text())
    if chosen.key:
        if not chosen.key.startswith("sk_test_"):
            parser.error("Only a sandbox's key (sk_test_…) is taken: the calls make payments.")
        found = replay(STRIPE, chosen.key, steps)
    else:
        with own_stand_in() as address:
            if chosen.record:
                CONTRACT.write_text(json.dumps(record(address, steps), indent=1, ensure_ascii=False) + "\n")
                steps = json.loads(CONTRACT.read_text())
            found = replay(address, "sk_test_replay", steps)
    sys.stdout.write("".join(f"{line}\n" for line in found) or f"{len(steps)} calls, no difference.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
