"""What becomes news, and for whom. Runs after the commit that made it true; nothing here carries words."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from forum.belonging.events import FirstPostWaits, RoleChanged
from forum.belonging.reading import greeters
from forum.boundaries.reading import keeping_away
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.events import subscribe
from forum.discussions.events import ThreadChanged, WordsKeptBack
from forum.discussions.keeping import ThreadFollow
from forum.discussions.models import PUBLIC, Post, Thread
from forum.discussions.queries import may_enter, opening_of
from forum.identity.models import Member
from forum.journey.events import GoalToLookAt, ModeratorAnswered, ReminderDue
from forum.meetings.aside_models import Question
from forum.meetings.events import DoorsOpened, QuestionAnswered
from forum.meetings.models import Session as MeetingSession
from forum.moderation.events import AppealDecided, PostDecided, ReportAnswered
from forum.moderation.models import Decision, Report
from forum.notifications.models import Notification
from forum.notifications.operations import News, notify

KEPT_BACK = "kept_back"
KEPT_BACK_PAGE = "/notifications/kept"
_ALWAYS_TOLD = ("hide", "limit", "hold", "ask_edit", "support", "restore")


@subscribe(ThreadChanged)
def on_new_post(fact: ThreadChanged) -> None:
    """Tell who was answered, whose thread it is, and who follows it; each of them once, the nearest reason first."""
    post = db.session.get(Post, fact.post_id) if fact.kind == "post" and fact.post_id is not None else None
    if post is None or post.is_opening or post.visibility not in PUBLIC or post.thread.kind != "topic":
        return
    answered = post.reply_to.author_id if post.reply_to is not None else None
    followers = set(db.session.scalars(select(ThreadFollow.member_id).where(ThreadFollow.thread_id == post.thread_id)))
    told: set[int] = {post.author_id} if post.author_id is not None else set()
    for kind, members in (("answer", {answered}), ("reply", {post.thread.author_id}), ("followed", followers)):
        wanted = {m for m in members if m is not None} - told
        told |= wanted
        wanted -= keeping_away(wanted, post.persona, post.thread.room_id)
        news = News(kind, f"thread:{post.thread_id}", thread_id=post.thread_id, post_id=post.id)
        notify(wanted, news, utcnow())


@subscribe(PostDecided)
def on_decision(fact: PostDecided) -> None:
    """Tell the author what moderators decided about their words, where it changed something for them."""
    decision = db.session.get(Decision, fact.decision_id)
    if decision is None or decision.author_id is None:
        return
    if fact.action == "approve" and decision.from_visibility == "held":
        code = "released"
    elif fact.action in _ALWAYS_TOLD:
        code = fact.action
    else:
        return
    post = db.session.get(Post, fact.target_id) if fact.target_type == "post" else None
    news = News(
        "letter",
        f"{fact.target_type}:{fact.target_id}",
        code,
        thread_id=post.thread_id if post else None,
        post_id=post.id if post else None,
        link="" if post else "/me",
    )
    notify([decision.author_id], news, utcnow())


@subscribe(WordsKeptBack)
def on_words_kept_back(fact: WordsKeptBack) -> None:
    """Offer help to whom cruel words were meant for: once a day at most, or whoever writes them could use us for it."""
    now = utcnow()
    told = select(Notification.member_id).where(
        Notification.member_id.in_(fact.member_ids),
        Notification.subject == KEPT_BACK,
        Notification.updated_at > now - timedelta(days=1),
    )
    wanted = set(fact.member_ids) - set(db.session.scalars(told))
    notify(wanted, News("letter", KEPT_BACK, KEPT_BACK, link=KEPT_BACK_PAGE), now)


@subscribe(ReportAnswered)
def on_report_answered(fact: ReportAnswered) -> None:
    """Tell somebody what became of what they asked moderators to look at."""
    report = db.session.get(Report, fact.report_id)
    if report is not None:
        notify([fact.reporter_id], News("report", f"report:{report.id}", report.outcome, link="/how"), utcnow())


@subscribe(AppealDecided)
def on_appeal(fact: AppealDecided) -> None:
    """Tell somebody that their second look has ended."""
    if fact.member_id is not None:
        news = News("letter", f"appeal:{fact.appeal_id}", f"appeal_{fact.state}", link="/me")
        notify([fact.member_id], news, utcnow())


@subscribe(ReminderDue)
def on_reminder(fact: ReminderDue) -> None:
    """Say that there is a note for now, and nothing else."""
    notify([fact.member_id], News("reminder", f"r:{fact.reminder_id}", "note", link="/me/journey"), utcnow())


@subscribe(GoalToLookAt)
def on_goal(fact: GoalToLookAt) -> None:
    """Say that the day has come to look at something again."""
    notify([fact.member_id], News("reminder", f"g:{fact.goal_id}", "look", link="/me/journey"), utcnow())


@subscribe(ModeratorAnswered)
def on_moderator(fact: ModeratorAnswered) -> None:
    """Say that a moderator wrote."""
    notify([fact.member_id], News("letter", "call", "wrote", link="/me/journey"), utcnow())


@subscribe(RoleChanged)
def on_role(fact: RoleChanged) -> None:
    """Tell a member what a lead decided about a role they asked for or held."""
    notify([fact.member_id], News("role", f"role:{fact.kind}", fact.state, link="/me/roles"), utcnow())


@subscribe(FirstPostWaits)
def on_waiting(fact: FirstPostWaits) -> None:
    """Tell greeters of a first post nobody has answered; each of them once, read or not."""
    thread = db.session.get(Thread, fact.thread_id)
    opening = opening_of(thread) if thread is not None else None
    if thread is None or opening is None or opening.visibility not in PUBLIC:
        return
    subject = f"thread:{thread.id}"
    told = select(Notification.member_id).where(Notification.kind == "greet", Notification.thread_id == thread.id)
    wanted = set(greeters()) - set(db.session.scalars(told)) - {thread.author_id}
    wanted -= keeping_away(wanted, opening.persona, thread.room_id)
    wanted = {number for number in wanted if may_enter(db.session.get(Member, number), thread.room)}
    notify(wanted, News("greet", subject, "waits", thread_id=thread.id, post_id=opening.id), utcnow())


@subscribe(QuestionAnswered)
def on_quiet_answer(fact: QuestionAnswered) -> None:
    """Tell who asked a host quietly that there is an answer."""
    question = db.session.get(Question, fact.question_id)
    if question is not None:
        link = f"/m/{question.series.public_id}#ask"
        news = News("meeting", f"question:{question.id}", "answered", link=link)
        notify([question.member_id], news, utcnow())


@subscribe(DoorsOpened)
def on_doors(fact: DoorsOpened) -> None:
    """Tell members that the doors they wanted to hear of are open."""
    session = db.session.get(MeetingSession, fact.session_id)
    if session is not None:
        news = News("meeting", f"session:{session.id}", "doors", link=f"/s/{session.public_id}")
        notify(fact.member_ids, news, utcnow())
