"""What is to be told, and how far each part of it has come; nothing here touches the network."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.notices import splitting
from console.notices.channels import CHANNELS, LONGEST_ALLOWANCE
from console.notices.records import Letter, Outcome
from console.notices.targets import Target
from console.tables import DeliveryAttemptRow, DeliveryRow, NoticeRow
from core.vocabulary import (
    ConcernLevel,
    DeliveryOutcome,
    DeliveryState,
    NoticeKind,
)

TITLE_CHARACTERS = 60
"""A title is repeated above every part; a longer one goes on in the text."""
DRILL_MARK = "【演练】"
GRAVE = ConcernLevel.C3
"""From this level on nothing waits for quiet hours or crowded minutes, and it goes first."""
KEEPS = timedelta(days=1)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
MOST_TRIES = 12
"""About an hour: doubled from 15 seconds to ten minutes."""
OF_TARGET = frozenset(
    {
        DeliveryOutcome.SERVER_ERROR,
        DeliveryOutcome.TIMEOUT,
        DeliveryOutcome.UNREACHABLE,
        DeliveryOutcome.TLS,
    }
)
"""What is the target's trouble and not the message's: all that goes there waits."""
PLAUSIBLE = timedelta(hours=2)
"""No wait is longer; what lies further ahead was written by a clock that has been put back."""
LONGEST_LEASE = timedelta(minutes=6)
_CALL = re.compile(r"<(?=@|at\b)", re.IGNORECASE)
_NOT_SENT = (DeliveryOutcome.EXPIRED.value, DeliveryOutcome.FORBIDDEN.value)


def queue(
    session: Session,
    *,
    key: str,
    level: ConcernLevel,
    title: str,
    text: str,
    kind: NoticeKind,
    at: datetime,
) -> bool:
    """Put a message into the outbox; it is sent after this transaction, or never if it fails.

    Whoever asks twice with one *key* gets one message, the first; returns whether this was it. A
    title of several lines becomes one; one of more than 60 characters is cut and stands whole at
    the head of the text. The caller answers for it that no person and no post is quoted.
    """
    if not key:
        raise ValueError("a notice needs a key")
    if session.scalar(select(NoticeRow.id).where(NoticeRow.key == key)) is not None:
        return False
    whole = " ".join(_sound(title).split())
    if not whole:
        raise ValueError(f"notice {key}: a title is needed")
    text = _sound(text)
    if len(whole) > TITLE_CHARACTERS:
        text = f"{whole}\n{text}"
    session.add(
        NoticeRow(
            key=key,
            kind=kind.value,
            level=level.value,
            title=whole if len(whole) <= TITLE_CHARACTERS else f"{whole[: TITLE_CHARACTERS - 1]}…",
            text=text,
            queued_at=at,
        )
    )
    session.flush()
    return True


def _sound(text: str) -> str:
    """Return *text* without half characters, which have no bytes, and without calls to a group.

    WeCom and Feishu read ``<@all>`` and ``<at user_id="all">`` in plain text as a call to all.
    """
    return _CALL.sub("＜", text.encode("utf-8", "replace").decode("utf-8"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A part that this process, and no other, is about to send."""

    attempt: int
    letter: Letter


def plan(session: Session, targets: Sequence[Target], *, drill: bool, now: datetime) -> None:
    """Cut every new message into parts for each target that wants it, whoever asks first.

    What waited for more than a day is not sent any more, and what was meant for a target that the
    file has no longer is given up; both are kept with the reason.
    """
    new = select(NoticeRow).where(NoticeRow.planned_at.is_(None)).order_by(NoticeRow.id)
    for row in session.scalars(new).all():
        kind, level = NoticeKind(row.kind), ConcernLevel(row.level)
        wanting = [target for target in targets if target.wants(kind, level)]
        plan_one(session, row.key, wanting, drill=drill, now=now)
    names = [target.name for target in targets]
    gone = (DeliveryRow.state == DeliveryState.WAITING.value) & DeliveryRow.target.not_in(names)
    for lost in session.scalars(select(DeliveryRow).where(gone)).all():
        _give_up(session, lost, "notices.toml 中已没有这个目标", now)


def plan_one(
    session: Session, key: str, targets: Iterable[Target], *, drill: bool, now: datetime
) -> None:
    """Cut the message *key* into parts for *targets*."""
    notice = session.scalars(select(NoticeRow).where(NoticeRow.key == key)).one()
    notice.planned_at = now
    for target in targets:
        title = heading(notice.title, keyword=target.keyword, drill=drill)
        parts = splitting.split(title, notice.text, CHANNELS[target.channel])
        for number, part in enumerate(parts, 1):
            row = DeliveryRow(
                notice=notice.id,
                target=target.name,
                part=number,
                parts=len(parts),
                heading=part.heading,
                start=part.start,
                end=part.end,
                state=DeliveryState.WAITING.value,
                tries=0,
                due_at=now,
            )
            session.add(row)
            session.flush()
            if now - notice.queued_at > KEEPS:
                _give_up(session, row, "超过一天没有发送，已过时", now)


def heading(title: str, *, keyword: str, drill: bool) -> str:
    """Return what stands above every part: an exercise says so, and the group's word is there."""
    marked = f"{DRILL_MARK}{title}" if drill else title
    return marked if keyword in marked else f"{marked}【{keyword}】"


def claim(
    session: Session, target: Target, *, now: datetime, lease: timedelta, quiet: bool
) -> Claimed | None:
    """Take the next part for *target*, the grave first, or None while nothing may be sent.

    A test, for which somebody waits, goes before all else, even where the last attempt failed.

    Nothing may be sent while another process is sending there, while the target is left alone,
    and while its allowance is used up; all of that is read from the stored attempts. With *quiet*
    only what is grave, or a test, is sent. The attempt is stored before it is made.
    """
    channel = CHANNELS[target.channel]
    waits = _waits(session, target, now)
    if _is_sending(session, target, now) or DeliveryOutcome.THROTTLED in waits:
        return None
    recent = (
        (DeliveryAttemptRow.target == target.name)
        & DeliveryAttemptRow.at.between(now - LONGEST_ALLOWANCE, now)
        & DeliveryAttemptRow.outcome.not_in(_NOT_SENT)
    )
    sent = session.scalars(select(DeliveryAttemptRow.at).where(recent)).all()
    if channel.earliest(sent, now) > now:
        return None
    only_grave = quiet or channel.after_the_crowd(now) > now
    row = _next(session, target, now, only_grave=only_grave, only_tests=bool(waits))
    if row is None:
        return None
    row.leased_until = now + lease
    row.tries += 1
    attempt = DeliveryAttemptRow(
        delivery=row.id,
        target=target.name,
        at=now,
        outcome=DeliveryOutcome.UNKNOWN.value,
        reason="发送未完成，或发送时程序中断",
    )
    session.add(attempt)
    session.flush()
    return Claimed(attempt.id, _letter(session, row))


def finish(
    session: Session, attempt_id: int, ended: Outcome, *, target: Target, now: datetime, luck: float
) -> None:
    """Keep how an attempt ended, and when the next is due; *luck* in 0..1 spreads the retries."""
    attempt = session.get_one(DeliveryAttemptRow, attempt_id)
    row = session.get_one(DeliveryRow, attempt.delivery)
    attempt.ended_at, attempt.outcome, attempt.reason = now, ended.outcome.value, ended.reason
    row.leased_until = None
    if ended.outcome is DeliveryOutcome.SENT:
        row.state = DeliveryState.SENT.value
        return
    if row.state != DeliveryState.WAITING.value:
        return
    if ended.outcome is DeliveryOutcome.THROTTLED:
        row.tries -= 1  # it was not the message
        asked = ended.wait_s if ended.wait_s is not None else CHANNELS[target.channel].lock_s
        attempt.wait_until = now + timedelta(seconds=asked * (1 + luck / 10) + luck)
        row.due_at = attempt.wait_until
    else:
        row.due_at = now + backoff(row.tries, luck)
        if ended.outcome in OF_TARGET:
            asked = ended.wait_s or 0
            attempt.wait_until = max(row.due_at, now + timedelta(seconds=asked))
    notice = session.get_one(NoticeRow, row.notice)
    # A test is answered at once; nobody wants it an hour later.
    once = ended.outcome is DeliveryOutcome.FORBIDDEN or notice.kind == NoticeKind.TEST.value
    if once or row.tries >= MOST_TRIES or now - notice.queued_at > KEEPS:
        row.state = DeliveryState.GIVEN_UP.value


def backoff(tries: int, luck: float) -> timedelta:
    """Return the pause after so many tries: doubled each time up to ten minutes, half of it luck.

    >>> [int(backoff(tries, 1).total_seconds()) for tries in (1, 2, 6, 7)]
    [15, 30, 480, 600]
    """
    doublings = min(max(tries - 1, 0), 20)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE) * (0.5 + luck / 2)


def _is_sending(session: Session, target: Target, now: datetime) -> bool:
    leased = (
        (DeliveryRow.state == DeliveryState.WAITING.value)
        & (DeliveryRow.target == target.name)
        & (DeliveryRow.leased_until > now)
        & (DeliveryRow.leased_until <= now + LONGEST_LEASE)
    )
    return session.scalar(select(DeliveryRow.id).where(leased).limit(1)) is not None


def _waits(session: Session, target: Target, now: datetime) -> set[DeliveryOutcome]:
    """Return for which outcomes of earlier attempts the target is left alone now."""
    asked = (
        (DeliveryAttemptRow.target == target.name)
        & DeliveryAttemptRow.at.between(now - PLAUSIBLE, now)
        & (DeliveryAttemptRow.wait_until > now)
    )
    found = session.scalars(select(DeliveryAttemptRow.outcome).where(asked).distinct())
    return {DeliveryOutcome(outcome) for outcome in found}


def _next(
    session: Session, target: Target, now: datetime, *, only_grave: bool, only_tests: bool
) -> DeliveryRow | None:
    grave = NoticeRow.level >= GRAVE.value
    is_test = NoticeRow.kind == NoticeKind.TEST.value
    due = (
        (DeliveryRow.state == DeliveryState.WAITING.value)
        & (DeliveryRow.target == target.name)
        & ((DeliveryRow.due_at <= now) | (DeliveryRow.due_at > now + PLAUSIBLE))
    )
    query = select(DeliveryRow).join(NoticeRow, NoticeRow.id == DeliveryRow.notice).where(due)
    if only_tests:
        query = query.where(is_test)
    elif only_grave:
        query = query.where(grave | is_test)
    order = (is_test.desc(), grave.desc(), DeliveryRow.notice, DeliveryRow.part)
    return session.scalar(query.order_by(*order).limit(1))


def _letter(session: Session, row: DeliveryRow) -> Letter:
    notice = session.get_one(NoticeRow, row.notice)
    return Letter(
        key=notice.key,
        kind=NoticeKind(notice.kind),
        level=ConcernLevel(notice.level),
        heading=row.heading,
        text=notice.text[row.start : row.end],
        part=row.part,
        parts=row.parts,
        queued_at=notice.queued_at,
    )


def _give_up(session: Session, row: DeliveryRow, reason: str, now: datetime) -> None:
    row.state = DeliveryState.GIVEN_UP.value
    session.add(
        DeliveryAttemptRow(
            delivery=row.id,
            target=row.target,
            at=now,
            ended_at=now,
            outcome=DeliveryOutcome.EXPIRED.value,
            reason=reason,
        )
    )
