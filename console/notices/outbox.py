"""What is to be told, and how far each part of it has come; nothing here touches the network."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from console.tables import NoticeRow
from core.vocabulary import ConcernLevel, NoticeKind

TITLE_CHARACTERS = 60
"""A title is repeated above every part; a longer one goes on in the text."""


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
    """Return *text* with half characters replaced: they have no bytes that could be sent."""
    return text.encode("utf-8", "replace").decode("utf-8")
