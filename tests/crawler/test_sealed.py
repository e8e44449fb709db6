"""What may name a person is kept encrypted, for hours, and every reading is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database import transaction
from core.errors import HuiyingError
from core.vocabulary import SealedPurpose
from crawler import sealed
from crawler.sealed import KEPT_PER_SOURCE, ToSeal, Vault
from crawler.tables import SealedRow
from tests.crawler.conftest import NOON

VAULT = Vault(b"k" * 32)
SECRET = "联系人王某某 13800138000".encode()
PAGE = ToSeal(SealedPurpose.UNPARSED_PAGE, "论坛", "https://a.example/l", "版式变化", SECRET, NOON)
HOUR = timedelta(hours=1)


def keep(engine, *items, hours=2):
    with transaction(engine) as session:
        for item in items:
            sealed.keep(session, VAULT, item, hours=hours)


def test_what_is_sealed_opens_with_its_key_in_its_context_only():
    content = VAULT.seal(SECRET, "a")

    assert VAULT.open(content, "a") == SECRET
    assert SECRET not in content
    for vault, context, given in [
        (Vault(b"x" * 32), "a", content),
        (VAULT, "b", content),
        (VAULT, "a", content[:-1] + bytes([content[-1] ^ 1])),
        (VAULT, "a", b""),
    ]:
        with pytest.raises(HuiyingError, match="sealed"):
            vault.open(given, context)


def test_the_same_content_is_never_sealed_alike_and_digests_need_the_key():
    assert VAULT.seal(SECRET, "a") != VAULT.seal(SECRET, "a")
    assert VAULT.digest("https://a.example/u/x") == VAULT.digest("https://a.example/u/x")
    assert VAULT.digest("https://a.example/u/x") != Vault(b"x" * 32).digest("https://a.example/u/x")


def test_a_page_is_listed_closed_and_opened_with_a_reason(engine):
    keep(engine, PAGE)

    with transaction(engine) as session:
        (item,) = sealed.listed(session, SealedPurpose.UNPARSED_PAGE)
        content = sealed.opened(session, VAULT, item.key, reader="qi", reason="修选择器", at=NOON)
        (reading,) = sealed.readings(session)
        stored = session.scalars(select(SealedRow.content)).one()

    assert (item.source, item.expires_at) == ("论坛", NOON + 2 * HOUR)
    assert content == SECRET
    assert (reading.reader, reading.reason, reading.at) == ("qi", "修选择器", NOON)
    assert SECRET not in stored


@pytest.mark.parametrize(("reader", "reason"), [("", "修"), ("qi", " ")])
def test_nobody_reads_without_a_name_and_a_reason(engine, reader, reason):
    keep(engine, PAGE)

    with transaction(engine) as session, pytest.raises(HuiyingError, match="reason"):
        sealed.opened(session, VAULT, 1, reader=reader, reason=reason, at=NOON)


def test_what_has_expired_opens_no_more_and_is_purged_while_its_readings_stay(engine):
    keep(engine, PAGE)
    with transaction(engine) as session:
        sealed.opened(session, VAULT, 1, reader="qi", reason="修选择器", at=NOON)

    with transaction(engine) as session:
        with pytest.raises(HuiyingError, match="expired"):
            sealed.opened(session, VAULT, 1, reader="qi", reason="修", at=NOON + 2 * HOUR)
        early, late = sealed.purge(session, NOON), sealed.purge(session, NOON + 2 * HOUR)
        left = sealed.listed(session, SealedPurpose.UNPARSED_PAGE)

    assert (early, late, left) == (0, 1, [])
    with transaction(engine) as session:
        assert len(sealed.readings(session)) == 1


def test_of_a_broken_source_only_the_newest_pages_are_kept(engine):
    pages = [
        ToSeal(PAGE.purpose, f"s{n % 2}", PAGE.location, str(n), SECRET, NOON)
        for n in range(4 * KEPT_PER_SOURCE)
    ]

    keep(engine, *pages)

    with transaction(engine) as session:
        kept = sealed.listed(session, SealedPurpose.UNPARSED_PAGE, "s1")
    assert len(kept) == KEPT_PER_SOURCE
    assert kept[-1].reason == str(4 * KEPT_PER_SOURCE - 1)


def test_a_giant_page_is_kept_to_its_limit(engine):
    keep(engine, ToSeal(PAGE.purpose, "s", "l", "r", b"x" * 3_000_000, NOON))

    with transaction(engine) as session:
        content = sealed.opened(session, VAULT, 1, reader="qi", reason="修", at=NOON)

    assert len(content) == sealed.MAX_SEALED_BYTES
