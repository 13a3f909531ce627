"""Passkeys: what is asked is asked once and soon; codes on paper come and go with the last key."""

import pytest
from sqlalchemy import func, select

from microfed.errors import NotFound, Unauthorized
from microfed.operations.passkeys import (
    add_passkey,
    begin_passkey,
    begin_proof,
    drop_old_challenges,
    drop_passkey,
    prove_passkey,
)
from microfed.operations.second_factor import (
    codes_for_passkeys,
    drop_all_second_steps,
    drop_second_factor,
    start_second_factor,
)
from microfed.operations.sessions import MOST_ATTEMPTS, begin_session, take_second_step
from microfed.queries.second_factor import awaited_steps, codes_left, find_device
from microfed.queries.second_factor import signs_in_in_two_steps as in_two_steps
from microfed.store.access import SecondFactor, Session
from microfed.store.database import Tx
from microfed.store.passkeys import Passkey, PasskeyChallenge
from tests.people import has_device, neighbour


def key_of(tx: Tx, member_id: int) -> int:
    """A key that some device made."""
    # Sixteen zeros for the device's make, an id of two bytes, and a public half (COSE, EdDSA).
    public = bytes.fromhex("a4010103272006215820") + bytes(32)
    credential = bytes(16) + (2).to_bytes(2, "big") + b"ab" + public
    row = Passkey(
        id=member_id + 1,
        member_id=member_id,
        name="blue",
        credential_id="YWI",
        credential=credential,
        sign_count=0,
    )
    tx.session.add(row)
    tx.flush()
    return row.id


def asked(tx: Tx) -> int:
    return tx.connection.scalar(select(func.count()).select_from(PasskeyChallenge)) or 0


def signed_in(tx: Tx, member_id: int) -> tuple[int, str]:
    token = begin_session(tx, member_id=member_id, password_hash=None).token
    return tx.session.scalars(select(Session.id).order_by(Session.id.desc())).first() or 0, token


async def test_what_is_asked_is_answered_once(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    session, _ = signed_in(tx, ada.id)
    given = {"member_id": ada.id, "session_id": session}

    first = begin_passkey(tx, **given, username="ada", place="Here")  # type: ignore[arg-type]
    again = begin_passkey(tx, **given, username="ada", place="Here")  # type: ignore[arg-type]

    assert first["publicKey"]["challenge"] != again["publicKey"]["challenge"]
    assert first["publicKey"]["rp"] == {"name": "Here", "id": "here.test"}
    assert first["publicKey"]["authenticatorSelection"]["userVerification"] == "preferred"
    assert asked(tx) == 1
    for nonsense in (None, {"id": "x"}, [1], {"id": "YQ", "rawId": "YQ", "response": {}}):
        assert add_passkey(tx, **given, answer=nonsense, name="x") is None
        assert asked(tx) == 0
        begin_passkey(tx, **given, username="ada", place="Here")  # type: ignore[arg-type]
    tx.session.scalars(select(PasskeyChallenge)).one().expires_at = tx.now.replace(year=2020)
    tx.flush()
    assert drop_old_challenges(tx) == 1


async def test_a_key_is_asked_for_at_the_door_and_not_for_ever(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    key_of(tx, ada.id)
    session, token = signed_in(tx, ada.id)
    begun = tx.session.get_one(Session, session)
    assert begun.begun_at is None
    assert awaited_steps(tx, begun.token_hash) == (False, True)

    options = begin_proof(tx, token=token)
    assert [one["id"] for one in options["publicKey"]["allowCredentials"]] == ["YWI"]
    for _ in range(MOST_ATTEMPTS):
        assert prove_passkey(tx, token=token, answer={"id": "YWI"}) is None
    tx.session.expire_all()

    with pytest.raises(Unauthorized):
        prove_passkey(tx, token=token, answer=None)
    with pytest.raises(Unauthorized):
        begin_proof(tx, token=token)


async def test_codes_come_with_the_first_key_and_go_with_the_last(tx: Tx) -> None:
    ada, leo = neighbour(tx, "ada"), neighbour(tx, "leo")
    key = key_of(tx, ada.id)
    codes = codes_for_passkeys(tx, member_id=ada.id)
    assert (len(codes), codes_for_passkeys(tx, member_id=ada.id)) == (10, [])
    assert find_device(tx, ada.id) is None

    _, token = signed_in(tx, ada.id)
    assert take_second_step(tx, token=token, code="123456") is None
    assert take_second_step(tx, token=token, code=codes[0]) is not None
    assert codes_left(tx, ada.id) == 9

    with pytest.raises(NotFound):
        drop_passkey(tx, member_id=leo.id, id_=key)
    start_second_factor(tx, member_id=ada.id, username="ada")
    drop_passkey(tx, member_id=ada.id, id_=key)
    assert (in_two_steps(tx, ada.id), codes_left(tx, ada.id)) == (False, 0)


async def test_device_and_key_stand_in_for_each_other(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    has_device(tx, ada.id)
    key_of(tx, ada.id)
    tx.session.get_one(SecondFactor, ada.id).recovery_hashes = ["x"]

    drop_second_factor(tx, member_id=ada.id)
    assert (in_two_steps(tx, ada.id), codes_left(tx, ada.id)) == (True, 1)

    drop_all_second_steps(tx, member_id=ada.id)
    assert in_two_steps(tx, ada.id) is False
    assert tx.session.get(SecondFactor, ada.id) is None
