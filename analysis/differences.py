"""What tells two wordings apart: numbers, places, times, negation; and what one adds. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.anchors import objects_in
from analysis.families import Hit, hits_in, load_matters
from analysis.matters import Numbers, telling_numbers
from core.numbers import quantities

UNITS = ("人", "例", "天", "小时", "级", "价")
"""Units in which ``matters.telling_numbers`` reads 三个人, 3名 and 3人 as one."""
READ = 2_000
"""Characters of a text that are read for its marks; what follows tells no claim apart."""
_MANY = {"个", "名", "位", "口", "条", "具"}
# 3个 of 3个人 stands in the numbers of people already.
_TIMES = re.compile(
    r"(?:今|明|昨|前|后)(?:天|日|晚|早)|\d{1,2}月\d{1,2}日|\d{1,2}[点时](?!间|候)|\d{1,2}:\d{2}"
    r"|(?<![一二两三四五六七八九十几半])(?<![一二两三四五六七八九十几半\d]个)(?:周|星期)"
    # 一周三次, 四周五百米 and 每周三次 count; 每周三 and 下个星期三 are days.
    r"(?:[一二三四五六日]|天(?!天))(?!次|趟|遍|顿|回(?![家来去复应升])|节(?![目日])|个(?![别人]))"
    r"|凌晨|早上|上午|中午|下午|傍晚|晚上|夜里"
)
# 有没有, 停没停, 是不是 and a question's last word ask; they deny nothing.
_ASKING = re.compile(r"([\u4e00-\u9fff])[没不]\1|是否|没(?=[？?。！!，,\s]|$)|不(?=[？?]|$)")
# With the character behind it, for 没停水，没人管 denies another thing than 停水没人管.
_NEGATION = re.compile(
    r"(?:并没有?|没有?(?!收|关系)|并?未)[\u4e00-\u9fff]?|不(?:是|会|用|再|存在|属实|实)|无(?:人|需)|别(?:传|信)"
    r"|辟谣|谣言|假的|假消息|否认"
)
_BARE = re.compile(r"^并|(?<=没)有")


@dataclass(frozen=True, slots=True)
class Marks:
    """What a wording says that must agree before two are one."""

    numbers: Numbers
    places: frozenset[tuple[str, str]]
    """(kind, name) of what the text names."""
    times: tuple[str, ...]
    negations: tuple[str, ...]
    """Words that deny or say that it is over, in the order of the text."""


def marks_of(text: str, places: Iterable[str] = ()) -> Marks:
    """Return the marks of *text*; *places* are the names of the directory."""
    text = text[:READ]
    lexicon = load_matters()
    by_role: dict[str, list[Hit]] = {}
    for hit in hits_in(lexicon, text):
        by_role.setdefault(hit.role, []).append(hit)
    said = {name for name in places if name in text}
    objects = {(a.kind, a.name) for _, a in objects_in(lexicon, text, (), by_role) if a.name}
    # 段石桁乡 is 石桁乡 with a word before it: a name of the directory says it better.
    named = {o for o in objects if not any(s in o[1] or o[1] in s for s in said)}
    named |= {("", name) for name in said}
    over = [text[h.start : h.end] for h in by_role.get("over", ())]
    denied = [_BARE.sub("", word) for word in _NEGATION.findall(_ASKING.sub("", text))]
    return Marks(
        numbers=_numbers(text),
        places=frozenset(named),
        times=tuple(dict.fromkeys(_TIMES.findall(text))),
        negations=_widest(denied, over),
    )


def _numbers(text: str) -> Numbers:
    found: dict[str, set[str]] = {unit: set(v) for unit, v in telling_numbers(text, UNITS)}
    for quantity in quantities(text):
        if quantity.unit not in _MANY and quantity.unit not in UNITS:
            found.setdefault(quantity.unit, set()).add(f"{quantity.value.normalize():f}")
    return tuple((unit, frozenset(values)) for unit, values in sorted(found.items()))


def _widest(denied: list[str], over: list[str]) -> tuple[str, ...]:
    """Return the negations, without those that stand inside 没停水 or another way to say it."""
    words = list(dict.fromkeys([*over, *denied]))
    return tuple(w for w in words if not any(w != o and w in o for o in words))


def differences(a: Marks, b: Marks) -> tuple[str, ...]:
    """Return in Chinese what tells *a* and *b* apart; empty when nothing that both say differs.

    >>> differences(marks_of("隧道死3人"), marks_of("隧道死30人"))
    ('数字不同：3人／30人',)
    >>> differences(marks_of("停水了"), marks_of("没停水"))
    ('一说有、一说没有：没停水',)
    """
    found = []
    theirs = dict(b.numbers)
    for unit, values in a.numbers:
        if unit in theirs and values != theirs[unit]:
            found.append(f"数字不同：{_told(values, unit)}／{_told(theirs[unit], unit)}")
    if a.places and b.places and not _share(a, b):
        found.append(f"地点不同：{_names(a)}／{_names(b)}")
    if a.times and b.times and set(a.times) != set(b.times):
        found.append(f"时间不同：{'、'.join(a.times)}／{'、'.join(b.times)}")
    if bool(a.negations) != bool(b.negations):
        found.append(f"一说有、一说没有：{'、'.join(a.negations or b.negations)}")
    elif set(a.negations) != set(b.negations):
        found.append(f"否定的不同：{'、'.join(a.negations)}／{'、'.join(b.negations)}")
    return tuple(found)


def additions(before: Marks, after: Marks) -> tuple[str, ...]:
    """Return in Chinese what *after* says that *before* does not: 加了数字30人, 加了地点."""
    known = dict(before.numbers)
    added = [
        f"加了数字{_told(new, unit)}"
        for unit, values in after.numbers
        if (new := values - known.get(unit, frozenset()))
    ]
    earlier = {name for _, name in before.places}
    added += [f"加了地点{n}" for n in sorted({n for _, n in after.places} - earlier)]
    added += [f"加了时间{t}" for t in after.times if t not in before.times]
    if after.negations and not before.negations:
        added.append(f"变成否定：{'、'.join(after.negations)}")
    if before.negations and not after.negations:
        added.append(f"不再否定：{'、'.join(before.negations)}")
    return tuple(added)


def _share(a: Marks, b: Marks) -> bool:
    return any(x in y or y in x for _, x in a.places for _, y in b.places)


def _names(marks: Marks) -> str:
    return "、".join(sorted({name for _, name in marks.places}))


def _told(values: Iterable[str], unit: str) -> str:
    unit = "元" if unit == "价" else unit
    return "、".join(f"{value}{unit}" for value in sorted(values))
