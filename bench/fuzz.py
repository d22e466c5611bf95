"""Throw nonsense at every form and every socket event; nothing may answer with a server error.

`python -m bench.fuzz --inputs 20000` takes some minutes; the test suite runs a short version. Inputs come from
hypothesis, so that a failing one is shrunk before it is shown. Routes, fields and events are read from the application,
so new ones are covered by themselves.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from forum import create_app
from forum.config import load_config
from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity.sessions import start_session
from forum.realtime import on
from forum.realtime.on import REGISTRY
from forum.web.limits import RULES, Rule
from tests import factories

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data" / "security"
BASE = "http://127.0.0.1:5000"
LEFT_OUT = ("/mod/login", "/mod/step-up", "/readyz")
"""A slow hash at each try, by design; and the page that says with 503 that something is not ready."""
WHO = ("guest", "member", "newcomer", "moderator", "admin")


@dataclass
class World:
    """An application with people, posts and a count of what it answered."""

    app: Flask
    people: dict[str, Any]
    ids: list[str]
    answers: Counter[str] = field(default_factory=Counter)

    def cookie(self, who: str) -> str:
        """Return a fresh session's cookie: fuzzing signs people out all the time."""
        if who == "guest":
            return ""
        person, staff = self.people[who], who in ("moderator", "admin")
        person = db.session.merge(person)
        token = start_session(
            member=None if staff else person, staff=person if staff else None,
            device="staff" if staff else "own", now=utcnow(),
        )  # fmt: skip
        db.session.commit()
        name, serializer = self.app.session_interface.cookie(self.app.extensions["forum.config"], staff)  # type: ignore[attr-defined]
        return f"{name}={serializer.dumps({'_user_id': token, '_fresh': True})}"


def make_world(folder: Path) -> World:
    """Make a throw-away forum."""
    config = load_config({"FORUM_INSTANCE": str(folder), "FORUM_SCORER": "off"})
    app = create_app(
        config, TESTING=True, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=False, LIMIT_RULES={n: Rule() for n in RULES}
    )
    with app.app_context():
        from forum.discussions.seeding import seed_rooms

        db.create_all()
        seed_rooms()
        members = {"member": factories.make_member(), "newcomer": factories.make_member(trust=0, accepted_posts=0)}
        staff = {"moderator": factories.make_staff("Mo Fuzz"), "admin": factories.make_staff("Ada Fuzz", "admin")}
        thread = factories.make_thread(members["member"])
        posts = [factories.make_post(thread, members[who], "Words.", visibility=v)
                 for who in members for v in ("live", "held", "hidden")]  # fmt: skip
        ids = [thread.public_id, factories.a_room().public_id, *[post.public_id for post in posts], "gb", "1"]
        db.session.commit()
        people = members | staff
        for person in people.values():
            db.session.refresh(person)
            db.session.expunge(person)
        db.session.remove()
    return World(app, people, ids)


def field_names() -> list[str]:
    """Return every field a template or a route mentions."""
    found: set[str] = set()
    for path in (ROOT / "forum" / "templates").rglob("*.html"):
        found |= set(re.findall(r'name="([a-z_]{2,24})"', path.read_text(encoding="utf-8")))
    for path in (ROOT / "forum").rglob("*.py"):
        found |= set(re.findall(r'(?:form|args)\.get(?:list)?\(\s*"([a-z_]{2,24})"', path.read_text(encoding="utf-8")))
    return sorted(found - {"csrf_token", "website", "viewport", "robots"})


def texts(world: World) -> st.SearchStrategy[str]:
    """Return a strategy for values: naughty ones, real ids, numbers, anything at all."""
    naughty = json.loads((DATA / "naughty.json").read_text()) + json.loads((DATA / "xss.json").read_text())
    words = [
        "on",
        "yes",
        "1",
        "own",
        "shared",
        "me",
        "hear",
        "spam",
        "other",
        "live",
        "2026-11-20",
        "20:00",
        "GB",
        "slow",
    ]
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
    return st.one_of(
        st.sampled_from(naughty), st.sampled_from(world.ids), st.sampled_from(words), anything, st.integers().map(str)
    )


def requests(world: World) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return a strategy for (who, method, rule, path values, form, query, wants json)."""
    rules = [(rule, method) for rule in world.app.url_map.iter_rules()
             for method in (rule.methods or set()) & {"GET", "POST"} if str(rule) not in LEFT_OUT]  # fmt: skip
    rules.sort(key=str)
    value, names = texts(world), field_names()
    query = st.dictionaries(st.sampled_from(names), value, max_size=3)

    def of(rule: Any) -> st.SearchStrategy[tuple[Any, ...]]:
        own = own_fields(world.app, rule[0]) or names
        form = st.dictionaries(st.sampled_from(own), value, max_size=8)
        return st.tuples(
            st.sampled_from(WHO), st.just(rule), st.lists(value, min_size=3, max_size=3), form, query, st.booleans()
        )

    return st.sampled_from(rules).flatmap(of)


def own_fields(app: Flask, rule: Any) -> list[str]:
    """Return the fields the module behind a route reads."""
    view = _function(app.view_functions[rule.endpoint])
    source = Path(view.__code__.co_filename).read_text(encoding="utf-8")
    calls = re.findall(r"(?:\.get|\.getlist|read_form|_typed|_typed_form)\(([^()]*)\)", source)
    return sorted(set(re.findall(r'"([a-z_]{2,24})"', " ".join(calls))))


def payloads(world: World) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return a strategy for (who, event, payload): the right fields with odd values, or nonsense."""
    value = texts(world)
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), value)
    odd = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(value, inner, max_size=3),
        max_leaves=6,
    )

    def of(event: Any) -> st.SearchStrategy[Any]:
        fields = {name: st.one_of(value, st.integers(), odd) for name in event.schema.model_fields}
        return st.tuples(
            st.sampled_from(WHO), st.just(event), st.one_of(st.fixed_dictionaries({}, optional=fields), odd)
        )

    events = sorted(REGISTRY.values(), key=lambda event: (event.namespace, event.name))
    return st.sampled_from(events).flatmap(of)


def send_request(world: World, given_: tuple[Any, ...]) -> None:
    """Make one request and fail on a server error."""
    who, (rule, method), values, form, query, as_json = given_
    path = str(rule)
    for value in values:
        path = re.sub(r"<int:[^>]+>", "7", path, count=1) if "<int:" in path else path
        path = re.sub(r"<[^>]+>", lambda _m, v=value: quote(v, safe="") or "x", path, count=1)
    headers = {"Accept": "application/json" if as_json else "text/html"}
    with world.app.app_context():
        if cookie := world.cookie(who):
            headers["Cookie"] = cookie
        db.session.remove()
    client = world.app.test_client(use_cookies=False)
    answer = client.open(path, method=method, data=form if method == "POST" else None, query_string=query,
                         headers=headers, base_url=BASE)  # fmt: skip
    world.answers[str(answer.status_code)] += 1
    assert answer.status_code < 500, (who, method, path, form, query, answer.status_code)


def send_event(world: World, given_: tuple[Any, ...]) -> None:
    """Send one event through its guard and fail on an answer that hides an exception."""
    who, event, payload = given_
    with world.app.app_context():
        cookie = world.cookie(who)
        db.session.remove()
    handler = _handler(event)
    with world.app.test_request_context("/socket.io/", headers={"Cookie": cookie}, base_url=BASE) as context:
        context.request.sid, context.request.namespace = "fuzz", event.namespace  # type: ignore[attr-defined]
        answer = handler(payload)
    code = "ok" if answer["ok"] else answer["error"]["code"]
    world.answers[f"event {code}"] += 1
    assert code != "error", (who, event.name, payload)


def _handler(event: Any) -> Any:
    from forum.realtime.server import socketio

    return lambda payload: on._answer(
        _function(socketio.server.handlers[event.namespace][event.name]),
        event.schema,
        event.access,
        event.namespace,
        (payload,),
    )


def _function(handler: Any) -> Any:
    while hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    return handler


def run(world: World, inputs: int, *, seconds: float = 0.0) -> Counter[str]:
    """Send that many requests and a third as many events; raise on the first server error, shrunk."""
    quick = settings(max_examples=inputs * 3 // 4, deadline=None, database=None, derandomize=True,
                     phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck))  # fmt: skip
    until = time.monotonic() + seconds if seconds else None

    def due() -> bool:
        return until is None or time.monotonic() < until

    quick(given(requests(world))(lambda case: send_request(world, case) if due() else None))()
    fewer = settings(quick, max_examples=max(1, inputs // 4))
    fewer(given(payloads(world))(lambda case: send_event(world, case)))()
    return world.answers


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--inputs", type=int, default=2_000)
    chosen = reader.parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        answers = run(make_world(Path(folder)), chosen.inputs)
    print(f"{answers.total()} inputs in {time.monotonic() - started:.0f} s, no server error")
    for name, count in answers.most_common():
        print(f"  {name:20} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
