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
from forum.moderation.models.checks import HelplineCheck
from forum.moderation.models.duty import DutyShift, Followup
from forum.moderation.models.editing import ConfigChange, MessageTemplate
from forum.moderation.models.learning import PracticeCase, ShadowShift, SignOff, TrainingResult
from forum.moderation.models.report import CATEGORIES, Report
from forum.moderation.models.rota import HandOver, OnCallPage, RotaShift
from forum.moderation.models.rule import OwnRuleRow, RuleState, RuleTrial
from forum.moderation.models.ruling import ACTIONS, Appeal, Decision, Sanction
from forum.moderation.models.tending import BlindSample, Debrief, StaffCare, Tally

__all__ = [
    "ACTIONS",
    "CATEGORIES",
    "OUTCOMES",
    "STATES",
    "AccessEntry",
    "Appeal",
    "Approval",
    "AuditEntry",
    "BlindSample",
    "Case",
    "CaseLease",
    "CaseNote",
    "CaseSignal",
    "CaseSkip",
    "CaseSnapshot",
    "ConfigChange",
    "Counter",
    "Debrief",
    "Decision",
    "DutyShift",
    "Followup",
    "HandOver",
    "HelplineCheck",
    "LookIn",
    "MessageTemplate",
    "OnCallPage",
    "OwnRuleRow",
    "PracticeCase",
    "Pseudonym",
    "Report",
    "RotaShift",
    "RuleState",
    "RuleTrial",
    "Sanction",
    "ShadowShift",
    "SignOff",
    "StaffCare",
    "Tally",
    "TrainingResult",
]
