"""The 5,000 posts of the story, equal for equal seeds, and their labels in a separate place.

Counts per topic and hour are those of the scenario, gates are kept by the exact second, and what
a post is about is known because it was written from a labelled line. Detectors never see labels.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from console.drill.planning import plan
from console.drill.scenario import Scenario, load_scenario
from console.drill.variants import Variant, flooded, vary
from console.drill.writing import Label, Writer, Written

__all__ = ["Drill", "Label", "Variant", "generate", "posts_jsonl", "write_labels", "write_posts"]

DISTINCT_AUTHORS = 2600
MOST_POSTS_PER_AUTHOR = 40
ZIPF = 1.2
"""Exponent of the activity of authors (scenario, 6.5 point 1)."""


@dataclass(frozen=True, slots=True)
class Drill:
    """The posts in publication order, in the posts-file format, and their labels by id."""

    seed: int
    variant: Variant
    posts: tuple[dict[str, Any], ...] = field(repr=False)
    labels: Mapping[str, Label] = field(repr=False)


def generate(seed: int = 20310617, *, variant: Variant = "reference") -> Drill:
    """Return the drill for *seed*; the same seed and variant give the same posts byte for byte."""
    story = vary(load_scenario(), variant)
    rng = Random(seed)  # noqa: S311 (a story is not a secret)
    written = Writer(story, rng, far=variant == "other-county").write(plan(story, rng))
    posts = _with_authors(story, rng, written)
    labels = {each.id: each.label for each in written}
    if variant == "flood":
        posts, labels = flooded(posts, labels)
    return Drill(seed=seed, variant=variant, posts=tuple(posts), labels=labels)


def posts_jsonl(drill: Drill) -> bytes:
    """Return the posts as JSON lines in UTF-8."""
    return "".join(json.dumps(post, ensure_ascii=False) + "\n" for post in drill.posts).encode()


def write_posts(drill: Drill, path: Path) -> None:
    """Write the posts file."""
    path.write_bytes(posts_jsonl(drill))


def write_labels(drill: Drill, path: Path) -> None:
    """Write one ``{"id": ..., <label>}`` a line."""
    lines = (
        json.dumps({"id": key, **asdict(label)}, ensure_ascii=False) + "\n"
        for key, label in drill.labels.items()
    )
    path.write_text("".join(lines), encoding="utf-8")


def _activity(total: int) -> list[int]:
    """Return posts per author: one each, and the rest by rank under Zipf's law, capped."""
    authors = min(DISTINCT_AUTHORS, total)
    extra, low, high = total - authors, 0.0, 1e6
    for _ in range(60):
        scale = (low + high) / 2
        if sum(_more(scale, rank) for rank in range(1, authors + 1)) > extra:
            high = scale
        else:
            low = scale
    counts = [1 + _more(low, rank) for rank in range(1, authors + 1)]
    for rank in range(total - sum(counts)):
        counts[-1 - rank % authors] += 1
    return counts


def _more(scale: float, rank: int) -> int:
    return min(MOST_POSTS_PER_AUTHOR - 1, int(scale / rank**ZIPF))


def _with_authors(story: Scenario, rng: Random, written: list[Written]) -> list[dict[str, Any]]:
    counts = _activity(sum(each.slot.statement is None for each in written))
    names = [f"user_{n:06d}" for n in rng.sample(range(1_000_000), len(counts))]
    deck = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    rng.shuffle(deck)
    accounts = {org.id: org.account for org in story.orgs}
    recent: dict[str, list[str]] = {topic.id: [] for topic in story.topics}
    posts = []
    for each in written:
        statement = each.slot.statement
        if statement:
            author = accounts[statement.issuer]
        else:
            author = _deal(rng, deck, recent[each.slot.topic])
        posts.append(_post(story, rng, each, author))
    return posts


def _deal(rng: Random, deck: list[str], recent: list[str]) -> str:
    """Take the next author, preferring one who has not just spoken on the topic."""
    for _ in range(8):
        if deck[-1] not in recent[-40:]:
            break
        other = rng.randrange(len(deck))
        deck[-1], deck[other] = deck[other], deck[-1]
    author = deck.pop()
    recent.append(author)
    return author


def _post(story: Scenario, rng: Random, each: Written, author: str) -> dict[str, Any]:
    statement = each.slot.statement
    heat = 40 if statement else 1
    reposts = int(heat * rng.paretovariate(1.1)) - heat
    likes: int | str = int(heat * rng.paretovariate(0.9)) - heat
    return {
        "id": each.id,
        "url": f"https://drill.chengchuan.example/{each.channel}/{each.id}",
        "published_at": story.moment(each.slot.second / 60).isoformat(timespec="seconds"),
        "channel": each.channel,
        "text": each.text,
        "reply_to": each.reply_to,
        "repost_of": each.repost_of,
        "counts": {
            "reposts": min(reposts, 99_999),
            "comments": rng.randrange(0, 3 * heat),
            "likes": "10万+" if isinstance(likes, int) and likes > 100_000 else likes,
        },
        "issuer": statement.issuer if statement else None,
        "author": author,
    }
