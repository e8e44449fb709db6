"""What a page tells about its article outside the text: meta elements, headings, labels. Pure.

政府网站发展指引 (国办发〔2017〕47号) names the meta elements of every article of a government site;
they come in any case. News sites write those of Open Graph.
"""

import re
from collections.abc import Mapping, Sequence

from crawler.parsers.lines import squeezed
from crawler.parsers.selectors import Markup, selector

TITLES = ("ArticleTitle", "og:title")
TIMES = ("PubDate", "article:published_time", "og:release_date", "publishdate")
ORIGINS = ("ContentSource",)
SITES = ("SiteName", "og:site_name")
SUMMARIES = ("Description", "og:description")
NAMES = (*TITLES, *TIMES, *ORIGINS, *SITES, *SUMMARIES, "ColumnName", "Keywords", "Url")
"""What is looked for. ``Author`` names a person and is never read."""

MAX_META = 300
MAX_TITLE = 300

_META = selector("meta", "meta")
_PARTS = (
    selector("name", "::attr(name)"),
    selector("property", "::attr(property)"),
    selector("content", "::attr(content)"),
)
_H1, _H2 = selector("h1", "h1"), selector("h2", "h2, h3")
_TITLE = selector("title", "head title")
_NUMBER = re.compile(
    r"(?:发文字号|发文号|文\s*号)\s*[:：]?\s*"
    r"([\u4e00-\u9fff]{1,12}\s*[〔\[【（(]\s*(?:19|20)\d{2}\s*[〕\]】）)]\s*第?\s*\d{1,4}\s*号)"
)
_ORIGIN = re.compile(r"来\s*源\s*[:：]\s*([^\s\d:：|｜【】\[\]（）()]{2,40})")
# Where elements stand side by side, the next label runs into the name.
_NEXT_LABEL = re.compile(
    r"(?:责任)?编辑$|作者$|记者$|(?:发布)?(?:时间|日期)$|(?:浏览|点击|阅读)\w{0,2}$|字[体号]$"
)
_OURSELVES = re.compile(r"(?:本[站网])?(?:原创|讯|网站)?")
# How titles of sites and columns end; those of articles rarely do.
_SITE = re.compile(
    r"(?:网|网站|官网|门户|政府|平台|频道|论坛|首页|客户端|局|委|委员会|办公室|中心|公开|公告"
    r"|动态|要闻|新闻|资讯|融媒)$"
)
_PARTED = re.compile(r"\s*[_|｜]\s*|\s+[-–—]+\s+|\s*—{2,}\s*")
_DASH_END = re.compile(r"(.{4,})[-–—]([^-–—]{2,20})", re.DOTALL)


def meta_of(whole: Markup) -> dict[str, str]:
    """Return what the meta elements among ``NAMES`` say, by the name as written there."""
    rows, _ = whole.rows(_META, _PARTS, most=MAX_META)
    told: dict[str, str] = {}
    for row in rows:
        for name in (*row.get("name", ()), *row.get("property", ())):
            told.setdefault(name.casefold(), "".join(row.get("content", ())))
    return {name: said for name in NAMES if (said := told.get(name.casefold()))}


def first(told: Mapping[str, str], names: Sequence[str]) -> str:
    """Return the first of *names* that *told* knows, empty if none."""
    return next((told[name] for name in names if name in told), "")


def heading_of(whole: Markup, *, site: str) -> str:
    """Return the title that the page shows, without the name of its *site*; empty if none."""
    row = whole.row([_H1, _H2, _TITLE])
    shown, lesser = (
        [" ".join(told.split())[:MAX_TITLE] for told in row.get(key, ())] for key in ("h1", "h2")
    )
    tab = " ".join(" ".join(row.get("title", ())).split())[:MAX_TITLE]
    whole_tab = squeezed(tab)
    # Headings of columns and of the site itself stand in the tab too.
    named = [told for told in shown if squeezed(told) in whole_tab]
    named += [told for told in lesser if whole_tab.startswith(squeezed(told))]
    if heading := next((told for told in named if not _names_site(told, site)), ""):
        return heading
    title = _without_site(tab, site)
    if title and not _names_site(title, site):
        return title
    return next((heading for heading in shown if not _names_site(heading, site)), "")


def number_of(visible: str) -> str:
    """Return the number of the document that the open-information block tells, empty if none."""
    found = _NUMBER.search(visible)
    return squeezed(found[1]) if found else ""


def origin_of(told: str, *, site: str) -> str:
    """Return the organisation that *told* names, with or without the label 来源.

    A site that names itself (本站) is *site*.
    """
    found = _ORIGIN.search(told)
    name = _NEXT_LABEL.sub("", found[1]) if found else " ".join(told.split())
    return site if _OURSELVES.fullmatch(name) else name


def labelled_origin(visible: str, *, site: str) -> str:
    """Return the organisation that the first label 来源 of a page names, empty if none."""
    found = _ORIGIN.search(visible)
    return origin_of(found[0], site=site) if found else ""


def _without_site(tab: str, site: str) -> str:
    parts = [part for part in _PARTED.split(tab) if part]
    # Title, column, site is the usual order; some tell the site first.
    titles = [part for part in parts if not _names_site(part, site)] or parts
    title = titles[0] if titles else ""
    while (found := _DASH_END.fullmatch(title)) and _names_site(found[2], site):
        title = found[1].strip()
    return title


def _names_site(told: str, site: str) -> bool:
    return bool(site and squeezed(told) == squeezed(site)) or bool(_SITE.search(told.strip()))
