"""Groups of ours: making one, saying what it is, inviting into it, closing it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from microfed.errors import Conflict, Forbidden, Invalid
from microfed.ids import id_at
from microfed.operations.farewells import leave_for_good
from microfed.operations.files import Kept
from microfed.operations.follow_rows import need_request
from microfed.operations.follows import accept_follow, request_follow
from microfed.operations.group_rows import add_moderator
from microfed.operations.journal import need_keeper, note_deed
from microfed.operations.media import remove_picture, set_picture
from microfed.operations.members import NAME, RESERVED, check_name_is_free, new_actor
from microfed.operations.profiles import tell_of_profile
from microfed.outbound.allies import ally_of
from microfed.outbound.deliver import deliver_to
from microfed.outbound.notify import notify
from microfed.outbound.render_groups import invitation
from microfed.queries.groups import is_moderator, members_of
from microfed.queries.pages import Page
from microfed.queries.people import is_blocked, is_following
from microfed.queries.place import may_make_groups
from microfed.store.database import Tx
from microfed.store.groups import Group, GroupInvitation
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Member
from microfed.text import clean_text, plain_to_html
from microfed.vocab.groups import MODES, OPEN, PRIVATE

LONGEST_TITLE, LONGEST_ABOUT = 60, 1_000
_MOST_WAITING = 500
MOST_OF_ONE = 10  # how many groups one member may found


@dataclass(frozen=True, slots=True)
class Terms:
    """What a group is called, what it is about, and how one joins it."""

    title: str
    about: str = ""
    mode: str = OPEN


def make_group(tx: Tx, *, founder: Actor, name: str, terms: Terms) -> Actor:
    """A neighbour makes a group: they are its first member, and look after it.

    Raises Invalid with the field that is wrong, Conflict when the name is taken, or was once.
    """
    member = tx.session.get(Member, founder.id)
    if member is None or not may_make_groups(tx, member.role):
        raise Forbidden("groups are made by those who look after the place")
    name, terms = name.strip().lower(), _checked(terms)
    if NAME.fullmatch(name) is None:
        why = "1 to 30 letters a–z, digits or _"
        raise Invalid(f"a name has {why}", {"name": why})
    if name in RESERVED:
        raise Invalid("this name is kept for the admins", {"name": "kept for the admins"})
    check_name_is_free(tx, name)
    if _count_of(tx, founder) >= MOST_OF_ONE:
        raise Invalid(f"one may make {MOST_OF_ONE} groups", {"name": "too many groups"})
    actor = new_actor(tx, name, kind="Group", display_name=terms.title)
    is_private = terms.mode == PRIVATE
    actor.is_private, actor.is_discoverable = is_private, not is_private
    actor.hides_follows = True  # who is in it, its members read on its page
    if is_private:
        # Its own inbox would answer those who try names; the one for all gives nothing away.
        actor.inbox_uri = tx.here.shared_inbox
    tx.session.add(Group(id=actor.id, mode=terms.mode, founder_id=founder.id, created_at=tx.now))
    tx.flush()
    _describe(tx, actor, terms)
    tx.flush()
    _let_in(tx, actor, founder)
    add_moderator(tx, group=actor, who=founder)
    tx.tell("actor", actor.id)
    return actor


def change_group(tx: Tx, *, group: Group, actor: Actor, by: Actor, terms: Terms) -> None:
    """Whoever looks after a group says anew what it is; those who follow it elsewhere are told.

    A private group stays one, and no other becomes one: what was said was said to some.
    """
    need_moderator(tx, actor, by)
    terms = _checked(terms)
    if (terms.mode == PRIVATE) is not (group.mode == PRIVATE):
        raise Invalid("a group stays private, or stays not", {"mode": "cannot be changed"})
    group.mode = terms.mode
    _describe(tx, actor, terms)
    tell_of_profile(tx, actor)
    if terms.mode == OPEN:  # nobody has to wait any more
        for row in members_of(tx, actor.id, Page(_MOST_WAITING), asked=True):
            who = tx.session.get_one(Actor, row[1])
            accept_follow(tx, need_request(tx, follower=who, target=actor))


def show_face(tx: Tx, *, actor: Actor, by: Actor, file: Kept | None) -> None:
    """Whoever looks after a group gives it a picture; None takes it away."""
    need_moderator(tx, actor, by)
    if file is None:
        remove_picture(tx, actor=actor, slot="avatar")
    else:
        set_picture(tx, actor=actor, slot="avatar", file=file)
    tell_of_profile(tx, actor)


def invite(tx: Tx, *, actor: Actor, by: Actor, person: Actor) -> None:
    """Whoever looks after a group invites somebody: they join without being looked at.

    Of people elsewhere those of allied places alone: others could be sent no end of invitations,
    and may follow an open group themselves. Twice is harmless.
    """
    need_moderator(tx, actor, by)
    if person.kind != "Person" or person.gone_at is not None or person.suspended_at is not None:
        raise Invalid("people are invited", {"who": "nobody of that name"})
    if not person.is_local and ally_of(tx, person) is None:
        raise Invalid("they live in no allied place", {"who": "not an ally"})
    if is_following(tx, follower=person.id, target=actor.id):
        return
    if is_blocked(tx, by=person.id, whom=by.id) or is_blocked(tx, by=actor.id, whom=person.id):
        raise Invalid("they cannot be invited", {"who": "cannot be invited"})
    values = {"group_id": actor.id, "actor_id": person.id, "since": tx.now}
    if not insert_once(tx, GroupInvitation, values):
        return
    if person.is_local:
        notify(tx, owner_id=person.id, kind="group_invitation", from_id=by.id, about_id=actor.id)
        return
    said = invitation(tx.here.activity(id_at(tx.now)), group=actor, person=person)
    deliver_to(tx, said, sender=actor, to=person)


def invitation_arrived(tx: Tx, *, by: Actor, person: Actor) -> None:
    """A group elsewhere invites a neighbour: they may know of it now, and decide."""
    if by.kind != "Group" or ally_of(tx, by) is None:
        raise Forbidden("only groups of allied places invite people here")
    if is_blocked(tx, by=person.id, whom=by.id):
        return
    values = {"group_id": by.id, "actor_id": person.id, "since": tx.now}
    if insert_once(tx, GroupInvitation, values):
        notify(tx, owner_id=person.id, kind="group_invitation", from_id=by.id, about_id=by.id)


def close_group(tx: Tx, *, actor: Actor, by: Actor) -> None:
    """Whoever looks after a group closes it for good, or an admin does. What was said in public
    stays with who said it; what was said in a private group nobody reads any more but its author.
    """
    if is_moderator(tx, group_id=actor.id, actor_id=by.id):
        leave_for_good(tx, who=actor)
        return
    need_keeper(tx, by)
    if actor.gone_at is not None:
        raise Conflict("this group was closed already, perhaps by somebody else just now")
    note_deed(
        tx,
        by=by,
        action="close_group",
        target_kind="group",
        target_id=actor.id,
        target_name=f"@{actor.username}",
    )
    leave_for_good(tx, who=actor)


def need_moderator(tx: Tx, actor: Actor, by: Actor) -> None:
    """Refuse whoever does not look after the group."""
    if actor.gone_at is not None or not is_moderator(tx, group_id=actor.id, actor_id=by.id):
        raise Forbidden("this is for those who look after the group")


def _let_in(tx: Tx, actor: Actor, who: Actor) -> None:
    tx.session.add(GroupInvitation(group_id=actor.id, actor_id=who.id, since=tx.now))
    tx.flush()
    request_follow(tx, follower=who, target=actor)


def _describe(tx: Tx, actor: Actor, terms: Terms) -> None:
    actor.display_name = terms.title
    actor.note_source = terms.about
    actor.note = plain_to_html(terms.about, named={}, tag_url=tx.here.tag)
    actor.is_locked = terms.mode != OPEN


def _checked(terms: Terms) -> Terms:
    title, about = clean_text(terms.title).strip(), clean_text(terms.about).strip()
    if not title or len(title) > LONGEST_TITLE:
        why = f"1 to {LONGEST_TITLE} letters"
        raise Invalid(f"a group's title has {why}", {"title": why})
    if len(about) > LONGEST_ABOUT:
        raise Invalid(f"at most {LONGEST_ABOUT} letters", {"about": "too long"})
    if terms.mode not in MODES:
        raise Invalid(f"a group is one of {', '.join(MODES)}", {"mode": "unknown"})
    return Terms(title, about, terms.mode)


def _count_of(tx: Tx, founder: Actor) -> int:
    mine = (
        select(func.count(Group.id))
        .join(Actor, Actor.id == Group.id)
        .where(Group.founder_id == founder.id, Actor.gone_at.is_(None))
    )
    return tx.connection.scalar(mine) or 0
