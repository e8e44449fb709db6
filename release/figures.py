"""Figures against the ledger and the published texts: the red lines RL03 and RL04. Pure.

RL03: one number, one place; what a text says is what the ledger and the texts in force say.
RL04: every figure says of which moment it is.
"""

import re
from collections.abc import Iterator, Sequence

from core.numbers import Quantity
from core.vocabulary import StatementKind
from release.findings import DraftContext, Finding, PublishedText
from release.records import Fact, Sentence
from release.wording import (
    as_of_text,
    clock_key,
    fact_text,
    figures_in,
    figures_of,
    is_swap,
    matches,
    moment_text,
    moments_in,
    number_of,
    same_unit,
)

CUMULATIVE = frozenset({"转移人数", "转移安置人数", "转移群众", "救出人数", "死亡人数"})
CORRECTING = frozenset({StatementKind.CORRECTION, StatementKind.WITHDRAWAL})

_EARLIER = re.compile(r"上次|上一次|前次|原通报|通报为|原为|此前为")
_EXPLAINED = re.compile(r"核减|剔除|重复(?:统计|计算|登记)|口径|更正|核实后|核对后")


def is_cumulative(name: str) -> bool:
    """Return whether the indicator only ever grows."""
    return name.startswith("累计") or name in CUMULATIVE


def one_number(draft: DraftContext, index: int | None, sentence: Sentence) -> Iterator[Finding]:
    """Yield what RL03 finds: figures without a fact, replaced facts, conflicts, cumulative falls.

    *index* is the place of *sentence* in the draft, None for the title.
    """

    def finding(reason: str, fix: str) -> Finding:
        return Finding("RL03", True, index, sentence.text, reason, fix)  # noqa: FBT003

    current, bound = draft.current(), draft.bound(sentence)
    earlier = bool(_EARLIER.search(sentence.text))
    for unknown in [i for i in sentence.facts if i not in draft.facts]:
        yield finding(f"绑定的事实 {unknown} 不在本事件台账", "重新绑定事实")
    for fact in bound:
        if fact not in current and not earlier and draft.kind not in CORRECTING:
            yield finding(f"事实 {fact.fact_id} 已被新的数值取代", "改用台账当前的事实")
    for quantity in [] if _is_relayed(draft, sentence) else figures_in(sentence):
        if _says(quantity, bound) or _says(quantity, _of_moment(sentence, current)):
            continue
        if earlier and _says(quantity, list(draft.facts.values())):
            continue
        yield finding(_why_wrong(sentence, quantity, bound, current), "与责任单位对数，以台账为准")
    for reason, fix in _against_published(draft, bound):
        yield finding(reason, fix)


def as_of(draft: DraftContext, index: int | None, sentence: Sentence) -> Iterator[Finding]:
    """Yield what RL04 finds: figures without their moment, or with another one than their fact.

    The title needs none; *index* is the place of *sentence* in the draft, None for the title.
    """
    if index is None or _is_relayed(draft, sentence):
        return
    moments = moments_in(sentence.text)
    reasons = []
    if figures_in(sentence) and not moments:
        reasons.append("有数字而没有写明截至时间")
    if "截至" in sentence.text and not moments:
        reasons.append("截至时间没有写明月、日、时")
    if "截至" in sentence.text and moments:
        reasons += [
            f"截至时间与台账不一致：{fact_text(fact)}是{moment_text(fact.as_of)}的数值"
            for fact in draft.bound(sentence)
            if clock_key(fact.as_of) not in moments
        ]
    for reason in dict.fromkeys(reasons):
        yield Finding(
            "RL04",
            blocking=True,
            sentence_index=index,
            sentence=sentence.text,
            reason=reason,
            fix="写成“截至M月D日H时M分，……”，时间以所绑定的事实为准",
        )


def _is_relayed(draft: DraftContext, sentence: Sentence) -> bool:
    """Return whether these words are an entitled unit's, with figures of its own."""
    return draft.kind is StatementKind.WARNING_RELAY and sentence.section == "facts"


def _says(quantity: Quantity, facts: Sequence[Fact]) -> bool:
    return any(matches(quantity, figure) for fact in facts for figure in figures_of(fact))


def _of_moment(sentence: Sentence, facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts of the moment that the sentence names after 截至, or all without one."""
    if "截至" not in sentence.text:
        return list(facts)
    moments = moments_in(sentence.text)
    return [fact for fact in facts if clock_key(fact.as_of) in moments]


def _why_wrong(
    sentence: Sentence, quantity: Quantity, bound: Sequence[Fact], current: Sequence[Fact]
) -> str:
    said = f"{quantity.value:f}{quantity.unit}"
    known = [(fact, fig) for fact in [*bound, *current] for fig in figures_of(fact)]
    known = [(fact, figure) for fact, figure in known if same_unit(quantity, figure)]
    for fact, figure in known:
        if is_swap(quantity.value, figure.value):
            return f"文中为{said}，台账为{fact_text(fact)}（{fact.fact_id}），数字疑似颠倒"
    for fact, _ in known:
        if fact in bound or fact.field in sentence.text:
            when = as_of_text(fact.as_of)
            return f"文中为{said}，台账为{fact_text(fact)}（{fact.fact_id}，{when}），两者不一致"
    return f"数字{said}没有事实依据，台账里没有这一数值"


def _against_published(draft: DraftContext, bound: Sequence[Fact]) -> Iterator[tuple[str, str]]:
    for text in draft.published:
        for sentence in text.sentences:
            for fact in bound:
                yield from _conflicts(draft, text, sentence, fact)


def _conflicts(
    draft: DraftContext, text: PublishedText, sentence: Sentence, fact: Fact
) -> Iterator[tuple[str, str]]:
    """Yield how *fact* contradicts one published sentence: same moment, or a cumulative fall."""
    told = [f for f in draft.bound(sentence) if (f.field, f.scope) == (fact.field, fact.scope)]
    value = number_of(fact.value)
    for other in told:
        was = number_of(other.value)
        fell = was is not None and value is not None and value < was
        counts_up = is_cumulative(fact.field) and not _is_explained(draft)
        same_moment = other.as_of == fact.as_of and draft.kind not in CORRECTING
        if same_moment and other.value != fact.value:
            yield (
                f"已发布的《{text.title}》同一时刻写的是{fact_text(other)}，本稿为{fact_text(fact)}",
                "先发布更正说明，或与责任单位对数",
            )
        if fell and counts_up and other.as_of < fact.as_of:
            yield (
                f"累计数下降：《{text.title}》为{fact_text(other)}，本稿为{fact_text(fact)}",
                "加一句数值下降的说明，如“经核对剔除重复统计”",
            )
    if not told and draft.kind not in CORRECTING and fact.field in sentence.text:
        yield from _plain_conflict(text, sentence, fact)


def _plain_conflict(
    text: PublishedText, sentence: Sentence, fact: Fact
) -> Iterator[tuple[str, str]]:
    """Yield a figure of the same indicator and moment in a published sentence without facts."""
    if clock_key(fact.as_of) not in moments_in(sentence.text) or sentence.facts:
        return
    known = figures_of(fact)
    for quantity in figures_in(sentence):
        same = [figure for figure in known if same_unit(quantity, figure)]
        if same and not any(matches(quantity, figure) for figure in same):
            said = f"{quantity.value:f}{quantity.unit}"
            yield (
                f"已发布的《{text.title}》同一时刻写的是{said}，本稿为{fact_text(fact)}",
                "先发布更正说明，或与责任单位对数",
            )


def _is_explained(draft: DraftContext) -> bool:
    return any(_EXPLAINED.search(sentence.text) for sentence in draft.sentences)
