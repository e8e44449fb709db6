"""What every parser needs of a page: its characters, its times, its text, its safe address.

Errors raised here never hold anything of the page's content.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from core.vocabulary import VisitOutcome
from crawler.records import Counts, Defect, FetchedPage, ParsedPost
from crawler.sources import url_refusal

MAX_ITEMS = 300
"""Items read from one page; what exceeds it is a counted defect, never silence."""

_DECLARED = re.compile(rb"""(?i)charset=["']?([\w-]+)|encoding=["']([\w-]+)""")
# Encodings of Chinese pages. UTF-7 and the like are refused: they hide markup.
_ENCODINGS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "utf-16": "utf-16",
}
_BLOCK_END = re.compile(r"(?i)<(?:br|/p|/div|/li|/h\d|/tr|/section)\b[^<>]{0,200}>")
_HIDDEN = "//script | //style | //template | //noscript"
# Two Chinese characters in UTF-8, with bytes that GB 2312 never uses, inside a GBK page.
_UTF8_RUN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}")
_LOGIN = re.compile(r"""(?i)type=["']?password|请先?登录|用户登录|扫码登录|passport\.|/login\b""")
_COUNT = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)\s*([万亿wWkK千]?)\+?")
_SCALE = {"": 1, "k": 1000, "千": 1000, "w": 10_000, "万": 10_000, "亿": 100_000_000}
MAX_COUNT = 10**12

_DATE = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?"
    r"(?:[\sT]*(上午|下午|晚上|凌晨)?\s?(\d{1,2})[:：时点]\s?(\d{1,2})?(?:[:：分]\s?(\d{1,2}))?)?"
)
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})[-/月](\d{1,2})日?\s*(\d{1,2})[:：时点](\d{1,2})")
_CLOCK = re.compile(r"(今天|昨天|前天)\s*(\d{1,2})[:：](\d{1,2})")
_AGO = re.compile(r"(\d{1,4})\s?(秒|分钟|小时|天)前")
_AGO_UNITS = {"秒": "seconds", "分钟": "minutes", "小时": "hours", "天": "days"}
_DAYS_BACK = {"今天": 0, "昨天": 1, "前天": 2}


class ParseError(Exception):
    """The page is not what it should be; ``reason`` holds nothing of its content."""

    def __init__(self, reason: str, outcome: VisitOutcome = VisitOutcome.DAMAGED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class ParseResult:
    """What a parser read from one page."""

    posts: tuple[ParsedPost, ...] = field(default=(), repr=False)
    links: tuple[str, ...] = field(default=(), repr=False)
    """Detail pages to follow, in the page's order, each once."""
    next_page: str | None = None
    """The next list page."""
    defects: tuple[Defect, ...] = ()


def decoded(page: FetchedPage) -> str:
    """Return the characters of *page*, whatever it declares.

    Declarations of Chinese pages are often wrong, both ways; bytes that are valid UTF-8 are UTF-8.
    Raises ``ParseError`` when no encoding fits the whole page.
    """
    body = page.body
    if not body.strip():
        raise ParseError("页面为空", VisitOutcome.EMPTY)
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _strictly(body, "utf-16")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(page.content_type.encode()) or _DECLARED.search(body[:2048])
    name = b"".join(g or b"" for g in declared.groups()).decode().lower() if declared else ""
    encoding = _ENCODINGS.get(name, "gb18030")
    if encoding == "gb18030" and any(min(r[0][1:]) < 0xA1 for r in _UTF8_RUN.finditer(body)):
        raise ParseError("页面混用多种字符编码")
    return _strictly(body, encoding)


def _strictly(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"字符编码无法识别（第 {error.start} 字节）"
        raise ParseError(reason) from None


def looks_like_login(text: str) -> bool:
    """Return whether an unreadable answer is really a request to sign in."""
    return bool(_LOGIN.search(text[:200_000]))


def text_of(html: str) -> str:
    """Return the visible text of an HTML fragment; scripts, styles and comments go."""
    if "<" not in html and "&" not in html:
        return html
    marked = _BLOCK_END.sub("\n", html).replace("\0", "")
    if not marked.strip():
        return ""
    selector = Selector(text=f"<body>{marked}</body>", type="html")
    selector.xpath(_HIDDEN).drop()
    return "".join(selector.xpath("//text()").getall()).strip()


def web_address(url: str | None, base: str) -> str | None:
    """Return *url* made absolute if it is an http(s) address that is well formed, else None."""
    if not url or not url.strip():
        return None
    try:
        address = urljoin(base, url.strip())
    except ValueError:
        return None
    # Private addresses are the egress guard's matter; a drill's own site is one.
    refused = url_refusal(address, allow_loopback=False) and url_refusal(
        address, allow_loopback=True
    )
    return None if refused else address.partition("#")[0]


def location(url: str, number: int | None = None) -> str:
    """Return where a defect lies: the address without query, with the item's number."""
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return place if number is None else f"{place}#{number}"


def read_count(value: object) -> int:
    """Return a counter as its platform shows it: 12, "12", "1.2万", "10万+".

    Raises ``ValueError`` for anything else, and for negative or absurd numbers.
    """
    if value is None or value == "":
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and (found := _COUNT.fullmatch(value.strip()[:32])):
        number = int(float(found[1]) * _SCALE[found[2].lower()])
    else:
        raise ValueError("not a count")
    if not 0 <= number <= MAX_COUNT:
        raise ValueError("count out of range")
    return number


def lenient_counts(reposts: object, comments: object, likes: object) -> Counts:
    """Return counters, 0 for each that cannot be read: a broken counter costs no post."""

    def _or_zero(value: object) -> int:
        try:
            return read_count(value)
        except ValueError:
            return 0

    return Counts(reposts=_or_zero(reposts), comments=_or_zero(comments), likes=_or_zero(likes))


def read_time(value: object, *, zone: timezone, fetched_at: datetime) -> datetime | None:
    """Return the moment that *value* tells, aware, UTC; None when it tells none.

    A date without offset is of *zone*; relative times count back from *fetched_at*.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()[:64]
    try:
        moment = (
            _epoch(text)
            or _iso(text)
            or _rfc822(text)
            or _chinese(text, fetched_at.astimezone(zone))
        )
        if moment is None:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d{1,9})?", text):
        return None
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if number >= 10**11 else number, UTC)


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    if not re.search(r"[A-Za-z]{3}", text):
        return None
    # On Chinese sites CST is China Standard Time; the standard library reads Chicago's.
    text = re.sub(r"\bCST\b", "+0800", text)
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _chinese(text: str, now: datetime) -> datetime | None:
    if found := _DATE.search(text):
        year, month, day, half, hour, minute, second = found.groups()
        hours = int(hour or 0)
        if half in {"下午", "晚上"} and hours < 12:
            hours += 12
        return datetime(  # noqa: DTZ001  the zone is the source's
            int(year), int(month), int(day), hours, int(minute or 0), int(second or 0)
        )
    return _relative(text, now)


def _relative(text: str, now: datetime) -> datetime | None:
    if "刚刚" in text:
        return now
    if found := _AGO.search(text):
        return now - timedelta(**{_AGO_UNITS[found[2]]: int(found[1])})
    if found := _CLOCK.search(text):
        day = now - timedelta(days=_DAYS_BACK[found[1]])
        return day.replace(hour=int(found[2]), minute=int(found[3]), second=0, microsecond=0)
    if found := _SHORT_DATE.search(text):
        month, day_of_month, hour, minute = map(int, found.groups())
        guess = now.replace(
            month=month, day=day_of_month, hour=hour, minute=minute, second=0, microsecond=0
        )
        # A list in January shows December of last year.
        return guess.replace(year=now.year - 1) if guess > now + timedelta(days=1) else guess
    return None
