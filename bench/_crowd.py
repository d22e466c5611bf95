"""A forum as large as the goals speak of: 100,000 members, 200,000 threads, 2,000,000 posts, in one SQLite file.

The rows are written in bulk, past the operations, because two million posts through the pipeline would take days. The
file is kept under `build/` and used again; a newer migration is run over it, as on an operator's own forum. Texts are
invented words of uneven frequency, so that the index of words has common and rare ones, as real talk has.

`python -m bench._crowd FOLDER MEMBERS THREADS POSTS` fills an instance.
"""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SYLLABLES = [a + b for a in "bdfglmnprstvz" for b in "aeiou"]
BATCH = 20_000
BUSY = 1
"""Number of the member whose place is fullest: thousands of posts, hundreds of everything."""
BUSY_POSTS, LONG_THREAD = 3_000, 5_000
YEARS = 2
STORY_EVERY = 400
"""One thread in so many is a story; every third of them is told from a year on."""


def public_id(kind: str, number: int) -> str:
    """Return an opaque id that is the same in every run."""
    return hashlib.blake2b(f"{kind}{number}".encode(), digest_size=13).hexdigest()


def vocabulary(count: int = 30_000) -> tuple[list[str], list[float]]:
    """Return invented words and how often each is used (Zipf)."""
    chance = random.Random(7)
    words = list(dict.fromkeys("".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(count)))
    return words, [1 / rank for rank in range(1, len(words) + 1)]


def sentences(count: int = 20_000) -> list[str]:
    """Return a stock of sentences that posts are put together from."""
    chance = random.Random(11)
    words, weights = vocabulary()
    drawn = chance.choices(words, weights, k=count * 12)
    return [" ".join(drawn[n * 12 : n * 12 + 12]).capitalize() + "." for n in range(count)]


class Crowd:
    """Writes the rows."""

    def __init__(self, path: Path, members: int, threads: int, posts: int) -> None:
        self.members, self.threads, self.posts = members, threads, posts
        self.now = datetime.now(UTC)
        self.began = self.now - timedelta(days=365 * YEARS)
        self.chance, self.stock = random.Random(3), sentences()
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
            self.db.execute(f"PRAGMA {pragma}")
        self.rooms = [row[0] for row in self.db.execute("SELECT id FROM room ORDER BY position")]

    def at(self, part: float) -> str:
        """Return a moment between the beginning (0.0) and now (1.0), as SQLite keeps it."""
        return f"{self.began + (self.now - self.began) * part:%Y-%m-%d %H:%M:%S.%f}"

    def many(self, table: str, columns: str, rows: Iterator[tuple[Any, ...]], say: str = "") -> None:
        """Insert in batches, each a transaction of its own."""
        marks = ", ".join("?" * (columns.count(",") + 1))
        done, batch, started = 0, [], time.monotonic()
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"

        def write() -> None:
            self.db.execute("BEGIN")
            self.db.executemany(statement, batch)
            self.db.execute("COMMIT")

        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                write()
                done, batch = done + BATCH, []
                if say:
                    print(f"\r  {say}: {done:,} in {time.monotonic() - started:.0f} s", end="", file=sys.stderr)
        write()
        if say:
            print(f"\r  {say}: {done + len(batch):,} in {time.monotonic() - started:.0f} s", file=sys.stderr)

    # ── People ──────────────────────────────────────────────────────────────────────────────────────────────────

    def fill_members(self) -> None:
        """Members, of whom most have never written."""
        rows = (
            (
                n, public_id("member", n), f"Quiet Wren {n}", n.to_bytes(32, "big"), "p1", "-", 1, 2, "active",
                self.at(n / self.members * 0.9)[:10], self.at(n / self.members * 0.9), "", "me", 40, 0, 0,
            )
            for n in range(1, self.members + 1)
        )  # fmt: skip
        columns = (
            "id, public_id, handle, lookup_id, pepper_id, verifier, phrase_confirmed, trust, state, created_day, "
            "created_at, country, about, accepted_posts, plain_letters, full_titles"
        )
        self.many("member", columns, rows, "members")

    # ── Threads and posts ───────────────────────────────────────────────────────────────────────────────────────

    def fill_posts(self) -> None:
        """Posts in the order of time: one in ten opens a thread, most answer one of the newest two thousand."""
        self.seqs, self.bumped = [0] * (self.threads + 1), [0.0] * (self.threads + 1)
        columns = (
            "id, public_id, thread_id, author_id, client_id, is_opening, body, body_html, digest, seq, visibility, "
            "reason_code, explanation, content_note, support_level, categories, card_hidden, card_unfit, scan_state, "
            "fingerprint, created_at, revision, first_public_at"
        )
        self.many("post", columns, self._posts(), "posts")
        self.many("thread", _THREAD, self._threads(), "threads")
        events = "SELECT thread_id, seq, 'post', id, created_at FROM post WHERE seq IS NOT NULL"
        self.db.execute(f"INSERT INTO thread_event (thread_id, seq, kind, post_id, created_at) {events}")

    def _posts(self) -> Iterator[tuple[Any, ...]]:
        opened, chance = 0, self.chance
        every = self.posts / self.threads
        for n in range(1, self.posts + 1):
            opening = opened < self.threads and n >= opened * every
            opened += opening
            thread = opened if opening else self._answered(opened)
            self.seqs[thread] += 1
            part = n / (self.posts + 1)
            self.bumped[thread] = part
            author = BUSY if n % (self.posts // BUSY_POSTS + 1) == 0 else 1 + int(self.members * chance.random() ** 3)
            body = f"{self.stock[chance.randrange(len(self.stock))]} {self.stock[chance.randrange(len(self.stock))]}"
            moment = self.at(part)
            hidden = n % 400 == 0 and not opening
            yield (
                n, public_id("post", n), thread, author, f"c{n}", opening, body, f"<p>{body}</p>", b"-" * 32,
                self.seqs[thread], "hidden" if hidden else "live", "", "", "a slip" if n % 50 == 0 else "",
                n % 300 == 0, "[]", 0, 0, "done", public_id("f", n), moment, 0, moment,
            )  # fmt: skip

    def _answered(self, opened: int) -> int:
        if self.chance.random() < LONG_THREAD / self.posts:
            return 1
        if self.chance.random() < 0.7:
            return max(1, opened - self.chance.randrange(2_000))
        return self.chance.randint(1, opened)

    def _threads(self) -> Iterator[tuple[Any, ...]]:
        rooms = self.chance.choices(self.rooms, [1 / n for n in range(1, len(self.rooms) + 1)], k=self.threads)
        opening = {
            thread: (author, created)
            for thread, author, created in self.db.execute(
                "SELECT thread_id, author_id, created_at FROM post WHERE is_opening"
            )
        }
        for n in range(1, self.threads + 1):
            author, created = opening[n]
            yield (
                n, public_id("thread", n), "topic", rooms[n - 1], author, self.stock[n % len(self.stock)][:60], "",
                "live", self.seqs[n], self.seqs[n] - 1, 0, 0, created, self.at(self.bumped[n]),
            )  # fmt: skip

    # ── What hangs on them ──────────────────────────────────────────────────────────────────────────────────────

    def fill_rest(self) -> None:
        """Reactions, follows, news, and one member who has a lot of everything."""
        chance, posts = self.chance, self.posts
        pairs = {(chance.randint(1, posts), chance.randint(2, self.members)) for _ in range(posts // 4)}
        self.many("reaction", "post_id, member_id, kind", ((p, m, "hear") for p, m in pairs), "reactions")
        follows = {(1 + chance.randrange(self.members), 1 + chance.randrange(self.threads)) for _ in range(posts // 10)}
        follows |= {(BUSY, thread) for thread in range(1, 301)}
        rows = ((m, t, self.at(0.9)) for m, t in follows)
        self.many("thread_follow", "member_id, thread_id, created_at", rows, "follows")
        kept = ((BUSY, posts - n * 7, self.at(0.9)) for n in range(300))
        self.many("bookmark", "member_id, post_id, created_at", kept)
        self.many("notification", _NEWS, self._news(), "news")
        for table, column, first in (("member_block", "blocked_id", 100), ("member_mute", "muted_id", 200)):
            away = ((BUSY, n, self.at(0.9)) for n in range(first, first + 60))
            self.many(table, f"member_id, {column}, created_at", away)
        words = {self.stock[n].split()[0].casefold() for n in range(20)}
        rules = ((public_id("word", n), BUSY, word, "cover") for n, word in enumerate(sorted(words)))
        self.many("word_rule", "public_id, member_id, word, effect", rules)
        checks = (
            (
                public_id("check", n),
                BUSY,
                f"k{n}",
                self.at(1 - n / (365 * YEARS))[:10],
                n % 5 + 1,
                n % 11,
                "",
                0,
                "[]",
                0,
            )
            for n in range(365)
        )
        columns = "public_id, member_id, client_id, day, mood, craving, line, support_level, categories, card_hidden"
        self.many("journey_check_in", columns, checks)

    def _news(self) -> Iterator[tuple[Any, ...]]:
        for n in range(self.posts // 10):
            member = BUSY if n < 800 else 1 + self.chance.randrange(self.members)
            thread, at = 1 + self.chance.randrange(self.threads), self.at(0.95)
            yield (
                public_id("news", n), member, "followed", f"thread:{n}", "", thread,
                1 + self.chance.randrange(self.posts), "", 1, at, at, None if n % 3 else at,
            )  # fmt: skip


_THREAD = (
    "id, public_id, kind, room_id, author_id, title, content_note, visibility, seq, reply_count, is_closed, pinned, "
    "started_at, bumped_at"
)
_NEWS = "public_id, member_id, kind, subject, code, thread_id, post_id, link, count, updated_at, due_at, read_at"


def tell_stories(connection: sqlite3.Connection) -> None:
    """Make some threads stories, with a long text; where that was done before, nothing changes."""
    plain = f"id % {STORY_EVERY} = 0 AND purpose = ''"
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS told AS SELECT id FROM thread WHERE 0")
    connection.execute(f"INSERT INTO told SELECT id FROM thread WHERE {plain}")
    connection.execute(
        f"UPDATE thread SET purpose = 'story', story_from = CASE id / {STORY_EVERY} % 3 WHEN 0 THEN 'year' "
        "WHEN 1 THEN 'months' ELSE '' END WHERE id IN (SELECT id FROM told)"
    )
    told = "is_opening AND thread_id IN (SELECT id FROM told)"
    connection.execute(
        "UPDATE post SET body = replace(hex(zeroblob(25)), '00', body || ' '), "
        f"body_html = replace(hex(zeroblob(25)), '00', body_html) WHERE {told}"
    )
    connection.execute("DROP TABLE told")


# ── One instance ────────────────────────────────────────────────────────────────────────────────────────────────


def build(folder: Path, members: int, threads: int, posts: int) -> None:
    """Fill an instance, or bring one that was filled before to the newest migration."""
    from flask_migrate import upgrade

    from forum import create_app
    from forum.config import load_config
    from forum.core.db import db
    from forum.discussions.seeding import seed_rooms

    done, path = folder / "filled.json", folder / "forum.db"
    if not done.exists():
        for left in folder.glob("forum.db*"):
            left.unlink()
    app = create_app(load_config({"FORUM_INSTANCE": str(folder), "FORUM_SCORER": "off"}))
    with app.app_context():
        upgrade()
        seed_rooms()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    if done.exists():
        with sqlite3.connect(path) as filled:
            tell_stories(filled)
        return
    started = time.monotonic()
    crowd = Crowd(path, members, threads, posts)
    indexes = _without_indexes(crowd.db)
    crowd.fill_members()
    crowd.fill_posts()
    crowd.fill_rest()
    tell_stories(crowd.db)
    for statement in indexes:
        crowd.db.execute(statement)
    crowd.db.close()
    with app.app_context():
        from forum.search import index

        with db.engine.begin() as connection:
            index.install(connection)
        db.engine.dispose()
    with sqlite3.connect(path) as last:
        last.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    done.write_text(json.dumps({"members": members, "threads": threads, "posts": posts}))
    print(f"  filled in {time.monotonic() - started:.0f} s, {path.stat().st_size / 1e9:.2f} GB", file=sys.stderr)


def _without_indexes(connection: sqlite3.Connection) -> list[str]:
    """Take away triggers and plain indexes, which bulk writing would only be slowed by; return how to make them."""
    tables = "('member', 'post', 'thread', 'thread_event', 'reaction', 'notification', 'thread_follow', 'bookmark')"
    asked = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND"
    found = connection.execute(
        f"{asked} (type = 'trigger' AND name LIKE 'post_search%' OR type = 'index' AND tbl_name IN {tables})"
    ).fetchall()
    for kind, name, _sql in found:
        connection.execute(f"DROP {kind} {name}")
    return [sql for kind, _name, sql in found if kind == "index"]


if __name__ == "__main__":
    build(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
