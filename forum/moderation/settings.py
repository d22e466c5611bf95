"""Site settings moderation owns. Detection thresholds are not here: they are the policy's, versioned as one."""

from __future__ import annotations

from forum.core.settings import declare

lease_minutes = declare(
    "lease_minutes",
    10,
    "minutes",
    "How long a case is yours after you last did something with it.",
    minimum=2,
    maximum=60,
)
lease_idle_minutes = declare(
    "lease_idle_minutes",
    3,
    "minutes",
    "How long a case stays yours after your browser was last heard from.",
    minimum=1,
    maximum=30,
)
undo_seconds = declare(
    "undo_seconds", 20, "seconds", "How long the undo button is offered after a decision.", minimum=5, maximum=300
)
report_limit_day = declare(
    "report_limit_day", 10, "reports", "How many reports one member may send in 24 hours.", minimum=1, maximum=200
)
report_worried_limit_day = declare(
    "report_worried_limit_day",
    5,
    "reports",
    "How many of them may say that they are worried about somebody.",
    minimum=1,
    maximum=200,
)
limit_weight = declare(
    "limit_weight",
    2.0,
    "sum of weights",
    "Reports weighing this much put a text behind a note until a moderator has read it.",
    minimum=1.0,
    maximum=20.0,
)
limit_min_reporters = declare(
    "limit_min_reporters",
    3,
    "accounts",
    "How many accounts older than a day must agree for that.",
    minimum=2,
    maximum=50,
)
reopen_reporters = declare(
    "reopen_reporters",
    3,
    "accounts",
    "How many new reports of a kind already judged open a case again within a day.",
    minimum=1,
    maximum=50,
)
appeal_days = declare("appeal_days", 14, "days", "How long a member may ask for a second look.", minimum=7, maximum=180)
blur_lanes = declare(
    "blur_lanes",
    1,
    "lane",
    "Texts up to this lane are covered until a moderator asks to read them.",
    minimum=0,
    maximum=4,
)
first_answer_minutes_t0 = declare(
    "first_answer_minutes_t0", 5, "minutes", "First human answer in lane T0 while somebody is on.", minimum=1
)
first_answer_minutes_t1 = declare(
    "first_answer_minutes_t1", 15, "minutes", "First human answer in lane T1 while somebody is on.", minimum=1
)
first_answer_minutes_t2 = declare("first_answer_minutes_t2", 60, "minutes", "First human answer in lane T2.", minimum=1)
first_answer_minutes_t3 = declare(
    "first_answer_minutes_t3", 240, "minutes", "First human answer in lane T3.", minimum=1
)
first_answer_minutes_t4 = declare(
    "first_answer_minutes_t4", 1440, "minutes", "First human answer in lane T4.", minimum=1
)
age_up_hours_t3 = declare(
    "age_up_hours_t3", 16, "hours", "After so long in lane T3 a case moves to the end of T2.", minimum=1
)
age_up_hours_t4 = declare(
    "age_up_hours_t4", 96, "hours", "After so long in lane T4 a case moves to the end of T3.", minimum=1
)
snapshot_days = declare(
    "snapshot_days",
    30,
    "days",
    "How long the text of a deleted post is kept after its case is closed.",
    minimum=1,
    maximum=180,
)
hidden_body_days = declare(
    "hidden_body_days",
    180,
    "days",
    "How long the words of a text that was taken down are kept; afterwards a hash and the reason are left.",
    minimum=30,
    maximum=730,
)
t0_gap_minutes = declare(
    "t0_gap_minutes",
    30,
    "minutes",
    "For so long after an emergency its moderator is told that others can take the next one.",
    minimum=0,
    maximum=240,
)
reveal_cap = declare(
    "reveal_cap",
    6,
    "texts",
    "After so many T0 and T1 texts within two hours a moderator is offered a pause; nothing is ever blocked.",
    minimum=1,
    maximum=50,
)
paging_webhook_url = declare(
    "paging_webhook_url", "", "address", "Where a signed call goes when somebody may be in danger; empty: nowhere."
)
paging_ntfy_url = declare(
    "paging_ntfy_url", "", "address", "An ntfy topic that is told “1 urgent item” and nothing else; empty: none."
)
paging_admin_ntfy_url = declare(
    "paging_admin_ntfy_url", "", "address", "The admins' ntfy topic, after 15 minutes without an answer; empty: none."
)
rule_shadow_precision = declare(
    "rule_shadow_precision",
    0.30,
    "share",
    "A rule people agreed with in fewer of its last 50 reviewed hits goes back on trial by itself.",
    minimum=0.0,
    maximum=0.9,
)
bulk_max = declare("bulk_max", 25, "cases", "How many T3 and T4 cases one decision may cover.", minimum=1, maximum=100)
blind_sample_pct = declare(
    "blind_sample_pct",
    2.0,
    "percent",
    "So many of the decisions about T2 and T3 texts are read once more by somebody who does not know them.",
    minimum=0.0,
    maximum=50.0,
)
training_required = declare(
    "training_required",
    False,
    "yes or no",
    "Moderators and helpers decide T2 to T4 only once a lead has signed off their training.",
)


def first_answer_minutes(lane: int) -> int:
    """Return the target of a lane, in minutes."""
    readers = (
        first_answer_minutes_t0,
        first_answer_minutes_t1,
        first_answer_minutes_t2,
        first_answer_minutes_t3,
        first_answer_minutes_t4,
    )
    return readers[lane]()
