"""Warnings of the warning centre: CAP 1.2, and the form that Chinese centres pass on. Read only.

What the issuing unit wrote is put together and never reworded: we relay warnings, we author none.

Sources: OASIS Common Alerting Protocol 1.2. The Chinese form has no namespace, says ``sendTime``
and ``eventType``, gives colours as ``severity`` and may name a person as ``senderName``: so a
published message of 2020 and province rules after GB/T 35965.1-2018, whose own text we lack.
"""

import re
from datetime import datetime
from xml.etree.ElementTree import Element

from crawler.parsers import page as pages
from crawler.parsers import xml
from crawler.parsers.page import ParseError, ParseResult
from crawler.records import Defect, FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.times import Told, read_time

_WHAT = "预警报文"
_NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
_ALERT = ("identifier", "sender", "sent", "status", "msgType", "scope")
_INFO = ("event", "urgency", "severity", "certainty")
_ALSO = {"sent": "sendTime", "event": "eventType"}
"""Element -> its name in the form without a namespace, which knows no ``category``."""

_UNREAL = {"Exercise", "System", "Test", "Draft"}
_TYPES = {"Alert": "", "Update": "（更新此前发布的预警）", "Cancel": "（取消此前发布的预警）"}
_RECEIPTS = {"Ack", "Error"}
_COLOURS = {"Red": "红色", "Orange": "橙色", "Yellow": "黄色", "Blue": "蓝色"}
_SEVERITIES = {"Extreme": "极其严重", "Severe": "严重", "Moderate": "中等", "Minor": "轻微"}
_COLOUR = re.compile("|".join(_COLOURS.values()))
_ILLEGAL = re.compile(r"[\s,<&]")
_CODE = re.compile(r"[0-9A-Z]{4,10}")
# The name of a unit, not that of the officer on duty: names of persons are shorter.
_UNIT = re.compile(r".{3,}[台站局厅部委会办室心署院所队处司府]")
_CLOCK = re.compile(r"\d\d:\d\d")
_SHOWN = ("headline", "description", "instruction", "expires", "senderName", "area")


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the warning as a post, whose ``reply_to`` is the warning that it updates or cancels.

    Drills, tests, receipts and what is not for the public give no post but a defect. Of several
    languages zh-CN is read. Raises ``ParseError`` naming the elements that are lacking or hold
    what the standard does not know, and for anything but one whole CAP document (``xml.read``).
    """
    document = xml.read(page, _WHAT)
    alert = document.root
    info = _checked(alert)
    defects = document.defects(page, source.url)
    if reason := _not_for_the_public(alert):
        return ParseResult(defects=(*defects, _defect(reason, page, source)))
    told, doubt = _time(alert, page, source)
    text, mismatch = _text(alert, info, source)
    defects += [_defect(reason, page, source) for reason in (doubt, mismatch) if reason]
    post = ParsedPost(
        source=source.name,
        post_id=_told(alert, "identifier"),
        url=pages.web_address(_told(info, "web"), page.url),
        published_at=told.moment if told else None,
        channel=source.channel,
        text=text,
        author=None,
        reply_to=_referenced(_told(alert, "references")),
        issuer=source.issuer,
        zone_assumed=bool(told and told.zone_assumed),
        day_only=bool(told and told.day_only),
    )
    return ParseResult(posts=(post,), defects=tuple(defects))


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return how often the elements are told that a warning needs, or that are shown of it."""
    del source
    alert = xml.read(page, _WHAT).root
    infos = list(xml.children(alert, "info"))
    outer = xml.hits([alert], (*_ALERT, "references", *_ALSO.values()))
    inner = xml.hits(infos, (*_INFO, *_SHOWN, *_ALSO.values()))
    found = {name: outer.get(name, 0) + inner.get(name, 0) for name in (*outer, *inner)}
    for name, also in _ALSO.items():
        found[name] += found.pop(also)
    return found | {"info": len(infos)}


def _defect(reason: str, page: FetchedPage, source: Source) -> Defect:
    return Defect(source.name, pages.location(source.url), reason, page.fetched_at)


def _told(element: Element | None, name: str) -> str:
    if element is None:
        return ""
    return xml.told(element, name) or xml.told(element, _ALSO.get(name, name))


def _checked(alert: Element) -> Element | None:
    """Return the Chinese block of *alert*, or None if it has none and needs none."""
    namespace = xml.namespace(alert)
    if xml.local(alert) != "alert" or namespace not in {"", _NAMESPACE}:
        raise ParseError(f"返回的 XML 不是 CAP 1.2 {_WHAT}")
    needed = [*_ALERT, *(["references"] if _told(alert, "msgType") in {"Update", "Cancel"} else [])]
    lacking = [name for name in needed if not _told(alert, name)]
    info = _in_chinese(list(xml.children(alert, "info")))
    if info is not None:
        needed = [*(["category"] if namespace else []), *_INFO]
        lacking += [f"info/{name}" for name in needed if not _told(info, name)]
        areas = list(xml.children(info, "area"))
        lacking += ["area/areaDesc"] * any(not _told(area, "areaDesc") for area in areas)
    elif _told(alert, "msgType") in {"Alert", "Update"}:
        lacking.append("info")
    if lacking:
        raise ParseError(f"{_WHAT}缺少 {'、'.join(lacking)}")
    if _ILLEGAL.search(_told(alert, "identifier")):
        raise ParseError(f"{_WHAT}的 identifier 含不允许的字符")
    return info


def _in_chinese(infos: list[Element]) -> Element | None:
    """Return the block in zh-CN, else one in any Chinese, else the first."""
    for language in ("zh-cn", "zh"):
        for info in infos:
            if _told(info, "language").lower().startswith(language):
                return info
    return infos[0] if infos else None


def _not_for_the_public(alert: Element) -> str | None:
    """Return why a well-formed alert is no warning to anybody, if so."""
    status, kind, scope = (_told(alert, name) for name in ("status", "msgType", "scope"))
    known = {
        "status": status in {"Actual", *_UNREAL},
        "msgType": kind in {*_TYPES, *_RECEIPTS},
        "scope": scope in {"Public", "Restricted", "Private"},
    }
    if unknown := [name for name, fits in known.items() if not fits]:
        raise ParseError(f"{_WHAT}的 {'、'.join(unknown)} 不是标准中的值")
    if status != "Actual":
        return "演练或测试报文，未读入"
    if kind in _RECEIPTS:
        return "回执或出错报文，未读入"
    return None if scope == "Public" else "非公开报文，未读入"


def _time(alert: Element, page: FetchedPage, source: Source) -> tuple[Told | None, str]:
    """Return when the warning was sent, and why that is in doubt.

    CAP forbids ``Z``. Senders who write it anyway may mean UTC or their own clock, eight hours
    apart, so such a time is not taken.
    """
    sent = _told(alert, "sent")
    if sent.endswith(("Z", "z")):
        return None, "sent 以 Z 结尾，CAP 不允许，时间未采用"
    told = read_time(sent, zone=source.time_zone, fetched_at=page.fetched_at)
    return told, "" if told else "sent 不是可用的时间"


def _referenced(references: str) -> str | None:
    """Return the identifier of the latest warning in *references*, if it can be told.

    CAP writes ``sender,identifier,sent`` and a space between several; Chinese centres write
    identifiers alone.
    """
    found: list[tuple[str, int, str]] = []
    for number, one in enumerate(references.split()):
        parts = one.split(",")
        if len(parts) == 3 and re.match(r"\d{4}-", parts[2]):
            found.append((parts[2], number, parts[1]))
        elif not _CLOCK.match(one):
            found += [("", number, part) for part in parts if part]
    return max(found)[2] or None if found else None


def _unit(alert: Element, info: Element | None) -> str:
    """Return the issuing unit's name; ``senderName`` may be that of an officer on duty."""
    names = (_told(info, "senderName"), _told(alert, "sender"))
    return next((name for name in names if _UNIT.fullmatch(name)), "")


def _title(alert: Element, info: Element | None) -> str:
    unit, event = _unit(alert, info), _told(info, "event")
    made = (
        f"{unit}发布{'' if _CODE.fullmatch(event) else event}预警"
        if info is not None
        else f"{unit}预警"
    )
    return (_told(info, "headline") or made) + _TYPES[_told(alert, "msgType")]


def _text(alert: Element, info: Element | None, source: Source) -> tuple[str, str]:
    """Return what the warning says, a line for each thing, and what does not fit together."""
    title = _title(alert, info)
    level, mismatch = _level(title, info)
    areas = [] if info is None else [_told(area, "areaDesc") for area in xml.children(info, "area")]
    lines = [
        title,
        _told(info, "description") or _told(alert, "note"),
        _told(info, "instruction"),
        level,
        _line("发布单位", _unit(alert, info)),
        _line("影响范围", "、".join(dict.fromkeys(filter(None, areas)))),
        _line("起始时间", _shown(_told(info, "onset") or _told(info, "effective"), source)),
        _line("失效时间", _shown(_told(info, "expires"), source)),
    ]
    return "\n".join(filter(None, lines)), mismatch


def _line(label: str, value: str) -> str:
    return f"{label}：{value}" if value else ""


def _level(title: str, info: Element | None) -> tuple[str, str]:
    """Return the line that tells the level where the title does not, and a mismatch of colours.

    A colour is only told where the issuer told it; none is made of a degree of severity.
    """
    severity, named = _told(info, "severity"), _COLOUR.findall(title)
    colour = _COLOURS.get(severity) or _coloured_parameter(info)
    if colour in named:
        return "", ""
    if colour:
        return _line("预警级别", colour), "标题与级别的颜色不一致" if named else ""
    return "" if named else _line("严重程度", _SEVERITIES.get(severity, "")), ""


def _coloured_parameter(info: Element | None) -> str:
    values = (
        [] if info is None else [_told(one, "value") for one in xml.children(info, "parameter")]
    )
    return next((found[0] for value in values if (found := _COLOUR.match(value))), "")


def _shown(written: str, source: Source) -> str:
    """Return a time on the source's clock; one that is in doubt stands as it was written."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written
    if moment.tzinfo is None or written.endswith(("Z", "z")):
        return written
    at = moment.astimezone(source.time_zone)
    return f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"
