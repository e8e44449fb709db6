"""Statement texts with blanks bound to facts: no figure stands in a text without its source.

The skeletons are ``templates/<kind>.toml``. In a text ``{name}`` is a blank for words, and
``{=name}`` one for a fact. A sentence with a fact carries the fact's id and its moment
(截至M月D日H时M分); facts of different moments never share a sentence. Pure but for reading the
files that ship with the package.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

from core.clock import beijing
from core.errors import RefusedError
from core.numbers import Quantity, chinese_number, quantities
from core.text import sentences as split_sentences
from core.vocabulary import StatementKind
from release.records import Fact, Sentence

_BLANK = re.compile(r"\{(?P<fact>=?)(?P<name>[^{}=]+)\}")
_ANSWER = re.compile(r"答[1-9][0-9]?")
# 答：, 核查情况： and the like stay in front of the moment.
_LABEL = re.compile(r"[^{，。：]{1,6}：")
_DOUBLE_STOP = re.compile(r"([。！？；])。+")

CHECKING = "正在核实"


@dataclass(frozen=True, slots=True)
class Slot:
    """One sentence of a skeleton."""

    text: str
    section: str
    optional: bool
    """Left out when one of its blanks has nothing to fill it."""
    unknown: str
    """What stands instead while a fact is not known; empty means the fact is required."""
    each: str
    """``fact``: once for every fact no other sentence names; ``question``: for 问1, 问2, ..."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The text of a kind of statement, with blanks."""

    title: str
    slots: tuple[Slot, ...]


def moment_text(moment: datetime) -> str:
    """Return *moment* as M月D日H时M分 in Beijing time."""
    local = beijing(moment)
    return f"{local.month}月{local.day}日{local.hour}时{local.minute}分"


def as_of_text(moment: datetime) -> str:
    """Return 截至M月D日H时M分 in Beijing time: what every figure carries (red line RL04)."""
    return f"截至{moment_text(moment)}"


def fact_text(fact: Fact) -> str:
    """Return *fact* as it reads in a sentence: 全县转移人数942人, or 柏舟桥桥体状况：未断裂."""
    colon = "" if fact.unit else "："
    return f"{fact.scope}{fact.field}{colon}{fact.value}{fact.unit}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a fact, with its unit of measure as the fact writes it."""

    value: Decimal
    unit: str


def figures_of(fact: Fact) -> list[Figure]:
    """Return the numbers in a fact's value; several when it is a phrase (两人轻伤，1人失联)."""
    whole = number_of(fact.value)
    if whole is not None:
        return [Figure(whole, fact.unit)]
    return [Figure(q.value, q.unit) for q in quantities(f"{fact.value}{fact.unit}")]


def number_of(value: str) -> Decimal | None:
    """Return the number that *value* is, in digits or characters; None when it is a phrase."""
    try:
        return Decimal(value.replace(",", ""))
    except InvalidOperation:
        pass
    try:
        return Decimal(chinese_number(value))
    except ValueError:
        return None


@cache
def load_skeleton(kind: StatementKind) -> Skeleton:
    """Return the skeleton of *kind* that ships with the product."""
    file = files("release.templates") / f"{kind.value}.toml"
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    return Skeleton(
        title=raw["title"], slots=tuple(_slot(kind, entry) for entry in raw["sentence"])
    )


def _slot(kind: StatementKind, entry: dict[str, Any]) -> Slot:
    if strange := set(entry) - {"text", "section", "optional", "unknown", "each"}:
        raise ValueError(f"templates/{kind}.toml: unknown keys {sorted(strange)}")
    return Slot(
        text=entry["text"],
        section=entry["section"],
        optional=entry.get("optional", False),
        unknown=entry.get("unknown", ""),
        each=entry.get("each", ""),
    )


def compose(
    kind: StatementKind,
    *,
    facts: Mapping[str, Fact],
    values: Mapping[str, str],
    next_update_at: datetime | None,
    issuer_name: str,
    now: datetime,
) -> tuple[str, tuple[Sentence, ...]]:
    """Return title and sentences of a *kind* of statement with its blanks filled.

    *facts* are by the name a blank calls them; a value may itself hold ``{=name}``. The blanks
    发布单位, 发布日期 and, with a promise, 下次通报时间 fill themselves. Raises ``RefusedError``
    naming every blank that has nothing to fill it and every sentence that mixes moments.
    """
    known = {"发布单位": issuer_name, "发布日期": _date_text(now), **values}
    if next_update_at is not None:
        known["下次通报时间"] = moment_text(next_update_at)
    skeleton = load_skeleton(kind)
    slots = [s for slot in skeleton.slots for s in _repeated(slot, skeleton, facts, known)]
    reasons: list[str] = []
    title, _ = _with_facts(_with_words(skeleton.title, known, reasons), facts, reasons)
    texts = [s for slot in slots for s in _sentences(slot, facts, known, reasons)]
    if reasons:
        raise RefusedError(list(dict.fromkeys(reasons)))
    return title, tuple(texts)


def bind(text: str, facts: Mapping[str, Fact], *, section: str = "body") -> tuple[Sentence, ...]:
    """Return free *text* as sentences with its ``{=name}`` blanks bound to facts.

    Raises ``RefusedError`` as ``compose`` does.
    """
    reasons: list[str] = []
    slot = Slot(text=text, section=section, optional=False, unknown="", each="")
    bound = _sentences(slot, facts, {}, reasons)
    if reasons:
        raise RefusedError(list(dict.fromkeys(reasons)))
    return tuple(bound)


def _date_text(moment: datetime) -> str:
    local = beijing(moment)
    return f"{local.year}年{local.month}月{local.day}日"


def _repeated(
    slot: Slot, skeleton: Skeleton, facts: Mapping[str, Fact], values: Mapping[str, str]
) -> list[Slot]:
    """Return *slot* as often as its ``each`` asks, with the blanks renamed for each time."""
    if slot.each == "fact":
        left = _unnamed_facts(skeleton, facts, values)
        return [replace(slot, text=slot.text.replace("{=事实}", f"{{={n}}}")) for n in left]
    if slot.each == "question":
        return [_numbered(slot, n, facts, values) for n in _question_numbers(values)]
    return [slot]


def _unnamed_facts(
    skeleton: Skeleton, facts: Mapping[str, Fact], values: Mapping[str, str]
) -> list[str]:
    """Return one name for each fact that neither a slot, a value nor an answer calls for."""
    texts = [s.text for s in skeleton.slots] + list(values.values())
    named = {m["name"] for text in texts for m in _BLANK.finditer(text) if m["fact"]}
    named |= {name for name in facts if _ANSWER.fullmatch(name)}
    told = {facts[name].fact_id for name in named if name in facts}
    names = {fact.fact_id: name for name, fact in facts.items() if fact.fact_id not in told}
    return list(names.values())


def _question_numbers(values: Mapping[str, str]) -> list[int]:
    return sorted(int(name[1:]) for name in values if re.fullmatch(r"问[1-9][0-9]?", name))


def _numbered(slot: Slot, n: int, facts: Mapping[str, Fact], values: Mapping[str, str]) -> Slot:
    answer = f"答{n}"
    blank = f"{{={answer}}}" if answer in facts else f"{{{answer}}}"
    if answer not in facts and answer not in values:
        blank = CHECKING  # an unanswered question stays on the list (domain handbook, D19)
    return replace(slot, text=slot.text.replace("{问}", f"{{问{n}}}").replace("{答}", blank))


def _with_words(text: str, values: Mapping[str, str], reasons: list[str]) -> str:
    """Return *text* with its blanks for words filled; blanks for facts stay."""

    def word(match: re.Match[str]) -> str:
        if match["fact"]:
            return match[0]
        value = values.get(match["name"], "").strip()
        if not value:
            reasons.append(f"缺少必填内容“{match['name']}”")
        return value

    return _BLANK.sub(word, text)


def _with_facts(text: str, facts: Mapping[str, Fact], reasons: list[str]) -> tuple[str, list[Fact]]:
    """Return *text* with its blanks for facts filled, and the facts it used."""
    used: list[Fact] = []

    def figure(match: re.Match[str]) -> str:
        fact = facts.get(match["name"])
        if fact is None:
            reasons.append(f"缺少必填事实“{match['name']}”：请先由责任单位确认并登记")
            return ""
        used.append(fact)
        return fact_text(fact)

    return _BLANK.sub(figure, text), used


def _sentences(
    slot: Slot, facts: Mapping[str, Fact], values: Mapping[str, str], reasons: list[str]
) -> list[Sentence]:
    """Return the slot's sentences; what is missing is left out, unknown, or a reason."""
    missing: list[str] = []
    with_words = _with_words(slot.text, values, missing)
    parts = split_sentences(_DOUBLE_STOP.sub(r"\1", with_words))
    found = [_bound(part, slot, facts, missing) for part in parts]
    if not missing:
        return found
    if slot.unknown:
        return [Sentence(text=slot.unknown, section=slot.section)]
    if not slot.optional:
        reasons += missing
    return []


def _bound(text: str, slot: Slot, facts: Mapping[str, Fact], missing: list[str]) -> Sentence:
    rendered, used = _with_facts(text, facts, missing)
    moments = sorted({fact.as_of for fact in used})
    if len(moments) > 1:
        missing.append(f"同一句里的事实截至时间不同，请分句：{rendered}")
    if moments and "截至" not in rendered:
        label = _LABEL.match(text)
        at = label.end() if label else 0
        rendered = f"{rendered[:at]}{as_of_text(moments[0])}，{rendered[at:]}"
    ids = tuple(dict.fromkeys(fact.fact_id for fact in used))
    return Sentence(text=rendered, facts=ids, section=slot.section)


# Reading figures and moments back from a text

_DATED = re.compile(r"(?:\d{4}年)?(\d{1,2})月(\d{1,2})日(\d{1,2})时(?:(\d{1,2})分)?")
CLOCK = re.compile(r"(?<!\d)(\d{1,2})(?:时(?:(\d{1,2})分)?|[:：](\d{2}))")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[-－—\s]?\d{5,8}(?!\d)")
MOBILE = re.compile(r"(?<!\d)1\d{2}[-\s]?\d{4}[-\s]?\d{4}(?!\d)")
LOCAL_PHONE = re.compile(r"(?:电话|拨打|致电)[^\d，。]{0,6}(\d{7,8})(?!\d)")
# A claim or an earlier text told again in quotation marks is not our figure.
_TOLD = re.compile(
    r"(?:网传|网上|针对|反映|回复|答复|说法|原文|此前|中)[^“”，。]{0,8}“[^”]*”"
    r"|“[^”]*”(?=的?(?:说法|传言|消息|有误|问题|，该回复))"
)
_NO_FIGURE = re.compile(
    r"第[\d一二三四五六七八九十百]+[^\d，。]|〔\d{4}〕\d+号|(?<!\d)1[12]\d(?!\d)|(?<!\d)123\d\d(?!\d)"
    r"|一(?=[起次点条个天口间])|(?<!\d)24小时|[\d一二三四五六七八九十]+岁|\d{1,2}(?:月|日|时|分)(?!钟)"
    r"|\d+(?:号楼|栋)|\d+点"
)
# In advice and promises these measure what to do, not what happened.
_ADVICE_UNITS = frozenset(
    ["小时", "分钟", "天", "米", "厘米", "毫米", "公里", "%", "摄氏度", "℃", "次", "条", "个", "点"]
)
_ADVICE_SECTIONS = frozenset({"advice", "promise", "contact"})
_SAME_UNIT = {"名": "人", "口": "人", "℃": "摄氏度"}


def fold(text: str) -> str:
    """Return *text* with plain digits and letters for full-width ones; punctuation stays."""
    return "".join(
        unicodedata.normalize("NFKC", c) if c.isalnum() or c in "－．％" else c for c in text
    )


def figures_in(sentence: Sentence) -> list[Quantity]:
    """Return the quantities that claim something: no times, phones, ordinals or quoted talk."""
    text = sentence.text
    for pattern in (_TOLD, _DATED, CLOCK, LANDLINE, MOBILE, _NO_FIGURE):
        text = pattern.sub(lambda m: " " * len(m[0]), text)
    found = quantities(text)
    if sentence.section in _ADVICE_SECTIONS:
        found = [q for q in found if q.unit not in _ADVICE_UNITS]
    return found


def clock_key(moment: datetime) -> tuple[int, int, int, int]:
    """Return month, day, hour and minute of *moment* in Beijing time."""
    local = beijing(moment)
    return local.month, local.day, local.hour, local.minute


def moments_in(text: str) -> set[tuple[int, int, int, int]]:
    """Return every M月D日H时[M分] of *text* as month, day, hour, minute."""
    return {(int(m[1]), int(m[2]), int(m[3]), int(m[4] or 0)) for m in _DATED.finditer(text)}


def _plain(value: Decimal, unit: str) -> tuple[Decimal, str]:
    if unit.startswith("万元"):
        return value * 10_000, "元"
    return value, _SAME_UNIT.get(unit, unit)


def same_unit(quantity: Quantity, figure: Figure) -> bool:
    """Return whether both count the same; 立方米 in a text fits a fact in 立方米每秒."""
    ours, theirs = _plain(quantity.value, quantity.unit)[1], _plain(figure.value, figure.unit)[1]
    return theirs == ours or (len(theirs) > len(ours) and theirs.startswith(ours))


def matches(quantity: Quantity, figure: Figure) -> bool:
    """Return whether a text's quantity says a fact's figure."""
    if not same_unit(quantity, figure):
        return False
    said, known = _plain(quantity.value, quantity.unit)[0], _plain(figure.value, figure.unit)[0]
    # 9200余户 stands for a count a little above it.
    return said <= known <= said * Decimal("1.1") if quantity.approximate else said == known


def is_swap(one: Decimal, other: Decimal) -> bool:
    """Return whether two numbers have the same digits in another order (924 and 942)."""
    a, b = f"{one:f}", f"{other:f}"
    return a != b and len(a) == len(b) and a.find(".") == b.find(".") and sorted(a) == sorted(b)
