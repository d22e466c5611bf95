"""The crisis model raises rules by one step, pages alone only when very sure, never lowers, and fails softly."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forum.moderation.phases import semantic
from forum.moderation.phases.crisis import BROAD_SCORES
from forum.moderation.phases.normalise import views_of
from forum.moderation.phases.semantic import ThresholdsMissing, read_thresholds, run, thresholds
from forum.moderation.scoring.crisis_head import (
    GROUPS,
    LEVEL_KEYS,
    CrisisHead,
    combine,
    pack,
    unpack,
    views,
)
from forum.moderation.scoring.protocol import WeightsError
from forum.moderation.scoring.wording import features
from forum.moderation.verdict import Finding, Scores, Submission

SHIPPED = semantic.MANIFEST.parent
SURE = 0.999


def scores(crisis: float | None, **more: float) -> Scores:
    return Scores(scorer="embedded", labels={}, crisis=crisis, crisis_detail=more)


def rule(level: int, category: str = "distress", leans: int = 0) -> Finding:
    score = BROAD_SCORES.get((leans, level), 0.8)
    return Finding(phase="crisis", code=category, level=level, leans=leans, category=category, score=score)


def raised(found: Scores, *findings: Finding) -> int:
    text = "any text"
    result = run(Submission(text), views_of(text), found, findings)
    return max((finding.level for finding in result), default=0)


class TestSteps:
    def test_nothing_is_added_without_a_model(self) -> None:
        assert raised(scores(None), rule(1)) == 0

    def test_a_sure_model_shows_the_card_where_no_rule_spoke(self) -> None:
        assert raised(scores(SURE)) == 2

    @pytest.mark.parametrize("rules", [(), (rule(1),)])
    def test_the_model_pages_alone_only_above_high_confidence(self, rules: tuple[Finding, ...]) -> None:
        limit = thresholds().page_alone
        assert raised(scores(SURE, crisis_3=limit - 0.001), *rules) == 2
        assert raised(scores(SURE, crisis_3=limit + 0.0001), *rules) == 3

    def test_it_never_pages_for_what_it_would_not_show_a_card_for(self) -> None:
        assert raised(scores(thresholds().card - 0.01, crisis_3=1.0)) == 0

    @pytest.mark.parametrize("category", sorted(semantic.DISTANT))
    def test_it_never_pages_for_stories_of_the_past(self, category: str) -> None:
        assert raised(scores(SURE, crisis_3=1.0), rule(1, category)) == 2

    def test_an_unsure_model_adds_nothing(self) -> None:
        assert raised(scores(thresholds().card - 0.01)) == 0

    def test_level_1_becomes_2(self) -> None:
        assert raised(scores(SURE), rule(1)) == 2

    def test_level_2_becomes_3_only_when_the_model_is_sure_it_is_now(self) -> None:
        assert raised(scores(SURE, crisis_3=SURE), rule(2)) == 3
        assert raised(scores(SURE, crisis_3=thresholds().page - 0.01), rule(2)) == 0
        assert raised(scores(SURE), rule(2)) == 0

    def test_an_emergency_in_broad_words_needs_less_of_the_model(self) -> None:
        limits = thresholds()
        leaning = rule(2, "overdose_now", leans=3)
        assert limits.page_broad < limits.page
        assert raised(scores(0.0, crisis_3=limits.page_broad + 0.001), leaning) == 3
        assert raised(scores(SURE, crisis_3=limits.page_broad - 0.001), leaning) == 0

    def test_a_crisis_in_broad_words_needs_less_of_the_model(self) -> None:
        limits = thresholds()
        leaning = rule(1, "ideation_passive", leans=2)
        assert limits.card_broad < limits.card
        assert raised(scores(limits.card_broad + 0.001), leaning) == 2
        assert raised(scores(limits.card_broad - 0.001), leaning) == 0
        assert raised(scores(limits.card, crisis_3=limits.page), leaning) == 3

    def test_broad_words_keep_their_category(self) -> None:
        sure = scores(SURE, help_suicide=0.99)
        [found] = run(Submission("x"), views_of("x"), sure, [rule(1, "dv_current", leans=2)])
        assert found.category == "dv_current"

    def test_level_3_is_left_alone(self) -> None:
        assert raised(scores(SURE, crisis_3=SURE), rule(3)) == 0

    @pytest.mark.parametrize("level", [1, 2, 3])
    def test_a_calm_model_never_lowers(self, level: int) -> None:
        assert run(Submission("x"), views_of("x"), scores(0.0, crisis_3=0.0), [rule(level)]) == []

    @pytest.mark.parametrize("category", sorted(semantic.DISTANT))
    def test_the_past_and_denials_need_a_surer_model(self, category: str) -> None:
        limits = thresholds()
        between = scores((limits.raise_one + limits.raise_distant) / 2)
        assert raised(between, rule(1, "distress")) == 2
        assert raised(between, rule(1, category)) == 0

    def test_wishing_death_on_somebody_gets_no_card(self) -> None:
        incitement = Finding(phase="toxicity", code="toxic_incitement", severity="max")
        assert raised(scores(SURE), incitement) == 0


class TestFinding:
    def test_it_explains_itself(self) -> None:
        [found] = run(Submission("x"), views_of("x"), scores(0.99, help_abuse=0.9), [])
        assert (found.phase, found.code, found.category) == ("semantic", "semantic_dv_current", "dv_current")
        assert found.score == 0.99
        assert found.threshold == thresholds().card
        assert found.version == thresholds().version
        assert found.explanation.endswith(".")

    def test_an_unsure_kind_gets_the_card_that_helps_with_everything(self) -> None:
        [found] = run(Submission("x"), views_of("x"), scores(0.99, help_abuse=0.2, help_child=0.2), [])
        assert found.category == "ideation_passive"

    def test_the_rules_category_is_kept_when_raising_to_3(self) -> None:
        sure = scores(SURE, crisis_3=SURE, help_suicide=0.99)
        [found] = run(Submission("x"), views_of("x"), sure, [rule(2, "withdrawal_risk")])
        assert found.category == "withdrawal_risk"

    @pytest.mark.parametrize("group", GROUPS)
    def test_every_kind_of_help_has_a_category(self, group: str) -> None:
        [found] = run(Submission("x"), views_of("x"), scores(0.99, **{f"help_{group}": 0.9}), [])
        assert found.level == 2


class TestThresholds:
    def test_a_missing_manifest_is_said_plainly(self, tmp_path: Path) -> None:
        with pytest.raises(ThresholdsMissing):
            read_thresholds(tmp_path / "manifest.json")

    @pytest.mark.parametrize("content", ["", "[]", '{"version": "1", "thresholds": {"card": 1}}', '{"thresholds": 3}'])
    def test_a_broken_manifest_is_said_plainly(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "manifest.json"
        path.write_text(content)
        with pytest.raises(ThresholdsMissing):
            read_thresholds(path)

    def test_they_are_in_order(self) -> None:
        limits = thresholds()
        assert 0.3 < limits.card < 1
        assert limits.raise_one < limits.raise_distant < 1
        assert 0 < limits.card_broad < limits.card
        assert 0 < limits.page_broad < limits.page < limits.page_alone < 1
        assert limits.page > 0.2


class TestWeights:
    def test_the_shipped_weights_match_their_sha256(self) -> None:
        head = CrisisHead.load(SHIPPED)
        assert head.version == thresholds().version

    def test_one_changed_byte_is_refused(self, tmp_path: Path) -> None:
        folder = shutil.copytree(SHIPPED, tmp_path / "crisis")
        raw = bytearray((folder / "head.npz").read_bytes())
        raw[len(raw) // 2] ^= 1
        (folder / "head.npz").write_bytes(raw)
        with pytest.raises(WeightsError, match="sha256"):
            CrisisHead.load(folder)

    def test_missing_weights_are_refused(self, tmp_path: Path) -> None:
        shutil.copy(SHIPPED / "manifest.json", tmp_path)
        with pytest.raises(WeightsError, match="cannot be read"):
            CrisisHead.load(tmp_path)

    @pytest.mark.parametrize("content", ["", "{}", "[]"])
    def test_a_manifest_without_its_fields_is_refused(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "manifest.json").write_text(content)
        with pytest.raises(WeightsError, match="manifest"):
            CrisisHead.load(tmp_path)

    def test_garbage_with_the_right_sha256_is_refused(self, tmp_path: Path) -> None:
        import hashlib

        manifest = json.loads((SHIPPED / "manifest.json").read_text())
        manifest["sha256"] = hashlib.sha256(b"garbage").hexdigest()
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        (tmp_path / "head.npz").write_bytes(b"garbage")
        with pytest.raises(WeightsError, match="read"):
            CrisisHead.load(tmp_path)

    def test_packing_keeps_values_to_half_a_step(self) -> None:
        weights = {"a.weight": np.random.default_rng(1).normal(size=(96, 100)).astype(np.float32)}
        step = np.abs(weights["a.weight"]).max(1, keepdims=True) / 127
        assert np.all(np.abs(unpack(pack(weights))["a.weight"] - weights["a.weight"]) <= step * 0.51)


class TestHead:
    def test_it_answers_probabilities_for_any_length(self) -> None:
        head = CrisisHead.load(SHIPPED)
        for tokens in (1, 2, 128):
            found = head(np.zeros((tokens, 384), np.float16), features("one day at a time"))
            assert set(found) == {*LEVEL_KEYS, *(f"help_{group}" for group in GROUPS)}
            assert all(0 <= value <= 1 for value in found.values())

    def test_the_worst_view_speaks_for_the_text(self) -> None:
        calm = {"crisis_1": 0.3, "crisis": 0.1, "crisis_3": 0.2, "help_abuse": 0.9}
        grave = {"crisis_1": 0.2, "crisis": 0.9, "crisis_3": 0.1, "help_abuse": 0.1}
        assert combine([calm, grave]) == {"crisis_1": 0.3, "crisis": 0.9, "crisis_3": 0.2, "help_abuse": 0.1}
        assert combine([]) == {}

    def test_a_short_text_is_read_whole_and_once(self) -> None:
        assert views("one day at a time") == ["one day at a time"]

    def test_every_word_of_a_long_text_is_in_some_view(self) -> None:
        words = [f"w{'x' * (number % 7)}y{'z' * (number // 7 % 9)}" for number in range(500)]
        seen = {word for view in views(" ".join(words)) for word in view.split()}
        assert seen >= set(words)

    def test_disguises_are_taken_off_in_a_second_view(self) -> None:
        assert views("s.u.i.c.i.d.a.l tonight")[1] == "suicidal tonight"


def test_a_scorer_that_knows_only_crisis_is_enough() -> None:
    only = replace(scores(0.99), crisis_detail={})
    assert raised(only) == 2
    assert raised(only, rule(2)) == 0
