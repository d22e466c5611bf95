"""The decision table, row by row, by literals: who sees a text, which lane reads it, what its author is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forum.moderation.decide import decide, stricter
from forum.moderation.policy import DEFAULT_POLICY, Policy
from forum.moderation.verdict import Author, Finding, PhaseFailure, Submission, Verdict

MEMBER = Submission("a text", author=Author(trust=1, accepted_posts=10))
NEW = Submission("a text", author=Author(trust=0, accepted_posts=5))
NEW_ALONE = replace(NEW, coverage=0)
FIRST = Submission("a text", author=Author(trust=0, accepted_posts=0))
REMOVED = Submission("a text", author=Author(trust=1, accepted_posts=10, removals_7d=2))


def crisis(level: int, category: str = "ideation_passive", **more: Any) -> Finding:
    return Finding("crisis", category, level=level, category=category, subject=more.pop("subject", "self"), **more)


def leak(subject: str = "self", **more: Any) -> Finding:
    spans = more.pop("spans", ((0, 1),))
    return Finding(
        "identity_leak", "phone_number", subject=subject, mode=more.pop("mode", "hold"), mask=True, spans=spans, **more
    )


def rule(code: str, mode: str = "hold", phase: str = "community_rules", **more: Any) -> Finding:
    return Finding(phase, code, mode=mode, rule="some_rule", explanation="It reads like something.", **more)  # type: ignore[arg-type]


def model(code: str, score: float, name: str = "embedded", subject: str = "other", **more: Any) -> Finding:
    return Finding("toxicity", code, score=score, rule=name, subject=subject, **more)  # type: ignore[arg-type]


INCITEMENT = rule("toxic_incitement", phase="toxicity", severity="max", subject="other")
THREAT = rule("threat_words", phase="toxicity", severity="max", subject="other")
ATTACK = rule("targeted_abuse", phase="toxicity", severity="high", subject="other")
BELITTLING = rule("targeted_abuse", mode="flag", phase="toxicity", subject="other")
CRUEL = Finding("toxicity", "cruelty", score=0.97, rule="cruelty", subject="other", mode="hold", severity="high")
UNSURE = replace(CRUEL, score=0.7, mode="flag", severity="medium")
DOUBT = Finding("toxicity", "not_cruel", score=0.01, rule="cruelty", severity="info")
HALF = replace(DOUBT, code="hardly_cruel", score=0.3)
CUE = Finding("toxicity", "cruel_words", severity="info", rule="cue", subject="other")
METHOD = Finding("crisis", "method_detail", category="method_detail", subject="self")
PAIN = Finding("toxicity", "own_pain", severity="info", subject="self")
SEMANTIC = Finding("semantic", "semantic_ideation_passive", level=2, category="ideation_passive", subject="self")
LINK = Finding("identity_leak", "link", severity="info", category="link")
SEMANTIC_3 = replace(SEMANTIC, level=3)

TABLE: list[tuple[str, Submission, list[Finding], tuple[str, str | None, str, int]]] = [
    ("nothing at all", MEMBER, [], ("live", None, "", 0)),
    # harm to others, whoever wrote it and in whatever state they are
    ("sexual content about a minor", MEMBER, [rule("minor_sexual", severity="max")], ("held", "T0", "minor_safety", 0)),
    ("somebody else's number", MEMBER, [leak("other")], ("held", "T0", "identity_of_other", 0)),
    ("… by somebody in crisis", MEMBER, [leak("other"), crisis(2)], ("held", "T0", "identity_of_other", 2)),
    ("a threat in words", MEMBER, [THREAT], ("held", "T1", "threat", 0)),
    ("a threat heard by the built-in model", MEMBER, [model("threat", 0.80)], ("held", "T1", "threat", 0)),
    ("a threat heard by Detoxify", MEMBER, [model("threat", 0.80, "detoxify")], ("held", "T1", "threat", 0)),
    ("a threat below the line", MEMBER, [model("threat", 0.79)], ("live", None, "", 0)),
    ("a threat to oneself", MEMBER, [model("threat", 0.99, subject="self")], ("live", None, "", 0)),
    ("harm planned, page", MEMBER, [crisis(3, "threat_imminent", subject="other")], ("held", "T0", "threat", 3)),
    ("harm imagined", MEMBER, [crisis(2, "threat_others", subject="other")], ("live", "T1", "", 2)),
    (
        "a victim tells of an attack",
        MEMBER,
        [crisis(3, "threat_imminent", subject="other"), crisis(3, "dv_immediate")],
        ("live", "T0", "", 3),
    ),
    ("kys", MEMBER, [INCITEMENT], ("held", "T1", "incitement", 0)),
    ("kys beside one's own crisis", MEMBER, [INCITEMENT, crisis(3)], ("held", "T0", "incitement", 3)),
    # method
    ("asking how", MEMBER, [crisis(3, "method_seeking")], ("held", "T0", "method_seeking", 3)),
    ("saying how", MEMBER, [crisis(2, "self_harm"), METHOD], ("limited", "T1", "method_detail", 2)),
    ("saying how, page", MEMBER, [crisis(3, "attempt_in_progress"), METHOD], ("limited", "T0", "method_detail", 3)),
    (
        "urging others",
        MEMBER,
        [crisis(3), replace(METHOD, code="urging_others")],
        ("limited", "T0", "method_detail", 3),
    ),
    ("a dose beside withdrawal is no method", MEMBER, [crisis(2, "withdrawal_risk"), METHOD], ("live", "T1", "", 2)),
    ("a dose alone is no method", MEMBER, [METHOD], ("live", None, "", 0)),
    # crisis
    ("level 3", MEMBER, [crisis(3)], ("live", "T0", "", 3)),
    ("level 2", MEMBER, [crisis(2)], ("live", "T1", "", 2)),
    ("level 2 heard between the lines", MEMBER, [crisis(1, "distress"), SEMANTIC], ("live", "T1", "", 2)),
    ("level 3 with the model's help", MEMBER, [crisis(2), SEMANTIC_3], ("live", "T0", "", 3)),
    ("level 1 opens no case", MEMBER, [crisis(1, "past_suicidality")], ("live", None, "", 1)),
    ("level 2 with own number is not paused", MEMBER, [crisis(2), leak()], ("live", "T1", "", 2)),
    (
        "an advertisement beside distress",
        MEMBER,
        [crisis(2), rule("sourcing_offer")],
        ("limited", "T1", "needs_note", 2),
    ),
    (
        "a staff member in crisis",
        replace(MEMBER, author=Author(trust=3, is_staff=True)),
        [crisis(3)],
        ("live", "T0", "", 3),
    ),
    # identity, community
    ("own number", MEMBER, [leak()], ("held", "T2", "identity_leak", 0)),
    ("nobody's number", MEMBER, [leak("none")], ("held", "T2", "identity_leak", 0)),
    ("a public number", MEMBER, [leak("none", mode="flag", severity="info")], ("live", None, "", 0)),
    ("selling", MEMBER, [rule("sourcing_offer")], ("held", "T2", "sourcing_offer", 0)),
    ("dangerous advice", MEMBER, [rule("dangerous_advice")], ("held", "T2", "dangerous_advice", 0)),
    ("medication shaming", MEMBER, [rule("medication_shaming", "flag")], ("live", "T3", "", 0)),
    ("a rule on trial", MEMBER, [rule("sourcing_offer", "shadow")], ("live", None, "", 0)),
    # cruelty
    ("an attack by rule", MEMBER, [ATTACK], ("held", "T2", "abuse", 0)),
    ("an attack out of pain", MEMBER, [ATTACK, PAIN], ("live", "T2", "abuse_with_distress", 0)),
    ("an attack beside a slip", MEMBER, [ATTACK, crisis(1, "distress")], ("held", "T2", "abuse", 1)),
    ("an attack with own crisis in words", MEMBER, [ATTACK, crisis(2)], ("live", "T1", "", 2)),
    ("an attack a model hears pain in", MEMBER, [ATTACK, SEMANTIC], ("held", "T1", "abuse", 2)),
    ("an attack with another's crisis in it", MEMBER, [ATTACK, crisis(2, subject="other")], ("held", "T1", "abuse", 2)),
    ("cruelty without a hard word", MEMBER, [CRUEL], ("held", "T2", "abuse", 0)),
    ("cruelty out of pain", MEMBER, [CRUEL, PAIN], ("live", "T2", "abuse_with_distress", 0)),
    ("cruelty in a crisis by rule", MEMBER, [CRUEL, crisis(2)], ("live", "T1", "", 2)),
    ("perhaps cruelty", MEMBER, [UNSURE], ("live", "T3", "", 0)),
    ("perhaps cruelty, with cruel words", MEMBER, [UNSURE, CUE], ("live", "T3", "", 0)),
    ("an attack by rule, doubted", MEMBER, [ATTACK, DOUBT], ("live", "T3", "", 0)),
    ("a threat in words, doubted", MEMBER, [THREAT, DOUBT], ("live", "T3", "", 0)),
    ("a threat heard by a model, doubted", MEMBER, [model("threat", 0.9), DOUBT], ("live", None, "", 0)),
    ("a threat heard by a model, half doubted", MEMBER, [model("threat", 0.9), HALF], ("live", None, "", 0)),
    ("a threat in words, half doubted", MEMBER, [THREAT, HALF], ("held", "T1", "threat", 0)),
    ("built-in model over the line, half doubted", MEMBER, [model("abuse", 0.9), HALF], ("live", "T3", "", 0)),
    ("an attack by rule, half doubted", MEMBER, [ATTACK, HALF], ("held", "T2", "abuse", 0)),
    ("incitement, doubted", MEMBER, [INCITEMENT, DOUBT], ("held", "T1", "incitement", 0)),
    ("built-in model over the line, doubted", MEMBER, [model("abuse", 0.9), DOUBT], ("live", "T3", "", 0)),
    ("built-in model at the line", MEMBER, [model("abuse", 0.70)], ("held", "T2", "abuse", 0)),
    ("built-in model under the line", MEMBER, [model("abuse", 0.699)], ("live", "T3", "", 0)),
    ("… with cruel words at a person", MEMBER, [model("abuse", 0.50), CUE], ("held", "T2", "abuse", 0)),
    ("… with a rule that may flag", MEMBER, [model("abuse", 0.40), BELITTLING], ("held", "T2", "abuse", 0)),
    ("… after removals this week", REMOVED, [model("abuse", 0.60)], ("held", "T2", "abuse", 0)),
    ("… none of these", MEMBER, [model("abuse", 0.59)], ("live", None, "", 0)),
    ("a rule that may flag, alone", MEMBER, [BELITTLING], ("live", "T3", "", 0)),
    ("a rule that may flag, with cruel words", MEMBER, [BELITTLING, CUE], ("held", "T2", "abuse", 0)),
    ("cruel words alone", MEMBER, [CUE], ("live", None, "", 0)),
    (
        "both models agree",
        MEMBER,
        [model("abuse", 0.5, "detoxify"), model("abuse", 0.4)],
        ("held", "T2", "abuse", 0),
    ),
    (
        "Detoxify against the built-in",
        MEMBER,
        [model("abuse", 0.89, "detoxify"), model("abuse", 0.39)],
        ("live", None, "", 0),
    ),
    ("Detoxify very sure", MEMBER, [model("abuse", 0.90, "detoxify"), model("abuse", 0.39)], ("live", "T3", "", 0)),
    ("Detoxify alone: identity", MEMBER, [model("identity_attack", 0.80, "detoxify")], ("held", "T2", "abuse", 0)),
    ("Detoxify alone: severe", MEMBER, [model("severe_toxicity", 0.60, "detoxify")], ("held", "T2", "abuse", 0)),
    ("Detoxify alone: insult", MEMBER, [model("insult", 0.90, "detoxify")], ("held", "T2", "abuse", 0)),
    ("Detoxify alone: less", MEMBER, [model("insult", 0.89, "detoxify")], ("live", None, "", 0)),
    ("harsh, at nobody", MEMBER, [model("abuse", 0.85, subject="none")], ("live", "T3", "", 0)),
    ("harsh, at nobody, less", MEMBER, [model("abuse", 0.84, subject="none")], ("live", None, "", 0)),
    ("harsh to oneself", MEMBER, [model("self_insult", 0.99, subject="self", severity="info")], ("live", None, "", 0)),
    ("swearing", MEMBER, [model("profanity", 0.99, subject="none", severity="info")], ("live", None, "", 0)),
    # repeats, links, duty, welcome
    ("a wave of copies", MEMBER, [rule("many_accounts", phase="repeats")], ("held", "T2", "many_accounts", 0)),
    ("one copy", MEMBER, [rule("same_text_again", "flag", phase="repeats")], ("live", "T4", "", 0)),
    ("a link by a new member", NEW, [LINK], ("held", "T2", "link_by_new_member", 0)),
    ("a link by a member", MEMBER, [LINK], ("live", None, "", 0)),
    ("anything at all, new, nobody on duty", NEW_ALONE, [BELITTLING], ("held", "T2", "nobody_on_duty", 0)),
    ("the same with somebody on duty", NEW, [BELITTLING], ("live", "T3", "", 0)),
    ("the same by a member", replace(MEMBER, coverage=0), [BELITTLING], ("live", "T3", "", 0)),
    ("distress is no signal", NEW_ALONE, [crisis(1, "distress")], ("live", None, "", 1)),
    (
        "swearing is no signal",
        NEW_ALONE,
        [model("profanity", 0.9, subject="none", severity="info")],
        ("live", None, "", 0),
    ),
    ("first post", FIRST, [], ("live", "T3", "", 0)),
    ("first post in crisis", FIRST, [crisis(3)], ("live", "T0", "", 3)),
    ("third post", replace(FIRST, author=Author(trust=0, accepted_posts=2)), [], ("live", None, "", 0)),
    # private notes
    ("own number in a private note", replace(MEMBER, surface="check_in"), [leak()], ("live", None, "", 0)),
    ("crisis in a private note", replace(MEMBER, surface="check_in"), [crisis(3)], ("live", "T0", "", 3)),
    ("a report that quotes abuse", replace(MEMBER, surface="report"), [INCITEMENT], ("live", None, "", 0)),
]


@pytest.mark.parametrize(("sub", "findings", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_every_row(sub: Submission, findings: list[Finding], expected: tuple[str, str | None, str, int]) -> None:
    verdict = decide(sub, findings)
    assert (verdict.visibility, verdict.lane, verdict.reason_code, verdict.support_level) == expected


@pytest.mark.parametrize(("sub", "findings", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_whatever_is_not_live_is_explained(
    sub: Submission, findings: list[Finding], expected: tuple[str, str | None, str, int]
) -> None:
    verdict = decide(sub, findings)
    assert bool(verdict.reason_code) == bool(verdict.explanation)
    if expected[0] != "live":
        assert verdict.explanation.endswith((".", "card."))
    assert bool(verdict.content_note) == (expected[0] == "limited")
    assert "flagged" not in verdict.explanation
    assert verdict.policy_version == DEFAULT_POLICY.version


def test_a_rule_explains_itself_in_its_own_words() -> None:
    verdict = decide(MEMBER, [rule("sourcing_offer")])
    assert verdict.explanation == (
        "An automatic check paused this: it reads like something. A person hasn't judged it yet."
    )


def test_a_rule_without_words_still_says_what_happened() -> None:
    verdict = decide(MEMBER, [replace(rule("sourcing_offer"), explanation="")])
    assert verdict.explanation == "An automatic check paused this. A person hasn't judged it yet."


def test_the_strongest_rule_gives_the_reason() -> None:
    verdict = decide(MEMBER, [rule("spam", score=0.4), rule("broker", score=0.9)])
    assert verdict.reason_code == "broker"


class TestMasking:
    SUB = Submission("call 07700 900123 now")

    def test_a_held_post_offers_the_masked_text(self) -> None:
        verdict = decide(self.SUB, [leak(spans=((5, 17),))])
        assert verdict.masked_text == "call [removed] now"

    def test_a_post_in_crisis_is_live_and_masked(self) -> None:
        verdict = decide(self.SUB, [leak(spans=((5, 17),)), crisis(3)])
        assert (verdict.visibility, verdict.masked_text) == ("live", "call [removed] now")

    def test_a_private_note_stays_as_written(self) -> None:
        assert decide(replace(self.SUB, surface="check_in"), [leak(spans=((5, 17),))]).masked_text is None

    def test_without_a_leak_there_is_no_mask(self) -> None:
        assert decide(self.SUB, [crisis(3)]).masked_text is None


def test_categories_come_strongest_first_and_once() -> None:
    verdict = decide(
        MEMBER, [crisis(1, "distress"), crisis(3, "goodbye"), crisis(2, "self_harm"), crisis(2, "goodbye")]
    )
    assert verdict.categories == ("goodbye", "self_harm", "distress")


def test_findings_carry_the_line_they_were_held_against() -> None:
    found = [model("abuse", 0.7), model("threat", 0.5), model("insult", 0.5, "detoxify"), crisis(1), CUE]
    verdict = decide(MEMBER, found)
    assert [finding.threshold for finding in verdict.findings] == [0.50, 0.80, 0.90, None, None]
    kept = decide(MEMBER, [replace(model("abuse", 0.7), threshold=0.33)])
    assert kept.findings[0].threshold == 0.33


def test_shadow_findings_are_recorded() -> None:
    assert decide(MEMBER, [rule("sourcing_offer", "shadow")]).findings[0].mode == "shadow"


def test_the_model_alone_may_be_given_a_quieter_lane() -> None:
    quiet = Policy(semantic_alone_urgent=0.9)
    unsure, sure = replace(SEMANTIC, score=0.89), replace(SEMANTIC, score=0.9)
    assert (decide(MEMBER, [unsure], policy=quiet).lane, decide(MEMBER, [sure], policy=quiet).lane) == ("T2", "T1")
    assert decide(MEMBER, [unsure, crisis(2)], policy=quiet).lane == "T1"
    assert decide(MEMBER, [unsure], policy=quiet).support_level == 2


def test_the_policy_moves_the_line() -> None:
    careful = Policy(version="test", embedded_hold=0.5)
    verdict = decide(MEMBER, [model("abuse", 0.55)], policy=careful)
    assert (verdict.visibility, verdict.policy_version) == ("held", "test")


class TestStricter:
    """A late answer only adds."""

    LIVE = Verdict("live", 0, None, scan_state="pending", failures=(PhaseFailure("scorer", "late"),))
    HELD = Verdict("held", 0, "T2", (ATTACK,), "abuse", "Paused.", scorer="embedded")

    def test_a_late_hit_holds(self) -> None:
        joined = stricter(self.LIVE, self.HELD)
        assert (joined.visibility, joined.lane, joined.reason_code, joined.scan_state) == (
            "held",
            "T2",
            "abuse",
            "done",
        )

    def test_a_late_all_clear_releases_nothing(self) -> None:
        joined = stricter(self.HELD, replace(self.LIVE, scan_state="done"))
        assert (joined.visibility, joined.lane, joined.reason_code) == ("held", "T2", "abuse")

    def test_help_is_never_taken_away(self) -> None:
        joined = stricter(replace(self.LIVE, support_level=2, lane="T1", categories=("goodbye",)), self.LIVE)
        assert (joined.support_level, joined.lane, joined.categories) == (2, "T1", ("goodbye",))

    def test_what_a_person_hid_stays_hidden(self) -> None:
        assert stricter(replace(self.LIVE, visibility="hidden"), self.HELD).visibility == "hidden"

    def test_findings_of_both_are_kept_once(self) -> None:
        assert stricter(self.HELD, replace(self.HELD, findings=(ATTACK, CUE))).findings == (ATTACK, CUE)

    def test_nothing_and_nothing_is_nothing(self) -> None:
        assert stricter(self.LIVE, self.LIVE).lane is None
