"""Facts moderation announces, delivered after the commit that made them true. Ids and codes only, nobody's words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something about a case that an open queue should know."""

    case_id: int
    public_id: str
    version: int
    lane: int
    seq: int
    """Gapless over the whole site, in commit order; whoever sees a gap reads the list again."""


@dataclass(frozen=True, slots=True)
class CaseOpened(CaseEvent):
    """A case came into the queue: new, reopened, or back from being watched."""


@dataclass(frozen=True, slots=True)
class CaseChanged(CaseEvent):
    """More is known, or the lane or state changed."""


@dataclass(frozen=True, slots=True)
class CaseLeased(CaseEvent):
    """Somebody is looking at it."""

    alias: str


@dataclass(frozen=True, slots=True)
class CaseReleased(CaseEvent):
    """Nobody is looking at it any more."""


@dataclass(frozen=True, slots=True)
class CaseResolved(CaseEvent):
    """A decision closed it."""

    outcome: str
    alias: str


@dataclass(frozen=True, slots=True)
class PostDecided:
    """A person or a rule decided about a target; its author and its readers should see it as it now is."""

    target_type: str
    target_id: int
    decision_id: int
    action: str
    visibility: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class ReportAnswered:
    """A reporter has an answer waiting."""

    report_id: int
    reporter_id: int


@dataclass(frozen=True, slots=True)
class SanctionChanged:
    """What a member may do has changed; open sockets and pages must see it at once."""

    sanction_id: int
    member_id: int
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class AppealFiled:
    """Somebody asks for a second look."""

    appeal_id: int


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """A second look has ended."""

    appeal_id: int
    member_id: int | None
    state: str


@dataclass(frozen=True, slots=True)
class DutyChanged:
    """How many people are on has changed."""

    on_duty: int
