"""House rules as data: every entry's examples are tests, wrong files are refused, modes and trust decide the effect."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forum.moderation.phases import community_rules, rules_files, rules_own
from forum.moderation.phases.normalise import views_of
from forum.moderation.phases.rules_files import Rule, RulesError, load, rules
from forum.moderation.phases.rules_match import Reading, matches
from forum.moderation.verdict import Author, HouseRules, Submission

ALL = rules().rules
MATCHING = [(rule, text) for rule in ALL for text in rule.matches]
PASSING = [(rule, text) for rule in ALL for text in rule.passes]


def speaks(rule: Rule, text: str) -> bool:
    return any(True for _ in matches(rule, Reading.of(views_of(text))))


@pytest.mark.parametrize(("rule", "text"), MATCHING, ids=[f"{rule.id}: {text[:40]}" for rule, text in MATCHING])
def test_every_example_is_found(rule: Rule, text: str) -> None:
    assert speaks(rule, text)


@pytest.mark.parametrize(("rule", "text"), PASSING, ids=[f"{rule.id}: {text[:40]}" for rule, text in PASSING])
def test_no_counter_example_is_held_by_any_rule(rule: Rule, text: str) -> None:
    assert not speaks(rule, text)
    assert [other.id for other in ALL if other.mode == "hold" and speaks(other, text)] == []


def test_every_family_the_forum_promises_is_there() -> None:
    assert {rule.code for rule in ALL} >= {
        "sourcing_offer",
        "sourcing_request",
        "dangerous_advice",
        "medication_shaming",
        "broker",
        "off_platform",
        "minor_sexual",
        "sexual_solicitation",
        "spam",
        "toxic_incitement",
        "threat_words",
        "targeted_abuse",
    }


RECOVERY_TALK = [
    "I was spending 40 quid a day on coke and £200 on a weekend",
    "at my worst I was taking 60mg of diazepam a day, off a dealer, no script",
    "He offered me 2 grams for £100 yesterday and I said no. shaking but I said no",
    "blocked my plug today. deleted telegram too",
    "I sold pills at uni to pay for my own. Not proud",
    "My doctor put me on 16mg of suboxone and it saved my life",
    "I'm tapering 2mg every two weeks with my prescriber",
    "how long did your withdrawals last coming off tramadol?",
    "where can I get naloxone in Birmingham without my parents knowing",
    "I was raped at 14 and I started drinking at 15. that's my share",
    "im 15 and my mums boyfriend comes in my room when shes high",
    "my insurance won't cover detox and the waiting list is nine weeks",
    "found my old stash, 6 percs, flushed them and I'm shaking",
    "quit smoking weed 12 days ago and I'm so angry I could cry",
    "spotted my dealer outside the shop, crossed the road",
    "coke was £80 a gram when I started and I was doing two a night",
    "got 3 months clean off ket and my bladder still hurts",
    "does anybody here take naltrexone? how was it for you",
    "cold turkey nearly killed me, please see a doctor first",
    "my home group meets on zoom, thursdays",
]


@pytest.mark.parametrize("text", RECOVERY_TALK)
@pytest.mark.parametrize("trust", [0, 2])
def test_recovery_talk_with_drugs_doses_and_prices_is_not_held(text: str, trust: int) -> None:
    sub = Submission(text, author=Author(trust=trust))
    assert [finding.rule for finding in community_rules.run(sub, views_of(text)) if finding.mode == "hold"] == []


def test_obfuscated_offers_are_read_through() -> None:
    for text in (
        "add me on t3legr@m",
        "selling x@ns, dm",
        "s3ll1ng ox*s",
        "hmu if you need p3rcs",
        "ѕpare pregabѕ if anyone needs",
    ):
        assert community_rules.run(Submission(text), views_of(text)), text


def test_what_a_new_member_is_held_for_may_only_be_flagged_later() -> None:
    text = "our facility has a 90% success rate, call today"
    modes = [
        community_rules.run(Submission(text, author=Author(trust=trust)), views_of(text))[0].mode for trust in range(4)
    ]
    assert modes == ["hold", "hold", "flag", "flag"]


def test_findings_say_which_rule_where_and_why() -> None:
    text = "hello. dm me for xans"
    (finding,) = community_rules.run(Submission(text), views_of(text))
    assert finding.rule == "offer_message_me_for"
    assert finding.version
    assert finding.explanation.endswith(".")
    assert [text[start:end] for start, end in finding.spans] == ["dm me for xans"]


WORDS = 'version: "1"\nlists:\n  drug: [coke]\n'
RULE = """version: "1"
code: sourcing_offer
category: sourcing
mode: {mode}
severity: high
says: "It reads like an offer."
entries:
  - id: one
    pattern: \\bselling {{drug}}\\b
    matches: ["selling coke"]
    passes: ["selling my bike", "buying time"]
"""


def write(folder: Path, rule: str, words: str = WORDS) -> Path:
    (folder / "words.yaml").write_text(words)
    (folder / "offers.yaml").write_text(rule)
    return folder


@pytest.mark.parametrize("mode", ["shadow", "flag", "hold"])
def test_a_rule_runs_in_its_mode(tmp_path: Path, mode: str) -> None:
    (rule,) = load(write(tmp_path, RULE.format(mode=mode))).of("community_rules")
    text = "selling coke"
    assert (
        community_rules.finding_of(
            rule, list(matches(rule, Reading.of(views_of(text)))), Submission(text), views_of(text)
        ).mode
        == mode
    )


def test_a_rule_that_is_off_does_not_run_unless_a_forum_switches_it_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = load(write(tmp_path, RULE.format(mode='"off"'))).of("community_rules")
    monkeypatch.setattr(rules_own, "rules_of", lambda phase: rule)
    monkeypatch.setattr(rules_own, "_active", rules_own._active.__wrapped__)  # remembers the shipped ones
    text = Submission("selling coke")
    assert community_rules.run(text, views_of(text.text)) == []
    (found,) = community_rules.run(replace(text, house=HouseRules({"one": "flag"})), views_of(text.text))
    assert (found.rule, found.mode) == ("one", "flag")


@pytest.mark.parametrize(
    "broken",
    [
        RULE.format(mode="maybe"),
        RULE.format(mode="hold").replace("{drug}", "{unknown}"),
        RULE.format(mode="hold").replace("selling {drug}", "(selling"),
        RULE.format(mode="hold").replace(', "buying time"', ""),
        RULE.format(mode="hold").replace("    pattern", "    needs: [off]\n    pattern"),
        RULE.format(mode="hold").replace('    matches: ["selling coke"]\n', ""),
        "just: [a, list",
        "- not\n- a mapping\n",
        'version: "1"\n',
    ],
    ids=["mode", "list", "pattern", "counter-examples", "unquoted off", "examples", "yaml", "sequence", "empty"],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, broken: str) -> None:
    with pytest.raises(RulesError, match=r"offers\.yaml"):
        load(write(tmp_path, broken))


def test_a_wrong_word_list_is_refused(tmp_path: Path) -> None:
    for words in ('version: "1"\n', 'version: "1"\nlists:\n  drug: [off]\n', 'version: "1"\nlists: 3\n'):
        with pytest.raises(RulesError, match=r"words\.yaml is wrong"):
            load(write(tmp_path, RULE.format(mode="hold"), words))


def test_missing_files_and_doubled_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"words\.yaml"):
        load(tmp_path)
    write(tmp_path, RULE.format(mode="hold"))
    (tmp_path / "again.yaml").write_text(RULE.format(mode="hold"))
    with pytest.raises(RulesError, match="used twice"):
        load(tmp_path)
    (tmp_path / "again.yaml").unlink()
    (tmp_path / "offers.yaml").unlink()
    with pytest.raises(RulesError, match="No rules"):
        load(tmp_path)


def test_shipped_rules_hold_nothing_by_accident() -> None:
    assert rules_files.RULES.is_dir()
    assert all(rule.says.endswith(".") and rule.version for rule in ALL)
    assert all(rule.matches and len(rule.passes) >= 2 for rule in ALL)
