"""Letters: what we write to people by mail, in their language, with the deed it tells of."""

from datetime import timedelta

from sqlalchemy import func, select

from microfed.errors import Invalid, TooMany
from microfed.ids import first_id_at, id_at
from microfed.operations.secrets import seal
from microfed.settings import ADDRESS
from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.people import Actor, Member
from microfed.store.texts import dump_text
from microfed.words import N_, all_words

# What anybody can make us send is capped: by address, and by who makes us.
CAPPED = ("reset", "confirm", "invite", "letter", "event_ask")
CAP_BY_ADDRESS, CAP_PERIOD = 5, timedelta(minutes=30)
CAP_BY_SENDER, CAP_SENDER_PERIOD = 20, timedelta(days=1)
LETTERS = {
    "reset": (
        N_("Another password for %(place)s"),
        N_(
            "Somebody, probably you, wants another password for @%(name)s on %(place)s."
            " This link is good for an hour, once:\n\n%(link)s\n\n"
            "If it was not you, there is nothing to do: the password stays as it is."
        ),
    ),
    "confirm": (
        N_("Is this your address? %(place)s"),
        N_(
            "@%(name)s on %(place)s says that this is their e-mail address."
            " If that is you, this link says so; it is good for a day:\n\n%(link)s\n\n"
            "If it is not you, there is nothing to do."
        ),
    ),
    "invite": (
        N_("An invitation to %(place)s"),
        N_(
            "@%(name)s invites you to %(place)s, where neighbours talk."
            "\n\n%(note)s\n\nThis is how you come in:\n\n%(link)s"
        ),
    ),
    "letter": (
        N_("The letter of %(place)s: is this your address?"),
        N_(
            "Somebody, probably you, asked that the letter of %(place)s come to this address, once"
            " a week. If that is you, this link says so:\n\n%(link)s\n\n"
            "If it is not you, there is nothing to do: no letter comes."
        ),
    ),
    "approve": (
        N_("Welcome to %(place)s"),
        N_("You asked to live at %(place)s as @%(name)s: the door is open.\n\n%(link)s"),
    ),
    "warn": (
        N_("A word from those who look after %(place)s"),
        N_("Those who look after %(place)s write to you:\n\n%(note)s\n\nYour answer:\n\n%(link)s"),
    ),
    "mark_sensitive": (
        N_("Your pictures on %(place)s are veiled"),
        N_(
            "Those who look after %(place)s have veiled your pictures: people see them"
            " once they ask to.\n\n%(note)s\n\nYou may object:\n\n%(link)s"
        ),
    ),
    "silence": (
        N_("You are kept quiet on %(place)s"),
        N_(
            "On %(place)s, only those who follow you read you for now."
            "\n\n%(note)s\n\nYou may object:\n\n%(link)s"
        ),
    ),
    "freeze": (
        N_("You cannot sign in to %(place)s"),
        N_(
            "Those who look after %(place)s have closed your account @%(name)s for now;"
            " what you said stays.\n\n%(note)s\n\nIs that not right? Say why, once, by this link;"
            " it is good for 30 days:\n\n%(link)s\n\n"
            "Somebody who looks after the place reads it, and you are written to again."
        ),
    ),
    "suspend": (
        N_("You are shut out of %(place)s"),
        N_(
            "Those who look after %(place)s have shut the account @%(name)s out; nothing of it"
            " is shown, and nothing is deleted.\n\n%(note)s\n\nIs that not right? Say why, once,"
            " by this link; it is good for 30 days:\n\n%(link)s\n\n"
            "Somebody who looks after the place reads it, and you are written to again."
        ),
    ),
    "lift": (
        N_("It was taken back: %(place)s"),
        N_(
            "What those who look after %(place)s had done about @%(name)s"
            " was taken back.\n\n%(link)s"
        ),
    ),
    "grant": (
        N_("You were right: %(place)s"),
        N_(
            "Those who look after %(place)s have read your objection, and agree with you:"
            " what they had done about @%(name)s was taken back.\n\n%(link)s"
        ),
    ),
    "uphold": (
        N_("About your objection: %(place)s"),
        N_(
            "Those who look after %(place)s have read your objection."
            " What they did stands.\n\n%(link)s"
        ),
    ),
    "event_ask": (
        N_("Do you come? %(name)s"),
        N_(
            "Somebody, probably you, says on %(place)s that they come to:\n\n%(note)s\n\n"
            "This link says yes to it, and later, should it be so, no:\n\n%(link)s\n\n"
            "If it was not you, there is nothing to do: this address is forgotten."
        ),
    ),
    "event_in": (
        N_("You have a place: %(name)s"),
        N_("You have a place at:\n\n%(note)s\n\nIf you do not come after all:\n\n%(link)s"),
    ),
    "event_waits": (
        N_("You are on the waiting list: %(name)s"),
        N_(
            "It is full for now; you are on the waiting list of:\n\n%(note)s\n\n"
            "You hear from us when a place is free. To leave the list:\n\n%(link)s"
        ),
    ),
    "event_changed": (
        N_("It has changed: %(name)s"),
        N_("What you come to has changed:\n\n%(note)s\n\nYour answer:\n\n%(link)s"),
    ),
    "event_soon": (
        N_("It begins soon: %(name)s"),
        N_("What you said you come to begins soon:\n\n%(note)s\n\nYour answer:\n\n%(link)s"),
    ),
    "event_off": (
        N_("It does not take place: %(name)s"),
        N_("This was called off:\n\n%(note)s\n\n%(link)s"),
    ),
    "settle": (
        N_("About what you reported: %(place)s"),
        N_(
            "You reported something on %(place)s. Those who look after the place"
            " have dealt with it. Thank you for telling them.\n\n%(link)s"
        ),
    ),
}


def write_letter(
    tx: Tx,
    *,
    kind: str,
    address: str,
    language: str,
    name: str = "",
    link: str = "",
    note: str = "",
    by_id: int | None = None,
) -> None:
    """Have a mail sent. Raises Invalid for what is no address, TooMany beyond the caps."""
    if ADDRESS.fullmatch(address) is None or len(address) > 254:
        raise Invalid("this is not an e-mail address", {"email": "not an e-mail address"})
    if kind in CAPPED:
        _check_caps(tx, address.lower(), by_id)
    words = all_words().get(language) or all_words()["en"]
    values = {
        "place": tx.here.domain,
        "name": name,
        "link": link or tx.here.url,
        "note": note.strip(),
    }
    subject, text = (words.say(said, **values) for said in LETTERS[kind])
    text = "\n\n".join(part for part in text.split("\n\n") if part.strip())
    post_mail(tx, kind=kind, address=address, subject=subject, text=text, by_id=by_id)


def post_mail(
    tx: Tx,
    *,
    kind: str,
    address: str,
    subject: str,
    text: str,
    html: str = "",
    unsubscribe: str = "",
    by_id: int | None = None,
) -> None:
    """Have a mail sent as it is; `unsubscribe` is where one click ends such mails."""
    more = {name: said for name, said in (("html", html), ("unsubscribe", unsubscribe)) if said}
    mail = Mail(
        id=id_at(tx.now),
        address=address.lower(),
        kind=kind,
        by_id=by_id,
        subject=" ".join(subject.split()),  # one line: nothing in it can begin another header
        text=seal(tx, text),
        more=seal(tx, dump_text(more)) if more else None,
        due_at=tx.now,
        attempts=0,
    )
    tx.session.add(mail)
    tx.flush()
    tx.tell("mails")


def write_to_member(tx: Tx, *, member_id: int, kind: str, note: str = "", path: str = "") -> None:
    """Write to a member, if they have told us an address; others find it on their pages."""
    member, actor = tx.session.get(Member, member_id), tx.session.get(Actor, member_id)
    if member is None or actor is None or not member.email:
        return
    if ADDRESS.fullmatch(member.email) is None:  # written down before we looked closely
        return
    write_letter(
        tx,
        kind=kind,
        address=member.email,
        language=member.language,
        name=actor.username,
        link=f"{tx.here.url}{path}",
        note=note,
    )


def _check_caps(tx: Tx, address: str, by_id: int | None) -> None:
    sent = select(func.count()).select_from(Mail).where(Mail.kind.in_(CAPPED))
    lately = sent.where(Mail.id >= first_id_at(tx.now - CAP_PERIOD), Mail.address == address)
    if (tx.connection.scalar(lately) or 0) >= CAP_BY_ADDRESS:
        raise TooMany("this address was written to often lately", int(CAP_PERIOD.total_seconds()))
    since = first_id_at(tx.now - CAP_SENDER_PERIOD)
    by = sent.where(Mail.id >= since, Mail.by_id == by_id)
    if by_id is not None and (tx.connection.scalar(by) or 0) >= CAP_BY_SENDER:
        raise TooMany("that was many mails for one day", int(CAP_SENDER_PERIOD.total_seconds()))
