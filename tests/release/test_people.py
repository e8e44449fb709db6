"""Who may do what, and which roles never meet."""

import pytest
from sqlalchemy.orm import Session

from core.errors import RefusedError
from core.vocabulary import Role
from release import people, store
from release.people import Act
from release.records import Person


def person(*roles: Role, active: bool = True) -> Person:
    return Person("li", "李某", frozenset(roles), None, active=active)


@pytest.mark.parametrize(
    ("roles", "wanted"),
    [
        ((Role.DRAFTER,), ""),
        ((Role.DRAFTER, Role.PUBLISHER), ""),
        ((Role.OFFICE_REVIEWER, Role.SIGNER), ""),
        ((Role.MONITOR, Role.ANALYST, Role.HELP_DESK), ""),
        ((Role.ADMIN,), ""),
        ((Role.AUDITOR,), ""),
        ((Role.DRAFTER, Role.SIGNER), "起草人、签发人不能由同一人担任"),
        ((Role.DRAFTER, Role.PUBLISHER, Role.SIGNER), "起草人、签发人不能由同一人担任"),
        ((Role.ADMIN, Role.DRAFTER), "管理员不得兼任其他岗位：起草人"),
        ((Role.ADMIN, Role.AUDITOR), "审计员不得兼任其他岗位：管理员"),
        ((Role.AUDITOR, Role.PUBLISHER), "审计员不得兼任其他岗位：发布员"),
        ((), "至少要有一个岗位"),
    ],
)
def test_forbidden_combinations_are_refused_when_a_person_is_registered(
    session: Session, roles, wanted
):
    if wanted:
        with pytest.raises(RefusedError, match=wanted):
            people.register(session, person(*roles))
        assert store.all_people(session) == []
    else:
        people.register(session, person(*roles))
        assert store.all_people(session) == [person(*roles)]


def test_a_drafter_cannot_become_signer_too_by_registering_again(session: Session):
    people.register(session, person(Role.DRAFTER))

    with pytest.raises(RefusedError, match="不能由同一人担任"):
        people.register(session, person(Role.DRAFTER, Role.SIGNER))

    assert store.load_person(session, "li").roles == {Role.DRAFTER}


def test_every_role_has_its_permissions():
    assert set(people.ROLE_MAY) == set(Role)


@pytest.mark.parametrize(
    ("act", "role"),
    [
        (Act.PUBLISH, Role.PUBLISHER),
        (Act.SIGN, Role.SIGNER),
        (Act.DRAFT, Role.DRAFTER),
        (Act.RECORD_FACT, Role.VERIFIER),
    ],
)
def test_acts_of_one_role_alone(act: Act, role: Role):
    assert people.roles_that_may(act) == {role}
    assert people.may(person(role), act)
    assert not people.may(person(role, active=False), act)


def test_an_administrator_has_no_content_rights():
    assert people.ROLE_MAY[Role.ADMIN] == {Act.MANAGE_SYSTEM}


def test_require_returns_the_role_used_and_refuses_the_inactive():
    held = person(Role.DRAFTER, Role.PUBLISHER)

    assert people.require(held, Role.SIGNER, Role.PUBLISHER) is Role.PUBLISHER
    with pytest.raises(RefusedError, match="签发人"):
        people.require(held, Role.SIGNER)
    with pytest.raises(RefusedError, match="已停用"):
        people.require(person(Role.SIGNER, active=False), Role.SIGNER)
