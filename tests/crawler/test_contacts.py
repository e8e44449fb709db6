"""Contacts in calls for help, found at the door before they are masked."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from analysis.gold import read_gold, sort_texts
from core.vocabulary import ContactKind
from crawler.contacts import contacts_of, identity, may_call_for_help, packed, unpacked

GOLD = Path(__file__).parent.parent / "analysis" / "gold" / "help.jsonl"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("老人被困，打13800138000", ["13800138000"]),
        ("求助 138 0013-8000", ["138 0013-8000"]),
        ("求助，电话一三八零零一三八零零零", ["一三八零零一三八零零零"]),
        ("求救 ０10-12345678 或 010-12345678", ["010-12345678"]),
        ("孩子发烧，加微信：wx_abc123", ["微信：wx_abc123"]),
        ("求船！QQ 12345678", ["QQ 12345678"]),
        ("被困东门小区3栋2单元501室", ["3栋2单元501室"]),
        ("救命 13800138000 再说一遍 13800138000", ["13800138000"]),
        ("停水了，物业13800138000", []),
        ("求助，打12345和119都占线", []),
        ("求助，身份证110101199003074514", []),
        ("求助，老人被困3号楼", []),
        ("老人困在家里", []),
        ("", []),
        ("救" * 20_000, []),
    ],
)
def test_what_leads_to_somebody_in_a_call_for_help(text: str, found: list[str]) -> None:
    assert [contact.value for contact in contacts_of(text)] == found


def test_one_number_is_known_however_it_is_written() -> None:
    ways = (
        "13800138000",
        "138 0013-8000",
        "电话：１３８００１３８０００",
        "一三八零零一三八零零零",
    )

    assert {identity(ContactKind.PHONE, way) for way in ways} == {"13800138000"}
    assert identity(ContactKind.ACCOUNT, "微信：WX_abc123") == identity(
        ContactKind.ACCOUNT, "wx_ABC123"
    )


def test_contacts_survive_packing() -> None:
    found = contacts_of("老人被困3栋2单元501室，打13800138000")

    assert unpacked(packed(found)) == found
    assert "13800138000" not in repr(found)


def test_hundreds_of_numbers_are_no_call_of_one_person() -> None:
    assert len(contacts_of("求助 " + " ".join(str(13800138000 + n) for n in range(500)))) == 10


def test_the_door_lets_through_what_analysis_calls_a_call_for_help() -> None:
    texts = [str(case["text"]) for case in read_gold(GOLD)]
    calls = [text for text, what in zip(texts, sort_texts(texts), strict=True) if what.help]

    assert len(calls) > 100
    assert [text for text in calls if not may_call_for_help(text)] == []
    assert not may_call_for_help("公交几点收班")


def test_few_calls_in_unusual_words_are_lost_at_the_door() -> None:
    folder = files("analysis.models") / "written"
    lines = [
        line
        for kind in ("accidents", "health", "natural", "services")
        for line in (folder / f"posts_{kind}.jsonl").read_text("utf-8").splitlines()
    ]
    texts = [json.loads(line)["text"] for line in lines]
    calls = [text for text, what in zip(texts, sort_texts(texts), strict=True) if what.help]

    let_in = sum(may_call_for_help(text) for text in calls)

    assert len(calls) > 500
    assert let_in / len(calls) >= 0.95


def test_traditional_characters_call_for_help_too() -> None:
    assert contacts_of("老人缺藥，電話 13800138000")
