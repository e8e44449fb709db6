"""The 6·17 story as data: places, claims, statements, beats and the lines people write."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Org:
    """An official unit and the account it posts from."""

    id: str
    name: str
    short: str
    """The name people use."""
    kind: str
    """Id of one of the taxonomy's official sources."""
    account: str


@dataclass(frozen=True, slots=True)
class Places:
    """The invented county."""

    city: str
    county: str
    towns: tuple[str, ...]
    villages: Mapping[str, tuple[str, ...]]
    """Town -> villages."""
    estates: tuple[str, ...]
    river: str
    reservoir: str
    pump: str
    bridge: str
    tunnel: str
    schools: tuple[str, ...]
    hospital: str
    shops: tuple[str, ...]
    shelters: tuple[str, ...]
    far_noise_places: tuple[str, ...]
    """Same-name places in another province, each with a note in brackets."""

    @property
    def far(self) -> tuple[str, ...]:
        """Return the far places without their notes."""
        return tuple(name.split("（")[0] for name in self.far_noise_places)

    @property
    def local(self) -> tuple[str, ...]:
        """Return every place name inside the county, longest first."""
        names = {
            *self.towns,
            *self.estates,
            *self.schools,
            *self.shops,
            *self.shelters,
            *(village for group in self.villages.values() for village in group),
            *(self.river, self.reservoir, self.pump, self.bridge, self.tunnel, self.hospital),
        }
        return tuple(sorted(names, key=lambda name: (-len(name), name)))


@dataclass(frozen=True, slots=True)
class ScenarioClaim:
    """A claim of the story with the verdict an able office reaches."""

    id: str
    text: str
    verdict: str
    topic: str
    opens: int
    """Minutes after T0."""
    closes: int
    parts: Mapping[str, str]
    """Part -> its own verdict; empty when the claim has one verdict."""


@dataclass(frozen=True, slots=True)
class ScenarioStatement:
    """A post of an official account."""

    id: str
    at: int
    """Minutes after T0."""
    kind: str
    title: str
    text: str
    issuer: str
    """Unit id."""
    claims: tuple[str, ...]
    next_update: int | None
    keeps: str | None
    corrects: str | None


@dataclass(frozen=True, slots=True)
class Beat:
    """One of the 46 turns of the story."""

    n: int
    at: int
    who: str
    what: str
    topic: str | None
    see: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What one stream of posts is about, and how many come in each of the 36 hours."""

    id: str
    name: str
    hourly: tuple[int, ...]
    opens: int
    """Minutes after T0 before which it has no post."""
    concern: str


@dataclass(frozen=True, slots=True)
class Line:
    """A way to say something, with ``{slots}``, its gate and its labels."""

    topic: str
    number: int
    """Place within its topic; the handbook's own templates come first."""
    text: str
    start: int
    """Minutes after T0 from which it may be said."""
    end: int
    """Minutes after T0 from which it may no longer be said."""
    after: str | None
    """Statement that must be out."""
    weight: float
    group: str
    """Set for lines that only a scene draws."""
    claim: str | None
    stance: str | None
    question: bool
    concern: str
    help: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A number of posts of one kind inside a span of minutes."""

    topic: str
    group: str
    match: str | None
    """Instead of a group: lines about this claim."""
    count: int
    start: int
    end: int
    reply: str | None
    """Statement they answer."""
    needs: str | None
    """Statement without which the scene does not happen."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole story. Minutes count from ``t0``."""

    t0: datetime
    hours: int
    seed: int
    places: Places
    orgs: tuple[Org, ...]
    phones: Mapping[str, str]
    ground_truth: tuple[tuple[int, str], ...]
    claims: tuple[ScenarioClaim, ...]
    statements: tuple[ScenarioStatement, ...]
    beats: tuple[Beat, ...]
    topics: tuple[Topic, ...]
    belief_hourly: tuple[int, ...]
    """CL01 posts that believe or ask, by hour."""
    lines: Mapping[str, tuple[Line, ...]]
    scenes: tuple[Scene, ...]
    slots: Mapping[str, tuple[str, ...]]
    """Slot name -> what may stand there; ``hour`` and ``fakephone`` are made while writing."""
    channels: Mapping[str, float]
    mix: Mapping[str, float]
    clauses: Mapping[str, tuple[str, ...]]
    typos: Mapping[str, str]

    def moment(self, minutes: float) -> datetime:
        """Return the moment *minutes* after T0, in the county's own offset."""
        return self.t0 + timedelta(minutes=minutes)


def minutes(text: str) -> int:
    """Return ``"hh:mm"`` after T0 as minutes."""
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)


def load_scenario() -> Scenario:
    """Return the story in ``scenario.toml``."""
    source = files("console.drill").joinpath("scenario.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(source)
    places = _places(raw["places"])
    orgs = tuple(Org(**org) for org in raw["orgs"])
    statements = tuple(_statement(each) for each in raw["statements"])
    end = raw["meta"]["hours"] * 60
    return Scenario(
        t0=datetime.fromisoformat(raw["meta"]["t0"]),
        hours=raw["meta"]["hours"],
        seed=raw["meta"]["seed"],
        places=places,
        orgs=orgs,
        phones=raw["phones"],
        ground_truth=tuple((minutes(each["t"]), each["fact"]) for each in raw["ground_truth"]),
        claims=tuple(_claim(each) for each in raw["claims"]),
        statements=statements,
        beats=tuple(_beat(each) for each in raw["beats"]),
        topics=_topics(raw),
        belief_hourly=tuple(raw["rumour"]["belief_or_enquiry_hourly"]),
        lines=_lines(raw, {each.id: each.at for each in statements}, end),
        scenes=tuple(_scene(each) for each in raw["scenes"]["list"]),
        slots=_slots(raw, places, orgs),
        channels=raw["channels"],
        mix=raw["mix"],
        clauses={name: tuple(words) for name, words in raw["clauses"].items()},
        typos=raw["typos"],
    )


def _places(raw: Mapping[str, Any]) -> Places:
    villages = {town: tuple(names) for town, names in raw["villages"].items()}
    rest: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in raw.items() if k != "villages"
    }

    return Places(villages=villages, **rest)


def _claim(raw: Mapping[str, Any]) -> ScenarioClaim:
    return ScenarioClaim(
        id=raw["id"],
        text=raw["text"],
        verdict=raw["verdict"],
        topic=raw["topic"],
        opens=minutes(raw["opens"]),
        closes=minutes(raw["closes"]),
        parts=raw.get("parts", {}),
    )


def _statement(raw: Mapping[str, Any]) -> ScenarioStatement:
    return ScenarioStatement(
        id=raw["id"],
        at=minutes(raw["t"]),
        kind=raw["kind"],
        title=raw["title"],
        text=raw["text"],
        issuer=raw["issuer"],
        claims=tuple(raw["answers_claims"]),
        next_update=minutes(raw["next_update"]) if "next_update" in raw else None,
        keeps=raw.get("keeps"),
        corrects=raw.get("corrects"),
    )


def _beat(raw: Mapping[str, Any]) -> Beat:
    return Beat(
        n=raw["n"],
        at=minutes(raw["t"]),
        who=raw["who"],
        what=raw["what"],
        topic=raw.get("topic"),
        see=raw["see"],
    )


def _scene(raw: Mapping[str, Any]) -> Scene:
    return Scene(
        topic=raw["topic"],
        group=raw["group"],
        match=raw.get("match"),
        count=raw["count"],
        start=minutes(raw["from"]),
        end=minutes(raw["until"]),
        reply=raw.get("reply"),
        needs=raw.get("needs", raw.get("reply")),
    )


def _topics(raw: Mapping[str, Any]) -> tuple[Topic, ...]:
    return tuple(
        Topic(
            id=name,
            name=topic["name"],
            hourly=tuple(topic["hourly"]),
            opens=minutes(raw["opening"].get(name, "00:00")),
            concern=raw["concerns"][name],
        )
        for name, topic in raw["topics"].items()
    )


def _lines(
    raw: Mapping[str, Any], published: Mapping[str, int], end: int
) -> dict[str, tuple[Line, ...]]:
    found: dict[str, list[Line]] = {name: [] for name in raw["topics"]}
    for block in raw["templates"]:
        topic = block["topic"]
        for line in block["lines"]:
            after = line.get("after")
            opens = max(minutes(line.get("from", "00:00")), published[after] if after else 0)
            found[topic].append(
                Line(
                    topic=topic,
                    number=len(found[topic]),
                    text=line["text"],
                    start=opens,
                    end=minutes(line["until"]) if "until" in line else end,
                    after=after,
                    weight=line.get("weight", 1),
                    group=line.get("group", ""),
                    claim=line.get("claim"),
                    stance=line.get("stance"),
                    question=line.get("question", False),
                    concern=line.get("concern", raw["concerns"][topic]),
                    help=line.get("help", False),
                )
            )
    return {topic: tuple(lines) for topic, lines in found.items()}


def _slots(
    raw: Mapping[str, Any], places: Places, orgs: tuple[Org, ...]
) -> dict[str, tuple[str, ...]]:
    phones = {name: (number,) for name, number in raw["phones"].items() if name != "market"}
    return {
        **phones,
        "estate": places.estates,
        "town": places.towns,
        "village": tuple(v for group in places.villages.values() for v in group),
        "tunnel": (places.tunnel,),
        "river": (places.river,),
        "reservoir": (places.reservoir,),
        "pump": (places.pump,),
        "bridge": (places.bridge,),
        "school": places.schools,
        "hospital": (places.hospital,),
        "market": ("禾丰农贸市场",),
        "shop": ("惠邻超市",),
        "shelter": places.shelters,
        "county": (places.county,),
        "issuer": tuple(org.short for org in orgs if org.kind != "township"),
        "far": places.far,
        "depth": tuple(raw["slots"]["depth"]),
        "n": tuple(str(n) for n in raw["slots"]["n"]),
    }
