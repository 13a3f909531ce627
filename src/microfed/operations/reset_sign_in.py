"""A keeper lets a member in again who lost the way in: the password, or the device."""

from microfed.errors import Forbidden, Invalid
from microfed.operations.journal import name_of, need_keeper, note_deed
from microfed.operations.letter_keys import reset_link
from microfed.operations.letters import write_letter
from microfed.operations.second_factor import drop_all_second_steps
from microfed.operations.sessions import end_sessions
from microfed.store.database import Tx
from microfed.store.people import Actor, Member


def reset_sign_in(
    tx: Tx, *, by: Actor | None, target: Actor, drops_device: bool = False, by_mail: bool = False
) -> str:
    """Sign a member out of every browser and return the link by which they come in again.

    The link is good for an hour, once. With `by_mail` it is also sent to their address; with
    `drops_device` the second step is asked for no more until they set it up anew. Raises Forbidden
    for oneself: an open browser must not be enough to drop what its owner carries.
    """
    need_keeper(tx, by)
    member = tx.session.get(Member, target.id)
    if member is None or target.gone_at is not None:
        raise Invalid("only somebody who lives here signs in here", {"type": "not here"})
    if by is not None and by.id == target.id:
        raise Forbidden("somebody else must let you in again")
    if by_mail and not member.email:
        raise Invalid("they have told us no e-mail address", {"email": "missing"})
    end_sessions(tx, member_id=member.id)
    if drops_device:
        drop_all_second_steps(tx, member_id=member.id)
    link = reset_link(tx, member_id=member.id)
    if by_mail and member.email:
        write_letter(
            tx,
            kind="reset",
            address=member.email,
            language=member.language,
            name=target.username,
            link=link,
        )
    note_deed(
        tx,
        by=by,
        action="drop_device" if drops_device else "reset_sign_in",
        target_kind="person",
        target_id=target.id,
        target_name=name_of(tx, target),
        details={"by_mail": by_mail},
    )
    return link
