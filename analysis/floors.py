"""The floors file and its log: a floor rises by itself, and falls for a reason that is kept.

The log stands beside the file and is only added to. A floor that was lowered by hand, or measured
on other data, does not match its log; what the log says was lowered without a reason is a fault.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from analysis.figures import Measure
from core.errors import RefusedError

Floors = dict[str, dict[str, Any]]
Log = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Step:
    """What a floor became, and why."""

    floor: float | None
    """None when the figure is measured no more."""
    digest: str
    reason: str
    """Blank for a first floor and for one that rose."""


def log_of(floors_file: Path) -> Path:
    """Return the log that belongs to *floors_file*: ``floors_log.json`` to ``floors.json``."""
    return floors_file.with_name(f"{floors_file.stem}_log{floors_file.suffix}")


def entry_of(measure: Measure) -> dict[str, Any]:
    """Return the floors entry of a first honest *measure*: its figure minus twice its noise.

    A figure without noise of its own gets one miss below: 1 of its n.
    """
    below = 2 * measure.noise or 1 / max(1, measure.n)
    return {
        "digest": measure.digest,
        "floor": float(np.floor((measure.value - below) * 10_000) / 10_000),
        "measured": round(measure.value, 4),
        "n": measure.n,
    }


def rewrite(floors_file: Path, measures: Sequence[Measure], reason: str = "") -> list[str]:
    """Write the floors and the log anew from *measures*; return a line for each that changed.

    A floor whose figure holds stays, or rises to the rule of ``entry_of`` where that is higher. One
    whose figure fell below it, whose data changed or that is measured no more is changed only with
    a *reason*, which the log keeps; without one ``RefusedError`` names them all, nothing written.
    """
    floors, log = _read(floors_file), _read_log(floors_file)
    steps = {m.name: step for m in measures if (step := _step(floors.get(m.name), m))}
    gone = {
        name: Step(None, floors[name]["digest"], "measured no more")
        for name in floors
        if name not in {m.name for m in measures}
    }
    if not reason.strip() and (refused := [*_lowered(steps), *sorted(gone)]):
        raise RefusedError([f"{name}: lowered or on other data; say --reason" for name in refused])
    found = {m.name: m for m in measures}
    for name, entry in floors.items():
        log.setdefault(name, [asdict(Step(entry["floor"], entry["digest"], ""))])
    for name, step in (*steps.items(), *gone.items()):
        why = reason.strip() if step.reason else ""
        log.setdefault(name, []).append(asdict(Step(step.floor, step.digest, why)))
        if step.floor is None:
            del floors[name]
        else:
            floors[name] = entry_of(found[name])
    floors_file.write_text(_written(floors), encoding="utf-8")
    log_of(floors_file).write_text(_written(log), encoding="utf-8")
    return [f"{n}: {log[n][-1]['floor']} {log[n][-1]['reason']}".strip() for n in (*steps, *gone)]


def _step(known: Mapping[str, Any] | None, measure: Measure) -> Step | None:
    """Return what becomes of a floor; None when it stays, a reason when one must be given."""
    entry = entry_of(measure)
    if known is None:
        return Step(entry["floor"], measure.digest, "")
    if known["digest"] != measure.digest:
        return Step(entry["floor"], measure.digest, "other data")
    if not measure.value >= known["floor"]:
        return Step(entry["floor"], measure.digest, "lowered")
    if measure.noise and entry["floor"] > known["floor"]:
        return Step(entry["floor"], measure.digest, "")
    return None


def _lowered(steps: Mapping[str, Step]) -> list[str]:
    return sorted(name for name, step in steps.items() if step.reason)


def faults(floors_file: Path) -> list[str]:
    """Return one sentence for each floor that its log does not explain; empty means all is well."""
    floors, log = _read(floors_file), _read_log(floors_file)
    found = []
    for name in sorted({*floors, *log}):
        steps, entry = [Step(**step) for step in log.get(name, [])], floors.get(name)
        last = steps[-1] if steps else None
        now = (entry["floor"], entry["digest"]) if entry else (None, last.digest if last else "")
        if last is None or (last.floor, last.digest) != now:
            found.append(f"{name}: floors and log differ; huiying models evaluate --rewrite-floors")
        for before, after in pairwise(steps):
            if _needs_reason(before, after) and not after.reason.strip():
                found.append(f"{name}: {before.floor} became {after.floor} without a reason")
    return found


def _needs_reason(before: Step, after: Step) -> bool:
    if after.floor is None or before.floor is None:
        return after.floor is None
    return after.floor < before.floor or after.digest != before.digest


def _read(file: Path) -> Floors:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def _read_log(floors_file: Path) -> Log:
    file = log_of(floors_file)
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def _written(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
