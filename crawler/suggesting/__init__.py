"""Ways to read a site without code, proposed from what its pages show. Pure.

Pages in, proposals out: what is worth asking for (``worth_asking``), and how each answer could
be listed (``propose``). Nothing is guessed into a proposal that was not seen on a page.
"""

from collections.abc import Iterator, Sequence

from lxml.etree import Comment, ProcessingInstruction
from lxml.html import HtmlElement
from parsel import Selector

from crawler.parsers import jpage
from crawler.parsers.css import CssPage
from crawler.parsers.page import ParseError, decoded
from crawler.parsers.selectors import selector
from crawler.records import FetchedPage
from crawler.sources import DetailName
from crawler.suggesting import declared
from crawler.suggesting.documents import propose_data, propose_document
from crawler.suggesting.lists import find_lists, leads_to_threads
from crawler.suggesting.proposal import Ground, Proposal
from crawler.suggesting.selectors import selectors_of

MAX_LISTS = 3
"""Lists proposed of one page."""
MAX_ASKED = 12
"""Addresses asked for one suggestion: with two seconds between them half a minute."""
_ASKED = (selector("item", "#a div.b > c"), selector("link", "div.a b"))
"""Selectors as long as those that are proposed: how deep a tree is kept depends on it."""
_UNSEEN = ("script", "style", "template", "noscript")


def worth_asking(page: FetchedPage, robots: str) -> tuple[str, ...]:
    """Return the addresses that may hold a better way to read the site of *page*.

    *robots* is the text of its robots.txt, empty when there is none. Every address once, without
    that of *page* itself; none is known to exist.
    """
    try:
        text = decoded(page)
        built = CssPage(text, _ASKED)
    except ParseError:
        text, built = "", CssPage("", _ASKED)
    found = declared.addresses(_tree(built), text, robots, page)
    return tuple(dict.fromkeys(url for url in found if url != page.url))[:MAX_ASKED]


def propose(page: FetchedPage, answers: Sequence[FetchedPage]) -> tuple[Proposal, ...]:
    """Return the ways to read *page* and the *answers* of its site, the best first.

    Every address comes with one ground at most. On equal grounds the order is that of the
    answers, and for lists that of their score.
    """
    found = [proposal for one in (page, *answers) for proposal in _of(one, main=one is page)]
    unique = {(one.ground, one.url, tuple(one.selectors.items())): one for one in found}
    order = list(Ground)
    return tuple(sorted(unique.values(), key=lambda one: (order.index(one.ground), -one.score)))


def single(page: FetchedPage) -> Proposal:
    """Return how *page* is read when it holds no list: as one article."""
    return Proposal(Ground.SINGLE, page.url, "article")


def _of(page: FetchedPage, *, main: bool) -> Iterator[Proposal]:
    if document := propose_document(page) or propose_data(page):
        yield document
    else:
        yield from _html(page, main=main)


def _html(page: FetchedPage, *, main: bool) -> Iterator[Proposal]:
    try:
        text = decoded(page)
        held = jpage.unwrapped(text)
        records = held != text and text.lstrip().startswith(("<?xml", "<datastore"))
        # An answer that is a web page was a wrong guess; only lists behind the script are wanted.
        if main or records:
            yield from _listings(
                CssPage(held, _ASKED), page, Ground.RECORDS if records else Ground.LIST
            )
    except ParseError:
        return


def _listings(built: CssPage, page: FetchedPage, ground: Ground) -> Iterator[Proposal]:
    root = _tree(built)
    _drop_unseen(root)
    for one in find_lists(root, page)[:MAX_LISTS]:
        if chosen := selectors_of(one, root, built, page):
            detail: DetailName = "thread" if leads_to_threads(one, page) else "article"
            yield Proposal(ground, page.url, "listing", chosen, detail, score=one.score)


def _tree(built: CssPage) -> HtmlElement:
    """Return the tree that browsers build, as the parser of lists sees it: with every tbody."""
    text = built.tree.html or ""
    root: HtmlElement = Selector(text=text or "<html></html>", type="html").root
    return root


def _drop_unseen(root: HtmlElement) -> None:
    for element in list(root.iter(*_UNSEEN, Comment, ProcessingInstruction)):
        if element.getparent() is not None:
            element.drop_tree()


__all__ = ["MAX_ASKED", "Ground", "Proposal", "propose", "single", "worth_asking"]
