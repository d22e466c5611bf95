# ruff: noqa: E501 -- lists of words read better in long lines than cut in pieces
"""Ways to reach somebody elsewhere: e-mail, names on other platforms, links to profiles; and links in general."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forum.moderation.phases.identity_numbers import Leak

_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,40}(?:\.[A-Za-z0-9-]{2,20}){1,4}")
_PROVIDER = "g ?mail|googlemail|hotmail|outlook|yahoo|ymail|icloud|proton ?mail|proton|pm|live|aol|gmx|msn|zoho|tutanota|fastmail|btinternet|sky"
_EMAIL_SPELLED = re.compile(
    rf"(?<![\w.+-])[a-z0-9][\w.+-]{{0,40}}\s{{0,2}}(?:[\[({{<]\s?at\s?[\])}}>]|\bat\b|@)\s{{0,2}}(?:(?:{_PROVIDER})\s{{0,2}}"
    r"(?:[\[({<]\s?(?:dot|\.)\s?[\])}>]|\bdot\b|\.|,)\s{0,2}[a-z]{2,3}\b|[a-z0-9-]{2,30}\s{0,2}[\[({<]?\s?\bdot\b\s?[\])}>]?\s{0,2}"
    r"(?:com|net|org|co|uk|io|me|ie|ca|au|nz|info)\b)",
    re.IGNORECASE,
)
PLATFORM = (
    "snap ?chat|snap|sc|insta ?gram|insta|ig|kik|discord|tele ?gram|tg|whats ?app|signal|face ?book|fb|messenger|tik ?tok|wickr|threema|skype"
    "|linked ?in|only ?fans|viber|we ?chat|twitter|reddit|steam|tinder|grindr|session|imessage|facetime|zoom|google ?chat|hangouts"
)
_HANDLE = r"@?[\w][\w.#-]{2,30}"
_INVITED_ON = re.compile(
    rf"\b(?:add|find|follow|hmu|hit me up|message|msg|text|dm|pm|reach|contact|get|i am|i'm|im|look me up|search)(?: me| for me| us)?"
    rf"(?: up)? (?:on|over on|at|via) (?:my )?(?:{PLATFORM})(?: ?[:=@-]{{1,2}} ?| at | as | under | name | handle | user(?:name)? |,? it's |,? its | )"
    rf"({_HANDLE})",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"\b(?:my |his |her |their |your )?(?:{PLATFORM})(?: (?:handle|name|user ?name|user|account|id|acc))?"
    rf" ?(?:is |are |[:=]{{1,2}} ?|- ?|@)(?:called )?({_HANDLE})",
    re.IGNORECASE,
)
_PLAIN_WORDS = frozenset(
    """full gone deleted private empty dead great good bad toxic better worse awful where what how why when just for and the but because
    public evil poison boring over down broken working fine cool fun hard easy not now always only so too very really making killing
    ruining triggering terrible horrible banned blocked bio dms please with mine there here this that pretty lovely been going""".split()
)
_URL = re.compile(
    r"\bhttps?://[^\s<>\"')\]]{1,300}|\bwww\.[^\s<>\"')\]]{1,300}"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,40}\.){1,3}(?:com|org|net|io|co|uk|me|gg|ly|info|xyz|online|shop|store|ru|to|link|app|ee|site|club|biz|onion|eu)\b"
    r"(?:/[^\s<>\"')\]]{0,300})?",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"(?:facebook|fb|instagram|tiktok|twitter|x|snapchat|linkedin|onlyfans|linktr|threads|pinterest|venmo|paypal|reddit)\.(?:com|ee|me|net)/\S"
    r"|(?:^|//|www\.)(?:t|wa|telegram|m|signal|cash|kik|paypal)\.(?:me|app)/\S|discord\.(?:gg|com/(?:users|invite))|chat\.whatsapp\.com|signal\.group",
    re.IGNORECASE,
)
_HINT = re.compile(rf"@|\bdot\b|\.[a-z]|www|//|\b(?:{PLATFORM})\b", re.IGNORECASE)


def contacts_in(text: str) -> Iterator[Leak]:
    """Yield e-mail addresses, platform names and links of the clean view."""
    if not _HINT.search(text):
        return
    for pattern in (_EMAIL, _EMAIL_SPELLED):
        for match in pattern.finditer(text):
            yield Leak("email_address", *match.span())
    yield from _handles(text)
    yield from _links(text)


def _handles(text: str) -> Iterator[Leak]:
    for pattern in (_INVITED_ON, _NAMED):
        for match in pattern.finditer(text):
            if _is_handle(match, text):
                yield Leak("social_handle", *match.span(1))


def _is_handle(match: re.Match[str], text: str) -> bool:
    """Tell a name from the next word of a sentence: by its signs, or by standing at the end."""
    name = match.group(1).rstrip(".-")
    if name.lower() in _PLAIN_WORDS:
        return False
    if re.search(r"[\d_#@]|\w\.\w", name) or text[match.start(1) - 1] == "@":
        return True
    rest = text[match.start(1) + len(name) :].lstrip(" .!?)\"'")
    return len(name) >= 4 and (not rest or rest[0] == "\n")


def _links(text: str) -> Iterator[Leak]:
    for match in _URL.finditer(text):
        yield Leak("profile_link" if _PROFILE.search(match.group()) else "link", *match.span())
