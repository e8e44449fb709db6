"""The plan of a drill: which topic, when, which stance; exact counts for every hour. Pure."""

from dataclasses import dataclass, replace
from random import Random

from console.drill.scenario import Scenario, ScenarioStatement, Scene

RUMOUR, COMPLAINT, OFFICIAL = "B_dam_rumor", "C_pump_fault", "H_official_share"
RESPONDING = (RUMOUR, COMPLAINT, OFFICIAL, "D_price", "F_utilities", "G_travel_school")
"""Topics in which people answer a statement, so that its hour fills up behind it."""
SPARED = 12
"""First posts of a topic with claims that are never copies: they carry the story's start."""

Want = tuple[str | None, str]
"""Claim and stance a post is to have; no claim means any."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the story where one post stands."""

    topic: str
    second: int
    """After T0."""
    scene: Scene | None = None
    statement: ScenarioStatement | None = None
    claim: str | None = None
    stance: str | None = None
    first: bool = False
    """Among the first of its topic: never a copy."""


def plan(story: Scenario, rng: Random) -> list[Slot]:
    """Return every post's place in the story, in time.

    Raises ``ValueError`` when an hour has more fixed posts than its count.
    """
    slots: list[Slot] = []
    for topic in story.topics:
        mine: list[Slot] = []
        for hour, count in enumerate(topic.hourly):
            mine += _hour(story, rng, topic.id, hour, count)
        mine.sort(key=lambda slot: slot.second)
        claims = any(claim.topic == topic.id for claim in story.claims)
        mine = [replace(s, first=claims and n < SPARED) for n, s in enumerate(mine)]
        if topic.id == RUMOUR:
            mine = _rumour_stances(story, rng, mine)
        if topic.id == COMPLAINT:
            mine = _complaint_stances(rng, mine)
        slots += mine
    return sorted(slots, key=lambda slot: slot.second)


def _home(statement: ScenarioStatement) -> str:
    """Return the topic that counts an official post; W01 falls in an hour without shares."""
    if statement.id.startswith("X"):
        return COMPLAINT
    return "A_rain_scene" if statement.id == "W01" else OFFICIAL


def _hour(story: Scenario, rng: Random, topic: str, hour: int, count: int) -> list[Slot]:
    """Return exactly *count* slots of *topic* in *hour*: statements, scenes, and the rest."""
    start = hour * 60
    official = [s for s in story.statements if s.at // 60 == hour and _home(s) == topic]
    slots = [Slot(topic, s.at * 60, statement=s) for s in official]
    for scene in story.scenes:
        if scene.topic == topic and start <= scene.start < start + 60:
            seconds = _spread(rng, scene.count, scene.start * 60, scene.end * 60)
            slots += [Slot(topic, second, scene=scene) for second in seconds]
    if len(slots) > count:
        raise ValueError(f"{topic} hour {hour}: {len(slots)} fixed posts, only {count} in all")
    opens = next(each.opens for each in story.topics if each.id == topic)
    first = max(start, opens) * 60
    rest = count - len(slots)
    if first > start * 60:
        seconds = _spread(rng, rest, first, min(first + 19 * 60, (start + 60) * 60 - 60))
        if rest > 12:
            seconds = _spread(rng, rest, first, (start + 60) * 60)
    else:
        seconds = _scatter(story, rng, topic, hour, rest)
    return slots + [Slot(topic, second) for second in seconds]


def _spread(rng: Random, count: int, start: int, end: int) -> list[int]:
    """Return *count* seconds from *start* on, one in each equal part of the span."""
    step = (end - start) / max(count, 1)
    return [int(start + n * step + (rng.random() * 0.8 * step if n else 0)) for n in range(count)]


def _scatter(story: Scenario, rng: Random, topic: str, hour: int, count: int) -> list[int]:
    """Return *count* seconds in the hour, two thirds of them behind a statement in it."""
    begin, end = hour * 3600, (hour + 1) * 3600
    marks = [s.at * 60 for s in story.statements if s.at // 60 == hour and s.at % 60]
    if topic in RESPONDING and marks and rng.random() < 0.9:
        mark = marks[0]
        return [
            rng.randrange(mark + 30, end) if rng.random() < 0.65 else rng.randrange(begin, mark)
            for _ in range(count)
        ]
    return [rng.randrange(begin, end) for _ in range(count)]


def _rumour_stances(story: Scenario, rng: Random, slots: list[Slot]) -> list[Slot]:
    """Give each hour its believing and asking posts; the rest deny or share facts."""
    out: list[Slot] = []
    for hour in range(story.hours):
        inside = [slot for slot in slots if slot.second // 3600 == hour]
        scenes = [slot for slot in inside if slot.scene]
        free = [slot for slot in inside if not slot.scene]
        wants = _rumour_wants(hour, len(free), story.belief_hourly[hour] - len(scenes))
        if hour != 8:
            rng.shuffle(wants)
            # The old video comes up at 9:05, so its posts may not stand before.
            early = sum(slot.second < (9 * 60 + 5) * 60 for slot in free) if hour == 9 else 0
            wants.sort(key=lambda want: want[0] == "CL07" if early else False)
            wants = _late_part_shuffled(rng, wants, early)
        out += scenes
        out += [replace(s, claim=c, stance=t) for s, (c, t) in zip(free, wants, strict=True)]
    return sorted(out, key=lambda slot: slot.second)


def _late_part_shuffled(rng: Random, wants: list[Want], early: int) -> list[Want]:
    late = wants[early:]
    rng.shuffle(late)
    return wants[:early] + late


def _rumour_wants(hour: int, free: int, belief: int) -> list[Want]:
    wants: list[Want]
    if hour == 8:  # the first eight: told five times, then asked three times from 8:52 on
        wants = [("CL01", "support")] * (free - 3)
        return wants + [("CL01", "enquiry")] * 3
    belief = max(0, min(belief, free))
    video = min(15, free - belief) if hour == 9 else 0
    half = belief // 2
    wants = [("CL01", "support")] * half
    wants += [("CL01", "enquiry")] * (belief - half)
    wants += [("CL07", "support")] * ((video + 1) // 2) + [("CL07", "enquiry")] * (video // 2)
    return wants + [(None, "deny")] * (free - len(wants))


def _complaint_stances(rng: Random, slots: list[Slot]) -> list[Slot]:
    """70 % support, 20 % enquiry, 5 % deny, 5 % other; the first posts complain."""
    free = [n for n, slot in enumerate(slots) if not slot.scene and not slot.statement]
    total = len(slots)
    fixed = total - len(free)
    enquiry, deny, other = round(0.2 * total), round(0.05 * total) - 1, round(0.05 * total)
    support = total - fixed - enquiry - deny - other
    opening = min(8, support)
    wants = ["support"] * (support - opening) + ["enquiry"] * enquiry
    wants += ["deny"] * deny + ["other"] * other
    rng.shuffle(wants)
    wants = ["support"] * opening + wants
    out = list(slots)
    for n, stance in zip(free, wants, strict=True):
        out[n] = replace(slots[n], stance=stance)
    return out
