"""When something was published, as pages, feeds and exports of Chinese sites write it. Pure.

A written time is read right or refused; nothing is guessed into the future. The grammar is our
own: dateparser reads ``11-20 10:30`` as a day of 2011 and knows neither ``11月20日上午9时42分``
nor ``上周五``, and jionlp, which does, depends on a GPLv3 package (handbook, dependencies).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

MAX_CHARACTERS = 64
"""A field that holds a time is no longer."""
AHEAD = timedelta(minutes=5)
"""A site's clock may run a little ahead of ours; what lies further ahead is refused."""
EARLIEST_YEAR = 2000
FARTHEST = timedelta(hours=14)
"""No zone is further from UTC."""
CHINA = timezone(timedelta(hours=8))

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r" ?(?:(Z)|([+-])(\d\d):?(\d\d))?"
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d{1,9})?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?:(Z)|([+-]\d\d:?\d\d))?")
_WEEK_DATE = re.compile(r"\d{4}-?W\d")

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ENGLISH_CLOCK = r"(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.\d{1,6})?\s?([AaPp]\.?[Mm]\.?)?"
_ZONE = r"([A-Za-z]{1,5}(?:[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d:?\d\d)"
_DAY_FIRST = re.compile(
    rf"(?:[A-Za-z]{{3,9}}\.?,?\s+)?(\d{{1,2}})[\s-]([A-Za-z]{{3,9}})\.?[\s,-]\s?(\d{{4}}|\d\d)"
    rf"(?:[\s,]+{_ENGLISH_CLOCK})?(?:\s?\(?{_ZONE}\)?)?(?:\s\([A-Z]{{3,4}}\))?"
)
_MONTH_FIRST = re.compile(
    rf"(?:[A-Za-z]{{3,9}}\.?,?\s+)?([A-Za-z]{{3,9}})\.?\s(\d{{1,2}}),?\s(?:(\d{{4}})[,\s]+)?"
    rf"{_ENGLISH_CLOCK}(?:\s?{_ZONE})?(?:\s(\d{{4}}))?"
)
# RFC 822 names them; CST is China's on the sites read here, and Chicago's nowhere.
_ZONES = {
    "z": 0, "gmt": 0, "utc": 0, "ut": 0, "cst": 8, "bjt": 8, "hkt": 8,
    "est": -5, "edt": -4, "pst": -8, "pdt": -7, "jst": 9, "kst": 9,
}  # fmt: skip
_OFFSET = re.compile(r"(?:(?:UTC|GMT)\s?)?([+-])(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_NUMERALS = "零〇○一二三四五六七八九十两"
_SAID = re.compile(rf"[{_NUMERALS}]+(?=\s?(?:年|月|日|号|时|点|分|秒|天|小时|个|周|星期|钟头))")
_SAID_AFTER = re.compile(rf"(?<=[时点])[{_NUMERALS}]+(?=分)")

_WEEKDAY = r"(?:周|星期|礼拜)([一二三四五六日天])"
_DATE = re.compile(
    r"(?<!\d)(?P<y>\d{4})\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})(?!\d)\s?[日号]?"
    r"|(?<![\d.-])(?P<sy>\d\d)[-/.](?P<sm>\d{1,2})[-/.](?P<sd>\d{1,2})(?![\d./-])"
    r"|(?<![\d./-])(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<ly>\d{4})(?!\d)"
    r"|(?<!\d)(?P<om>\d{1,2})\s?月\s?(?P<od>\d{1,2})(?!\d)\s?[日号]?"
    r"|(?<![\d./:-])(?P<num_m>\d{1,2})[-/](?P<num_d>\d{1,2})(?![\d./:-])"
    r"|(?P<word>今天|今日|今晨|今早|今晚|昨天|昨日|昨晚|昨夜|大前天|前天|前日)"
    rf"|(?P<week>上上|上|本|这)?个?{_WEEKDAY.replace('([', '(?P<wd>[')}"
)
_BACK = {"今": 0, "昨": 1, "前": 2, "大": 3}
_HALVES = "上午|下午|凌晨|中午|晚上|早上|早晨|清晨|傍晚|午后|夜间|深夜|午夜|晚|早|晨|夜"
_CLOCK = re.compile(
    rf"(?P<half>{_HALVES})?\s?(?P<h>\d{{1,2}})\s?(?:"
    r":\s?(?P<m>\d{1,2})(?::(?P<s>\d{1,2}))?(?:\.\d{1,6})?\s?(?P<ampm>[AaPp][Mm])?"
    r"|[时点]钟?\s?(?:(?P<half_past>半)|(?P<cm>\d{1,2})(?!\d)(?:\s?分(?:\s?(?P<cs>\d{1,2})\s?秒)?)?)?)"
)
_BETWEEN = re.compile(rf"[\s,，、T|]*(?:[(（]?{_WEEKDAY}[)）]?)?[\s,，、T|]*")
_RANGE = re.compile(r"\s?(?:至|到|~|～|—|–|-{1,2})\s?\d")
_JUST_NOW = re.compile(r"刚刚|刚才|方才")
_AGO = re.compile(
    r"(?<![\d.])(?P<n>\d{1,4}|半)\s?个?(?P<half>半)?\s?"
    r"(?P<unit>秒钟?|分钟?|小时|钟头|天|日|周|星期|月|年)\s?(?:之|以)?前"
)
_LATE = re.compile(r"下午|晚|傍晚|午后|夜")
_LABELS = (
    r"发布(?:时间|日期|于)?|刊发时间|发稿时间",
    r"发表(?:时间|日期|于)?|发文(?:时间|日期)|时间|日期",
    r"成文(?:时间|日期)|印发(?:时间|日期)|更新(?:时间|日期|于)?",
)
_LABELLED = tuple(
    re.compile(
        rf"(?:{names})\s?[】\])）]?\s?[:：]?\s{{0,3}}(?=[\d一二〇零今昨前刚半])(?=(.{{4,40}}))"
    )
    for names in _LABELS
)
_LABEL = re.compile("|".join(_LABELS))


@dataclass(frozen=True, slots=True)
class Told:
    """A moment as a page tells it."""

    moment: datetime
    """Aware, UTC; never after the moment the page was fetched."""
    zone_assumed: bool = False
    """The text named no zone, so the source's own was taken."""
    day_only: bool = False
    """The text named a day and no time of day; ``moment`` is the day's beginning."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A date and time as written, before it is judged."""

    moment: datetime
    """Naive where the text names no zone."""
    day_only: bool = False
    relative: bool = False
    """Counted back from now, so no zone matters."""


def read_time(value: object, *, zone: timezone, fetched_at: datetime) -> Told | None:
    """Return the moment that *value* tells; None when it tells none that can be relied on.

    A date without offset is of *zone*; relative times count back from *fetched_at*, and a date
    without year is the nearest in the past. Two different dates, impossible ones, those before
    2000 and those after *fetched_at* are refused; up to ``AHEAD`` later counts as *fetched_at*.

    >>> noon = datetime(2026, 11, 24, 4, tzinfo=UTC)
    >>> read_time("11月20日上午9时42分", zone=CHINA, fetched_at=noon).moment.isoformat()
    '2026-11-20T01:42:00+00:00'
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    try:
        if len(text) >= 16 and text[4] == text[7] == "-" and text[10] in "T ":
            if (moment := _iso_at_once(text)) is not None:
                return _judged(moment, zone, fetched_at)
            if found := _ISO.fullmatch(text):
                return _judged(_iso(found), zone, fetched_at)
        if len(text) > MAX_CHARACTERS:
            text = text[:MAX_CHARACTERS]
        read = _numbered(text) or _english(text) or _chinese(text, fetched_at.astimezone(zone))
        if read is None:
            return None
        return _judged(
            read.moment, zone, fetched_at, day_only=read.day_only, relative=read.relative
        )
    except (ValueError, OverflowError):
        return None


def labelled_time(text: str, *, zone: timezone, fetched_at: datetime) -> Told | None:
    """Return the publication time that a page's visible *text* names beside a label.

    发布 comes before other labels, 成文 and 更新 last. None when there is none, and when labels of
    the same weight name different moments.
    """
    for pattern in _LABELLED:
        told = [
            found
            for match in pattern.finditer(text)
            if (found := read_time(_until_label(match[1]), zone=zone, fetched_at=fetched_at))
        ]
        if told:
            precise = [one for one in told if not one.day_only] or told
            return precise[0] if len({one.moment for one in precise}) == 1 else None
    return None


def _until_label(text: str) -> str:
    """Return *text* up to the next label or line: what follows is another field's."""
    line = re.split(r"[\n|]|来源|作者|浏览|阅读|责任编辑|字体|字号|\s{3,}", text, maxsplit=1)[0]
    further = _LABEL.search(line)
    return line[: further.start()] if further else line


def _judged(
    moment: datetime,
    zone: timezone,
    fetched_at: datetime,
    *,
    day_only: bool = False,
    relative: bool = False,
) -> Told | None:
    assumed = moment.tzinfo is None
    if assumed:
        moment = moment.replace(tzinfo=zone)
    moment = moment.astimezone(UTC)
    if moment.year < EARLIEST_YEAR:
        return None
    if moment > fetched_at:
        if moment > fetched_at + AHEAD:
            return None
        moment = fetched_at.astimezone(UTC)
    return Told(moment, zone_assumed=assumed and not relative, day_only=day_only)


# Numbers alone: ISO 8601, compact forms, seconds since 1970


def _iso_at_once(text: str) -> datetime | None:
    """Return what the standard library reads of *text*; 24:00 and leap seconds are not its."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    ahead = moment.utcoffset()
    return moment if ahead is None or abs(ahead) <= FARTHEST else None


def _iso(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = found.groups()
    moment = _at(
        datetime(int(year), int(month), int(day)),  # noqa: DTZ001  the zone follows
        int(hour),
        int(minute),
        int(second or 0),
    )
    if fraction:
        moment += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
    if utc:
        return moment.replace(tzinfo=UTC)
    return moment.replace(tzinfo=_offset(sign, hours, minutes)) if sign else moment


def _offset(sign: str, hours: str, minutes: str | None) -> timezone:
    """Return a zone; raises ``ValueError`` beyond the 14 hours that any has."""
    ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if ahead > FARTHEST or int(minutes or 0) > 59:
        raise ValueError("no zone is that far ahead")
    return timezone(ahead if sign == "+" else -ahead)


def _at(day: datetime, hour: int, minute: int, second: int) -> datetime:
    """Return a time of *day*; 24:00 is the next day's beginning, and :60 a leap second."""
    if hour == 24 and (minute, second) == (0, 0):
        return day + timedelta(days=1)
    if second == 60:
        return day.replace(hour=hour, minute=minute, second=59) + timedelta(seconds=1)
    return day.replace(hour=hour, minute=minute, second=second)


def _numbered(text: str) -> _Read | None:
    if _EPOCH.fullmatch(text):
        number = float(text)
        return _Read(datetime.fromtimestamp(number / 1000 if number >= 10**11 else number, UTC))
    if not (found := _COMPACT.fullmatch(text)):
        return None
    year, month, day, hour, minute, second, utc, offset = found.groups()
    date = datetime(int(year), int(month), int(day))  # noqa: DTZ001  the zone follows
    if hour is None:
        return None if offset else _Read(date, day_only=True)
    moment = _at(date, int(hour), int(minute), int(second or 0))
    zone = UTC if utc else _zone(offset)
    return _Read(moment.replace(tzinfo=zone) if zone else moment)


# RFC 822, Weibo's and others with English months


def _english(text: str) -> _Read | None:
    if not text.isascii() or not re.search(r"[A-Za-z]{3}", text):
        return None
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute, second, half, zone = found.groups()
    elif found := _MONTH_FIRST.fullmatch(text):
        month, day, year, hour, minute, second, half, zone, last = found.groups()
        if (year is None) == (last is None):
            return None
        year = year or last
    else:
        return None
    known = _zone(zone)
    if zone and known is None:
        return None
    whole_year = int(year) if len(year) == 4 else 2000 + int(year)
    date = datetime(whole_year, _MONTHS.get(month[:3].lower(), 0), int(day))  # noqa: DTZ001
    if hour is None:
        return None if zone else _Read(date, day_only=True)
    moment = _at(date, _of_twelve(int(hour), half), int(minute), int(second or 0))
    return _Read(moment.replace(tzinfo=known) if known else moment)


def _of_twelve(hour: int, half: str | None) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no such hour of twelve")
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _zone(text: str | None) -> timezone | None:
    """Return the zone of a name or offset; None for one that is not known."""
    if not text:
        return None
    if (hours := _ZONES.get(text.lower())) is not None:
        return timezone(timedelta(hours=hours))
    found = _OFFSET.fullmatch(text)
    return _offset(*found.groups()) if found else None


# Chinese dates, words and relative times


def _chinese(text: str, now: datetime) -> _Read | None:
    if _WEEK_DATE.search(text):
        return None
    zone, text = _named_zone(_plain(text))
    if _JUST_NOW.search(text):
        return _Read(now, relative=True)
    found = _AGO.search(text)
    return _ago(found, now) if found else _dated_text(text, zone, now)


def _dated_text(text: str, zone: timezone | None, now: datetime) -> _Read | None:
    dates = list(_dates(_published(text), now))
    # A line of a list may tell the same day twice; two different days tell none.
    if len({read.moment.date() for read in dates}) != 1:
        return None
    read = next((one for one in dates if not one.day_only), dates[0])
    if zone is None:
        return read
    return _Read(read.moment.replace(tzinfo=zone), day_only=read.day_only)


def _plain(text: str) -> str:
    """Return *text* with ASCII digits and colons, and spoken numbers as figures."""
    text = unicodedata.normalize("NFKC", text)
    if any(numeral in text for numeral in _NUMERALS):
        text = _SAID.sub(lambda said: _figure(said[0]), text)
        text = _SAID_AFTER.sub(lambda said: _figure(said[0]), text)
    return text


def _figure(said: str) -> str:
    """Return 二〇二六 as 2026 and 二十一 as 21.

    >>> _figure("二〇二六"), _figure("十"), _figure("二十一"), _figure("三十")
    ('2026', '10', '21', '30')
    """
    if "十" not in said:
        return "".join(str(_DIGITS[c]) for c in said)
    tens, _, ones = said.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return said
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _named_zone(text: str) -> tuple[timezone | None, str]:
    """Return the zone that *text* names, and the text without its name."""
    if "北京时间" in text:
        return CHINA, text.replace("北京时间", " ")
    found = re.search(r"(?:(?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d\d)?|(?<=\d)\s?[+-]\d\d:?\d\d$)", text)
    if found and ":" in text[: found.start()]:
        return _zone(found[0].strip()), text[: found.start()] + text[found.end() :]
    return None, text


def _published(text: str) -> str:
    """Return the part behind a label that says publication, if there is one, else the whole."""
    found = re.search(rf"(?:{_LABELS[0]})\s?[:：]?", text)
    return _until_label(text[found.end() :]) if found else text


def _dates(text: str, now: datetime) -> Iterator[_Read]:
    for found in _DATE.finditer(text):
        if _RANGE.match(text, found.end()):
            raise ValueError("a range is no moment")
        clock = _clock_behind(text, found.end())
        later = " " + found["word"][1:] if found["word"] else ""
        yield _dated(found, clock, later, now)
    if not _DATE.search(text) and (clock := _CLOCK.fullmatch(text.strip())):
        # A time alone is of today.
        yield _with_clock(_day(now, 0), clock, "")


def _clock_behind(text: str, end: int) -> re.Match[str] | None:
    between = _BETWEEN.match(text, end)
    found = _CLOCK.match(text, between.end() if between else end)
    if found and _RANGE.match(text, found.end()):
        raise ValueError("a range is no moment")
    return found


def _day(now: datetime, back: int) -> datetime:
    """Return the beginning of the day *back* days ago, in the zone of *now* but without it."""
    day = now.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=back)


def _dated(found: re.Match[str], clock: re.Match[str] | None, said: str, now: datetime) -> _Read:
    day = _date(found, clock, now)
    if clock is None:
        if said.strip() in {"晨", "早", "晚", "夜"}:
            raise ValueError("a part of a day is no moment")
        return _Read(day, day_only=True)
    return _with_clock(day, clock, said)


def _with_clock(day: datetime, clock: re.Match[str], said: str) -> _Read:
    half = clock["half"] or said.strip()
    hour = int(clock["h"])
    hour = _of_twelve(hour, clock["ampm"]) if clock["ampm"] else _of_half(hour, half)
    minute = 30 if clock["half_past"] else int(clock["m"] or clock["cm"] or 0)
    second = int(clock["s"] or clock["cs"] or 0)
    return _Read(_at(day, hour, minute, second))


def _of_half(hour: int, half: str) -> int:
    """Return the hour of 24 that an hour of a named part of the day is.

    Raises ``ValueError`` for an hour that this part of the day does not have.
    """
    if half in {"", "天", "日"}:
        return hour
    if hour > 12 and not _LATE.search(half):
        raise ValueError("no such hour in this part of the day")
    if half in {"下午", "午后", "中午"}:
        if half == "中午" and hour not in {11, 12, 1, 2}:
            raise ValueError("not at noon")
        return hour if hour >= 11 else hour + 12
    if half in {"深夜", "午夜", "夜间", "夜"} and hour < 6:
        return hour
    if half in {"凌晨", "深夜", "午夜"} and hour == 12:
        return 0
    if _LATE.search(half):
        # Twelve in the evening is the end of the day.
        return 24 if hour == 12 else hour + 12 * (hour < 12)
    return hour


def _date(found: re.Match[str], clock: re.Match[str] | None, now: datetime) -> datetime:
    """Return the beginning of the day that is meant, without a zone."""
    if word := found["word"]:
        return _day(now, _BACK[word[0]])
    if found["wd"]:
        return _weekday(found["week"], found["wd"], clock, now)
    if found["y"]:
        return _naive(int(found["y"]), int(found["m"]), int(found["d"]))
    if found["sy"]:
        return _short_year(found, now)
    if found["ly"]:
        return _year_last(int(found["a"]), int(found["b"]), int(found["ly"]))
    month, day = int(found["om"] or found["num_m"]), int(found["od"] or found["num_d"])
    return _without_year(month, day, now)


def _naive(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day)  # noqa: DTZ001  the zone is the source's


def _short_year(found: re.Match[str], now: datetime) -> datetime:
    """Return 26-11-20 as a day of 2026; raises ``ValueError`` where the year could be a day."""
    year, month, day = (int(found[name]) for name in ("sy", "sm", "sd"))
    if year <= 12 or 2000 + year > now.year:
        raise ValueError("which of these is the year?")
    return _naive(2000 + year, month, day)


def _year_last(a: int, b: int, year: int) -> datetime:
    if a <= 12 and b <= 12 and a != b:
        raise ValueError("which of these is the month?")
    return _naive(year, a, b) if a <= 12 else _naive(year, b, a)


def _without_year(month: int, day: int, now: datetime) -> datetime:
    """Return the nearest such day that is not in the future."""
    for year in range(now.year, now.year - 5, -1):
        try:
            found = _naive(year, month, day)
        except ValueError:
            continue
        if found.date() <= now.date():
            return found
        if (month, day) != (2, 29):
            return _naive(year - 1, month, day)
    raise ValueError("no such day")


def _weekday(week: str | None, name: str, clock: re.Match[str] | None, now: datetime) -> datetime:
    number = "一二三四五六日天".index(name) % 7 if name != "天" else 6
    monday = _day(now, now.weekday())
    if week in {"上", "上上"}:
        return monday - timedelta(days=7 * len(week)) + timedelta(days=number)
    if week in {"本", "这"}:
        return monday + timedelta(days=number)
    back = (now.weekday() - number) % 7
    if back == 0 and clock and (int(clock["h"]), int(clock["m"] or 0)) > (now.hour, now.minute):
        back = 7
    return _day(now, back)


def _ago(found: re.Match[str], now: datetime) -> _Read | None:
    number = 0.5 if found["n"] == "半" else float(found["n"])
    number += 0.5 if found["half"] else 0
    unit = found["unit"]
    if unit in {"月", "年"}:
        return None
    if unit in {"天", "日", "周", "星期"}:
        if number != int(number):
            return None
        days = int(number) * (7 if unit in {"周", "星期"} else 1)
        return _Read(_day(now, days), day_only=True)
    seconds = {"秒": 1, "分": 60, "小": 3600, "钟": 3600}[unit[0]]
    return _Read(now - timedelta(seconds=number * seconds), relative=True)
