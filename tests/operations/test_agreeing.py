"""What cannot be taken back needs two where there are two: one asks, another agrees."""

import pytest
from sqlalchemy import select

from microfed.errors import Conflict, Forbidden
from microfed.operations.moderation import act, lift
from microfed.operations.newcomers import erase, erasing_asked
from microfed.operations.undoing import undo_deed
from microfed.store.access import SecondFactor
from microfed.store.database import Tx
from microfed.store.moderation import Deed
from microfed.store.people import Actor
from tests.people import neighbour


def shut_out(tx: Tx) -> Actor:
    leo = neighbour(tx, "leo")
    act(tx, by=None, target=leo, action="suspend")
    return leo


async def test_one_asks_and_another_agrees(tx: Tx) -> None:
    ana, bea = neighbour(tx, "ana", role="admin"), neighbour(tx, "bea", role="admin")
    leo = shut_out(tx)

    assert erase(tx, by=ana, target=leo) is False
    with pytest.raises(Conflict):
        erase(tx, by=ana, target=leo)
    assert leo.gone_at is None
    assert erase(tx, by=bea, target=leo) is True

    assert leo.gone_at is not None
    deeds = tx.session.scalars(select(Deed).where(Deed.target_id == leo.id).order_by(Deed.id))
    assert [(deed.action, deed.by_name) for deed in deeds][1:] == [
        ("ask_erase", "ana"),
        ("erase", "bea"),
    ]


async def test_a_wish_is_taken_back_and_does_not_outlive_what_it_was_about(tx: Tx) -> None:
    ana, bea = neighbour(tx, "ana", role="admin"), neighbour(tx, "bea", role="admin")
    leo = shut_out(tx)
    erase(tx, by=ana, target=leo)
    asked = erasing_asked(tx, leo)
    assert asked is not None

    undo_deed(tx, by=bea, id_=asked.id)
    assert erase(tx, by=bea, target=leo) is False
    lift(tx, by=bea, target=leo, action="suspend")
    with pytest.raises(Forbidden):
        erase(tx, by=ana, target=leo)

    assert (leo.gone_at, erasing_asked(tx, leo)) == (None, None)


async def test_whoever_is_alone_or_owns_the_machine_decides_alone(tx: Tx) -> None:
    ana, bea = neighbour(tx, "ana", role="admin"), neighbour(tx, "bea", role="admin")
    leo, mia = shut_out(tx), neighbour(tx, "mia")
    act(tx, by=None, target=mia, action="suspend")

    assert erase(tx, by=None, target=leo) is True
    # An admin to whom the desk is shut could never agree.
    tx.session.delete(tx.session.get_one(SecondFactor, bea.id))
    tx.flush()
    assert erase(tx, by=ana, target=mia) is True
