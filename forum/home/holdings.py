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
declare("thread_mask.member_id", "erase", title="Names you had in one thread", columns=("thread_id", "handle"))
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

# ── Meetings ────────────────────────────────────────────────────────────────────────────────────────────────────

declare(
    "meeting_seat.member_id",
    "erase",
    title="Meetings you sat in lately",
    columns=("session_id", "joined_at", "left_at", "is_listening"),
)
declare("meeting_norms.member_id", "erase", title="That you read how meetings go", columns=("version", "read_at"))
declare("meeting_mood.member_id", "erase", title="How meetings left you", columns=("noted_on", "before", "after"))
declare("meeting_reminder.member_id", "erase", title="Meetings you want to be told of", columns=("series_id",))
declare("meeting_question.member_id", "erase", title="Quiet questions to hosts", columns=("asked_at", "answered_at"))
declare("meeting_quote.member_id", "erase", title="Lines for a meeting’s card", columns=("with_name", "offered_at"))
declare("meeting_side_room.member_id", "erase", title="Quiet rooms with the team", columns=("opened_at", "closed_at"))

# ── My own place: copied and erased by the feature itself, sealed pages among them ──────────────────────────────

_OWN = "Copied under “Your own place”."
for _table in ("settings", "check_in", "counter", "goal", "small_thing", "reminder", "page", "call"):
    declare(f"journey_{_table}.member_id", "erase", why_not=_OWN)
declare(
    "journey_lock.member_id", "erase", why_not="It is the lock of your sealed pages; the pages themselves are copied."
)
