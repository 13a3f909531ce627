"""Sessions: signed in, in one step or two, and out again. On both engines."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from microfed.errors import Conflict, Invalid, NotFound, Unauthorized
from microfed.operations.clean_up import clean_up
from microfed.operations.members import add_member
from microfed.operations.second_factor import (
    confirm_second_factor,
    drop_second_factor,
    start_second_factor,
)
from microfed.operations.sessions import (
    MOST_ATTEMPTS,
    begin_session,
    change_password,
    end_session,
    end_session_of,
    end_sessions,
    take_second_step,
)
from microfed.operations.tokens import hash_of
from microfed.queries.sessions import find_login, find_session, list_sessions
from microfed.store.access import SecondFactor, Session
from microfed.store.database import Tx
from microfed.store.people import Actor, Member


@pytest.fixture
def ada(tx: Tx) -> Actor:
    return add_member(tx, name="ada", email="ada@mail.test", password_hash="hash")


def signed_in(tx: Tx, actor: Actor, **more: str) -> str:
    return begin_session(tx, member_id=actor.id, password_hash="hash", **more).token


def has_begun(tx: Tx, token: str) -> bool:
    return find_session(tx, hash_of(token)) is not None


def test_a_session_knows_its_member_and_ends(tx: Tx, ada: Actor) -> None:
    token = signed_in(tx, ada, browser="Firefox")

    found = find_session(tx, hash_of(token))
    assert found is not None
    assert (found.actor_id, found.username, found.role) == (ada.id, "ada", "member")
    assert [line.browser for line in list_sessions(tx, ada.id)] == ["Firefox"]
    end_session(tx, token)

    assert not has_begun(tx, token)
    assert ("session", hash_of(token)) in tx.news
    end_session(tx, token)


def test_signing_in_again_ends_the_browsers_old_session(tx: Tx, ada: Actor) -> None:
    first = signed_in(tx, ada)
    second = signed_in(tx, ada, before=first)

    assert first != second
    assert not has_begun(tx, first)
    assert has_begun(tx, second)


def test_nothing_that_opens_is_kept(tx: Tx, ada: Actor) -> None:
    token = signed_in(tx, ada)

    rows = tx.connection.execute(select(Session)).all()

    assert token not in str(rows)
    assert len(token) >= 43  # 256 bits


def test_a_new_password_signs_out_everywhere_else(tx: Tx, ada: Actor) -> None:
    here, there = signed_in(tx, ada), signed_in(tx, ada)
    found = find_session(tx, hash_of(here))
    assert found is not None

    change_password(tx, member_id=ada.id, password_hash="new", but=found.session_id)

    assert (has_begun(tx, here), has_begun(tx, there)) == (True, False)
    with pytest.raises(Unauthorized):
        signed_in(tx, ada)


def test_only_the_own_sessions_can_be_ended(tx: Tx, ada: Actor) -> None:
    token = signed_in(tx, ada)
    bea = add_member(tx, name="bea")
    (line,) = list_sessions(tx, ada.id)

    with pytest.raises(NotFound):
        end_session_of(tx, member_id=bea.id, session_id=line.id)
    end_sessions(tx, member_id=bea.id)
    assert has_begun(tx, token)
    end_session_of(tx, member_id=ada.id, session_id=line.id)
    assert not has_begun(tx, token)


def test_who_is_suspended_is_signed_out(tx: Tx, ada: Actor) -> None:
    token = signed_in(tx, ada)
    member = tx.session.get_one(Member, ada.id)
    member.suspended_at = tx.now
    tx.flush()

    assert not has_begun(tx, token)
    with pytest.raises(Unauthorized):
        signed_in(tx, ada)


def test_a_session_has_an_end(tx: Tx, ada: Actor) -> None:
    token = signed_in(tx, ada)
    tx.connection.execute(update(Session).values(expires_at=tx.now - timedelta(seconds=1)))

    assert not has_begun(tx, token)
    clean_up(tx)
    assert tx.connection.execute(select(Session)).all() == []


@pytest.mark.parametrize("name", ["ada", "ADA", " @ada ", "ada@here.test", "Ada@Mail.test"])
def test_a_member_signs_in_by_name_or_address(tx: Tx, ada: Actor, name: str) -> None:
    login = find_login(tx, name)

    assert login is not None
    assert (login.member_id, login.may_enter, login.has_second_factor) == (ada.id, True, False)


@pytest.mark.parametrize("name", ["", "bea", "ada@elsewhere.test", "instance.actor", "%"])
def test_nobody_else_does(tx: Tx, ada: Actor, name: str) -> None:
    assert find_login(tx, name) is None


def with_device(tx: Tx, ada: Actor) -> tuple[pyotp.TOTP, list[str]]:
    uri = start_second_factor(tx, member_id=ada.id, username="ada")
    device = pyotp.parse_uri(uri)
    assert isinstance(device, pyotp.TOTP)
    codes = confirm_second_factor(
        tx, member_id=ada.id, code=device.at(tx.now - timedelta(seconds=30))
    )
    return device, codes


def test_with_a_device_the_password_alone_opens_nothing(tx: Tx, ada: Actor) -> None:
    device, _ = with_device(tx, ada)

    begun = begin_session(tx, member_id=ada.id, password_hash="hash")
    assert begun.awaits_second_step
    assert not has_begun(tx, begun.token)
    assert take_second_step(tx, token=begun.token, code="000000") is None
    whole = take_second_step(tx, token=begun.token, code=f" {device.at(tx.now)} ")

    assert whole is not None
    assert whole.token != begun.token
    assert has_begun(tx, whole.token)
    with pytest.raises(Unauthorized):
        take_second_step(tx, token=begun.token, code=device.at(tx.now))


def test_a_code_opens_once(tx: Tx, ada: Actor) -> None:
    device, papers = with_device(tx, ada)
    code, paper = device.at(tx.now), papers[0]

    opened = []
    for tried in (code, code, paper, paper.upper(), papers[1].upper()):
        begun = begin_session(tx, member_id=ada.id, password_hash="hash")
        opened.append(take_second_step(tx, token=begun.token, code=tried) is not None)

    assert opened == [True, False, True, False, True]
    kept = tx.session.get_one(SecondFactor, ada.id)
    assert len(kept.recovery_hashes) == 8
    assert not set(papers) & set(kept.recovery_hashes)


def test_the_second_step_is_tried_a_few_times_and_not_for_long(tx: Tx, ada: Actor) -> None:
    device, _ = with_device(tx, ada)
    tired = begin_session(tx, member_id=ada.id, password_hash="hash").token
    for _try in range(MOST_ATTEMPTS):
        assert take_second_step(tx, token=tired, code="000000") is None
    late = begin_session(tx, member_id=ada.id, password_hash="hash").token
    tx.connection.execute(
        update(Session)
        .where(Session.token_hash == hash_of(late))
        .values(expires_at=tx.now - timedelta(seconds=1))
    )

    for token in (tired, late, "made up"):
        with pytest.raises(Unauthorized):
            take_second_step(tx, token=token, code=device.at(tx.now))


def test_a_device_counts_once_it_showed_a_code(tx: Tx, ada: Actor) -> None:
    start_second_factor(tx, member_id=ada.id, username="ada")
    with pytest.raises(Invalid):
        confirm_second_factor(tx, member_id=ada.id, code="12345")
    assert has_begun(tx, signed_in(tx, ada))

    with_device(tx, ada)
    with pytest.raises(Conflict):
        start_second_factor(tx, member_id=ada.id, username="ada")
    drop_second_factor(tx, member_id=ada.id)
    drop_second_factor(tx, member_id=ada.id)

    assert has_begun(tx, signed_in(tx, ada))
