# ruff: noqa: E501 -- tables read better as words in long lines than as quoted lists
"""Tables for the folded view that are not spellings: look-alike letters, leet, masks, glued words, whole phrases."""

from __future__ import annotations

# Cyrillic, Greek and other letters that are drawn like Latin ones. Accents are taken off separately.
HOMOGLYPHS = str.maketrans(
    dict(
        zip(
            "абвгдеёзийклмнопрстухьыіїјѕԁԛԝһӏ"
            + "αβγδεζηικλμνορστυχω"
            + "ıɑɡɩʟɴʀʏᴀᴄᴅᴇɪᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢøłđħ"
            + "’‘`´ʼ′＇“”„«»–—−‐‑·•∙",
            "abbrдee3uuk".replace("д", "d")
            + "lmhonpctyx"
            + "bbiijsdqwhl"
            + "abydezniklmvopstuxw"
            + "iagilnryacdeijkmoptuvwz"
            + "oldh"
            + "'''''''"
            + '"""""'
            + "-----"
            + "...",
            strict=True,
        )
    )
)

LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "$": "s", "@": "a", "!": "i"})

# Words worth recovering from masks and odd separators (su**ide, sui-cide, 5uicide). A token is only rebuilt when
# the result is one of these: "3am", "b-12" and "f**" stay as they are.
MASKABLE = frozenset(
    """suicide suicidal suicides suiciding kill killing killed kills die died dies dying dead death deaths murder murdered
    hang hanging hanged unalive unaliving unalived alive overdose overdosed overdosing overdoses selfharm selfharming
    selfharmed harm harming hurt hurting cut cutting cuts shoot shooting shot stab stabbed stabbing rape raped raping rapist
    abuse abused abuser gun knife pills pill meds heroin cocaine coke crack meth fentanyl drugs drug weed kms kys ctb
    myself yourself himself herself life end ending bleed bleeding blood rope noose jump jumping bridge relapse relapsed
    fuck fucking fucked fucker shit shitty bitch bitches cunt cunts bastard bastards asshole whore slut faggot fag nigger
    nigga retard retarded dick pussy sex porn nudes""".split()
)

# Hashtag-like runs without spaces, and what spelled-out letters join into.
GLUED = {
    "iwanttodie": "i want to die",
    "wanttodie": "want to die",
    "iwannadie": "i want to die",
    "wannadie": "want to die",
    "killmyself": "kill myself",
    "killingmyself": "killing myself",
    "killyourself": "kill yourself",
    "killurself": "kill yourself",
    "killursel": "kill yourself",
    "endmylife": "end my life",
    "endingmylife": "ending my life",
    "enditall": "end it all",
    "hurtmyself": "hurt myself",
    "cutmyself": "cut myself",
    "selfharm": "self harm",
    "selfharming": "self harming",
    "selfharmed": "self harmed",
    "selfinjury": "self injury",
    "selfdelete": "self delete",
    "selfdeleting": "self deleting",
    "selfdeleted": "self deleted",
    "selfunalive": "self delete",
    "killme": "kill me",
    "iwannakms": "i want to kms",
    "idontwanttolive": "i do not want to live",
    "ikms": "i kms",
    "godie": "go die",
}

# (hint, pattern, plain): a whole phrase to plain words, where one token alone would be a guess. The hint is looked for
# first, because a substring test costs nothing and most texts hold none of these.
PHRASES: tuple[tuple[str, str, str], ...] = (
    ("my self", r"\bmy self\b", "myself"),
    ("your self", r"\byour self\b", "yourself"),
    ("him self", r"\bhim self\b", "himself"),
    ("her self", r"\bher self\b", "herself"),
    ("me self", r"\bme self\b", "myself"),
    ("any more", r"\bany ?more\b", "anymore"),
    ("no mo", r"\bno mo\b", "anymore"),
    ("cause ", r"\bcause (i|you|he|she|we|they|it|my|im|nobody|no|everyone|there|of)\b", r"because \1"),
    ("to night", r"\bto night\b", "tonight"),
    ("the ", r"\bthe (?:tomorrow|morn|morrow)\b", "tomorrow"),
    ("over do", r"\b(over) (dos(?:e|ed|ing))\b", r"\1\2"),
    ("un ", r"\bun (aliv(?:e|ing|ed))\b", r"un\1"),
    ("sui cid", r"\bsui cid(e|al)\b", r"suicid\1"),
    ("sucid", r"\bsucid(e|al)\b", r"suicid\1"),
    (
        "ma ",
        r"\bma (life|head|wrists?|arms?|legs?|mum|mam|maw|da|dad|wife|husband|man|own|boy|girl|house|kids|children|family|meds|pills|sister|brother)\b",
        r"my \1",
    ),
    ("me ", r"\bme (own|head|life|mam|da|wrists?|arms?|legs?|kids|missus|wife|husband|fella|pills|meds)\b", r"my \1"),
    (
        "ill ",
        r"\bill (be|do|just|never|not|kill|end|go|take|miss|always|see|leave|use|drink|have|hurt|die|get|probably|try|make|burn|find|wait|stop|cut|jump|stab|batter|strangle|murder|shoot|smash|punch|beat|break|slit|slash|hang|overdose|od|unalive|top|finish)\b",
        r"i will \1",
    ),
    (
        "id ",
        r"\bid (not|mind|be|rather|just|never|not|kill|have|do|like|love|die|do anything|sooner|give|take|hurt|end|go|want|probably|wake|feel)\b",
        r"i would \1",
    ),
    ("ion ", r"\bion (want|know|care|even|think|see|feel|got|need|like|have|do)\b", r"i do not \1"),
    (
        " o ",
        r"\b(sick|tired|out|because|instead|fed up|end|lot|rid|kind|sort|most|some|all|cup|bag|loads|full|scared|front|side|top) o (?=\w)",
        r"\1 of ",
    ),
    (" no ", r"\b(?:me|i) no (want|like|know|can|need|have|feel)\b", r"i do not \1"),
    ("an no ", r"\ban no (?=\w)", "and not "),
    ("2 ", r"\b2 (b|be|die|do|go|live|kill|end|get|sleep|wake|use|drink|cut|hurt)\b", r"to \1"),
    (" b ", r"\b(to|will|would|can|not|should|must|cud|wud) b\b", r"\1 be"),
    ("aw ", r"\baw (ma|my|the|of|them|thae|these|day|night|alone|over)\b", r"all \1"),
    (
        " no ",
        r"\b(am|is|are|was|were|will|can|do) no (?=\w+ing\b|be\b|wake|safe\b|well\b|right\b|ok|sure\b|want|able\b|fit\b)",
        r"\1 not ",
    ),
    ("i is", r"\bi is\b", "i am"),
    ("it is own", r"\bit is own\b", "its own"),
    (" is not ", r"\b(you|he|she|they|i) is not (?=got|never)", r"\1 have not "),
)
