"""What a site would give: a source tried on its own pages, and ways to read it suggested.

What is asked here goes through the crawler's own guards, robots.txt and pace, and a site that has
asked to be left alone is left alone here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from console import gathering
from console.sourcing import judging
from console.wiring import Services
from core.clock import utc_now
from core.errors import HuiyingError, RefusedError
from crawler import crawl, suggesting, task_guard, trying
from crawler.records import FetchedPage
from crawler.sources import Source
from crawler.suggesting import Proposal
from crawler.suggesting.declared import robots_address
from crawler.task_guard import Task
from crawler.trying import Trial
from crawler.unpacking import MAX_BYTES

if TYPE_CHECKING:
    from crawler.spiders import Refused  # at run time it would bring Twisted's reactor too early

DETAILS_TRIED = 2
"""Pages behind links that are fetched to try how they are read."""
_STRAY = "unlisted"


@dataclass(frozen=True, slots=True)
class Suggested:
    """A proposal with what a trial of it gave."""

    number: int
    """From 1, as ``--from-suggestion`` takes it."""
    proposal: Proposal
    trial: Trial

    @property
    def titles(self) -> int:
        """Return how many posts or links it gave that tell what they are about."""
        return self.found - len(self.trial.without_text)

    @property
    def times(self) -> int:
        """Return how many posts or links it gave that tell when."""
        return self.found - len(self.trial.without_time)

    @property
    def found(self) -> int:
        """Return how many posts or links it gave."""
        return self.trial.posts or self.trial.links


def try_source(services: Services, wanted: str, *, saved: Path | None = None) -> list[Trial]:
    """Return what *wanted*, a listed name or an address, gives: its page, then two behind it.

    With *saved* that file is read as its page and nothing is fetched. Raises ``HuiyingError`` for
    an unknown name, and ``RefusedError`` for what may not be monitored, or not visited now.
    """
    source = _named(services, wanted)
    if saved is not None:
        return [_try_saved(services, source, wanted, saved)]
    _check(services, source.url if source else wanted, source)
    return crawl.run_blocking(lambda: _try(services, source, wanted))


def _named(services: Services, wanted: str) -> Source | None:
    """Return the listed source with this name, or None for an address."""
    if "://" in wanted:
        return None
    sources = gathering.listed_sources(services)
    for source in sources:
        if source.name == wanted:
            return source
    names = "、".join(source.name for source in sources) or "（无）"
    raise HuiyingError(f"{services.settings.sources_file}: 没有名为 {wanted} 的来源，现有：{names}")


def _try_saved(services: Services, source: Source | None, url: str, saved: Path) -> Trial:
    with saved.open("rb") as file:
        body = file.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise HuiyingError(f"{saved}: a page has at most {MAX_BYTES} bytes")
    page = FetchedPage(
        source=source.name if source else _STRAY,
        url=source.url if source else url,
        status=200,
        content_type="",
        body=body,
        fetched_at=utc_now(),
    )
    return trying.try_page(page, source or _fitting(page), directory=services.directory)


def _fitting(page: FetchedPage) -> Source:
    """Return the best proposal for *page*, or what reads it as one article."""
    proposals = suggesting.propose(page, ())
    best = proposals[0] if proposals else suggesting.single(page)
    return best.source()


async def _try(services: Services, source: Source | None, wanted: str) -> list[Trial]:
    url = source.url if source else wanted
    (answer,) = await _fetch(services, [url], source)
    if not isinstance(answer, FetchedPage):
        stray = source or Proposal(suggesting.Ground.SINGLE, url, "article").source()
        return [trying.unanswered(stray, url, answer.outcome, answer.reason)]
    source = source or _fitting(answer)
    trials = [trying.try_page(answer, source, directory=services.directory)]
    if following := await _next_of_empty(services, source, answer):
        trials.append(trying.try_page(following, source, directory=services.directory))
    return trials + await _try_behind(services, source, following or answer)


async def _next_of_empty(
    services: Services, source: Source, page: FetchedPage
) -> FetchedPage | None:
    """Return the next page of one that only leads on, such as an index of sitemaps."""
    found = trying.read(page, source)
    if found.posts or found.links or found.next_page is None or source.max_pages < 2:
        return None
    (answer,) = await _fetch(services, [found.next_page], source)
    return answer if isinstance(answer, FetchedPage) else None


async def _try_behind(services: Services, source: Source, page: FetchedPage) -> list[Trial]:
    links = trying.read(page, source).links[:DETAILS_TRIED] if source.detail else ()
    if not links:
        return []
    answers = await _fetch(services, [link.url for link in links], source)
    return [
        trying.try_page(replace(answer, link=link), source, directory=services.directory)
        if isinstance(answer, FetchedPage)
        else trying.unanswered(source, link.url, answer.outcome, answer.reason)
        for link, answer in zip(links, answers, strict=True)
    ]


async def _fetch(
    services: Services, urls: Sequence[str], source: Source | None = None
) -> "list[FetchedPage | Refused]":
    settings = gathering.scrapy_settings(services)
    pace = max(settings["DOWNLOAD_DELAY"], source.pace_s if source else 0.0)
    return await crawl.fetch_pages(
        urls,
        source=source.name if source else _STRAY,
        settings=settings | {"DOWNLOAD_DELAY": pace},
        now=utc_now,
    )


def _check(services: Services, url: str, source: Source | None = None) -> None:
    """Raise ``RefusedError`` when *url* may not be asked, ever or for now, with every reason."""
    now = utc_now()
    asked = task_guard.task_of(source) if source else Task(url=url)
    reasons = judging.address_reasons(services, url) + judging.task_reasons(services, asked, now)
    if reasons := reasons or judging.waiting_reasons(services, url, now):
        raise RefusedError(reasons)


def suggest(services: Services, url: str) -> tuple[list[Suggested], Trial | None]:
    """Return the ways to read the site of *url*, each tried: the best first, idle ones last.

    When *url* itself gives no page, there are none, and the trial says why. Raises
    ``RefusedError`` for what may not be monitored, or not visited now.
    """
    _check(services, url)
    return crawl.run_blocking(lambda: _suggest(services, url))


async def _suggest(services: Services, url: str) -> tuple[list[Suggested], Trial | None]:
    page, robots = await _fetch(services, [url, robots_address(url)])
    if not isinstance(page, FetchedPage):
        stray = Proposal(suggesting.Ground.SINGLE, url, "article").source()
        return [], trying.unanswered(stray, url, page.outcome, page.reason)
    rules = robots.body.decode("utf-8", "replace") if isinstance(robots, FetchedPage) else ""
    asked = suggesting.worth_asking(page, rules)
    allowed = [one for one in asked if not judging.address_reasons(services, one)]
    answers = await _fetch(services, allowed) if allowed else []
    read = [one for one in answers if isinstance(one, FetchedPage)]
    proposals = suggesting.propose(page, read)
    pages = {one.url: one for one in (*reversed(read), page)}
    tried = [(one, await _try_proposal(services, one, pages[one.url])) for one in proposals]
    tried.sort(key=lambda pair: not (pair[1].posts or pair[1].links))
    return [Suggested(number, one, trial) for number, (one, trial) in enumerate(tried, 1)], None


async def _try_proposal(services: Services, proposal: Proposal, page: FetchedPage) -> Trial:
    source = proposal.source()
    page = await _next_of_empty(services, source, page) or page
    return trying.try_page(page, source, directory=services.directory)
