"""Finding posts a reader may read. The index says what matches, this file who may see it; work per page is bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from forum.boundaries.reading import Boundaries, boundaries_of
from forum.core.db import db
from forum.discussions import queries
from forum.discussions.models import PUBLIC, Post
from forum.identity.models import Member
from forum.search.asking import EVERYWHERE, Question, Where
from forum.search.index import read_candidates, without_common_beginnings

PAGE = 20
CHUNK = 60
ROUNDS = 5
"""At most CHUNK * ROUNDS matches are looked at for one page; "older" goes on from there."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, newest first, and where the next one begins."""

    posts: tuple[Post, ...] = ()
    older: int | None = None


def find(
    question: Question,
    reader: Member | None,
    *,
    where: Where = EVERYWHERE,
    since: datetime | None = None,
    before: int | None = None,
) -> Found:
    """Return what a reader may read and what matches."""
    if not question:
        return Found()
    question = without_common_beginnings(db.session.connection(), question)
    posts: list[Post] = []
    for _ in range(ROUNDS):
        ids = _candidates(question, where, before)
        for post in _load(ids):
            if since is not None and post.created_at < since:
                return Found(tuple(posts))
            before = post.id
            if _is_shown(post, reader, where):
                posts.append(post)
                if len(posts) == PAGE:
                    return Found(tuple(posts), before)
        if len(ids) < CHUNK:
            return Found(tuple(posts))
    return Found(tuple(posts), before)


def _candidates(question: Question, where: Where, before: int | None) -> list[int]:
    return read_candidates(db.session.connection(), question, where, before=before, limit=CHUNK)


def _load(ids: list[int]) -> list[Post]:
    return list(db.session.scalars(select(Post).where(Post.id.in_(ids)).order_by(Post.id.desc()))) if ids else []


def _is_shown(post: Post, reader: Member | None, where: Where) -> bool:
    """Ask the same rules as the pages do; the index alone is never believed.

    A muted room is looked through only where it alone was asked for.
    """
    mine: Boundaries = boundaries_of(reader)
    if post.visibility not in PUBLIC or post.persona in mine.unlisted:
        return False
    is_alone = len(where.rooms) == 1 and not where.is_outside
    if not is_alone and post.thread.room_id in mine.rooms:
        return False
    if mine.word_in(post.thread.title, post.content_note, effects=("hide",)):
        return False
    return queries.may_read_post(reader, post)
