"""The red lines a public text may not cross (domain handbook, 3.0), each with its sentence. Pure.

A finding that blocks stops submission, approval and publication; a warning is shown to the
drafter and the reviewers. Only texts are judged, never the people who wrote or are in them.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from core.vocabulary import EvidenceKind, StatementKind, Verdict
from release import figures
from release.figures import is_cumulative
from release.findings import DraftContext, Finding, PublishedText
from release.records import Evidence, Fact, Judgement, Sentence
from release.wording import (
    CLOCK,
    LANDLINE,
    LOCAL_PHONE,
    MOBILE,
    clock_key,
    fold,
    is_swap,
    moment_text,
    moments_in,
    number_of,
)

__all__ = [
    "DISPROVES",
    "FALSE",
    "NEVER_OVERRIDDEN",
    "DraftContext",
    "Finding",
    "PublishedText",
    "blocking",
    "check",
    "disproof_blockers",
    "is_casualty",
    "is_cumulative",
    "is_swap",
]

NEVER_OVERRIDDEN = frozenset({"RL01", "RL02", "RL03", "RL04", "RL10", "RL12", "RL15"})
"""No emergency signature passes these (domain handbook, 5.1)."""

FALSE = frozenset({Verdict.VERIFIED_FALSE, Verdict.OUT_OF_CONTEXT})
DISPROVES = frozenset({EvidenceKind.E2, EvidenceKind.E3, EvidenceKind.E4, EvidenceKind.E5})


def check(draft: DraftContext) -> list[Finding]:
    """Return every red line that *draft* crosses, text by text, blocking or not."""
    whole = [*_promise(draft), *_verdicts(draft)]
    lines = [f for line in _lines(draft) for rule in _RULES for f in rule(draft, *line)]
    return whole + lines


def blocking(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that stop a text."""
    return [finding for finding in findings if finding.blocking]


def is_casualty(name: str) -> bool:
    """Return whether the indicator speaks of people who came to harm."""
    return name == "人员情况" or "被困" in name or bool(_harm(name))


def disproof_blockers(
    evidence: Sequence[Evidence], *, subject_units: frozenset[str], issuer: str = ""
) -> list[str]:
    """Return why *evidence* does not carry the word 不实; empty means it does (RL10).

    Data, an inspection record, located footage or a publication of a higher unit (E2 to E5)
    carry it; a written word (E1) does so only from a unit that the claim is not about, so these
    units must be said. A denial by the unit concerned, spoken or written, never does; the
    *issuer* of a text counts as concerned.
    """
    if any(piece.kind in DISPROVES for piece in evidence):
        return []
    written = [piece for piece in evidence if piece.kind is EvidenceKind.E1]
    if written and not subject_units:
        return ["必须写明涉事单位：只有书面确认（E1）时，不能排除是涉事单位自己的否认"]
    if any(piece.unit not in subject_units | {issuer} for piece in written):
        return []
    if written or any(piece.kind is EvidenceKind.E9 for piece in evidence):
        return ["涉事单位自己的否认（口头或书面）不能单独证明不实，需要E2—E5类证据"]
    return ["判为不实需要E2—E5类证据（含时间），或说法未涉及的单位书面确认（E1）"]


def _lines(draft: DraftContext) -> Iterator[tuple[int | None, Sentence]]:
    yield None, Sentence(text=fold(draft.title), section="title")
    for index, sentence in enumerate(draft.sentences):
        if sentence.section == "issuer":
            continue
        yield index, Sentence(fold(sentence.text), sentence.facts, sentence.section)


# RL01: no unverified cause

_EFFECT = r"(?:导致|造成|引发|引起|所致|诱发)"
_CAUSE = re.compile(
    rf"(?<!联)(?<!关)系(?:因|由)|由于[^。；]{{0,40}}{_EFFECT}|因(?!此次|此，)[^，。；]{{1,24}}{_EFFECT}"
    rf"|(?:是|为)[^，。；]{{1,20}}{_EFFECT}的|初步(?:判断|判定|认定|分析|研判|查明)(?:为|是|系|原因|，|，?由)"
    r"|原因(?:是|系|为(?!何)|在于)(?!什么|否|正在)|(?:查明|认定|确定)[^，。；]{0,8}原因(?:是|为|系)"
    r"|因[^，。；]{0,6}(?:设备|人为|操作|管理|施工|质量|违规|违章|年久失修|老化|失修|疏忽|失职|超载|故障|进水|短路)[^，。；]{0,10}"
    r"(?:跳闸|停运|停机|停电|停水|起火|爆炸|坍塌|破裂|失灵|事故|被淹|故障)"
    r"|(?:归咎于|归因于|起因(?:是|为|系)|肇因)"
)
_NOT_A_CAUSE = re.compile(r"(?:造成|带来|引起)的?[^，。；]{0,8}不便")
_OPEN_CAUSE = re.compile(r"是否|有无|会不会|为什么|为何|不排除.{0,20}正在调查")


def _cause(draft: DraftContext, index: int | None, sentence: Sentence) -> Iterator[Finding]:
    text = _NOT_A_CAUSE.sub("", sentence.text)
    found = _CAUSE.search(text)
    if found is None or _OPEN_CAUSE.search(text):
        return
    pieces = [
        draft.evidence[i]
        for fact in draft.bound(sentence)
        for i in fact.evidence
        if i in draft.evidence
    ]
    if any(p.kind is EvidenceKind.E1 and "调查结论" in p.summary for p in pieces):
        return
    yield Finding(
        "RL01",
        blocking=True,
        sentence_index=index,
        sentence=sentence.text,
        reason=f"“{found[0]}”说的是未经调查认定的原因",
        fix="改为“原因正在调查”，或绑定以调查结论（E1）为据的事实",
    )


# RL02: no unverified casualties

_HARM = {
    "death": ("死亡", "遇难", "身亡", "丧生", "溺亡", "死者", "死了"),
    "missing": ("失联", "失踪", "下落不明"),
    "injury": ("受伤", "轻伤", "重伤", "伤者", "伤员", "伤情"),
}
_ANY_HARM = frozenset(_HARM)
_CLAUSE = re.compile(r"[^，。；：、！？]+")
_NO_ASSERTION = re.compile(
    r"正在核实|尚在核实|待核实|核实中|避免|防止|防范|减少|如有|如遇|如果|一旦|谨防|以免|严防|预防|若"
    r"|请|确保|最大限度"
)
_NONE = re.compile(r"[无没未]")


def _harm(text: str) -> frozenset[str]:
    if "伤亡" in text:
        return frozenset({"death", "injury"})
    return frozenset(kind for kind, words in _HARM.items() if any(w in text for w in words))


def _casualties(draft: DraftContext, index: int | None, sentence: Sentence) -> Iterator[Finding]:
    clauses = [c for c in _CLAUSE.findall(sentence.text) if not _NO_ASSERTION.search(c)]
    said = frozenset[str]().union(*map(_harm, clauses))
    if not said:
        return
    facts = [fact for fact in draft.bound(sentence) if is_casualty(fact.field)]
    known = frozenset[str]().union(*(_harm_of(fact) for fact in facts))
    reasons = []
    if missing := said - known:
        words = "、".join(_HARM[kind][0] for kind in _HARM if kind in missing)
        reasons.append(f"涉及{words}的内容没有绑定已确认的人员情况事实")
    if index is not None and not moments_in(sentence.text):
        reasons.append("人员情况没有写明截至时间")
    if any(_NONE.search(c) and _harm(c) for c in clauses) and not _has_none(facts):
        reasons.append("“无人员伤亡”一类的话需要指挥部确认的数值为0的事实")
    for reason in reasons:
        yield Finding(
            "RL02",
            blocking=True,
            sentence_index=index,
            sentence=sentence.text,
            reason=reason,
            fix="改为“人员情况正在核实”，或绑定已确认的事实并写“截至M月D日H时M分，接报……”",
        )


def _harm_of(fact: Fact) -> frozenset[str]:
    return _ANY_HARM if fact.field == "人员情况" else _harm(fact.field) | _harm(fact.value)


def _has_none(facts: Sequence[Fact]) -> bool:
    return any(number_of(f.value) == 0 or _NONE.match(f.value) for f in facts)


# RL07: the next update is promised; RL10: 不实 needs evidence

_FINAL = frozenset({StatementKind.RESULT, StatementKind.WARNING_RELAY})
"""A final report ends the promises; a relay goes out at once, in the words of its unit."""


def _promise(draft: DraftContext) -> Iterator[Finding]:
    reasons = []
    due = draft.next_update_at
    if due is not None and due <= draft.now:
        reasons.append(f"下次通报时间{moment_text(due)}已经过去")
    if due is not None and not _says_clock(draft, due):
        reasons.append(f"正文没有写明下次通报时间{moment_text(due)}，或所写时间不一致")
    running = draft.running_promise is not None and draft.running_promise > draft.now
    if due is None and not running and draft.incident_open and draft.kind not in _FINAL:
        reasons.append("事件处置中，本稿没有承诺下次通报时间，也没有仍在有效期内的承诺")
    for reason in reasons:
        yield Finding(
            "RL07",
            blocking=True,
            sentence_index=None,
            sentence="",
            reason=reason,
            fix="写明“下次通报时间：M月D日H时M分前后”",
        )


def _says_clock(draft: DraftContext, due: datetime) -> bool:
    _, _, hour, minute = clock_key(due)
    text = "\n".join(fold(sentence.text) for sentence in draft.sentences)
    return any((int(m[1]), int(m[2] or m[3] or 0)) == (hour, minute) for m in CLOCK.finditer(text))


_CALLED_FALSE = re.compile(
    r"不实(?!际)|不属实|谣言|假消息|虚假信息|纯属虚构|子虚乌有|并非事实|没有事实依据|移花接木|误传|不是真的"
)
_NOT_A_VERDICT = re.compile(
    r"请勿|不要|切勿|不信|不传|勿信|勿传|是否|(?:回复|答复|通报)[^。]{0,12}(?:不符|不实)|未经核实"
)


def _called_false(draft: DraftContext, index: int | None, sentence: Sentence) -> Iterator[Finding]:
    found = _CALLED_FALSE.search(sentence.text)
    if found is None or _NOT_A_VERDICT.search(sentence.text):
        return
    if any(_is_false_in_part(judgement) for judgement in draft.judgements):
        return  # whether its evidence carries the word is looked at once, for the whole text
    yield _no_proof(index, sentence.text, f"写了“{found[0]}”，但没有已审定的不实结论")


def _verdicts(draft: DraftContext) -> Iterator[Finding]:
    if draft.kind is StatementKind.REFUTATION:
        judged = {j.claim for j in draft.judgements if _is_false_in_part(j)}
        if not draft.claims:
            yield _no_proof(None, "", "辟谣说明没有写明针对哪一条说法")
        for claim in draft.claims:
            if claim not in judged:
                yield _no_proof(None, "", f"说法 {claim} 没有已审定的不实结论")
    for judgement in filter(_is_false_in_part, draft.judgements):
        pieces = [draft.evidence[i] for i in judgement.evidence if i in draft.evidence]
        subjects = judgement.subject_units
        for reason in disproof_blockers(pieces, subject_units=subjects, issuer=draft.issuer):
            yield _no_proof(None, "", f"说法 {judgement.claim}：{reason}")


def _is_false_in_part(judgement: Judgement) -> bool:
    verdicts = {judgement.verdict, *(part.verdict for part in judgement.parts)}
    return judgement.approved_at is not None and bool(verdicts & FALSE)


def _no_proof(index: int | None, sentence: str, reason: str) -> Finding:
    fix = "先补足E2—E5类证据并审定结论；尚未核实的写“正在核实”"
    return Finding("RL10", True, index, sentence, reason, fix)  # noqa: FBT003


# RL12, RL13, RL14 as patterns; RL06 and phones


@dataclass(frozen=True, slots=True)
class _Pattern:
    rule: str
    blocking: bool
    pattern: re.Pattern[str]
    reason: str
    fix: str
    names_hit: bool
    """False where repeating what was found would repeat personal data."""


@cache
def _load_patterns() -> tuple[_Pattern, ...]:
    raw = tomllib.loads((files("release.templates") / "redlines.toml").read_text("utf-8"))
    return tuple(
        _Pattern(
            rule=entry["rule"],
            blocking=entry["blocking"],
            pattern=re.compile(entry["pattern"].format_map(raw["parts"]), re.VERBOSE),
            reason=entry["reason"],
            fix=entry["fix"],
            names_hit=entry["rule"] != "RL12",
        )
        for entry in raw["pattern"]
    )


def _patterns(draft: DraftContext, index: int | None, sentence: Sentence) -> Iterator[Finding]:
    del draft
    for rule in _load_patterns():
        if found := rule.pattern.search(sentence.text):
            reason = f"{rule.reason}：{found[0]}" if rule.names_hit else rule.reason
            yield Finding(rule.rule, rule.blocking, index, sentence.text, reason, rule.fix)


def _phones(draft: DraftContext, index: int | None, sentence: Sentence) -> Iterator[Finding]:
    known = {_digits(phone) for phone in draft.phones}
    text = sentence.text
    if any(_digits(m[0]) not in known for m in MOBILE.finditer(text)):
        yield Finding(
            "RL12",
            blocking=True,
            sentence_index=index,
            sentence=text,
            reason="含有手机号码，不是单位目录里的公开电话",
            fix="改用单位目录里的公开电话",
        )
    numbers = [m[0] for m in LANDLINE.finditer(text)]
    numbers += [m[1] for m in LOCAL_PHONE.finditer(text)]
    for number in numbers:
        if _digits(number) not in known:
            yield Finding(
                "RL06",
                blocking=False,
                sentence_index=index,
                sentence=text,
                reason=f"电话{number}不在单位目录的联系电话里",
                fix="与目录核对并在发布前试拨",
            )


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


_RULES = (_cause, _casualties, figures.one_number, figures.as_of, _called_false, _patterns, _phones)
