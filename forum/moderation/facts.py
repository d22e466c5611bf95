"""What the decision table asks about one text, worked out once from its findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from forum.moderation.policy import Policy
from forum.moderation.verdict import Finding, Submission

CRISIS_PHASES = frozenset({"crisis", "semantic", "history"})
"""Distress is never an offence: nothing these say counts as a signal against the author."""
SELF_HARM_CATEGORIES = frozenset(
    {
        "ideation_passive",
        "ideation_active",
        "plan_intent_means",
        "method_seeking",
        "goodbye",
        "attempt_in_progress",
        "self_harm",
        "algospeak",
    }
)


@dataclass(frozen=True, slots=True)
class Facts:
    """One submission with its findings, shadow rules left out, and the questions the rows ask."""

    sub: Submission
    recorded: tuple[Finding, ...]
    """All findings, shadow ones too."""
    findings: tuple[Finding, ...]
    policy: Policy

    @classmethod
    def of(cls, sub: Submission, findings: tuple[Finding, ...], policy: Policy) -> Facts:
        """Gather the findings that may have an effect."""
        return cls(sub, findings, tuple(f for f in findings if f.mode != "shadow"), policy)

    # ── crisis ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def level(self) -> int:
        """Return the support level: the highest any finding asks for, 0–3."""
        return max((f.level for f in self.findings), default=0)

    @property
    def categories(self) -> tuple[str, ...]:
        """Return crisis categories, highest level first."""
        ranked = sorted((f for f in self.findings if f.level and f.category), key=lambda f: -f.level)
        return tuple(dict.fromkeys(f.category for f in ranked))

    def crisis_has(self, *names: str) -> bool:
        """Tell whether the crisis phase used one of these codes or categories."""
        return any(f.phase == "crisis" and not {f.code, f.category}.isdisjoint(names) for f in self.findings)

    @property
    def is_urgent(self) -> bool:
        """Tell whether a level 2 needs people soon: always by rules, from a score on where only the model hears it."""
        urgent = [f for f in self.findings if f.level == self.level]
        return any(f.phase != "semantic" or f.score >= self.policy.semantic_alone_urgent for f in urgent)

    @property
    def tells_how(self) -> bool:
        """Tell whether a text on suicide or self-harm says how, or urges others. Doses in other posts are no method."""
        harms = any(f.level >= 2 and f.category in SELF_HARM_CATEGORIES for f in self.findings)
        return harms and self.crisis_has("method_detail", "urging_others")

    @property
    def is_distressed(self) -> bool:
        """Tell whether the author shows pain of their own, by support level or by the words around the cruelty."""
        return self.level >= 2 or self.has("own_pain")

    @property
    def is_only_cruel(self) -> bool:
        """Tell whether a text is cruel to somebody and nothing but a model hears pain of the author's own in it."""
        speaks = any(f.phase == "crisis" and f.level >= 2 and f.subject != "other" for f in self.findings)
        return self.is_over_the_line and not speaks and not self.has("own_pain")

    # ── findings in general ──────────────────────────────────────────────────────────────────────────────────────

    def has(self, code: str) -> bool:
        """Tell whether any finding carries this code."""
        return any(f.code == code for f in self.findings)

    def _of(self, phase: str, mode: str) -> Iterable[Finding]:
        return (f for f in self.findings if f.phase == phase and f.mode == mode and f.severity != "info")

    def has_hold(self, phase: str) -> bool:
        """Tell whether a phase found something it may hold for."""
        return any(True for _ in self._of(phase, "hold"))

    def has_flag(self, phase: str) -> bool:
        """Tell whether a phase found something a moderator should look at."""
        return any(True for _ in self._of(phase, "flag"))

    def hold_code(self, phase: str) -> str:
        """Return the code of the strongest finding of a phase that may hold."""
        return max(self._of(phase, "hold"), key=lambda f: f.score).code

    @property
    def has_signal(self) -> bool:
        """Tell whether anything but distress was noticed."""
        return any(f.phase not in CRISIS_PHASES and f.severity != "info" for f in self.findings)

    # ── identity ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def identity(self) -> tuple[Finding, ...]:
        """Return what identifies a person and may be held for."""
        return tuple(f for f in self.findings if f.phase == "identity_leak" and f.mode == "hold")

    def leaks(self, subject: str) -> bool:
        """Tell whether something identifies the author ("self", "none": nobody said whose) or somebody else."""
        return any(f.subject == subject for f in self.identity)

    # ── cruelty ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _score(self, code: str, subjects: tuple[str, ...], rule: str) -> float | None:
        """Return the highest score a model gave, None where it did not speak."""
        scores = [f.score for f in self.findings if (f.code, f.rule) == (code, rule) and f.subject in subjects]
        return max(scores, default=None)

    def _at_least(self, code: str, rule: str, line: float, *subjects: str) -> bool:
        score = self._score(code, subjects or ("other",), rule)
        return score is not None and score >= line

    @property
    def threatens(self) -> bool:
        """Tell whether harm to another person is threatened: by a rule, by a model, or as a crisis with a plan."""
        line = self.policy.threat_hold
        scored = self._at_least("threat", "embedded", line) or self._at_least("threat", "detoxify", line)
        said = self.has("threat_words") or (scored and not self.is_half_doubted)
        return (said and not self.is_doubted) or self._plans_harm

    @property
    def _plans_harm(self) -> bool:
        """Tell whether the author is about to hurt somebody; not whether somebody is about to hurt the author."""
        urgent = [f.category for f in self.findings if f.phase == "crisis" and f.level >= 3]
        is_told_by_a_victim = any(category.startswith(("dv_", "child_", "sexual_")) for category in urgent)
        return not is_told_by_a_victim and any(category.startswith("threat_") for category in urgent)

    @property
    def is_over_the_line(self) -> bool:
        """Tell whether the text is cruel to another person, by rules or by the models together."""
        if self.is_doubted:
            return False
        by_words = self.has_hold("toxicity") or (self._is_belittled and self.has("cruel_words"))
        return by_words or (self._models_hold and not self.is_half_doubted)

    @property
    def is_half_doubted(self) -> bool:
        """Tell whether the cruelty model sees little meant to hurt: the label scorer then calls people, as above."""
        return self.has("hardly_cruel")

    @property
    def is_doubted(self) -> bool:
        """Tell whether the cruelty model sees nothing meant to hurt: word rules then call people and pause nothing."""
        return self.has("not_cruel")

    @property
    def _is_belittled(self) -> bool:
        """Tell whether a rule that may only flag spoke: enough for a look, with cruel words or a model for more."""
        return any(f.rule not in ("embedded", "detoxify", "cue", "cruelty") for f in self._of("toxicity", "flag"))

    @property
    def _models_hold(self) -> bool:
        policy = self.policy
        if self._score("abuse", ("other", "self", "none"), "embedded") is None:
            return (
                self._at_least("identity_attack", "detoxify", policy.detoxify_alone_identity)
                or self._at_least("severe_toxicity", "detoxify", policy.detoxify_alone_severe)
                or self._at_least("insult", "detoxify", policy.detoxify_alone_insult)
            )
        return self._at_least("abuse", "embedded", self._embedded_line) or (
            self._at_least("abuse", "detoxify", policy.detoxify_hold)
            and self._at_least("abuse", "embedded", policy.embedded_beside_detoxify)
        )

    @property
    def _embedded_line(self) -> float:
        """Return the line for the built-in scorer: lower where something else agrees with it."""
        policy = self.policy
        lines = [policy.embedded_hold]
        if self.has("cruel_words"):
            lines.append(policy.embedded_hold_beside_cue)
        if self._is_belittled:
            lines.append(policy.embedded_hold_beside_rule)
        if self.sub.author.removals_7d >= policy.removals_7d_strict:
            lines.append(policy.embedded_review)
        return min(lines)

    @property
    def needs_review(self) -> bool:
        """Tell whether a moderator should look although nothing is held."""
        policy = self.policy
        return (
            self._at_least("abuse", "embedded", policy.embedded_review)
            or self._at_least("abuse", "embedded", policy.embedded_review_untargeted, "none")
            or self._at_least("abuse", "detoxify", policy.detoxify_review_untargeted, "none", "other")
            or any(self.has_flag(phase) for phase in ("community_rules", "identity_leak"))
            or self._is_belittled
            or self.has_hold("toxicity")
            or self.has("cruelty")
        )

    def with_thresholds(self) -> tuple[Finding, ...]:
        """Return every finding, model scores with the line they were held against, for explaining later."""
        return tuple(f if f.threshold is not None else replace(f, threshold=self._line(f)) for f in self.recorded)

    def _line(self, finding: Finding) -> float | None:
        policy = self.policy
        lines = {
            ("abuse", "embedded"): self._embedded_line,
            ("abuse", "detoxify"): policy.detoxify_hold,
            ("threat", "embedded"): policy.threat_hold,
            ("threat", "detoxify"): policy.threat_hold,
            ("identity_attack", "detoxify"): policy.detoxify_alone_identity,
            ("severe_toxicity", "detoxify"): policy.detoxify_alone_severe,
            ("insult", "detoxify"): policy.detoxify_alone_insult,
        }
        return lines.get((finding.code, finding.rule))

    # ── the author's place ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_new_and_alone(self) -> bool:
        """Tell whether a new member writes while no moderator is on duty."""
        return self.sub.author.trust == 0 and self.sub.coverage == 0

    @property
    def is_welcome(self) -> bool:
        """Tell whether this is one of the first texts a member shows to others."""
        return self.sub.author.accepted_posts < self.policy.welcome_review_posts
