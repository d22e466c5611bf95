"""Plain words for codes, for the people who judge. One place, so that queue, case page and explanation say the same."""

from __future__ import annotations

from collections.abc import Mapping

LANES: Mapping[int, str] = {
    0: "Danger now",
    1: "Possible crisis",
    2: "Somebody is waiting or being hurt",
    3: "To read soon",
    4: "Housekeeping",
}

LANE_RULES: Mapping[int, str] = {
    0: "Somebody may be in immediate danger, a child may be at risk, or somebody is being exposed right now.",
    1: "Somebody may be suicidal, hurting themselves, close to using in a dangerous way, or threatened.",
    2: "Something is held while its author waits, or harassment, selling or identifying details were noticed.",
    3: "A member asked us to look, a model is unsure, or somebody new has written.",
    4: "Nothing urgent.",
}

REASONS: Mapping[str, str] = {
    "first_posts": "One of a new member's first posts",
    "asked_for_moderator": "A member asked a moderator to write to them",
    "by_hand": "A moderator chose this lane",
    "aged": "It has waited long enough to move up a lane",
    "author_disputes": "The author says an automatic hold looks wrong",
    "appeal": "The author asked for a second look",
    "reversal": "An earlier decision was taken back",
    "new_account": "A new account",
    "money_request": "Asking for money",
    "broker": "Offering treatment for gain",
    "medication_shaming": "Shaming somebody for their medicine",
    "minor_sexual": "It may involve somebody under 18 in a sexual way",
    "off_platform": "Asking people to talk somewhere else",
    "sexual_solicitation": "Sexual pressure",
    "sourcing_offer": "Offering to sell or say where to get",
    "sourcing_request": "Asking where to get",
    "targeted_abuse": "Cruel words at somebody",
    "threat_words": "It reads like a threat",
    "several_reports": "Several people asked us to look",
    "phone_number": "A phone number",
    "email": "An e-mail address",
    "insult": "An insult",
    "toxicity": "Harsh words",
    "identity_attack": "Against a group of people",
    "minor_safety": "It may involve somebody under 18 in a sexual way",
    "identity_of_other": "It may say who or where somebody else is",
    "identity_leak": "It may say who or where the author is",
    "threat": "It reads like a threat",
    "incitement": "It reads like telling somebody to die or to hurt themselves",
    "toxic_incitement": "It reads like telling somebody to die or to hurt themselves",
    "method_seeking": "It asks how",
    "method_detail": "It says how",
    "abuse": "It may hurt the person it speaks to",
    "abuse_with_distress": "Cruel words, out of pain",
    "link_by_new_member": "A link from a new member",
    "nobody_on_duty": "From a new member while nobody was on",
    "ideation_passive": "A wish not to be here",
    "ideation_active": "Thoughts of ending their life",
    "plan_intent_means": "A plan, a time or means",
    "goodbye": "It reads like a goodbye",
    "attempt_in_progress": "Something may already have been done",
    "self_harm": "Self-harm",
    "eating_disorder_acute": "An eating disorder, acute",
    "psychosis": "Voices or beliefs that may be dangerous",
    "withdrawal_emergency": "A withdrawal emergency",
    "withdrawal_risk": "A risky withdrawal",
    "overdose_now": "An overdose now",
    "overdose_risk": "Using soon, in a dangerous way",
    "relapse_risk": "Close to using",
    "dv_current": "Violence at home",
    "dv_immediate": "Violence right now",
    "sexual_violence": "Sexual violence",
    "child_at_risk": "A child may be at risk",
    "child_immediate": "A child is in danger now",
    "threat_others": "A wish to harm somebody",
    "threat_imminent": "Somebody may be about to harm another person",
    "third_party_concern": "Worry about somebody else",
    "third_party_imminent": "Somebody else is in danger now",
    "grief": "Grief",
    "worried_about_member": "A member is worried about the author",
    "harassment": "Reported as unkind or harassing",
    "identity_exposed": "Reported as identifying somebody",
    "selling_sourcing": "Reported as selling or saying where to get",
    "dangerous_advice": "Reported as dangerous advice",
    "needs_content_note": "Reported as needing a content note",
    "spam": "Reported as spam",
    "other": "Reported for another reason",
}

BOOSTS: Mapping[str, str] = {
    "author_waits": "the author is waiting",
    "author_disputes": "the author says the hold looks wrong",
    "live_room": "it is in a meeting going on now",
    "first_post": "it is the author's first post",
    "more_reporters": "more than one person asked us to look",
    "confident": "the detector is sure",
    "busy_thread": "other cases are open in this thread",
}

ACTIONS: Mapping[str, str] = {
    "case.opened": "The case was opened",
    "case.merged": "Something more was noticed",
    "case.raised": "Something more urgent was noticed",
    "case.attached": "Something was noticed after the case was closed",
    "case.reopened": "The case was opened again",
    "case.aged": "It moved up a lane because it had waited long",
    "case.woken": "The time to look again came",
    "case.author_deleted": "The author took the text back",
    "case.author_edited": "The author changed the text and it went up",
    "case.lane": "The lane was changed",
    "case.second": "A second opinion was asked for",
    "case.escalated": "The lead was called",
    "case.watched": "It is being watched",
    "auto.hold": "It was held by a rule",
    "auto.limit": "It was put behind a note by a rule",
    "decide.approve": "It was left up",
    "decide.hide": "It was taken down",
    "decide.limit": "It was put behind a content note",
    "decide.ask_edit": "The author was asked to change it",
    "decide.move": "It was moved to another room",
    "bulk.approve": "Several were left up at once",
    "bulk.reversed": "Several decisions were taken back at once",
    "decide.support": "A support message was sent",
    "decide.restore": "A decision was taken back",
    "sanction.proposed": "A limit on the account was proposed",
    "sanction.active": "The account was limited",
    "sanction.lifted": "A limit on the account was lifted",
    "sanction.refused": "A proposed limit was refused",
    "appeal.filed": "The author asked for a second look",
    "appeal.upheld": "A second look left it as it was",
    "appeal.changed": "A second look changed the decision",
    "appeal.overturned": "A second look took the decision back",
    "role.proposed": "Another role was proposed",
    "role.approved": "A role was changed, by two people",
    "role.refused": "Another role was not agreed to",
    "role.withdrawn": "A proposal was withdrawn",
    "return.proposed": "Letting an account back in was proposed",
    "return.approved": "An account was let back in, by two people",
    "return.refused": "Letting an account back in was not agreed to",
    "return.withdrawn": "A proposal was withdrawn",
    "purge.proposed": "Deleting the words for good was proposed",
    "purge.approved": "The words were deleted for good, by two people",
    "purge.refused": "Deleting the words for good was not agreed to",
    "purge.withdrawn": "A proposal was withdrawn",
    "staff.invited": "Somebody was invited to the team",
    "staff.off": "An account of the team was switched off",
    "staff.codes": "Somebody made new recovery codes",
    "settings.changed": "A setting was changed",
    "paging.test": "A test call was sent",
    "report.limited": "Several reports put it behind a note",
}

OUTCOMES: Mapping[str, str] = {
    "no_violation": "left up",
    "content_note_added": "a content note was added",
    "author_edited": "the author changed it",
    "supported": "a support message was sent",
    "moved": "moved",
    "hidden": "taken down",
    "sanctioned": "the account was limited",
    "duplicate": "joined with another case",
    "report_not_actionable": "nothing to do",
    "report_abuse": "the report was not made in good faith",
}


def say(table: Mapping[str, str], code: str) -> str:
    """Return the words for a code; an unknown one is shown as it is, readable."""
    return table.get(code) or code.replace("_", " ").replace(".", ": ")


def lane_name(lane: int) -> str:
    """Return a lane's short name, e.g. "T0"."""
    return f"T{lane}"


def boost_chip(boost: Mapping[str, object]) -> str:
    """Return a chip such as "+20 the author is waiting"."""
    return f"+{boost['minutes']} {say(BOOSTS, str(boost['code']))}"
