"""What an upward report must tell, which fact tells it, and what is still missing. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from analysis.reports.picture import CHECKING, Confirmed, Picture, day_clock


class Section(StrEnum):
    """Where a fact stands in a report."""

    PEOPLE = "people"
    IMPACT = "impact"
    ACTION = "action"
    TREND = "trend"
    RECOVERY = "recovery"
    COURSE = "course"
    OTHER = "other"


class Element(StrEnum):
    """A single value that a report names: the words by which its fact is known."""

    TIME = "事发时间"
    PLACE = "事发地点"
    LEVEL = "事件级别"
    UNIT = "单位概况"
    CASE = "病例定义"
    TRACING = "流行病学调查"
    EXPOSURE = "暴露情况"
    SAMPLES = "样本检测"


_PEOPLE = {
    "死亡": ("死亡", "遇难"),
    "失联": ("失联", "失踪"),
    "受伤": ("受伤", "轻伤", "重伤", "伤员"),
    "被困": ("被困",),
    "转移": ("转移人数", "转移群众", "转移安置人数"),
}
_SECTIONS = (
    (Section.RECOVERY, ("恢复", "复课", "复工", "补偿", "理赔", "重建", "降为")),
    (
        Section.IMPACT,
        (
            "停水", "停电", "停气", "停运", "停课", "积水", "损失", "户数", "供水", "供电", "燃气",
            "通信", "道路", "路面", "桥", "房屋", "农作物", "公交", "急诊", "过火", "停业",
            "标价", "价格", "到货",
        ),
    ),
    (
        Section.ACTION,
        (
            "响应", "抢修", "排涝", "泵车", "救援", "安置点", "接收情况", "预泄", "通知", "检查",
            "出动", "力量", "巡查", "调查安排", "投入", "救治", "隔离", "消杀", "改造",
        ),
    ),
    (Section.TREND, ("预警", "预报", "水位", "雨量", "风险", "余震", "风力", "新增病例")),
)  # fmt: skip
_HEALTH = (Element.CASE, Element.TRACING, Element.EXPOSURE, Element.SAMPLES)


def section_of(fact: Confirmed) -> Section:
    """Return where *fact* stands, by the words of its name; else it is part of the course."""
    if fact.cause or any(element.value in fact.name for element in Element):
        return Section.OTHER
    if fact.casualty or any(word in fact.name for words in _PEOPLE.values() for word in words):
        return Section.PEOPLE
    return next(
        (name for name, words in _SECTIONS if any(word in fact.name for word in words)),
        Section.COURSE,
    )


def told(facts: Sequence[Confirmed], element: Element) -> str:
    """Return the value of the newest fact about *element*; empty when there is none."""
    own = [fact for fact in facts if element.value in fact.name]
    return max(own, key=lambda fact: fact.as_of).value if own else ""


def people_text(facts: Sequence[Confirmed]) -> str:
    """Return what is confirmed of people, each with its moment and unit; the rest 正在核实."""
    own = [fact for fact in facts if section_of(fact) is Section.PEOPLE]
    parts = []
    for name, words in _PEOPLE.items():
        found = [fact for fact in own if any(word in fact.name for word in words)]
        parts += [
            f"{fact.name}{'' if fact.value[:1].isdigit() else '：'}{fact.value}"
            f"（截至{day_clock(fact.as_of)}，{fact.by}）"
            for fact in found
        ]
        if not found:
            parts.append(f"{name}：{CHECKING}")
    return "；".join(parts) + "。"


def extra_elements(parent: str, kind: str) -> tuple[Element, ...]:
    """Return what a kind of incident must tell besides."""
    if parent == "public_health":
        return _HEALTH
    return (Element.UNIT,) if parent == "accident_disaster" or kind == "fire" else ()


def missing(picture: Picture, parent: str, *, has_next: bool) -> tuple[str, ...]:
    """Return the elements that no fact tells, in the order of the report, in Chinese.

    The cause is never among them: until it is found, 正在调查 is what must be said.
    """
    facts = picture.facts
    have = {section_of(fact) for fact in facts}
    need = [
        ("时间", bool(told(facts, Element.TIME))),
        ("地点", bool(told(facts, Element.PLACE))),
        ("类别级别", bool(picture.kind_name and told(facts, Element.LEVEL))),
        ("经过", bool(have & {Section.COURSE, Section.IMPACT})),
        ("人员", CHECKING not in people_text(facts)),
        ("影响", Section.IMPACT in have),
        ("措施", Section.ACTION in have),
        ("趋势", Section.TREND in have),
        ("需要支持", False),
        ("下次续报", has_next),
        *(
            (element.value, bool(told(facts, element)))
            for element in extra_elements(parent, picture.kind)
        ),
    ]
    return tuple(name for name, there in need if not there)
