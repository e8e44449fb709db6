"""The other ways the story may go: silence, delay, denials, copies, calm, another county."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from console.drill.planning import OFFICIAL, RUMOUR
from console.drill.scenario import Line, Scenario, ScenarioStatement, Scene
from console.drill.writing import Label

Variant = Literal["reference", "silent", "fast", "lying-official", "flood", "quiet", "other-county"]

FAST_DELAY_MIN = 240
FLOOD_COPIES = 10


def vary(story: Scenario, variant: Variant) -> Scenario:
    """Return the story as it goes in *variant*."""
    if variant == "silent":
        return _without_statements(story)
    if variant == "other-county":
        return replace(story, statements=(), scenes=_possible(story.scenes, ()))
    if variant == "fast":
        return _late_clarification(story)
    if variant == "lying-official":
        return replace(story, statements=(*story.statements, *_repeated_denials(story)))
    if variant == "quiet":
        return replace(
            story,
            topics=tuple(t for t in story.topics if t.id == "N_noise"),
            statements=(),
            scenes=(),
        )
    return story


def _possible(
    scenes: Sequence[Scene], statements: Sequence[ScenarioStatement]
) -> tuple[Scene, ...]:
    out = {statement.id for statement in statements}
    return tuple(scene for scene in scenes if scene.needs is None or scene.needs in out)


def _without_statements(story: Scenario) -> Scenario:
    """Nobody answers: no official post, no share of one, and no line that knows of one."""
    lines = {
        topic: tuple(line for line in lines if line.after is None)
        for topic, lines in story.lines.items()
    }
    belief = tuple(
        round(0.9 * count) if hour > 8 else count
        for hour, count in enumerate(_hourly(story, RUMOUR))
    )
    return replace(
        story,
        statements=(),
        topics=tuple(topic for topic in story.topics if topic.id != OFFICIAL),
        lines=lines,
        scenes=_possible(story.scenes, ()),
        belief_hourly=belief,
    )


def _hourly(story: Scenario, topic: str) -> tuple[int, ...]:
    return next(each.hourly for each in story.topics if each.id == topic)


def _late_clarification(story: Scenario) -> Scenario:
    """S04 and its update come four hours later, and the rumour stays high until then."""
    late = {"S04": FAST_DELAY_MIN, "S04U": FAST_DELAY_MIN}
    statements = tuple(
        replace(each, at=each.at + late.get(each.id, 0)) for each in story.statements
    )
    end = story.hours * 60

    def later(line: Line) -> Line:
        gate = line.start + late.get(line.after or "", 0)
        close = line.end + FAST_DELAY_MIN if line.topic == RUMOUR and line.end < end else line.end
        return replace(line, start=gate, end=close)

    lines = {topic: tuple(later(line) for line in lines) for topic, lines in story.lines.items()}
    topics = tuple(
        replace(topic, hourly=_plateau(topic.hourly, 150)) if topic.id == RUMOUR else topic
        for topic in story.topics
    )
    belief = _plateau(story.belief_hourly, 135)
    return replace(story, statements=statements, lines=lines, topics=topics, belief_hourly=belief)


def _plateau(hourly: Sequence[int], level: int) -> tuple[int, ...]:
    """Hold hours 10 to 13 at *level*, move what followed by four hours, keep the resurfacing."""
    held = [*hourly[:10], *[level] * 4, *hourly[10:23], *[0] * 9]
    return tuple(count + (hourly[hour] if hour >= 23 else 0) for hour, count in enumerate(held))


def _repeated_denials(story: Scenario) -> list[ScenarioStatement]:
    denial = next(each for each in story.statements if each.id == "X01")
    wording = (
        "泵站运行正常，谣言止于智者。",
        "经了解，泵站一直正常运转。",
        "泵站没有停，不信谣不传谣。",
    )
    units = ("housing", "county_gov", "hq")
    return [
        replace(denial, id=f"X01{letter}", at=denial.at + 12 * n, text=text, issuer=unit)
        for n, (letter, text, unit) in enumerate(zip("BCD", wording, units, strict=True), 1)
    ]


def flooded(
    posts: list[dict[str, Any]], labels: Mapping[str, Label]
) -> tuple[list[dict[str, Any]], dict[str, Label]]:
    """One account pastes its own price post ten more times within the hour."""
    at = next(i for i, post in enumerate(posts) if labels[post["id"]].claim_id == "CL05")
    origin, later = posts[at], posts[at + 1 : at + 1 + FLOOD_COPIES]
    copies = [
        {
            **origin,
            "id": f"{origin['id']}-copy{n}",
            "url": f"{origin['url']}-copy{n}",
            "published_at": neighbour["published_at"],
            "reply_to": None,
            "repost_of": None,
        }
        for n, neighbour in enumerate(later, 1)
    ]
    mark = replace(labels[origin["id"]], dup_of=origin["id"])
    flooded = sorted([*posts, *copies], key=lambda post: str(post["published_at"]))
    return flooded, {**labels, **{copy["id"]: mark for copy in copies}}
