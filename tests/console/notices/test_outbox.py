from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.notices import outbox
from console.tables import NoticeRow
from core.vocabulary import ConcernLevel, NoticeKind

NOON = datetime(2031, 6, 18, 4, tzinfo=UTC)


def put(session: Session, key: str = "alert:7", *, title: str = "升至 C3", text: str = "") -> bool:
    return outbox.queue(
        session,
        key=key,
        level=ConcernLevel.C3,
        title=title,
        text=text,
        kind=NoticeKind.ALERT,
        at=NOON,
    )


def kept(session: Session) -> list[NoticeRow]:
    return list(session.scalars(select(NoticeRow)))


def test_a_key_is_queued_once(session: Session) -> None:
    assert put(session, text="第一次")
    assert not put(session, text="第二次")
    assert put(session, "alert:8")

    assert [row.text for row in kept(session)] == ["第一次", ""]


def test_a_title_stays_on_one_line(session: Session) -> None:
    put(session, title="升至 C3\r\nBcc: 外人@example.org")

    assert kept(session)[0].title == "升至 C3 Bcc: 外人@example.org"


def test_a_long_title_is_cut_and_stands_whole_in_the_text(session: Session) -> None:
    put(session, title="长" * 61, text="正文")

    row = kept(session)[0]
    assert row.title == "长" * 59 + "…"
    assert row.text == "长" * 61 + "\n正文"


def test_half_a_character_is_replaced(session: Session) -> None:
    put(session, text="坏\ud83d字")

    assert kept(session)[0].text == "坏?字"


@pytest.mark.parametrize(
    ("text", "kept_as"),
    [
        ('<at user_id="all">所有人</at>', '＜at user_id="all">所有人</at>'),
        ("<@all> <AT id=1>", "＜@all> ＜AT id=1>"),
        ("水位<36.5米 <attention>", "水位<36.5米 <attention>"),
    ],
)
def test_no_text_calls_a_whole_group(session: Session, text: str, kept_as: str) -> None:
    put(session, text=text)

    assert kept(session)[0].text == kept_as


@pytest.mark.parametrize(("key", "title"), [("", "有"), ("k", " \n")])
def test_without_key_or_title_nothing_is_queued(session: Session, key: str, title: str) -> None:
    with pytest.raises(ValueError, match=r"needed|needs"):
        put(session, key, title=title)

    assert kept(session) == []
