"""The index of words, kept by triggers on the table of posts.

Triggers rather than calls: whatever changes a post's visibility or words (a decision, an edit, a report that hides, a
deletion of thousands of posts in one statement, a colleague's SQL prompt) changes the index in the same transaction.
There is no moment at which hidden words can still be found, and nobody can forget to call anything.

PostgreSQL's triggers write the index itself. SQLite runs here with `trusted_schema=OFF`, under which a trigger may not
touch a virtual table; there the triggers note in `post_search_due` which posts changed, every session brings the index
up to date right before it commits (`settle`), and a search leaves out what is still noted. So a change made past our
sessions is out of sight at once, too, and out of the index with the next commit.

Only what everybody may read is in it: `live` and `limited` posts of topic threads. A room's number stands beside the
words, so that a search within a room reads only that room's entries. Deleted words stay in the file of an FTS5 index
until it is optimised; `forum.core.backup.wipe_free_space` does that (security.md M8).

SQLite drops a table's triggers when a migration copies the table (batch mode on `post` or `thread`): such a migration
must call `install` again at its end.
"""

# ruff: noqa: S608 - every name put into SQL here is a constant of this file

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from forum.discussions.models import Post
from forum.search.asking import Question, Where

TABLE = "post_search"
_SHOWN = "new.visibility IN ('live', 'limited') AND new.only_for_id IS NULL"
_TITLE = "CASE WHEN {post}.is_opening THEN t.title ELSE '' END"

_READ = "visibility, body, masked_body, only_for_id, thread_id"
"""Columns the index reads; where a covered text is up, that is what others can find."""
_DUE = f"{TABLE}_due"
_NOTE = f"INSERT OR IGNORE INTO {_DUE}(post_id)"
_SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE} USING fts5("
    "title, body, place, tokenize = 'unicode61 remove_diacritics 2')",
    f"CREATE TABLE IF NOT EXISTS {_DUE} (post_id INTEGER PRIMARY KEY)",
    f"CREATE TRIGGER IF NOT EXISTS post_search_insert AFTER INSERT ON post WHEN {_SHOWN} "
    f"BEGIN {_NOTE} VALUES (new.id); END",
    f"CREATE TRIGGER IF NOT EXISTS post_search_update AFTER UPDATE OF {_READ} ON post "
    f"BEGIN {_NOTE} VALUES (new.id); END",
    f"CREATE TRIGGER IF NOT EXISTS post_search_delete AFTER DELETE ON post BEGIN {_NOTE} VALUES (old.id); END",
    "CREATE TRIGGER IF NOT EXISTS post_search_title AFTER UPDATE OF title, room_id ON thread "
    "WHEN old.title <> new.title OR old.room_id IS NOT new.room_id "
    f"BEGIN {_NOTE} SELECT id FROM post WHERE thread_id = new.id; END",
)
_SQLITE_ROWS = f"""INSERT INTO {TABLE}(rowid, title, body, place)
    SELECT p.id, {_TITLE.format(post="p")}, coalesce(p.masked_body, p.body), 'room' || coalesce(t.room_id, 0)
    FROM post p JOIN thread t ON t.id = p.thread_id AND t.kind = 'topic'
    WHERE p.visibility IN ('live', 'limited') AND p.only_for_id IS NULL"""
_SQLITE_FILL = f"{_SQLITE_ROWS} AND NOT EXISTS (SELECT 1 FROM {TABLE} s WHERE s.rowid = p.id)"
_SETTLE = (
    f"DELETE FROM {TABLE} WHERE rowid IN (SELECT post_id FROM {_DUE})",
    f"{_SQLITE_ROWS} AND p.id IN (SELECT post_id FROM {_DUE})",
    f"DELETE FROM {_DUE}",
)

_DOCUMENT = (
    "to_tsvector('simple', " + _TITLE + " || ' ' || coalesce({post}.masked_body, {post}.body)) || "
    "array_to_tsvector(ARRAY['room:' || coalesce(t.room_id, 0)])"
)
_POSTGRESQL = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (post_id integer PRIMARY KEY REFERENCES post(id) ON DELETE CASCADE, "
    "document tsvector NOT NULL)",
    f"CREATE INDEX IF NOT EXISTS ix_{TABLE}_document ON {TABLE} USING gin (document)",
    f"""CREATE OR REPLACE FUNCTION post_search_refresh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM {TABLE} WHERE post_id = new.id;
    IF {_SHOWN} THEN
      INSERT INTO {TABLE}(post_id, document) SELECT new.id, {_DOCUMENT.format(post="new")}
      FROM thread t WHERE t.id = new.thread_id AND t.kind = 'topic';
    END IF;
    RETURN NULL; END $$""",
    "CREATE OR REPLACE TRIGGER post_search_insert AFTER INSERT ON post "
    "FOR EACH ROW EXECUTE FUNCTION post_search_refresh()",
    f"CREATE OR REPLACE TRIGGER post_search_update AFTER UPDATE OF {_READ} ON post "
    "FOR EACH ROW EXECUTE FUNCTION post_search_refresh()",
    """CREATE OR REPLACE FUNCTION post_search_retitle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE post SET body = body WHERE thread_id = new.id AND visibility IN ('live', 'limited');
    RETURN NULL; END $$""",
    "CREATE OR REPLACE TRIGGER post_search_title AFTER UPDATE OF title, room_id ON thread FOR EACH ROW "
    "WHEN (old.title <> new.title OR old.room_id IS DISTINCT FROM new.room_id) "
    "EXECUTE FUNCTION post_search_retitle()",
)
_POSTGRESQL_FILL = f"""INSERT INTO {TABLE}(post_id, document) SELECT p.id, {_DOCUMENT.format(post="p")} FROM post p
    JOIN thread t ON t.id = p.thread_id AND t.kind = 'topic'
    WHERE p.visibility IN ('live', 'limited') AND p.only_for_id IS NULL ON CONFLICT DO NOTHING"""


_NO_END = 2**31 - 1
_FIND_SQLITE = (
    f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH :found AND rowid < :before "
    f"AND rowid NOT IN (SELECT post_id FROM {_DUE}) ORDER BY rowid DESC LIMIT :most"
)
_FIND_POSTGRESQL = (
    f"SELECT post_id FROM {TABLE} WHERE document @@ to_tsquery('simple', :found) "
    "AND (CAST(:place AS text) = '' OR document @@ CAST(:place AS tsquery)) "
    "AND post_id < :before ORDER BY post_id DESC LIMIT :most"
)


_COMMON_FROM = 2_000
_PROBE = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH :found ORDER BY rowid DESC LIMIT 1 OFFSET {_COMMON_FROM}"


def without_common_beginnings(connection: Connection, question: Question) -> Question:
    """Return the question with words that stand in thousands of posts matching whole.

    FTS5 reads a word's entries newest first and stops when a page is full, but has to gather every entry of every word
    that begins with a prefix before the first one comes out: a second at two million posts. A word that common fills
    pages by itself. Each probe reads at most `_COMMON_FROM` entries. PostgreSQL gathers in both cases.
    """
    if connection.dialect.name != "sqlite":
        return question
    words = [term[0] for term in question.terms if question.is_beginning(term)]
    common = [w for w in words if connection.execute(text(_PROBE), {"found": f'{{title body}} : "{w}"'}).first()]
    return replace(question, whole=frozenset(common))


def install(connection: Connection) -> None:
    """Make the index and its triggers and put in what is missing; migrations call this with `op.get_bind()`."""
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(_SQLITE_FILL if is_sqlite else _POSTGRESQL_FILL)


def uninstall(connection: Connection) -> None:
    """Take the index and its triggers away."""
    is_sqlite = connection.dialect.name == "sqlite"
    for name, table in (("insert", "post"), ("update", "post"), ("delete", "post"), ("title", "thread")):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS post_search_{name}{'' if is_sqlite else f' ON {table}'}")
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {TABLE}")
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_DUE}")


@event.listens_for(Post.__table__, "after_create")
def _with_the_table(_table: object, connection: Connection, **_options: Any) -> None:
    install(connection)


@event.listens_for(Session, "before_commit")
def settle(session: Session) -> None:
    """Bring SQLite's index up to date inside the transaction that is about to be committed."""
    if not session.in_transaction() or session.get_bind().dialect.name != "sqlite":
        return
    session.flush()
    connection = session.connection()
    raw = connection.connection.dbapi_connection
    if not getattr(raw, "in_transaction", False):  # nothing was written: transactions begin with the first write
        return
    try:
        due = connection.exec_driver_sql(f"SELECT 1 FROM {_DUE} LIMIT 1").first()
    except OperationalError:  # a database that is still to be migrated has no index yet
        return
    if due is not None:
        for statement in _SETTLE:
            connection.exec_driver_sql(statement)


def read_candidates(
    connection: Connection, question: Question, where: Where, *, before: int | None, limit: int
) -> list[int]:
    """Return ids of posts that match, newest first; `before` continues below an id."""
    parameters: dict[str, Any] = {"most": limit, "before": before if before is not None else _NO_END}
    if connection.dialect.name == "sqlite":
        found = connection.execute(text(_FIND_SQLITE), parameters | {"found": question.for_sqlite(where)})
    else:
        parameters |= {"found": question.for_postgresql(), "place": where.for_postgresql()}
        found = connection.execute(text(_FIND_POSTGRESQL), parameters)
    return list(found.scalars())
