"""What every parser needs of a page: its characters, its times, its text, its safe address.

Errors raised here never hold anything of the page's content.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from core.vocabulary import VisitOutcome
from crawler import charset
from crawler.addresses import url_refusal
from crawler.records import Counts, Defect, FetchedPage, Link, ParsedPost

MAX_ITEMS = 300
"""Items read from one page; what exceeds it is a counted defect, never silence."""

_BLOCK_END = re.compile(r"(?i)<(?:br|/p|/div|/li|/h\d|/tr|/section)\b[^<>]{0,200}>")
_HIDDEN = "//script | //style | //template | //noscript"
_LOGIN = re.compile(r"""(?i)type=["']?password|请先?登录|用户登录|扫码登录|passport\.|/login\b""")
_COUNT = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)\s*([万亿wWkK千]?)\+?")
_SCALE = {"": 1, "k": 1000, "千": 1000, "w": 10_000, "万": 10_000, "亿": 100_000_000}
MAX_COUNT = 10**12


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
    links: tuple[Link, ...] = field(default=(), repr=False)
    """Pages to follow, in the page's order, each address once."""
    next_page: str | None = None
    """The next list page."""
    defects: tuple[Defect, ...] = ()


def decoded(page: FetchedPage) -> str:
    """Return the characters of *page*, whatever it declares.

    Raises ``ParseError`` for an empty page and when no encoding fits the whole page.
    """
    if not page.body.strip():
        raise ParseError("页面为空", VisitOutcome.EMPTY)
    try:
        return charset.decode(page.body, page.content_type).text
    except charset.CharsetError as error:
        raise ParseError(error.reason) from None


def over_limit(page: FetchedPage, url: str, count: int) -> tuple[Defect, ...]:
    """Return the defect that says how many of *count* items were not read, if any."""
    if count <= MAX_ITEMS:
        return ()
    reason = f"超出每页 {MAX_ITEMS} 条的上限，未读取 {count - MAX_ITEMS} 条"
    return (Defect(page.source, location(url), reason, page.fetched_at),)


def joined(title: str, body: str) -> str:
    """Return title and body as one text; a title that the body begins with is told once."""
    return body if not title or body.startswith(title) else f"{title} {body}".strip()


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
