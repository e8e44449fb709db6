"""Reports upward: a draft is made and kept; that it was sent is an act of a person."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from analysis.reports import upward
from analysis.reports.upward import Deadline, Earlier, UpwardData
from console import briefing, report_files
from console.brief_files import base_of
from console.wiring import Services
from core.database import transaction
from core.errors import RefusedError
from core.lexicon import incident_parents
from core.vocabulary import ReportForm, UpwardKind
from release import people, reporting_limits, store, upward_store
from release.people import Act
from release.upward_store import UpwardDraft


def draft(
    services: Services,
    incident_id: str,
    at: datetime,
    *,
    kind: UpwardKind | None = None,
    known_at: datetime | None = None,
    out: Path | None = None,
    forms: Sequence[ReportForm] = tuple(ReportForm),
) -> list[Path]:
    """Write the next draft of an incident's series, keep its values and return its files.

    The first is the 初报; once a report is recorded as sent, the next draft tells what changed
    since. *known_at* is when the office learned of it; without one the moment of the earlier
    draft, or of the incident's opening, counts. Raises ``RefusedError`` with the reasons.
    """
    with transaction(services.engine) as session:
        data = draft_data(session, services, incident_id, at, kind=kind, known_at=known_at)
        document = upward.document(data)
        values = upward.values_of(data.picture.facts)
        known = [d for d in upward_store.drafts_of(session, incident_id) if d.number == data.number]
        same = (data.kind, data.known_at, at, values)
        if not any((d.kind.value, d.known_at, d.at, d.figures) == same for d in known):
            upward_store.add_draft(
                session,
                incident_id=incident_id,
                number=data.number,
                kind=UpwardKind(data.kind),
                known_at=data.known_at,
                at=at,
                figures=values,
            )
        # Written before the commit: a draft that could not be written is not kept.
        return report_files.write_all(
            document, out or services.reports, forms, base=base_of(services)
        )


def draft_data(
    session: Session,
    services: Services,
    incident_id: str,
    at: datetime,
    *,
    kind: UpwardKind | None,
    known_at: datetime | None,
) -> UpwardData:
    """Return what the next draft at *at* is made of; equal for equal data and choices."""
    picture = briefing.picture(session, services, incident_id, at, whole=True)
    drafts = upward_store.drafts_of(session, incident_id)
    sent = [d for d in drafts if d.sent_at is not None and d.sent_at <= at]
    wanted = kind or (UpwardKind.FOLLOW_UP if sent else UpwardKind.FIRST)
    known = known_at or (drafts[-1].known_at if drafts else picture.opened_at)
    if reasons := _blockers(wanted, sent, known, at):
        raise RefusedError(reasons)
    parent, parent_name = incident_parents().get(picture.kind, ("", ""))
    limits = reporting_limits.load_limits(services.data / reporting_limits.FILE_NAME)
    last_sent = sent[-1].sent_at if sent else None
    return UpwardData(
        picture=picture,
        number=len(sent) + 1,
        kind=wanted.value,
        parent=parent,
        parent_name=parent_name,
        known_at=known,
        deadlines=tuple(
            Deadline(
                to=limit.to,
                hours=limit.hours,
                source=f"{limit.source}{f'（{limit.city}）' if limit.city else ''}",
                due=limit.due(known if limit.report == "first" else last_sent or at),
                first=limit.report == "first",
                checked=limit.checked,
                effective=limit.effective.isoformat() if limit.effective else "",
            )
            for limit in reporting_limits.limits_for(limits, parent, at)
        ),
        earlier=tuple(map(_earlier, sent)),
    )


def _blockers(
    kind: UpwardKind, sent: Sequence[UpwardDraft], known_at: datetime, at: datetime
) -> list[str]:
    reasons = []
    if kind is UpwardKind.FIRST and sent:
        reasons.append(f"第{len(sent)}报已报送，不能再写初报；请写续报或终报")
    if kind is not UpwardKind.FIRST and not sent:
        reasons.append("还没有记录报送过初报；已经报送的，先用 huiying report upward sent 记录")
    if known_at > at:
        reasons.append("获知时间不能晚于数据时刻")
    return reasons


def _earlier(sent: UpwardDraft) -> Earlier:
    if sent.sent_at is None:
        raise ValueError(f"draft {sent.key} was not sent")
    return Earlier(sent.number, sent.kind.label, sent.sent_at, sent.at, sent.figures)


def record_sent(
    services: Services, incident_id: str, *, by: str, at: datetime, now: datetime
) -> UpwardDraft:
    """Record that *by* sent the newest draft at *at*, in the official system; return the draft.

    Raises ``RefusedError`` with every reason: no draft, one that was sent, a moment that cannot
    be, a person who may not.
    """
    with transaction(services.engine) as session:
        person = store.load_person(session, by)
        briefing.incident_at(session, incident_id, now)
        drafts = upward_store.drafts_of(session, incident_id)
        reasons = people.role_blockers(person, people.roles_that_may(Act.LEAD_INCIDENT))
        if not drafts:
            reasons.append("还没有草稿")
        elif drafts[-1].sent_at is not None:
            reasons.append(f"第{drafts[-1].number}报已记录报送，先起草下一报")
        elif at < drafts[-1].at:
            reasons.append("报送时间不能早于草稿的数据时刻")
        if at > now:
            reasons.append("报送时间不能晚于现在")
        if reasons:
            raise RefusedError(reasons)
        upward_store.mark_sent(session, drafts[-1].key, by=by, at=at, now=now)
        return drafts[-1]
