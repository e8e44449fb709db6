"""Replies that say nothing, by the hundred, move neither their post's place nor its claim's."""

from datetime import timedelta
from pathlib import Path

import pytest

from console import exporting, wiring
from console.pipeline import Pipeline
from core.clock import utc_now
from core.database import reading, transaction
from crawler.records import ParsedPost

NOW = utc_now().replace(microsecond=0) - timedelta(hours=1)
ALARM = "听说望澄水库要垮坝了，下游的快跑"


def scores_after(folder: Path, replies: list[str]) -> tuple[object, object]:
    """Return needs-check of the post and of its claim after *replies* by as many people."""
    services = wiring.prepare(folder)
    pipeline = Pipeline(services)
    parsed = [
        ParsedPost(
            source="s",
            post_id=str(number),
            url=None,
            published_at=NOW + timedelta(seconds=5 * number),
            channel="weibo",
            text=text,
            author=f"a{number}",
            reply_to="0" if number else None,
        )
        for number, text in enumerate([ALARM, *replies])
    ]
    with transaction(services.engine) as session:
        posts, _ = pipeline.veil(parsed, seen_at=NOW + timedelta(minutes=30))
        pipeline.keep(session, posts)
        pipeline.round(session, NOW + timedelta(minutes=30))
    with reading(services.engine) as session:
        post = next(r for r in exporting.rows(session, "posts", None) if r["post_id"] == "0")
        (claim,) = exporting.rows(session, "claims", None)
    services.engine.dispose()
    return post["needs_check"], claim["needs_check"]


@pytest.mark.parametrize("flood", ["@用户 @用户", "转发微博", "[怒]", "😂😂", "[链接]"])
def test_a_flood_of_nothing_moves_neither_post_nor_claim(flood: str, tmp_path: Path) -> None:
    quiet = scores_after(tmp_path / "quiet", ["真的假的？", "求证"])

    flooded = scores_after(tmp_path / "flooded", ["真的假的？", "求证", *[flood] * 150])

    assert flooded == quiet
