"""Refusals a person may meet. Each knows its code (sockets, JSON), its HTTP status and one calm, exact sentence."""

from __future__ import annotations


class ForumError(Exception):
    """Base of every expected refusal; anything else is a bug and answers 500."""

    code = "bad_request"
    status = 400
    message = "That did not work. Nothing you wrote is lost."

    def __init__(self, message: str | None = None, *, field: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(message or self.message)
        self.message = str(message or self.message)
        self.field = field
        self.retry_after = retry_after
        """Seconds until trying again makes sense."""


class BadInput(ForumError):
    """A field is missing or malformed; `field` names it."""


class TooLong(BadInput):
    """A text is longer than its limit."""

    code = "too_long"
    status = 413


class SignedOut(ForumError):
    """No valid session."""

    code = "signed_out"
    status = 403
    message = "You are signed out. Your words are still here: come back in and send them again."


class Forbidden(ForumError):
    """The person is known and may not do this now (standing, role)."""

    code = "forbidden"
    status = 403
    message = "You can't do that just now."


class NotFound(ForumError):
    """Absent, hidden and forbidden objects all answer this, so nobody learns which it was."""

    code = "not_found"
    status = 404
    message = "That page isn't here. It may have been taken back by the person who wrote it."


class Conflict(ForumError):
    """Somebody else changed it meanwhile."""

    code = "conflict"
    status = 409
    message = "Somebody changed this while you were looking. Here is how it stands now."


class Closed(ForumError):
    """The thread or room takes no more posts."""

    code = "closed"
    status = 403
    message = "This thread is closed. You can still read it."


class RateLimited(ForumError):
    """Too much at once; `retry_after` says when to try again."""

    code = "rate_limited"
    status = 429
    message = "That's a lot at once. We've kept your words. You can try again in a little while."


class ReadOnly(ForumError):
    """The database cannot take writes (disk, lock); reading and help pages go on."""

    code = "read_only"
    status = 503
    message = "We can't save anything just now. Your words are still here: please try again in a minute."


class Paused(ForumError):
    """A live room is paused."""

    code = "paused"
    status = 403
    message = "This room is paused for a moment."
