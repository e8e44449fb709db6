"""The officers of the drill: one person for each role, and one verifier for each unit."""

from console import acts
from console.wiring import Services
from core.vocabulary import Role, StatementKind

MONITOR = "monitor"
ANALYST = "analyst"
DRAFTER = "drafter"
OFFICE_REVIEWER = "reviewer"
PUBLICITY_REVIEWER = "publicity"
SIGNER = "signer"
PUBLISHER = "publisher"
DUTY = "duty"
HELP = "help"

OFFICERS = (
    (MONITOR, "监测员（演练）", Role.MONITOR),
    (ANALYST, "分析员（演练）", Role.ANALYST),
    (HELP, "求助专岗（演练）", Role.HELP_DESK),
    (DRAFTER, "起草人（演练）", Role.DRAFTER),
    (OFFICE_REVIEWER, "县府办审核人（演练）", Role.OFFICE_REVIEWER),
    (PUBLICITY_REVIEWER, "新闻办审核人（演练）", Role.PUBLICITY_REVIEWER),
    ("secrecy", "保密审查员（演练）", Role.SECRECY_REVIEWER),
    (SIGNER, "签发人（演练）", Role.SIGNER),
    (PUBLISHER, "发布员（演练）", Role.PUBLISHER),
    ("spokesperson", "发言人（演练）", Role.SPOKESPERSON),
    (DUTY, "值班领导（演练）", Role.DUTY_LEADER),
    ("admin", "管理员（演练）", Role.ADMIN),
    ("auditor", "审计员（演练）", Role.AUDITOR),
)
"""Person id, name, role; their unit is the information office."""

OFFICE_UNIT = "info"

_ASKED_AND_ANSWERED = frozenset(
    {StatementKind.FAQ, StatementKind.BRIEFING, StatementKind.REFUTATION}
)


def enlist(services: Services) -> None:
    """Register the officers of the drill; doing it again changes nothing."""
    for person_id, name, role in OFFICERS:
        acts.register(services, person_id=person_id, name=name, roles=[role], unit=OFFICE_UNIT)
    for unit in services.directory.units:
        acts.register(
            services,
            person_id=verifier_of(unit.id),
            name=f"{unit.name}核实员（演练）",
            roles=[Role.VERIFIER],
            unit=unit.id,
        )


def verifier_of(unit: str) -> str:
    """Return the person id of a unit's verifier."""
    return f"verify_{unit}"


def reviewer_of(kind: StatementKind) -> str:
    """Return who reviews a statement: publicity where people ask, the office otherwise."""
    return PUBLICITY_REVIEWER if kind in _ASKED_AND_ANSWERED else OFFICE_REVIEWER
