"""The rows are worth measuring on, the arithmetic is right, and the shipped model keeps its gates."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from xml.etree import ElementTree
from zlib import crc32

import pytest

from forum.moderation.evaluation.judge import judge
from forum.moderation.evaluation.measure import (
    Judged,
    Share,
    area_under_curve,
    calibration_error,
    cards_on_calm,
    confusion,
    far_off,
    recall,
    reliability,
)
from forum.moderation.evaluation.report import Goal, goals, page, section, summary
from forum.moderation.evaluation.rows import REGISTERS, Row, read_rows, read_writers, split_of
from forum.moderation.evaluation.svg import confusion_figure, reliability_figure
from forum.moderation.phases.semantic import thresholds
from forum.moderation.scoring.embedded import BuiltinModel
from forum.moderation.verdict import PhaseFailure, Verdict

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent.parent / "data" / "crisis"
OWN = read_rows(FOLDER)
GIVEN = read_rows(FOLDER / "given")
WRITERS = read_writers(FOLDER)
NEW = sorted(set(WRITERS) - {"own", "given"})
CRISIS = """ideation_passive ideation_active plan_intent_means method_seeking goodbye attempt_in_progress algospeak
self_harm eating_disorder_acute psychosis withdrawal_emergency withdrawal_risk overdose_now overdose_risk dv_current
dv_immediate sexual_violence child_at_risk child_immediate threat_others threat_imminent third_party_concern
third_party_imminent""".split()
CONCERN = """past_suicidality hedged_low_mood withdrawal_planning relapse_disclosed relapse_risk medication_question
grief trafficking_or_broker distress dv_past family_worry self_neglect""".split()
CALM = """negation idiom education supporter_reply media_fiction gaming_sport treatment_exercise using_slang_benign
step_language legal_admin religious_cultural work_tech smalltalk milestone gratitude food_pet_life info_question
toxic_incitement""".split()


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z']+", text.lower()))


def near_pairs(bags: Sequence[set[str]]) -> Iterator[tuple[int, int]]:
    """Yield pairs that share half of their words, i.e. a third of all words of both.

    Taken from small to large, such sets share one of the rarest third of the smaller one's words and of the rarest half
    of the larger one's (prefix filtering, Bayardo et al. 2007); only those are compared.
    """
    often = Counter(word for bag in bags for word in bag)
    marks = [signature(bag) for bag in bags]
    spare = [len(bag) - mark.bit_count() for bag, mark in zip(bags, marks, strict=True)]
    seen: dict[str, list[int]] = {}
    for number in sorted(range(len(bags)), key=lambda at: len(bags[at])):
        bag, mark = bags[number], marks[number]
        rarest = sorted(bag, key=lambda word: (often[word], word))
        for other in {found for word in rarest[: len(bag) // 2 + 1] for found in seen.get(word, ())}:
            shared = (mark & marks[other]).bit_count() + spare[other]  # at most so many words: most pairs end here
            if 3 * shared >= len(bag) + len(bags[other]) and overlap(bag, bags[other]) >= 0.5:
                yield min(other, number), max(other, number)
        for word in rarest[: len(bag) // 3 + 1]:
            seen.setdefault(word, []).append(number)


def signature(bag: Iterable[str]) -> int:
    """Return a number with one of 512 bits for each word; some words share theirs."""
    bits = 0
    for word in bag:
        bits |= 1 << (crc32(word.encode()) % 512)
    return bits


def overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


class TestRows:
    def test_there_are_enough(self) -> None:
        assert len(OWN) >= 700
        assert Counter(row.split for row in OWN)["test"] >= 250

    def test_every_category_is_there(self) -> None:
        assert {row.category for row in OWN} >= {*CRISIS, *CONCERN, *CALM}

    def test_levels_fit_categories(self) -> None:
        for row in OWN:
            if row.category in CALM:
                assert row.level == 0, row.text
            elif row.category in CONCERN:
                assert row.level == 1, row.text
            else:
                assert row.level >= 2, row.text

    def test_kinds_are_given_to_crisis_rows_alone(self) -> None:
        assert all((row.kind == "none") == (row.level < 2) for row in OWN)

    def test_half_of_crisis_is_implicit(self) -> None:
        kinds = Counter(row.kind for row in OWN if row.level >= 2)
        assert 0.45 <= kinds["implicit"] / kinds.total() <= 0.65

    def test_none_is_a_near_copy_of_another(self) -> None:
        rows = [*OWN, *GIVEN, *(row for name in NEW for row in WRITERS[name])]
        bags = [words(row.text) for row in rows]
        among_given = range(len(OWN), len(OWN) + len(GIVEN))
        for first, second in near_pairs(bags):
            assert {first, second} <= set(among_given), rows[second].text

    def test_the_search_for_near_copies_misses_none(self) -> None:
        random = Random(4)
        texts = [words(row.text) for row in OWN[:150]]
        thinned = [{word for word in sorted(bag) if random.random() < 0.7} for bag in texts]
        bags = [*texts, *thinned]
        every = {pair for pair in combinations(range(len(bags)), 2) if overlap(bags[pair[0]], bags[pair[1]]) >= 0.5}
        assert len(every) > 100
        assert set(near_pairs(bags)) == every

    def test_other_writers_wrote_more_than_we_did(self) -> None:
        found = [row for name in NEW for row in WRITERS[name]]
        assert len(NEW) >= 4
        assert len(found) >= 3_500
        assert {row.category for row in found} >= {*CRISIS, *CONCERN, *CALM} - {"self_neglect"}
        for row in found:
            assert (row.category in CALM) == (row.level == 0), row.text
            assert (row.kind == "none") == (row.level < 2), row.text
            assert not re.search(r"\d\s*(mg|mcg|grams?|g\b|ml|tablets|pills)", row.text), row.text

    def test_every_meaning_comes_in_all_registers(self) -> None:
        counts = Counter(row.register for row in OWN if row.register)
        assert set(counts) == set(REGISTERS)
        assert len(set(counts.values())) == 1

    def test_a_meaning_is_on_one_side_only(self) -> None:
        sides: dict[tuple[str, int], set[str]] = {}
        for row in OWN:
            if row.register:
                sides.setdefault((row.category, row.level), set()).add(row.split)
        assert all(len(found) == 1 for found in sides.values())

    def test_the_split_never_moves(self) -> None:
        assert [split_of(key) for key in ("a", "b", "c", "d", "e")] == ["dev", "test", "dev", "test", "test"]

    def test_no_amounts_of_anything_that_could_be_taken(self) -> None:
        assert not [row.text for row in OWN if re.search(r"\d\s*(mg|mcg|grams?|g\b|ml|tablets|pills)", row.text)]

    def test_an_empty_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            read_rows(tmp_path)


def judged(expected: int, given: int, probability: float | None = None, kind: str = "none") -> Judged:
    row = Row("t", "c", expected, kind, "dev", "s")  # type: ignore[arg-type]
    return Judged(row, given, probability)


class TestArithmetic:
    def test_shares(self) -> None:
        rows = [judged(3, 3, kind="lexical"), judged(3, 2, kind="implicit"), judged(0, 2), judged(0, 0), judged(2, 0)]
        assert recall(rows, 3) == Share(1, 2)
        assert recall(rows, 2) == Share(2, 3)
        assert recall(rows, 2, "implicit") == Share(1, 1)
        assert cards_on_calm(rows) == Share(1, 2)
        assert far_off(rows) == Share(2, 5)
        assert confusion(rows)[3] == [0, 0, 1, 1]

    def test_wilson_interval(self) -> None:
        low, high = Share(8, 10).interval
        assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
        assert Share(0, 0).interval == (0.0, 1.0)
        assert math.isnan(Share(0, 0).value)

    def test_area_under_curve(self) -> None:
        rows = [judged(2, 0, 0.9), judged(3, 0, 0.4), judged(0, 0, 0.4), judged(0, 0, 0.1), judged(1, 0, 0.95)]
        assert area_under_curve(rows, (0,)) == pytest.approx(0.875)
        assert area_under_curve(rows, (0, 1)) == pytest.approx(3.5 / 6)
        assert math.isnan(area_under_curve([judged(2, 0, 0.9)], (0,)))

    def test_reliability(self) -> None:
        rows = [judged(2, 0, 0.95), judged(3, 0, 0.97), judged(0, 0, 0.91), judged(0, 0, 1.0), judged(0, 0, 0.04)]
        low, high = reliability(rows)
        assert (low.observed, high.observed) == (Share(0, 1), Share(2, 4))
        assert calibration_error([low, high]) == pytest.approx((0.04 + 4 * abs(0.9575 - 0.5)) / 5)
        assert reliability([judged(2, 2)]) == []

    @pytest.mark.parametrize(
        ("goal", "met"),
        [
            (Goal("g", Share(9, 10), least=0.9), True),
            (Goal("g", Share(8, 10), least=0.9), False),
            (Goal("g", Share(1, 10), most=0.07), False),
            (Goal("g", Share(0, 0), least=0.5), False),
        ],
    )
    def test_goals(self, goal: Goal, met: bool) -> None:
        assert goal.is_met is met


class TestReport:
    ROWS: Sequence[Judged] = [judged(3, 3, 0.9, "lexical"), judged(0, 0, 0.1), judged(1, 1, 0.3)]

    def test_it_says_date_sizes_and_limits(self) -> None:
        text = page("Crisis", date(2026, 1, 2), ["m"], [summary([("a", self.ROWS)]), section("a", self.ROWS)])
        for expected in ("2026-01-02", "(3 rows)", "100% (1/1;", "English only", "Invented data"):
            assert expected in text
        assert len(goals(self.ROWS)) == 7

    def test_long_posts_have_a_column_of_their_own(self) -> None:
        long = Row("tea " * 81, "smalltalk", 0, "none", "test", "t")
        text = section("a", [*self.ROWS, Judged(long, 2, 0.9)])
        line = next(line for line in text.split("### By length")[1].splitlines() if "full card" in line)
        assert [cell.strip().split(" ")[0] for cell in line.split("|")[3:-1]] == ["0%", "100%"]
        assert "| over 80 words |" in text
        assert "41 to 80" not in text

    def test_figures_are_svg_without_script_or_style(self) -> None:
        figures = [
            confusion_figure(confusion(self.ROWS), "<Levels> & more"),
            reliability_figure(reliability(self.ROWS), "Reliability"),
        ]
        for figure in figures:
            root = ElementTree.fromstring(figure)
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            assert root.find("{http://www.w3.org/2000/svg}title") is not None
            assert "<script" not in figure
            assert "style=" not in figure

    def test_a_broken_phase_stops_the_evaluation(self) -> None:
        broken = Verdict("live", 0, None, failures=(PhaseFailure("crisis", "LexiconError"),))
        with pytest.raises(RuntimeError, match="crisis"):
            judge(OWN[:1], lambda text: broken, lambda text: None)


@pytest.fixture(scope="module")
def found() -> list[Judged]:
    model, limit = BuiltinModel.load(), thresholds().card
    rows = [row for row in OWN if row.split == "test"]
    given = [one.crisis or 0.0 for one in model.score_many([row.text for row in rows])]
    return [Judged(row, 2 if p >= limit else 0, p) for row, p in zip(rows, given, strict=True)]


class TestGates:
    """On `test` rows only, with the shipped weights; a little below what was measured, so that rounding cannot fail."""

    def test_the_model_tells_crisis_from_calm(self, found: list[Judged]) -> None:
        assert area_under_curve(found, (0,)) >= 0.92
        assert area_under_curve(found, (0, 1)) >= 0.87

    def test_the_model_alone_finds_implicit_danger(self, found: list[Judged]) -> None:
        assert recall(found, 2, "implicit").value >= 0.6

    def test_the_model_alone_leaves_calm_people_alone(self, found: list[Judged]) -> None:
        meant = [one for one in found if one.row.category != "toxic_incitement"]
        assert cards_on_calm(meant).value <= 0.07
