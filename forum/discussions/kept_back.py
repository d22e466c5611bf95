"""Whom held words were meant for: somebody told to die never sees it, and is offered help all the same."""

from __future__ import annotations

from forum.core.events import announce
from forum.discussions import history
from forum.discussions.events import WordsKeptBack
from forum.discussions.models import Post
from forum.moderation.verdict import Verdict

INCITEMENT = "toxic_incitement"


def tell_addressed(post: Post, verdict: Verdict) -> None:
    """Announce whom held words of this kind were meant for, if anybody can be told."""
    if post.visibility != "held" or not any(f.code == INCITEMENT and f.mode == "hold" for f in verdict.findings):
        return
    if meant := addressed(post):
        announce(WordsKeptBack(post.id, meant))


def addressed(post: Post) -> tuple[int, ...]:
    """Return the members a post speaks to: those it names, else whom it answers, else whose thread it is in."""
    body = post.body.lower()
    named = {one for name, one in history.thread_people(post.thread).items() if name.lower() in body}
    answered = {post.reply_to.author_id} if post.reply_to is not None else set()
    meant = named or answered or {post.thread.author_id}
    return tuple(sorted(one for one in meant if one is not None and one != post.author_id))
