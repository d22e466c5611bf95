"""The addresses that sqlmap is let loose on: every kind of path, parameter and form, by whose browser asks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MEMBER_FORMS = {
    "/me/journey/aims": "what=tea&why=x&strength=x&first_step=x&rhythm=weekly&client_id=a",
    "/me/journey/aims/{goal}/edit": "what=tea&why=x&strength=x&first_step=x&rhythm=weekly",
    "/me/journey/aims/{goal}/look": "how=well&note=x",
    "/me/journey/aims/{goal}/link": "link=x",
    "/me/journey/check-ins": "mood=3&craving=4&line=tea&client_id=a",
    "/me/journey/check-ins/{entry}/card": "x=1",
    "/me/journey/days": "label=tea&started=2026-01-01&about=without&goal=x",
    "/me/journey/days/{counter}": "label=tea&goal=x&shown=1",
    "/me/journey/days/{counter}/today": "kind=kept",
    "/me/journey/times": "words=tea&local_time=20:00&rhythm=daily&zone=UTC",
    "/me/journey/times/{reminder}/seen": "x=1",
    "/me/journey/small": "words=tea",
    "/me/journey/small/{thing}": "done=1",
    "/me/journey/pages/open": "phrase=one+two+three&then=x",
    "/me/journey/ask": "body=tea&client_id=a",
    "/me/journey/midnight": "zone=UTC",
    "/me/letters/{letter}/appeal": "text=tea",
    "/me/boundaries": "undo=word:x",
    "/me/notes": "notes=shown",
    "/me/words": "phrase=one+two+three",
    "/me/export": "phrase=one+two+three",
    "/me/roles/greeter": "answer=yes&name=x",
    "/notifications/settings": "replies=on&meetings=off&quiet_from=22&quiet_to=7",
    "/notifications/wake": "endpoint=https://push.example/x&p256dh=x&auth=x",
    "/meetings/zone": "zone=UTC&next=/meetings",
    "/m/{meeting}/ask": "body=tea&client_id=a",
    "/m/{meeting}/line": "body=tea&agreed=yes&with_name=yes&client_id=a",
    "/m/{meeting}/remind": "next=/meetings",
    "/s/{session}/join": "norms=yes&listen=yes&mood=steady",
    "/s/{session}/say": "body=tea&client_id=a",
    "/s/{session}/mood": "mood=steady",
    "/r/{room}/enter": "agree=yes",
    "/r/{room}/mute": "on=1",
    "/t/{thread}/follow": "on=1",
    "/p/{post}/edit": "body=tea&content_note=x",
    "/p/{post}/mute": "on=1",
    "/search": "q=tea&room=x&kind=x&when=x&before=1",
    "/begin": "about=me&area=own&want=x",
    "/resources/x/broken": "x=1",
    "/help/line/gb-samaritans/silent": "x=1",
    "/theme": "theme=dark",
}
"""Forms of a member's own place that the first list left out; `{name}` is filled with an id."""

DESK_FORMS = {
    "/mod/cases/{case}/claim": "version=1&join=yes",
    "/mod/cases/{case}/support": "version=1&template=x&personal=tea&time=x&what=x",
    "/mod/cases/{case}/approve": "version=1",
    "/mod/cases/{case}/ask-edit": "version=1&reason_code=spam&message=tea",
    "/mod/cases/{case}/limit": "version=1&note=tea",
    "/mod/cases/{case}/sanction": "version=1&limit=slow:24&reason_code=spam&facts=tea",
    "/mod/cases/{case}/escalate": "version=1&note=tea",
    "/mod/cases/{case}/second": "version=1&note=tea",
    "/mod/cases/{case}/lane": "version=1&lane=2&note=tea",
    "/mod/cases/{case}/watch": "version=1",
    "/mod/cases/{case}/skip": "x=1",
    "/mod/cases/{case}/release": "x=1",
    "/mod/cases/{case}/heartbeat": "active=1",
    "/mod/cases/{case}/move": "version=1&room={room}",
    "/mod/decisions/{letter}/reverse": "x=1",
    "/mod/appeals/x": "version=1&state=upheld&reply=tea+tea+tea&note=x",
    "/mod/bulk/undo": "decisions=x",
    "/mod/followups/done": "followup=x",
    "/mod/look-in/done": "look_in=x&outcome=x",
    "/mod/duty": "do=on&note=tea",
    "/mod/duty/buddy": "talk=x&with=x",
    "/mod/duty/shifts": "day=2026-12-01&from=20:00&to=22:00",
    "/mod/emergency": "what=x&version=1",
    "/mod/account/left-out": "group=x",
    "/mod/meetings/new": "name=tea&summary=x&format=open&rule=weekly&day=MO&local_time=20:00&zone=UTC&minutes=45",
    "/mod/meetings/series/{meeting}": "name=tea&summary=x&local_time=20:00&zone=UTC&minutes=45",
    "/mod/meetings/series/{meeting}/answer": "question=x&body=tea&client_id=a&next=/mod/meetings/x",
    "/mod/meetings/series/{meeting}/line": "quote=x&on=yes",
    "/mod/meetings/{session}/act": "do=pause&member=x&why=x&n=1&seconds=5&mode=on",
    "/mod/meetings/{session}/say": "body=tea&client_id=a",
    "/mod/meetings/{session}/note": "note=tea",
    "/mod/meetings/{session}/plan": "do=move&why=x&starts_at=2026-12-01+19:30",
    "/mod/training/modules/words": "q1=a&q2=b",
    "/mod/training/practice": "again=1",
    "/mod/again/x": "action=hide&reason_code=spam",
}
"""The same at the desk."""


@dataclass(frozen=True)
class Address:
    """One address and whose browser asks; `*` marks a place in the path, a form makes it a POST."""

    who: str
    path: str
    form: str = ""


def more_forms(ids: Mapping[str, str]) -> Iterator[Address]:
    """Yield the forms of a member's own place and of the desk that the first list left out (`--more`)."""
    for mine, desk in itertools.zip_longest(MEMBER_FORMS.items(), DESK_FORMS.items()):
        for who, one in (("member", mine), ("moderator", desk)):
            if one:
                path, form = one
                yield Address(who, path.format(**ids), form.format(**ids))


def addresses(ids: dict[str, str]) -> Iterator[Address]:
    """Yield what is asked about: every parameter that is read anywhere, every kind of id in a path, the forms."""
    room, thread, post, case = ids["room"], ids["thread"], ids["post"], ids["case"]
    for who in ("guest", "member"):
        yield Address(who, f"/r/{room}?before=x&view=waiting")
        yield Address(who, "/rooms?area=x")
        yield Address(who, "/stories?from=x&before=x")
        yield Address(who, "/search?q=tea&room=x&kind=x&when=x&before=x")
        yield Address(who, "/resources?kind=x&country=x")
        yield Address(who, "/meetings?view=x&kind=x&zone=x")
        yield Address(who, f"/t/{thread}/events?since=0")
        yield Address(who, f"/t/{thread}*")
        yield Address(who, f"/r/{room}*")
    yield Address("guest", "/help?country=gb")
    yield Address("guest", "/help/country", "country=gb")
    yield Address("guest", "/join", "handle=Quiet+Wren+12&about=myself&device=shared&adult=yes&stamp=x&work=1")
    yield Address("guest", "/return", "phrase=one+two+three+four+five+six&device=shared")
    yield Address("guest", "/mod/login", "name=Mo&password=wrong&code=123456")
    yield Address("guest", "/mod/invite/x*")
    yield Address("member", f"/t/{thread}/posts", "body=Words&client_id=abc&content_note=x&reply_to=x")
    yield Address("member", f"/r/{room}/threads", "title=Words&body=Words&client_id=abc&purpose=x")
    yield Address("member", f"/r/{room}/new?for=x")
    yield Address("member", f"/t/{thread}/read?reply_to=x&quote=x")
    yield Address("member", f"/p/{post}*/react", "kind=with_you")
    yield Address("member", f"/p/{post}/react", "kind=with_you")
    yield Address("member", f"/p/{post}/bookmark", "on=1")
    yield Address("member", f"/p/{post}/report", "category=spam&text=x")
    yield Address("member", "/me/settings", "country=gb&plain_letters=1&full_titles=1")
    yield Address("member", "/me/boundaries/words", "word=tea&effect=cover")
    yield Address("member", "/me/journey/pages?before=x")
    yield Address("member", "/me/letters?again=x")
    yield Address("member", "/me/sessions", "session=x")
    yield Address("member", "/notifications/x*")
    yield Address("moderator", "/mod/?tab=x&lane=1&room=x&care=x&after=x&all=1&done=x")
    yield Address("moderator", f"/mod/cases/{case}?show=x")
    yield Address("moderator", f"/mod/cases/{case}*")
    yield Address("moderator", f"/mod/cases/{case}/explain?format=json")
    yield Address("moderator", f"/mod/cases/{case}/notes", "body=Words&version=1")
    yield Address("moderator", f"/mod/cases/{case}/hide", "reason=spam&version=1&note=x")
    yield Address("moderator", f"/mod/cases/{case}/move", "room=x&version=1")
    yield Address("moderator", "/mod/bulk", "cases=x&action=hide&reason=spam")
    yield Address("moderator", "/mod/audit?before=x&action=x&by=x&case=x")
    yield Address("moderator", f"/mod/members/{ids['member']}*")
    yield Address("moderator", "/mod/duty/handover/x*/read", "x=1")
    yield Address("moderator", "/mod/training/practice?done=x")
    yield Address("moderator", "/mod/again?show=x")
    yield Address("admin", "/mod/dashboard?days=7")
    yield Address("admin", "/mod/dashboard.csv?days=7")
    yield Address("admin", "/mod/helplines?country=gb")
    yield Address("admin", "/mod/rules?about=x")
    yield Address("admin", "/mod/rooms/new", "name=Words&summary=Words&key=x&group=x")
    yield Address("admin", "/mod/settings/raid_mode", "value=auto")
