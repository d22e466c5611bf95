"""Tables of the moderation library, one file per noun; import them from here."""

from forum.moderation.models.approval import Approval
from forum.moderation.models.audit import AccessEntry, AuditEntry, Counter, Pseudonym
from forum.moderation.models.case import (
    OUTCOMES,
    STATES,
    Case,
    CaseLease,
    CaseNote,
    CaseSignal,
    CaseSkip,
    CaseSnapshot,
    LookIn,
)
from forum.moderation.models.duty import DutyShift, Followup
from forum.moderation.models.report import CATEGORIES, Report
from forum.moderation.models.rota import HandOver, OnCallPage, RotaShift
from forum.moderation.models.ruling import ACTIONS, Appeal, Decision, Sanction

__all__ = [
    "ACTIONS",
    "CATEGORIES",
    "OUTCOMES",
    "STATES",
    "AccessEntry",
    "Appeal",
    "Approval",
    "AuditEntry",
    "Case",
    "CaseLease",
    "CaseNote",
    "CaseSignal",
    "CaseSkip",
    "CaseSnapshot",
    "Counter",
    "Decision",
    "DutyShift",
    "Followup",
    "HandOver",
    "LookIn",
    "OnCallPage",
    "Pseudonym",
    "Report",
    "RotaShift",
    "Sanction",
]
