"""Acts of people, each one transaction; where an act touches two stages, here is where they meet.

The command line, the drill's scripted people and later the screens all call these functions.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from analysis import incidents, store
from analysis.records import Incident
from console.wiring import Services
from core.clock import utc_now
from core.database import transaction
from core.errors import HuiyingError
from core.vocabulary import ClaimStatus, IncidentState, QuestionStatus, Role, StatementKind
from release import helping, people, publishing, verifying
from release import store as release_store
from release.outlets.page import PageOutlet
from release.records import Judgement, Person, Publication, Statement

OUTLETS = (PageOutlet.name,)
"""Where every publication goes; the public site carries the pages, the feed and the log."""


class UndeliveredError(HuiyingError):
    """A publication stands in the log, but delivering it failed."""

    def __init__(self, publication: Publication, cause: Exception) -> None:
        self.publication = publication
        super().__init__(
            f"稿件 {publication.statement_id} 已发布，为日志第 {publication.log_index} 条；"
            f"但公开页面没有更新，投递仍欠着（{type(cause).__name__}: {cause}）"
        )


def register(
    services: Services, *, person_id: str, name: str, roles: list[str], unit: str | None
) -> None:
    """Add an officer or change their roles; refuse combinations that must not meet."""
    unknown = [role for role in roles if role not in set(Role)]
    if unknown:
        raise HuiyingError(f"no role {', '.join(unknown)}; there are {', '.join(Role)}")
    person = Person(person_id=person_id, name=name, roles=frozenset(map(Role, roles)), unit=unit)
    with transaction(services.engine) as session:
        people.register(session, person)


def open_incident(
    services: Services, *, name: str, kind: str, by: str, now: datetime | None = None
) -> Incident:
    """Open an incident that nobody proposed."""
    with transaction(services.engine) as session:
        person = release_store.load_person(session, by)
        return incidents.open_incident(
            session, name=name, kind=kind, by=by, roles=person.roles, now=now or utc_now()
        )


def move_incident(
    services: Services,
    incident_id: str,
    state: str,
    *,
    by: str,
    reason: str = "",
    now: datetime | None = None,
) -> int:
    """Move an incident on in its life; return how many contacts of calls for help that destroyed.

    One that is over and archived keeps none. A proposal that is filed away was no incident of its
    own: its calls go on.
    """
    if state not in set(IncidentState):
        raise HuiyingError(f"no incident state {state!r}; there are {', '.join(IncidentState)}")
    moment, to = now or utc_now(), IncidentState(state)
    with transaction(services.engine) as session:
        person = release_store.load_person(session, by)
        before = store.load_incident(session, incident_id).state
        incidents.move(
            session, incident_id, to, by=by, roles=person.roles, now=moment, reason=reason
        )
        if to is not IncidentState.ARCHIVED or before is IncidentState.PROPOSED:
            return 0
        return helping.forget_incident(session, incident_id, by=by, reason=reason, now=moment)


def approve_verdict(
    session: Session, judgement_id: str, person: Person, now: datetime
) -> Judgement:
    """Approve a verdict and mark its claim as judged."""
    judgement = verifying.approve(session, judgement_id, person, now)
    store.set_claim_status(session, judgement.claim, ClaimStatus.JUDGED)
    return judgement


def publish(
    services: Services, statement_id: str, *, by: str, now: datetime | None = None
) -> Publication:
    """Publish a signed statement, take its questions off the list, then deliver it.

    An outlet that cannot be reached delays the delivery and no more. Raises ``UndeliveredError``
    when delivering went wrong in any other way: the publication stands then too.
    """
    with transaction(services.engine) as session:
        person = release_store.load_person(session, by)
        # The clock is read under the write lock: who waited for it is not earlier than who held it.
        moment = now or utc_now()
        publication = publishing.publish(
            session,
            statement_id,
            person,
            now=moment,
            directory=services.directory,
            office=services.settings.office_name,
            origin=services.settings.log_origin,
            key=services.signing_key(),
            outlets=OUTLETS,
            drill=services.settings.drill,
        )
        _settle_questions(session, release_store.load_statement(session, statement_id))
    try:
        deliver(services, now=moment)
    except Exception as error:
        raise UndeliveredError(publication, error) from error
    return publication


def _settle_questions(session: Session, statement: Statement) -> None:
    """Take what a statement answers off the list; what a withdrawal takes back returns to it."""
    if statement.kind is StatementKind.WITHDRAWAL and statement.supersedes is not None:
        withdrawn = release_store.load_statement(session, statement.supersedes)
        for question in withdrawn.questions:
            store.set_question_status(session, question, QuestionStatus.UNANSWERED)
    for question in statement.questions:
        store.set_question_status(session, question, QuestionStatus.ANSWERED)


def deliver(services: Services, *, now: datetime | None = None) -> None:
    """Send what is still owed to the outlets; safe to call at any time, any number of times."""
    page = PageOutlet(services.public, services.settings.public_url)
    with transaction(services.engine) as session:
        publishing.deliver_pending(session, {page.name: page}, now=now or utc_now())
