"""What every parser needs of a page: its characters, its text, its safe addresses, its refusals.

Errors raised here never hold anything of the page's content.
"""

import html as entities
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from core.vocabulary import VisitOutcome
from crawler import charset
from crawler.addresses import url_refusal
from crawler.records import Counts, Defect, FetchedPage, Link, ParsedPost

MAX_ITEMS = 300
"""Items read from one page; what exceeds it is a counted defect, never silence."""
MAX_MARKUP = 60_000
"""Characters of markup read for one field of one post; a text itself ends at 20,000."""

ATTRIBUTE = r"""[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>"'][^\s>]*+)?+)?+"""
"""An attribute as the HTML standard reads it: a ``>`` inside a quoted value does not end the tag.

Every repetition is possessive, and a value without its end runs to the end of the text, so that
searching takes time in proportion to the text.
"""

_REST = rf"(?:[\s/]++|{ATTRIBUTE})*+(?:>|\Z)"
_BREAK = re.compile(
    r"</?(?:br|p|div|li|h[1-6]|t[drh]|section|article|aside|blockquote|caption|center|dd|dl|dt"
    rf"|figcaption|footer|form|header|hr|main|nav|ol|option|pre|table|ul)(?=[\s/>]){_REST}",
    re.IGNORECASE,
)
_TAG = re.compile(rf"</?[a-zA-Z][^\s/>]*+{_REST}|<[!?/][^>]*+(?:>|\Z)")
_UNSEEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(script|style|template|noscript|iframe|textarea)(?=[\s/>]).*?(?:</\1(?=[\s/>])[^>]*+>?|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_MAY_BE_UNSEEN = re.compile(r"<(?:!--|[sStTnNiI][cCtTeEoOfF])")
# Longer numbers are no character, and Python refuses to read those of more than 4,300 digits.
_NO_CHARACTER = re.compile(r"&#(?:[xX][0-9a-fA-F]{8,}|[0-9]{9,});?")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_LOGIN = re.compile(r"""(?i)type=["']?password|请先?登录|用户登录|扫码登录|passport\.|/login\b""")
_CAPTCHA = re.compile(
    r"(?i)验证码|(?:滑动|滑块|拖动|安全|人机|身份|访问|点击|拼图|行为)验证|拖动滑块|不是机器人"
    r"|captcha|geetest|turnstile|cf-challenge|nocaptcha|tcaptcha|waf[-_]?verify"
)
_PASSWORD = re.compile(r"""(?i)type=["']?password""")
_MARKUP_READ = 200_000
"""Characters in which a wall is looked for; walls are short."""
# Paths in which neither `urljoin` nor `url_refusal` finds anything to change or refuse.
_PLAIN_PATH = re.compile(r"/(?!/)[\w.~%=&:;,+@!$'()*/?-]*+(?<!\?)", re.ASCII)
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
    pages: tuple[str, ...] = ()
    """Further list pages, such as those of an index, the newest first."""
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
    return bool(_LOGIN.search(text[:_MARKUP_READ]))


def looks_like_captcha(text: str) -> bool:
    """Return whether an unreadable answer is really a test whether a person is asking.

    Pages about such tests say the same words: ask only of a page that yields nothing else. A form
    with a password is a request to sign in, whatever else it wants to know.
    """
    return bool(_CAPTCHA.search(text[:_MARKUP_READ])) and not _PASSWORD.search(text[:_MARKUP_READ])


def wall(text: str) -> ParseError | None:
    """Return the error for an unreadable answer that is a test or a request to sign in.

    The product passes no tests and signs in nowhere; both end the visit to a source.
    """
    if looks_like_captcha(text):
        return ParseError("返回的是验证码页", VisitOutcome.CAPTCHA)
    if looks_like_login(text):
        return ParseError("返回的是登录页", VisitOutcome.LOGIN_PAGE)
    return None


def nothing_found(text: str, reason: str) -> ParseError:
    """Return the error for a page that yields nothing: what stands in its way, or *reason*."""
    return wall(text) or ParseError(reason)


def text_of(html: str) -> str:
    """Return the visible text of an HTML fragment, with a line break where a block begins or ends.

    Scripts, styles, templates, comments and all attributes go; references become characters. NUL
    and lone surrogates never come out. What stands behind the last ``>`` is text, even when it
    looks like a tag. Takes time in proportion to the fragment, whatever is in it.
    """
    if "<" not in html and "&" not in html:
        return _writable(html)
    if _MAY_BE_UNSEEN.search(html):
        html = _UNSEEN.sub("", html)
    markup, end, tail = html.rpartition(">")
    text = _TAG.sub("", _BREAK.sub("\n", markup + end)) + tail
    if "&" in text:
        text = entities.unescape(_NO_CHARACTER.sub("\ufffd", text))
    return tidied(text)


def texts_of(fragments: Iterable[str]) -> list[str]:
    """Return the visible texts of *fragments*, none empty, as far as ``MAX_MARKUP`` reaches."""
    texts: list[str] = []
    left = MAX_MARKUP
    for html in fragments:
        if text := text_of(html if len(html) <= left else _cut(html, left)):
            texts.append(text)
        if (left := left - len(html)) <= 0:
            break
    return texts


def _cut(html: str, length: int) -> str:
    """Return the beginning of *html*; a tag that is cut in two would be read as text."""
    html = html[:length]
    opened = html.rfind("<")
    return html[:opened] if opened > html.rfind(">") else html


def tidied(text: str) -> str:
    """Return the characters of *text* without blank lines and what no database takes."""
    return without_blank_lines(_writable(text))


def without_blank_lines(text: str) -> str:
    """Return *text* without blank lines and without spaces where a line begins or ends."""
    if "\n" not in text:
        return text.strip()
    return "\n".join(filter(None, map(str.strip, text.split("\n"))))


def _writable(text: str) -> str:
    """Return *text* without what no database takes; encoding is the fastest way to find it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _UNWRITABLE.sub("", text)
    return text.replace("\0", "") if "\0" in text else text


def web_address(url: str | None, base: str) -> str | None:
    """Return *url* made absolute if it is an http(s) address that is well formed, else None."""
    if not url or not (url := url.strip()):
        return None
    origin = _origin(base)
    if origin and _is_plain(url):
        return origin + url
    try:
        address = urljoin(base, url).partition("#")[0]
    except ValueError:
        return None
    if origin and address.startswith(origin) and _is_plain(address[len(origin) :]):
        return address
    return address if _may_be_visited(address) else None


def _is_plain(path: str) -> bool:
    return bool(_PLAIN_PATH.fullmatch(path)) and "/." not in path


@lru_cache(maxsize=1024)
def _origin(address: str) -> str:
    """Return scheme and host of *address*, empty when no page there may be visited."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _may_be_visited(f"{origin}/") else ""


def _may_be_visited(address: str) -> bool:
    # Private addresses are the egress guard's matter; a drill's own site is one.
    return any(url_refusal(address, allow_loopback=local) is None for local in (False, True))


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
