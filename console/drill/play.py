"""``huiying demo``: the site, the crawler, the analysis and the people, by the story's clock.

The clock goes in rounds of five story minutes. In each round the site shows what is published
by then, the crawler visits it over HTTP, the round is analysed, and the people act on what the
system shows them. Nothing looks ahead: the labels are opened only for the score sheet.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from console import acts, exporting, reporting, serving, wiring
from console.crawler_process import CrawlerProcess, Harvest
from console.drill import scoresheet, staff, story
from console.drill.generator import Drill, generate
from console.drill.help_desk import HelpDesk
from console.drill.scenario import Scenario, load_scenario
from console.drill.site import DrillSite, drill_files
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import beijing
from core.database import reading, transaction
from core.errors import HuiyingError
from core.settings import FILE_NAME
from core.vocabulary import SealedPurpose
from crawler import sealed
from release import offline

ROUND = timedelta(minutes=5)
ROUNDS = 36 * 12
SIXTEEN_HOURS = 16 * 60
LIVE_S = 180.0
"""How long the 36 hours take when they are watched."""
MARKER = "drill.marker"


Gather = Callable[[datetime], Sequence[Harvest]]
Tell = Callable[[str], None]
Watch = Callable[[Services, datetime], None]


@dataclass(frozen=True, slots=True)
class Played:
    """What a drill gave, for the score sheet."""

    acts: tuple[story.Act, ...]
    questions_at_1600: tuple[exporting.Row, ...]


def _nobody(_services: Services, _now: datetime) -> None:
    """Watch nothing."""


def play(
    folder: Path, *, instant: bool, seed: int, tell: Tell, watch: Watch = _nobody
) -> list[scoresheet.Part]:
    """Play the story into *folder* and return the score sheet.

    A folder of an earlier drill is made anew; any other folder with files in it is refused.
    Unless *instant*, the console stays up until it is interrupted. *watch* is called after each
    round with the moment of the story.
    """
    _make_room(folder)
    scenario, drill = load_scenario(), generate(seed)
    tell(f"演练“6·17”澄川暴雨（虚构）：{len(drill.posts)} 条帖子，36 小时，种子 {seed}")
    with ExitStack() as open_parts:
        site = DrillSite(drill.posts)
        address = site.start()
        open_parts.callback(site.stop)
        drill_files(folder, address)
        services = wiring.prepare(folder)
        crawler = open_parts.enter_context(CrawlerProcess(services))
        if not instant:
            console = open_parts.enter_context(serving.served(services))
            tell(f"值班台：{console}　公开页：{console}public/")

        def gather(now: datetime) -> Sequence[Harvest]:
            site.set_clock(now)
            return crawler.visit(now)

        pause_s = 0.0 if instant else LIVE_S / ROUNDS
        pipeline = Pipeline(services)
        played = run_story(pipeline, scenario, gather, pause_s=pause_s, tell=tell, watch=watch)
        parts = _finish(services, scenario, drill, played, tell)
        if not instant:
            tell("故事结束。值班台仍可查看，按 Ctrl+C 结束。")
            _wait()
    return parts


def _make_room(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            raise HuiyingError(f"{folder}: not empty and not a drill; choose another folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(f"A drill: everything here may be made anew. {FILE_NAME}\n")


def run_story(
    pipeline: Pipeline,
    scenario: Scenario,
    gather: Gather,
    *,
    pause_s: float = 0.0,
    tell: Tell,
    watch: Watch = _nobody,
) -> Played:
    """Let the clock of the story run: each round gathers, analyses, and lets the people act.

    A round takes at least *pause_s* seconds.
    """
    services = pipeline.services
    staff.enlist(services)
    people, help_desk = story.Story(services, scenario), HelpDesk(services)
    done: list[story.Act] = []
    asked: tuple[exporting.Row, ...] = ()
    begun = time.monotonic()
    for number in range(1, ROUNDS + 1):
        now = scenario.moment(0) + number * ROUND
        _round(pipeline, gather(now), now)
        # The desk answers the round first: what an act closes, it could not call any more.
        fresh = [*help_desk.act(now), *people.act(now)]
        done += fresh
        _tell_round(number, now, fresh, tell)
        watch(services, now)
        if now == scenario.moment(SIXTEEN_HOURS):
            asked = _rows(services, "questions")
        time.sleep(max(0.0, begun + number * pause_s - time.monotonic()))
    acts.deliver(services)
    return Played(tuple(done), asked)


def _round(pipeline: Pipeline, harvests: Sequence[Harvest], now: datetime) -> None:
    with transaction(pipeline.services.engine) as session:
        for harvest in harvests:
            pipeline.keep(session, harvest.posts, defects=harvest.defects, visit=harvest.visit)
        pipeline.round(session, now)


def _tell_round(
    number: int, now: datetime, fresh: list[story.Act], tell: Callable[[str], None]
) -> None:
    if number % 12 == 0:
        tell(f"—— {beijing(now):%m月%d日 %H:%M}（T+{number * 5 // 60}:00）")
    for act in fresh:
        mark = {"done": "", "refused": "【被拦下】", "skipped": "【未做】"}[act.outcome]
        why = f"：{'；'.join(act.reasons)}" if act.reasons else ""
        tell(f"  {beijing(act.at):%H:%M} {act.who} {mark}{act.what}{why}")


def _rows(services: Services, name: str) -> tuple[exporting.Row, ...]:
    with reading(services.engine) as session:
        return tuple(exporting.rows(session, name, None))


def judge(
    services: Services, scenario: Scenario, drill: Drill, played: Played
) -> list[scoresheet.Part]:
    """Return the score sheet; only here are the labels of the posts opened."""
    written = reporting.write_nightly(services, "2031-06-18", None)
    with reading(services.engine) as session:
        records = len(sealed.destructions(session, SealedPurpose.HELP_CONTACT))
        left = len(sealed.listed(session, SealedPurpose.HELP_CONTACT))
    gathered = scoresheet.Gathered(
        reports=[f.read_text(encoding="utf-8") for f in written if f.suffix != ".docx"],
        posts=_rows(services, "posts"),
        claims=_rows(services, "claims"),
        questions=_rows(services, "questions"),
        alerts=_rows(services, "alerts"),
        statements=_rows(services, "statements"),
        facts=_rows(services, "facts"),
        verdicts=story.verdict_history(services),
        refusals=story.refusals(played.acts),
        drafts=story.drafts(services),
        authors={str(post["id"]): str(post["author"]) for post in drill.posts},
        questions_at_1600=played.questions_at_1600,
        destruction_records=records,
        contacts_left=left,
    )
    return scoresheet.score(scenario, gathered, drill.labels)


def _finish(
    services: Services, scenario: Scenario, drill: Drill, played: Played, tell: Tell
) -> list[scoresheet.Part]:
    parts = judge(services, scenario, drill, played)
    check = offline.verify(services.public, vkey=None)
    tell(f"趋势日报：{services.reports}")
    tell(f"发布日志：{check.status.value}，{check.entries} 条；公开页：{services.public}")
    tell(scoresheet.render(parts))
    return parts


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
