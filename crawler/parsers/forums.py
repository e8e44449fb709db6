"""Where the usual forum programs put a thread's posts, and how a post is told apart. Pure.

Discuz! as its versions 7 to X3.5 write it, phpwind as 8 and 9 do, and the microdata of schema.org.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

_NAMED_FLOORS = {"楼主": 0, "沙发": 1, "板凳": 2, "地板": 3}
_FLOOR = re.compile(r"(\d{1,7})\s*(?:楼|#|F\b)|(?:#|第)\s*(\d{1,7})|^\s*(\d{1,7})\s*$")
_LAST_NUMBER = re.compile(r"(\d+)\D*$")
_QUOTED = re.compile(r"(?:[?&]|&amp;)pid=(\d+)|#(?:pid|post_?|read_)(\d+)")
_PAGE_IN_PATH = (
    (re.compile(r"(thread-\d+)-(\d+)-\d+"), r"\1"),
    (re.compile(r"([-_/]f?page[-_/]?)(\d+)"), ""),
    (re.compile(r"(/p)(\d{1,3})$"), ""),
)
_PAGE_KEYS = frozenset(
    ["page", "pn", "extra", "fpage", "toread", "ordertype", "highlight", "mobile", "from"]
)


@dataclass(frozen=True, slots=True)
class Engine:
    """How one forum program writes a thread."""

    name: str
    selectors: Mapping[str, str]
    """CSS by the names that ``thread_`` selectors have, and ``floor``."""
    unwanted: str
    """CSS of what is no text of the post itself."""
    first_floor: int = 1
    """The number of the opening post."""
    nested: bool = False
    """Whether replies stand inside the post that they answer."""


QUOTES = "blockquote, .quote"
"""CSS of what one post quotes of another."""

_UNSEEN = "[style*='display:none'], [style*='display: none'], [hidden]"

ENGINES = (
    Engine(
        name="Discuz",
        selectors={
            "item": "div[id^='post_']",
            "id": "::attr(id)",
            "floor": "a[id^='postnum']",
            "time": "em[id^='authorposton'] span::attr(title), em[id^='authorposton']",
            "author": ".authi a.xw1, .postauthor .postinfo a, .authi a",
            "reply_to": ".quote a[href*='pid=']::attr(href)",
            "text": "td.t_f, .t_msgfont, [id^='postmessage_']",
            "title": "#thread_subject",
            "next": "a.nxt, .pages a.next",
        },
        # A jammer is rubbish in small print, put between the words against copying.
        unwanted=f"{QUOTES}, .pstatus, .jammer, .locked, .sign, .tip, .aimg_tip, {_UNSEEN}",
    ),
    Engine(
        name="phpwind 9",
        selectors={
            "item": ".J_read_floor",
            "id": "::attr(id)",
            "floor": ".lou",
            "time": ".floor_top_tips .fl",
            "author": ".floor_info .name a, .name a",
            "reply_to": QUOTES,
            "text": ".editor_content",
            "title": "#J_post_title",
            "next": ".pages a.pages_next, .pages a.next",
        },
        unwanted=f"{QUOTES}, .edit_log, .inside_title, {_UNSEEN}",
        first_floor=0,
    ),
    Engine(
        name="phpwind 8",
        selectors={
            "item": "table.floot, div.t5.t2",
            "id": "[id^='read_']::attr(id)",
            "floor": ".tipTop .s2, .tiptop .s2",
            "time": ".tipTop span::attr(title), .tiptop span::attr(title), .tipTop .gray"
            ", .tiptop .gray",
            "author": ".readName a, .r_two b",
            "reply_to": f"{QUOTES}, .blockquote3",
            "text": "[id^='read_']",
            "title": "#subject_tpc",
            "next": ".pages a.next, .pages b + a",
        },
        unwanted=f"{QUOTES}, .blockquote3, .signature, {_UNSEEN}",
        first_floor=0,
    ),
    Engine(
        name="schema.org",
        selectors={
            "item": "[itemtype*='DiscussionForumPosting'], [itemtype*='schema.org/Comment']",
            "id": "::attr(id)",
            "floor": "[itemprop='position']::attr(content), [itemprop='position']",
            "time": "[itemprop='datePublished']::attr(datetime)"
            ", [itemprop='datePublished']::attr(content), [itemprop='dateCreated']::attr(datetime)"
            ", [itemprop='datePublished']",
            "author": "[itemprop='author'] [itemprop='name'], [itemprop='author']",
            "text": "[itemprop='text'], [itemprop='articleBody']",
            "title": "[itemprop='headline']::attr(content), [itemprop='headline']",
        },
        unwanted=f"{QUOTES}, {_UNSEEN}",
        nested=True,
    ),
)


def floor_of(told: str, *, first: int) -> int | None:
    """Return the number of a floor as forums write it: 3楼, 3#, 第3楼, 沙发; None for none.

    *first* is the number of the opening post.
    """
    told = told.strip()
    for name, after in _NAMED_FLOORS.items():
        if name in told:
            return first + after
    found = _FLOOR.search(told)
    return int(next(filter(None, found.groups()))) if found else None


def key_of(told: str) -> str:
    """Return what tells a post apart in an element's id: the number at its end, or all of it."""
    found = _LAST_NUMBER.search(told)
    return found[1] if found else told.strip()


def quoted_element(told: str) -> str | None:
    """Return what tells the post apart that an address in a quotation leads to, None for none."""
    found = _QUOTED.search(told)
    return (found[1] or found[2]) if found else None


def thread_of(url: str) -> tuple[str, int]:
    """Return path and query of the thread without its page, and the page's number, 1 if untold."""
    parts = urlsplit(url)
    path, page = parts.path, 1
    for pattern, without in _PAGE_IN_PATH:
        if found := pattern.search(path):
            page = int(found[2][:6])
            path = pattern.sub(without, path)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for key, value in query:
        if key in {"page", "pn"} and value.isascii() and value.isdigit():
            page = int(value[:6])
    kept = urlencode([(key, value) for key, value in query if key not in _PAGE_KEYS])
    return f"{path}?{kept}" if kept else path, page
