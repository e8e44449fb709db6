"""Reading a page by selectors: CSS through lexbor, XPath through libxml2. Pure.

libxml2 is asked only when a selector is XPath, or CSS that lexbor misreads: lexbor is three times
as fast.
"""

from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from crawler.parsers.css import CssPage
from crawler.parsers.selectors import Markup, Selector, selector
from crawler.parsers.xpath import XPathPage

_BASE = selector("base", "base::attr(href)")


def read(text: str, selectors: Iterable[Selector]) -> Markup:
    """Return the page *text* for asking *selectors*; raises ``ParseError`` beyond the bounds."""
    selectors = tuple(selectors)
    if any(s.is_xpath for s in selectors):
        return XPathPage(text)
    page = CssPage(text, selectors)
    # The tree that browsers build, so that CSS means the same whoever answers.
    return XPathPage(page.tree.html or "") if any(s.is_misread for s in selectors) else page


def base_of(markup: Markup, url: str) -> str:
    """Return the address that relative links start from; a ``base`` on another host is ignored."""
    told = markup.row([_BASE]).get("base")
    if not told:
        return url
    try:
        base = urljoin(url, told[0])
        return base if urlsplit(base).hostname == urlsplit(url).hostname else url
    except ValueError:
        return url
