"""Mails of those who look after the place, each in the language of whom it is for; and how many
mails one member can have us send."""

import pytest
from sqlalchemy import select

from microfed.errors import TooMany
from microfed.operations.appeals import answer_appeal, appeal
from microfed.operations.handling import settle
from microfed.operations.letters import CAP_BY_SENDER, write_letter
from microfed.operations.moderation import ACTIONS, act, lift
from microfed.operations.newcomers import approve
from microfed.operations.reports import report
from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.people import Actor, Member
from tests.people import neighbour

SUBJECTS = {
    "approve": ("Bienvenue", "Welcome to"),
    "warn": ("mot", "A word from"),
    "mark_sensitive": ("images", "Your pictures"),
    "silence": ("", "You are kept quiet"),
    "freeze": ("", "You cannot sign in"),
    "suspend": ("", "You are shut out"),
    "lift": ("", "It was taken back"),
    "uphold": ("", "About your objection"),
    "grant": ("raison", "You were right"),
    "settle": ("signal", "About what you reported"),
}


def mails(tx: Tx) -> dict[str, str]:
    """What waits to be sent: subjects by kind."""
    return {mail.kind: mail.subject for mail in tx.session.scalars(select(Mail))}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_deed_is_told_by_mail_in_the_members_language(tx: Tx, language: str) -> None:
    ada = neighbour(tx, "ada", role="admin")
    leo = neighbour(tx, "leo", email="leo@mail.test", language=language)
    member = tx.session.get_one(Member, leo.id)
    member.approved_at = None
    tx.flush()

    approve(tx, by=ada, target=leo)
    for action in ACTIONS:
        strike = act(tx, by=ada, target=leo, action=action, text="Trop fort.")
        if action == "silence":
            appeal(tx, who=leo, strike=strike, text="Ce n'était pas moi")
            answer_appeal(tx, by=ada, strike=strike, is_granted=False)
        if action == "warn":
            appeal(tx, who=leo, strike=strike, text="Ni cela")
            answer_appeal(tx, by=ada, strike=strike, is_granted=True)
        else:
            lift(tx, by=ada, target=leo, action=action)
    settle(tx, by=ada, report=report(tx, reporter=leo, target=ada, comment="du bruit"))

    sent = mails(tx)
    assert set(sent) == set(SUBJECTS)
    for kind, (french, english) in SUBJECTS.items():
        assert (french if language == "fr" else english) in sent[kind], sent[kind]
        assert (english not in sent[kind]) == (language == "fr")


def test_who_has_no_address_and_who_lives_elsewhere_get_no_mail(tx: Tx) -> None:
    ada, leo = neighbour(tx, "ada", role="admin"), neighbour(tx, "leo")

    act(tx, by=ada, target=leo, action="silence")

    assert mails(tx) == {}


def test_one_member_cannot_have_many_people_written_to(tx: Tx) -> None:
    def invite(sender: Actor, number: int) -> None:
        address = f"someone-{number}@mail.test"
        write_letter(tx, kind="invite", address=address, language="fr", by_id=sender.id)

    ada, bo = neighbour(tx, "ada"), neighbour(tx, "bo")
    for number in range(CAP_BY_SENDER):
        invite(ada, number)

    with pytest.raises(TooMany):
        invite(ada, 99)
    invite(bo, 100)
    # What those who look after the place have to say is never held back by it.
    write_letter(tx, kind="warn", address="x@mail.test", language="fr", by_id=ada.id)
