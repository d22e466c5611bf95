"""What the cards say: calm, about reading age 11, one next step; the emergency number stands in as %(emergency)s.

From the crisis templates T1–T12 and the words table of the design. Overdose and withdrawal sentences follow the sources
named in docs/helplines.md; a clinician reads them before a public launch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

Words: TypeAlias = str | LazyString


_DANGER = _("In danger right now, or taken something?")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one card. Every sentence is a template with %(emergency)s."""

    heading: Words
    lead: tuple[Words, ...] = ()
    danger: Words = _DANGER
    """Asked below level 3; the link that calls the emergency number follows it."""
    steps: tuple[Words, ...] = ()
    """Numbered: what to do, in this order."""
    offer: Words = ""
    """The sentence before the numbers, where the usual one doesn't fit."""


_ALONE = _("If you can, hand your phone to someone near you, or ask them to stay with you.")
_PLACE = _("We can’t see where you are. Say it when you call.")

WORDINGS: dict[str, Wording] = {
    # ── Level 1: one small line ─────────────────────────────────────────────────────────────────────────────────
    "concern": Wording(_("That sounds like a lot to carry."), (_("You’re not in trouble for saying it."),)),
    "quiet": Wording(_("Helplines are here if you want them.")),
    "slip": Wording(
        _("You came here with it. That counts."),
        (_("The days you had still happened. Your body may take less than before, so don’t use alone."),),
    ),
    "craving": Wording(_("You came here with it. That counts."), (_("What’s the next ten minutes going to be?"),)),
    "medicines": Wording(
        _("About medicines"),
        (
            _(
                "People here can say what it was like for them. For how much, stopping or mixing, ask the person who "
                "prescribed it, or a pharmacist."
            ),
        ),
    ),
    "family": Wording(
        _("It’s hard to watch someone you care about."),
        (_("Some lines are just for families and friends. You can call for yourself."),),
    ),
    "withdrawal_plan": Wording(
        _("Before you stop, please talk to someone medical."),
        (
            _(
                "If you drink or take benzodiazepines, GHB or barbiturates every day, stopping suddenly can be "
                "dangerous. Ask a doctor or a pharmacist how to do it safely."
            ),
        ),
        _("A seizure, confusion, or seeing things that aren’t there?"),
    ),
    # ── Level 2 ─────────────────────────────────────────────────────────────────────────────────────────────────
    "explicit": Wording(
        _("We’re glad you said it."),
        (_("If you’re thinking about suicide, or might not be safe tonight, you can talk to someone now."),),
    ),
    "soft": Wording(
        _("That sounds like a hard night."),
        (_("If you’d like to talk to someone, you can. You don’t have to be in danger to call a helpline."),),
    ),
    "kept_back": Wording(
        _("If today is heavy, you don’t have to carry it alone."),
        (_("Words like that can hurt even unread. If you’d like to talk to someone, you can."),),
    ),
    "self_harm": Wording(
        _("Thank you for saying it."),
        (_("If you’re thinking about suicide, or about hurting yourself, you can talk to someone now. No blame."),),
        _("Bleeding that won’t stop, or you’re not sure?"),
    ),
    "eating": Wording(
        _("Your body needs looking after now."),
        (_("Passing out, or a heart that feels wrong, needs a doctor today, even if it has passed."),),
        _("Chest pain, or you can’t stay awake?"),
    ),
    "psychosis": Wording(
        _("That sounds frightening."),
        (_("A doctor or an urgent health line can help today. You don’t have to explain it well."),),
        _("Is something telling you to hurt yourself or someone else?"),
    ),
    "withdrawal": Wording(
        _("Please don’t go through this alone."),
        (
            _(
                "Stopping alcohol, benzodiazepines, GHB or barbiturates suddenly can be dangerous, even on day 3. Call "
                "a doctor, a pharmacist or a health line today. Don’t stop, or cut down more, without advice."
            ),
        ),
        _("A seizure, confusion, a fever, chest pain, or seeing things that aren’t there?"),
    ),
    "using_risk": Wording(
        _("No lecture."),
        (
            _(
                "If you use: not alone, a little first, naloxone where someone can see it, door unlocked. After a "
                "break your body takes less than it did."
            ),
            _("If you’d rather not use tonight, stay and talk here."),
        ),
        _("Someone won’t wake up, or can’t breathe well?"),
    ),
    "violence": Wording(
        _("What you describe isn’t your fault."),
        (_("You can talk through what’s possible, and how to be safer without leaving."),),
        _("In danger right now?"),
    ),
    "sexual_violence": Wording(
        _("What happened isn’t your fault."),
        (_("You can talk to people who know about this. You choose how much you say."),),
        _("In danger right now, or hurt?"),
    ),
    "child": Wording(
        _("A child’s safety comes first."),
        (
            _("If a child is being hurt or isn’t looked after, these people can say what to do next."),
            _("If you’re the one who’s young, you can call them yourself."),
        ),
        _("Is a child in danger right now?"),
    ),
    "threat": Wording(
        _("You can step away from this."),
        (
            _(
                "If you’re afraid you might hurt someone, put some distance between you and them, and anything you "
                "might use. Then talk to someone."
            ),
        ),
        _("Might it happen soon?"),
    ),
    "helper": Wording(
        _("It’s hard to watch someone you care about."),
        (
            _(
                "Ask them straight out if they’re thinking about suicide. Asking doesn’t plant it. Listen, stay, and "
                "move what they might use out of reach."
            ),
        ),
        _("They have a plan, or you can’t reach them? Have their address ready."),
        offer=_("You can call these lines about someone else:"),
    ),
    "grief": Wording(
        _("We’re sorry. Losing someone is heavy."),
        (_("You can say their name here. You can also talk to someone who’ll listen."),),
        _("Not sure you’re safe?"),
    ),
    "broker": Wording(
        _("Be careful with this offer."),
        (
            _(
                "A good service doesn’t write to you first, ask for your insurance card, or pay for your trip. Don’t "
                "send anything. A moderator can look at it with you."
            ),
        ),
        _("In danger, or not free to leave?"),
    ),
    # ── Level 3: the emergency number leads ─────────────────────────────────────────────────────────────────────
    "emergency": Wording(_("Please call %(emergency)s now."), (_ALONE, _PLACE)),
    "suicide": Wording(
        _("Please call %(emergency)s now."),
        (
            _("If you might act on thoughts of suicide, or you’re not sure, call. It’s what they’re there for."),
            _ALONE,
            _("Can you put some distance between you and what you were going to use?"),
            _PLACE,
        ),
    ),
    "attempt": Wording(
        _("Call %(emergency)s now, even if you feel OK."),
        (
            _("Some harm comes slowly. Say what happened, and when. You can say that it was suicide."),
            _("Unlock the door. Ask someone to stay with you."),
            _PLACE,
        ),
    ),
    "overdose": Wording(
        _("Call %(emergency)s now."),
        (
            _(
                "Won’t wake up? Slow breath, or none? A gurgle or a snore? Blue or grey lips, or pale or ashen on "
                "darker skin? Don’t wait to see."
            ),
            _("If it’s you: call now, unlock the door, and tell someone near you."),
        ),
        steps=(
            _("Call %(emergency)s. Say “won’t wake up” or “not breathing”. In many places the law protects who calls."),
            _("Give naloxone if you have it."),
            _("If they don’t breathe, give breaths. The person on the phone will talk you through it."),
            _("If they breathe, roll them onto their side."),
            _("Stay. No change after 2 to 3 minutes? Give a second dose. It can wear off, so don’t leave them."),
        ),
    ),
    "withdrawal_now": Wording(
        _("This can’t wait for a reply here. Call %(emergency)s now."),
        (
            _("Say “withdrawal”. If there was a seizure, say “seizure”. Say what was stopped, and when."),
            _("Don’t be alone with this. If it’s someone else, stay with them."),
        ),
    ),
    "psychosis_now": Wording(
        _("Please call %(emergency)s now."),
        (
            _("Being told to act, by a voice or a thought, is an emergency. You’re not in trouble for it."),
            _("Move away from any place or thing that could hurt you."),
            _ALONE,
        ),
    ),
    "violence_now": Wording(
        _("If you’re in danger, call %(emergency)s now."),
        (
            _("If you can, go where there’s a way out. Call as soon as it’s safe to."),
            _("What’s happening isn’t your fault."),
        ),
    ),
    "child_now": Wording(
        _("Call %(emergency)s now for the child."),
        (
            _("Say where the child is, and that a child is in danger."),
            _("If you’re the one in danger, call, or run to a grown-up you trust."),
        ),
    ),
    "threat_now": Wording(
        _("Please step away now, and call %(emergency)s."),
        (
            _("You can say: “I’m afraid I’ll hurt someone.” They take that call every day."),
            _("Put distance between you and them, and anything you might use."),
        ),
    ),
    "helper_now": Wording(
        _("Call %(emergency)s now, with their address."),
        (
            _("Say what they told you, what they have with them, and when you last heard."),
            _("If it’s safe, stay with them or keep them talking. Ask straight out if they mean suicide."),
        ),
    ),
}
