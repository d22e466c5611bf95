"""Columns that point at a member in the tables of identity, discussions and moderation (those know no copies)."""

from __future__ import annotations

from forum.identity.personal import declare

_MODERATION = "Working notes of the moderators; what was decided is copied from the decisions."

declare("login_session.member_id", "erase", title="Where you are signed in", columns=("device", "created_at"))
declare(
    "post.author_id",
    "words",
    title="What you wrote",
    columns=(
        "public_id", "thread_id", "created_at", "edited_at", "visibility", "content_note", "body", "reply_to_id",
        "explanation", "support_level",
    ),
)  # fmt: skip
declare(
    "post.only_for_id",
    "words",
    title="Answers from the moderators only you can read",
    columns=("thread_id", "created_at", "body"),
)
declare(
    "thread.author_id", "forget", title="Threads you opened", columns=("public_id", "room_id", "title", "started_at")
)
declare("reaction.member_id", "erase", title="Your quick answers", columns=("post_id", "kind"))
declare("mod_case.author_id", "forget", why_not=_MODERATION)
declare("case_signal.reporter_id", "forget", why_not="Your reports are copied from the table of reports.")
declare("look_in.author_id", "erase", why_not=_MODERATION)
declare("case_pseudonym.member_id", "erase", why_not="It is the only link between you and the record of decisions.")
declare("mod_access.member_id", "forget", why_not="It says what moderators did, and goes after 90 days.")
declare(
    "report.reporter_id",
    "forget",
    title="What you asked moderators to look at",
    columns=("category", "text", "outcome", "answer_note", "created_at", "answered_at"),
    blank=("text",),
)
declare(
    "decision.author_id",
    "forget",
    title="What moderators decided about your words",
    columns=("action", "rule_ref", "facts_public", "decided_at", "appeal_until", "automated_decision"),
)
declare(
    "sanction.member_id",
    "erase",
    title="Limits on what you could do",
    columns=("kind", "room_id", "state", "hours", "starts_at", "ends_at", "lifted_at"),
)
declare(
    "appeal.member_id",
    "forget",
    title="Second looks you asked for",
    columns=("text", "state", "reply", "filed_at", "decided_at"),
    blank=("text",),
)
