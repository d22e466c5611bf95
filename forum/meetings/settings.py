"""Site settings of meetings."""

from __future__ import annotations

from forum.core.settings import declare

room_min_mods = declare(
    "room_min_mods", 1, "people", "How many of the team a live room needs to be open.", minimum=1, maximum=5
)
room_two_mods_over = declare(
    "room_two_mods_over",
    25,
    "people",
    "Above so many people inside, a live room needs one more.",
    minimum=5,
    maximum=1000,
)
heartbeat_slow_s = declare(
    "heartbeat_slow_s",
    60,
    "seconds",
    "A live room slows down when nobody of the team was heard from for so long.",
    minimum=20,
    maximum=600,
)
heartbeat_pause_s = declare(
    "heartbeat_pause_s",
    180,
    "seconds",
    "A live room pauses when nobody of the team was heard from for so long.",
    minimum=60,
    maximum=1800,
)
lobby_minutes = declare(
    "meeting_lobby_minutes",
    10,
    "minutes",
    "How long before the start the doors of a meeting open.",
    minimum=1,
    maximum=60,
)
wait_for_host_minutes = declare(
    "meeting_wait_minutes",
    10,
    "minutes",
    "How long people wait for somebody to hold a meeting before it is closed.",
    minimum=1,
    maximum=30,
)
transcript_hours = declare(
    "meeting_transcript_hours",
    24,
    "hours",
    "How long what was said in a meeting is kept after it closed; texts in an open case stay until it is decided.",
    minimum=1,
    maximum=168,
)
question_days = declare(
    "meeting_question_days",
    14,
    "days",
    "How long a quiet question to a host is kept after the last word in it.",
    minimum=1,
    maximum=90,
)
held_minutes = declare(
    "meeting_held_minutes",
    5,
    "minutes",
    "A held line goes back to its author, unsent, when nobody has read it for so long.",
    minimum=1,
    maximum=60,
)
weeks_ahead = declare(
    "meeting_weeks_ahead", 2, "weeks", "How far ahead the timetable is filled in.", minimum=1, maximum=12
)
calendar_names = declare(
    "meeting_calendar_names",
    False,
    "yes or no",
    "Calendar entries carry the meeting's name; otherwise only the forum's name.",
)
