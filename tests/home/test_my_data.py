"""A copy of everything and going for good: nothing kept about a member may be forgotten by either."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import RateLimited
from forum.discussions import operations as posts
from forum.discussions.models import Post, Reaction, Revision, Thread, ThreadEvent
from forum.home import export, leaving
from forum.identity import operations
from forum.identity.models import LoginSession, Member, RetiredHandle
from forum.identity.personal import HOLDINGS, holdings
from forum.identity.sessions import start_session
from forum.journey import checkins, journal
from forum.journey.models import CheckIn, JournalPage
from forum.moderation.models import Case, CaseSnapshot
from forum.web import limits
from tests import factories
from tests.conftest import Browser
from tests.home.rows import CANARY, fill

SignIn = Callable[..., Browser]


@pytest.fixture
def keys(app: Flask) -> Any:
    return app.extensions["forum.config"].keys


@pytest.fixture
def wren(app: Flask, database: None, keys: Any) -> tuple[Member, str]:
    """A member who knows their words."""
    return operations.join(handle=operations.free_handles(1, keys)[0], about="me", keys=keys, now=utcnow())


def points_at_member() -> list[str]:
    return sorted(
        f"{table.name}.{column.name}"
        for table in db.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "member"
    )


# ── No table may be forgotten ────────────────────────────────────────────────────────────────────────────────────


def test_every_column_that_points_at_a_member_is_declared(app: Flask) -> None:
    assert set(points_at_member()) - set(HOLDINGS) == set(), "declare these beside their tables: identity/personal.py"


def test_declared_columns_exist_and_have_different_headings(app: Flask) -> None:
    titles = [h.title for h in HOLDINGS.values() if h.columns]
    assert len(set(titles)) == len(titles)
    for holding in holdings(db.metadata.tables):
        table = db.metadata.tables[holding.table]
        assert {*holding.columns, *holding.blank, holding.name} <= set(table.c.keys()), holding.column


@pytest.mark.parametrize("keep", [True, False])
def test_no_row_points_at_somebody_who_has_gone(wren: tuple[Member, str], keys: Any, keep: bool) -> None:
    me = wren[0]
    made = {column: _row_of(column, me.id) for column in points_at_member()}
    db.session.expire_all()
    leaving.delete_member(me, keep_posts=keep, keys=keys, now=utcnow())
    for column, row in made.items():
        holding = HOLDINGS[column]
        table = db.metadata.tables[holding.table]
        own_key = [c == row[c.name] for c in table.primary_key.columns]
        left = db.session.execute(select(table).where(*own_key)).mappings().one_or_none()
        assert (left is None) is (holding.on_delete == "erase"), column
        if left is not None:
            assert left[holding.name] is None, column
            assert not any(left[name] for name in holding.blank), column
    assert db.session.scalar(select(Member.id).where(Member.id == made["post.author_id"]["author_id"])) is None


@pytest.mark.parametrize("column", ["post.author_id", "report.reporter_id", "appeal.member_id"])
def test_the_copy_holds_ones_words(wren: tuple[Member, str], column: str) -> None:
    row = _row_of(column, wren[0].id)
    sections = export.gather(wren[0], utcnow())["sections"]
    assert (row.get("body") or row["text"]) in str(sections[HOLDINGS[column].title])


def test_the_copy_has_a_section_for_every_declared_table(wren: tuple[Member, str]) -> None:
    for column in points_at_member():
        _row_of(column, wren[0].id)
    sections = export.gather(wren[0], utcnow())["sections"]
    assert {h.title for h in holdings(db.metadata.tables) if h.columns} == set(sections)
    assert [title for title, rows in sections.items() if not rows] == []


def test_the_copy_holds_nobody_elses_rows(wren: tuple[Member, str]) -> None:
    other = factories.make_member()
    for column in points_at_member():
        _row_of(column, other.id)
    assert [rows for rows in export.gather(wren[0], utcnow())["sections"].values() if rows] == []


def _row_of(column: str, member_id: int) -> dict[str, Any]:
    table, name = column.split(".")
    return fill(db.metadata.tables[table], {name: member_id})


# ── The copy ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_copy_is_a_zip_to_read_without_us(wren: tuple[Member, str], sign_in_as: SignIn) -> None:
    me, words = wren
    factories.make_thread(me, title="=1+1", body="<b>Nine</b> days & nights")
    held = factories.make_post(factories.make_thread(factories.make_member()), me, "@SUM(A1)", visibility="held")
    answer = sign_in_as(me).post("/me/export", {"phrase": words.upper()})
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        data = json.loads(packed.read("everything.json"))
        page = packed.read("read-me.html").decode()
        table = list(csv.DictReader(io.StringIO(packed.read("what-you-wrote.csv").decode())))
    wrote = data["sections"]["What you wrote"]
    assert [row["body"] for row in wrote] == ["<b>Nine</b> days & nights", held.body]
    assert data["you"]["handle"] == me.handle
    assert "&lt;b&gt;Nine&lt;/b&gt; days &amp; nights" in page
    assert "<b>Nine</b>" not in page
    assert "content=\"default-src 'none'\"" in page  # opened from a disk, without any header of ours
    assert re.search(r"<dt>Created</dt><dd>\s*\d+ \w+ \d{4}, \d\d:\d\d UTC", page)
    assert "public_id" not in page
    assert "created_at" not in page
    assert [row["body"] for row in table] == ["<b>Nine</b> days & nights", "'@SUM(A1)"]
    assert table[0]["thread_title"] == "'=1+1"
    assert words not in answer.data.decode("latin-1")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠A1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert export.safe_cell(cell) == f"'{cell}"
    assert export.safe_cell("fine = fine") == "fine = fine"


@pytest.mark.parametrize("path", ["/me/export", "/me/delete"])
def test_somebody_elses_words_do_not_count(
    app: Flask, wren: tuple[Member, str], keys: Any, sign_in_as: SignIn, path: str
) -> None:
    other, words = operations.join(handle=operations.free_handles(1, keys)[0], about="me", keys=keys, now=utcnow())
    answer = sign_in_as(wren[0]).post(path, {"phrase": words, "posts": "keep"})
    assert answer.status_code == 400
    assert "Those words don&#39;t open this account." in answer.text
    assert words not in answer.text
    assert db.session.get(Member, wren[0].id) is not None
    assert db.session.get(Member, other.id) is not None


@pytest.mark.parametrize("path", ["/me/export", "/me/delete"])
def test_the_page_comes_before_the_deed(wren: tuple[Member, str], sign_in_as: SignIn, path: str) -> None:
    browser = sign_in_as(wren[0])
    assert 'name="phrase"' in browser.get(path).text
    assert f'href="{path}"' in browser.get("/me").text


def test_one_copy_a_day(
    app: Flask, wren: tuple[Member, str], sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, words = wren
    noon = time.time() // 86_400 * 86_400 + 43_200  # the day's limit turns over at midnight
    monkeypatch.setattr(time, "time", lambda: noon)
    browser, kept = sign_in_as(me), app.extensions[limits.KEY]
    app.extensions[limits.KEY] = limits.Limiter("")
    try:
        assert browser.post("/me/export", {"phrase": words}).status_code == 200
        again = browser.post("/me/export", {"phrase": words})
    finally:
        app.extensions[limits.KEY] = kept
    assert again.status_code == 429
    assert int(again.headers["Retry-After"]) > 3600


def test_guessing_words_is_slowed_down() -> None:
    limiter = limits.Limiter("")
    for _ in range(10):
        limiter.hit("phrase", member="m")
    with pytest.raises(RateLimited):
        limiter.hit("phrase", member="m")


# ── Going for good ───────────────────────────────────────────────────────────────────────────────────────────────


def test_taking_everything_back(wren: tuple[Member, str], sign_in_as: SignIn, browser: Browser) -> None:
    me, words = wren
    bob = factories.make_member()
    own, theirs = factories.make_thread(me, title="My days"), factories.make_thread(bob, title="Bob's days")
    factories.make_post(own, bob, "I hear you.")
    mine = factories.make_post(theirs, me, "Something I said.")
    db.session.add(Revision(post_id=mine.id, body="An earlier word.", replaced_at=utcnow()))
    posts.toggle_reaction(mine, bob, "hear", utcnow())
    before, handle = theirs.seq, me.handle
    answer = sign_in_as(me).post("/me/delete", {"phrase": words, "posts": "erase"})
    assert (answer.status_code, answer.location) == (303, "/")
    page = browser.get(f"/t/{theirs.public_id}").text
    assert "Something I said." not in page
    assert handle not in page
    assert "has taken it back" in page
    again = db.session.get_one(Thread, theirs.id)
    assert (again.seq, again.reply_count) == (before + 1, 0)
    assert "My days" not in browser.get(f"/t/{own.public_id}").text
    for table in (Revision, Reaction):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert not db.session.scalar(select(func.count()).select_from(Post).where(Post.body.contains("Something")))


def test_numbers_stay_without_gaps_when_many_posts_go(wren: tuple[Member, str], keys: Any) -> None:
    me, bob = wren[0], factories.make_member()
    threads = [factories.make_thread(bob) for _ in range(3)]
    for thread in threads * 4:
        factories.make_post(thread, me)
        factories.make_post(thread, bob)
    factories.make_post(threads[0], me, "unseen", visibility="held")
    leaving.delete_member(me, keep_posts=False, keys=keys, now=utcnow())
    for thread in threads:
        seqs = list(db.session.scalars(select(ThreadEvent.seq).where(ThreadEvent.thread_id == thread.id)))
        assert sorted(seqs) == list(range(1, db.session.get_one(Thread, thread.id).seq + 1))
        assert db.session.get_one(Thread, thread.id).reply_count == 4
        hides = select(func.count()).where(ThreadEvent.thread_id == thread.id, ThreadEvent.kind == "hide")
        assert db.session.scalar(hides) == 4


def test_leaving_words_here_without_a_name(wren: tuple[Member, str], sign_in_as: SignIn, browser: Browser) -> None:
    me, words = wren
    handle = me.handle
    thread = factories.make_thread(me, title="My days", body="Nine of them.")
    held = factories.make_post(thread, me, "Nobody else has read this.", visibility="held")
    sign_in_as(me).post("/me/delete", {"phrase": words, "posts": "keep"})
    page = browser.get(f"/t/{thread.public_id}").text
    assert "Nine of them." in page
    assert "Former member" in page
    assert handle not in page
    assert db.session.get_one(Post, held.id).body == ""


def test_what_was_covered_does_not_come_out_when_its_author_has_gone(wren: tuple[Member, str], keys: Any) -> None:
    me = wren[0]
    post = factories.make_post(factories.make_thread(factories.make_member()), me, "Call me on 555 0100.")
    post.masked_body, post.body_html = "Call me on …", "<p>Call me on …</p>"
    db.session.flush()
    leaving.delete_member(me, keep_posts=True, keys=keys, now=utcnow())
    kept = db.session.get_one(Post, post.id)
    assert (kept.body, kept.masked_body, kept.author_id) == ("Call me on …", None, None)


def test_every_session_dies_and_the_name_is_retired(
    wren: tuple[Member, str], keys: Any, sign_in_as: SignIn, open_browser: Callable[[], Browser]
) -> None:
    me, words = wren
    handle = me.handle
    start_session(member=me, device="shared", now=utcnow())
    other_phone = sign_in_as(me)
    sign_in_as(me).post("/me/delete", {"phrase": words, "posts": "erase"})
    assert other_phone.get("/me").location.endswith("/return")
    assert db.session.scalar(select(func.count()).select_from(LoginSession)) == 0
    assert not operations.is_handle_free(handle, keys)
    assert db.session.scalar(select(func.count()).select_from(RetiredHandle)) == 1
    assert open_browser().post("/return", {"phrase": words}).status_code == 400


def test_panic_takes_all_back_and_leaves_the_site(wren: tuple[Member, str], sign_in_as: SignIn, app: Flask) -> None:
    me, words = wren
    thread = factories.make_thread(me, body="Nine of them.")
    answer = sign_in_as(me).post("/me/delete", {"phrase": words, "posts": "keep", "panic": "1"})
    assert answer.location == app.extensions["forum.config"].exit_url
    assert '"cookies"' in answer.headers["Clear-Site-Data"]
    assert db.session.scalars(select(Post).where(Post.thread_id == thread.id)).one().body == ""


def test_words_somebody_must_still_answer_stay_with_their_case(wren: tuple[Member, str], sign_in_as: SignIn) -> None:
    me, words = wren
    browser = sign_in_as(me)
    thread = factories.make_thread(factories.make_member())
    pills = "i have the pills lined up on the table. not scared anymore"
    browser.post(f"/t/{thread.public_id}/posts", {"body": pills, "client_id": "c"})
    browser.post("/me/delete", {"phrase": words, "posts": "erase"})
    case = db.session.scalars(select(Case)).one()
    assert (case.state, case.author_id, case.limited_context) == ("open", None, True)
    assert db.session.scalars(select(CaseSnapshot)).one().body == pills


def test_of_two_deletions_at_once_one_is_done(wren: tuple[Member, str], keys: Any) -> None:
    leaving._claim(wren[0].id)
    with pytest.raises(Exception, match="being deleted already"):
        leaving._claim(wren[0].id)


def test_canaries_are_made(wren: tuple[Member, str]) -> None:
    assert str(_row_of("report.reporter_id", wren[0].id)["text"]).startswith(CANARY)


# ── Their own place ──────────────────────────────────────────────────────────────────────────────────────────────


def test_sealed_pages_are_in_the_copy_and_go_with_their_member(
    wren: tuple[Member, str], keys: Any, sign_in_as: SignIn
) -> None:
    me, words = wren
    key = journal.open_journal(me, words, keys.peppers)
    journal.write_page(me, key, body="Only mine.", client_id="c", now=utcnow())
    draft = checkins.read_draft("3", "2", "A line for myself.")
    checkins.check_in(me, draft, client_id="c", today=utcnow().date(), now=utcnow())
    copy = export.gather(me, utcnow(), words)["parts"]["Your own place"]
    assert "Only mine." in str(copy)
    assert "A line for myself." in str(copy)
    assert "Only mine." not in str(export.gather(me, utcnow())["parts"])
    answer = sign_in_as(me).post("/me/export", {"phrase": words})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert "Only mine." in packed.read("read-me.html").decode()
    leaving.delete_member(me, keep_posts=True, keys=keys, now=utcnow())
    for table in (JournalPage, CheckIn):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
