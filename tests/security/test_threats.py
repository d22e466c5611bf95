"""The threat model (docs/threat-model.md), one section per row: what somebody tries, and what they find."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core.clock import utcnow
from forum.core.db import Base, db
from forum.discussions import listing, operations, posting
from forum.discussions.drafts import read_draft
from forum.discussions.models import PUBLIC, Post
from forum.identity.models import Member
from forum.moderation import audit
from forum.web.access import access_of
from tests import factories
from tests.browser.server import ROOT
from tests.conftest import Browser
from tests.discussions.test_live import Line
from tests.security.live import Live, live
from tests.security.test_startup import FAULTS, problems

PHONE = "+1 415 555 0137"
DIGITS = "4155550137"
OUTING = f"Her name is Margaret Whitfield, call her on {PHONE}"


# ── the doxxer ───────────────────────────────────────────────────────────────────────────────────────────────────


def shown(number: str, *texts: str) -> bool:
    return any(number in re.sub(r"[^0-9]", "", re.sub(r"<[^>]*>", "", text)) for text in texts)


def everywhere(app: Flask, thread_id: str, line: Line, reader: Browser, title_room: str) -> list[str]:
    """Return everything another person can get hold of."""
    pages = ["/rooms", f"/r/{title_room}", f"/t/{thread_id}", f"/t/{thread_id}/events?after=0", "/"]
    texts = [reader.get(path).text for path in pages] + [Browser(app).get(path).text for path in pages]
    return [*texts, str(line.ask("thread:join", {"thread": thread_id, "after": 0})), str(line.client.queue)]


@pytest.mark.parametrize("path", ["form", "socket", "edit", "title", "note"])
def test_doxxer_a_telephone_number_is_held_on_every_way_in(
    app: Flask, sign_in_as: Callable[..., Browser], path: str
) -> None:
    bob, carol = factories.make_member("Late Heron 30"), factories.make_member("Salt Wren 31")
    thread = factories.make_thread(carol)
    own = factories.make_post(thread, bob, "A quiet evening.")
    room = factories.a_room().public_id
    signed, reader = sign_in_as(bob), sign_in_as(carol)
    watcher = Line(app, reader)
    watcher.ask("thread:join", {"thread": thread.public_id, "after": 0})
    if path == "form":
        signed.post(f"/t/{thread.public_id}/posts", {"body": OUTING, "client_id": "c"})
    elif path == "socket":
        ack = Line(app, signed).ask("post:create", {"thread": thread.public_id, "body": OUTING, "client_id": "c"})
        assert ack["post"]["visibility"] == "held"
    elif path == "edit":
        signed.post(f"/p/{own.public_id}/edit", {"body": OUTING})
    elif path == "title":
        signed.post(f"/r/{room}/threads", {"title": f"Call {PHONE}", "body": "She knows why.", "client_id": "c"})
    else:
        signed.post(
            f"/t/{thread.public_id}/posts",
            {"body": "She knows why.", "content_note": f"call {PHONE}", "client_id": "c"},
        )
    assert not shown(DIGITS, *everywhere(app, thread.public_id, watcher, reader, room))


def test_doxxer_what_was_hidden_is_in_no_page_replay_or_socket(app: Flask, sign_in_as: Callable[..., Browser]) -> None:
    bob, carol = factories.make_member(), factories.make_member()
    thread = factories.make_thread(carol)
    post = factories.make_post(thread, bob, f"An old number: {DIGITS}")
    reader = sign_in_as(carol)
    operations.set_visibility(post, "hidden", utcnow())
    assert not shown(
        DIGITS, *everywhere(app, thread.public_id, Line(app, reader), reader, factories.a_room().public_id)
    )


def test_doxxer_ids_neither_count_nor_repeat(database: None) -> None:
    made = [factories.make_member().public_id for _ in range(50)]
    assert len({one[:4] for one in made}) > 45
    assert all(re.fullmatch(r"[a-z2-9]{26}", one) for one in made)


def test_doxxer_there_is_no_list_of_members(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if access_of(app.view_functions[rule.endpoint]) in ("public", "member"):
            assert not re.search(r"/(members|users|people|u|online)(/|$)", str(rule)), rule


# ── the nosy member ──────────────────────────────────────────────────────────────────────────────────────────────


def plain(text: str, *ids: str) -> str:
    """Take out what differs between two pages anyway: ids, tokens, nonces."""
    for one in ids:
        text = text.replace(one, "ID")
    return re.sub(r'nonce="[^"]+"|value="[^"]*"|/static/\w+/', "", text)


def test_nosy_member_absent_hidden_and_forbidden_look_the_same(
    app: Flask, browser: Browser, sign_in_as: Callable[..., Browser]
) -> None:
    """Every address with an id in it, asked by B with everything of A's that is nobody's business."""
    alice, bob = factories.make_member(), factories.make_member()
    held = factories.make_thread(alice, visibility="held")
    thread = factories.make_thread(alice)
    private = [
        held.public_id,
        factories.make_post(thread, alice, "Held.", visibility="held").public_id,
        factories.make_post(thread, alice, "Hidden.", visibility="hidden").public_id,
        factories.make_post(thread, alice, "Gone.", visibility="author_deleted").public_id,
    ]
    sign_in_as(alice)
    private += [row.public_id for row in alice_sessions(alice)]
    signed, nowhere, asked = sign_in_as(bob), "2" * 26, 0
    for rule in app.url_map.iter_rules():
        if len(rule.arguments) != 1 or access_of(app.view_functions[rule.endpoint]) not in ("public", "member"):
            continue
        for method in (rule.methods or set()) & {"GET", "POST"}:
            call = signed.get if method == "GET" else signed.post
            address = re.sub(r"<[^>]+>", "{}", str(rule))
            expected = call(address.format(nowhere))
            for one in private:
                got = call(address.format(one))
                same = plain(got.text, one) == plain(expected.text, nowhere)
                assert (got.status_code, same) == (expected.status_code, True), (method, rule, one)
                asked += 1
    assert asked > 40
    assert signed.post("/me/sessions", {"session": private[-1]}).status_code == 404
    assert alice_sessions(alice)


def alice_sessions(alice: Member) -> list[object]:
    from forum.identity.sessions import list_sessions

    return list(list_sessions(alice.id, utcnow()))


def test_nosy_member_nobody_can_try_names(browser: Browser) -> None:
    """There is no field for a name: six words open one's own account or none."""
    page = browser.get("/return").text
    assert 'name="phrase"' in page
    assert not re.search(r'name="(?:handle|name|user|email)"', page)


# ── the dealer ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_dealer_twenty_new_accounts_with_one_text_show_at_most_two(app: Flask, database: None) -> None:
    thread, visible = factories.make_thread(factories.make_member()), 0
    for number in range(20):
        member = factories.make_member(trust=0, accepted_posts=0, age_days=0)
        draft = read_draft(f"Best rehab in the area, message me for a place{'!' * (number % 3)}", f"c{number}")
        post = posting.reply(draft, author=member, thread=thread, now=utcnow()).post
        visible += post.visibility in PUBLIC
    assert visible <= 2


OFFERS = (
    "hmu on t3legr@m for oxy, ships today",
    "I sell percs and bars, dm me, cash app ok",
    "got bud, wickr: greenman77",
    "text me at 415 555 0137 if you need something to take the edge off, good prices",
    "https://cheap-pills.example/order no prescription needed",
)


def test_dealer_offers_of_newcomers_reach_hardly_anybody(app: Flask, database: None) -> None:
    """Recall on obfuscated offers: four of five. The labelled corpora of the moderation tests measure it finely."""
    thread, held = factories.make_thread(factories.make_member()), 0
    for offer in OFFERS:
        member = factories.make_member(trust=0, accepted_posts=0, age_days=0)
        post = posting.reply(read_draft(offer, "c"), author=member, thread=thread, now=utcnow()).post
        held += post.visibility == "held"
    assert held >= 4


@pytest.mark.parametrize(
    "words",
    [
        "Nine days off oxy and I dreamt about it again.",
        "My dealer texted me today and I didn't answer. Shaking, but I didn't.",
        "I used to sell to pay for it. I am ashamed of that.",
        "Suboxone has been a good thing for me, six months now.",
    ],
)
def test_dealer_recovery_talk_is_not_held(app: Flask, database: None, words: str) -> None:
    thread = factories.make_thread(factories.make_member())
    post = posting.reply(read_draft(words, "c"), author=factories.make_member(), thread=thread, now=utcnow()).post
    assert post.visibility in PUBLIC


def test_dealer_addresses_are_text_and_not_links(app: Flask, database: None) -> None:
    thread = factories.make_thread(factories.make_member(), body="see https://a.example and mail me@x.example")
    post = db.session.scalars(select(Post).where(Post.thread_id == thread.id)).one()
    assert "<a" not in post.body_html


# ── the raid ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def raided(tmp_path: Path) -> Iterator[Live]:
    """A server of its own: lines opened by polling stay open for a while."""
    with live(tmp_path, FORUM_MAX_SOCKETS="20") as made:
        yield made


@pytest.mark.alone
@pytest.mark.slow
def test_raid_members_write_help_answers_and_slurs_reach_nobody(raided: Live) -> None:
    """Raiders on the loopback address: joining pages, cruel replies and sockets, while one member goes on writing."""
    slur = "go die, nobody wants you here, Quiet Wren 11"
    stop, took = threading.Event(), []
    first = {"body": "The rules are read from their files by now.", "client_id": "warm"}
    assert raided.send(f"/t/{raided.thread}/posts", first, who="alice").status == 303

    def raid(number: int) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError, AssertionError):
                if number == 0:
                    raided.ask("GET", "/join")
                elif number == 1:
                    raided.ask("GET", "/socket.io/?EIO=4&transport=polling", Origin=raided.origin)
                else:
                    form = {"body": slur, "client_id": f"raid{number}{time.time()}"}
                    raided.send(f"/t/{raided.thread}/posts", form, who="ned", page=f"/t/{raided.thread}")

    with ThreadPoolExecutor(6) as pool:
        for number in range(6):
            pool.submit(raid, number)
        try:
            for number in range(3):  # her own limit, five in twenty seconds, is not what is tested here
                started = time.monotonic()
                form = {"body": f"Still here, evening {number}.", "client_id": f"alice-{number}"}
                assert raided.send(f"/t/{raided.thread}/posts", form, who="alice").status in (303, 429)
                took.append(time.monotonic() - started)
                assert raided.ask("GET", "/help").status == 200
        finally:
            stop.set()
    page = raided.ask("GET", f"/t/{raided.thread}").text
    assert "Still here, evening 0." in page
    assert "nobody wants you here" not in page
    assert max(took) < 4.0  # two requests each; raiders, forum and other tests share this machine's cores


# ── the subpoena ─────────────────────────────────────────────────────────────────────────────────────────────────

IP = "203.0.113.77"
AGENT = "CanaryBrowser/7.7"


def forms_of(secret: str) -> list[bytes]:
    """Return a secret as anybody might have written it down: plain, base64, hex, hashed."""
    raw = secret.encode()
    digests = [hashlib.new(name, raw).digest() for name in ("md5", "sha1", "sha256", "sha512")]
    found = [raw, base64.b64encode(raw).rstrip(b"=")[:-1], raw.hex().encode(), *digests]
    return [*found, *[d.hex().encode() for d in digests], *[base64.b64encode(d).rstrip(b"=")[:-1] for d in digests]]


def test_subpoena_nothing_of_a_visit_is_left_anywhere(tmp_path: Path) -> None:
    with live(tmp_path, FORUM_TRUSTED_PROXIES="1") as server:
        outside = {"X_Forwarded_For": IP, "User_Agent": AGENT}
        server.cookies["eve"] = ""
        page = server.ask("GET", "/join", **outside)
        server.cookies["eve"] = page.all("Set-Cookie")[0].split(";")[0]
        fields = dict(re.findall(r'name="(handle|csrf_token|stamp)" value="([^"]*)"', page.text)[::-1])
        joined = server.ask("POST", "/join", who="eve", form={**fields, "device": "own", "adult": "yes"}, **outside)
        words = re.search(r'<output id="recovery-phrase"[^>]*>(.*?)</output>', joined.text, re.S)
        assert words, joined.status
        phrase = re.sub(r"<[^>]+>", "", words[1]).strip()
        server.cookies["eve"] = joined.all("Set-Cookie")[-1].split(";")[0]
        form = {"body": "Somebody wrote this.", "client_id": "eve-1"}
        assert server.send(f"/t/{server.thread}/posts", form, who="eve", **outside).status == 303
        server.send("/return", {"phrase": phrase + " x"}, who="eve", page="/return", **outside)
        server.send(
            "/mod/login", {"name": "x", "password": phrase, "code": "1"}, who="eve", page="/mod/login", **outside
        )
        server.ask("GET", f"/nowhere?q={IP}", **outside)
        server.ask("GET", "/socket.io/?EIO=4&transport=polling", Origin=server.origin, **outside)
        server.ask("BREW", "/%7f", **outside)
        run = [sys.executable, "-m", "flask", "--app", "wsgi", "forum", "backup", str(tmp_path / "copy.backup")]
        assert subprocess.run(run, cwd=ROOT, env=server.env, capture_output=True, check=False).returncode == 0
        heap = server.files()
        server.stop()
        heap += server.files()
    assert b"Somebody wrote this." in heap
    for secret in (
        IP,
        "203.0.113",
        AGENT,
        phrase,
        phrase.replace(" ", "-"),
        phrase.split()[0] + " " + phrase.split()[1],
    ):
        for form_ in forms_of(secret):
            assert form_ not in heap, (secret if secret != phrase else "phrase", form_[:8])
    assert hashlib.sha512(f"{IP}|{AGENT}".encode()).hexdigest().encode() not in heap


FORBIDDEN_COLUMNS = re.compile(
    r"(^|_)(ip|addr|address|agent|ua|browser|email|mail|phone|tel|referr?er|geo|lat|lon|device_id)($|_)"
)


def test_subpoena_no_column_could_hold_who_somebody_is(app: Flask) -> None:
    found = [
        f"{t.name}.{c.name}"
        for t in Base.metadata.tables.values()
        for c in t.columns
        if FORBIDDEN_COLUMNS.search(c.name)
    ]
    assert found == []


# ── the malicious moderator ──────────────────────────────────────────────────────────────────────────────────────


def test_malicious_moderator_no_route_changes_somebody_elses_words(
    app: Flask, browser: Browser, sign_in_as: Callable[..., Browser]
) -> None:
    alice = factories.make_member()
    thread = factories.make_thread(alice, body="My own words.")
    post = db.session.scalars(select(Post).where(Post.thread_id == thread.id)).one()
    for role in ("moderator", "lead", "admin"):
        signed = sign_in_as(factories.make_staff(f"Mo {role}", role))
        for rule in app.url_map.iter_rules():
            if "POST" in (rule.methods or ()) and str(rule).startswith(("/p/", "/t/", "/mod/")):
                signed.post(
                    re.sub(r"<[^>]+>", post.public_id, str(rule)), {"body": "Other words.", "text": "Other words."}
                )
    db.session.refresh(post)
    assert post.body == "My own words."


def test_malicious_moderator_one_altered_line_of_the_record_is_noticed(app: Flask, database: None) -> None:
    staff = factories.make_staff()
    for number in range(3):
        audit.record(f"test.line{number}", actor=None, now=utcnow())
    db.session.flush()
    assert audit.verify().problem == ""
    for statement in ("UPDATE mod_event SET action = 'x'", "DELETE FROM mod_event"):
        with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
            db.session.execute(db.text(statement))
    assert staff


# ── the scanner ──────────────────────────────────────────────────────────────────────────────────────────────────

ATTACKS = [
    "' OR 1=1 --", "1; DROP TABLE member", "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00",
    "\x00", "\r\nSet-Cookie: a=b", "%0d%0aSet-Cookie:%20a=b", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}",
    "a" * 3000, "９", "\u202e", "-1", "1e309", "%F0%28%8C%28", "%ff%fe", "//evil.example",
    "\\\\evil.example", "javascript:alert(1)",
]  # fmt: skip
PARAMETERS = ("q", "before", "after", "view", "country", "next", "page", "reported")


def test_scanner_no_address_or_parameter_breaks_a_page(
    app: Flask, browser: Browser, sign_in_as: Callable[..., Browser]
) -> None:
    signed = sign_in_as(factories.make_member())
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments]
    for number, rule in enumerate(rules):
        for attack in (ATTACKS * 2)[number % len(ATTACKS) :][:6]:
            check(signed.get(re.sub(r"<[^>]+>", lambda _m, a=attack: a.lstrip("/"), str(rule))), attack)
    for attack in ATTACKS:
        for path in ("/rooms", f"/r/{factories.a_room().public_id}", "/help", "/search", "/"):
            check(signed.get(path, query_string=dict.fromkeys(PARAMETERS, attack)), attack)


def check(answer: object, attack: str) -> None:
    assert answer.status_code < 500, (answer.request.path, attack)  # type: ignore[attr-defined]
    assert "<script>alert(1)" not in answer.text  # type: ignore[attr-defined]
    assert "root:x:" not in answer.text  # type: ignore[attr-defined]
    assert "Set-Cookie: a=b" not in str(answer.headers)  # type: ignore[attr-defined]
    location = answer.location or ""  # type: ignore[attr-defined]
    assert not re.match(r"(//|\\\\|javascript:|https?://evil)", location), (attack, location)


def test_scanner_oversize_and_odd_requests_are_refused_calmly(server: Live) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', server.ask("GET", "/join", who="mo").text)
    assert server.ask(
        "POST", "/join", form={"csrf_token": token[1] if token else "", "handle": "x" * 300_000}
    ).status in (403, 413)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"):
        assert server.ask(method, "/rooms").status in (400, 405), method
    assert server.ask("GET", "/" + "a" * 5000).status in (400, 414)
    assert server.ask("GET", "/rooms", **{f"X_{n}": "y" for n in range(80)}).status in (400, 431)


@pytest.mark.alone
def test_scanner_texts_that_make_patterns_slow_are_read_in_time(app: Flask, database: None) -> None:
    """No pattern backtracks: the worst texts at full length take no longer than prose."""
    author, thread = factories.make_member(), factories.make_thread(factories.make_member())
    for number, unit in enumerate(("a", "1 ", "(", "a@", "kill ", "-", "I ", "t.me/", "*_", "> ", "+1 415 ", "\u0301")):
        body = (unit * 8000)[:7999]
        started = time.perf_counter()
        posting.reply(read_draft(body, f"slow-{number}"), author=author, thread=thread, now=utcnow())
        assert time.perf_counter() - started < 2.0, unit


# ── the operator's mistakes ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("changes", "said"), FAULTS)
def test_operator_each_mistake_stops_the_start_with_a_plain_sentence(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    found = problems(tmp_path, **changes)
    assert any(said in problem for problem in found)
    assert all(problem.endswith((".", "(docs/deploy/tor.md)")) for problem in found)


def test_threads_of_one_kind_only_are_listed(database: None) -> None:
    """What a list shows is decided in one place: held openings are in none of them."""
    held = factories.make_thread(factories.make_member(), visibility="held")
    assert held not in listing.list_threads(factories.a_room())[0]
    assert held not in listing.list_waiting()
