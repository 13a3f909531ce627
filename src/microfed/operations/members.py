"""Members: moving in, with a name, keys of their own, and a sign-in."""

import re
from collections.abc import Iterable

from sqlalchemy import select

from microfed.errors import Conflict, Forbidden, Invalid, NotFound
from microfed.ids import id_at
from microfed.keys import generate_ed25519, generate_rsa
from microfed.operations.newcomers import check_email, rule_for_address
from microfed.operations.secrets import vapid_keys
from microfed.operations.tokens import give_token
from microfed.queries.people import find_local
from microfed.queries.place import registration_mode
from microfed.store.database import Tx
from microfed.store.people import INSTANCE_ACTOR, Actor, ActorKey, Member
from microfed.store.posts import Tombstone

NAME = re.compile(r"[a-z0-9_]{1,30}", re.ASCII)
ROLES = ("member", "organiser", "admin")
# Addresses that a member must not be able to speak from.
RESERVED = frozenset({"admin", "administrator", "root", "support", "abuse", "postmaster", "system"})
_EMAIL = re.compile(r"[A-Za-z0-9._+\-]{1,64}@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+", re.ASCII)


def add_member(
    tx: Tx,
    *,
    name: str,
    role: str = "member",
    email: str | None = None,
    password_hash: str | None = None,
    display_name: str = "",
    language: str = "fr",
) -> Actor:
    """Someone moves in: actor, keys and login in one go.

    Raises Invalid (with `details` by field) for a bad name, role or address; Conflict when the
    name or the address is taken, or was once.
    """
    name = name.lower()
    if NAME.fullmatch(name) is None:
        raise Invalid(
            "a name has 1 to 30 letters a–z, digits or _",
            {"name": "1 to 30 letters a–z, digits or _"},
        )
    if role not in ROLES:
        raise Invalid(f"a role is one of {', '.join(ROLES)}", {"role": "no such role"})
    if name in RESERVED and role != "admin":
        raise Invalid("this name is kept for the admins", {"name": "kept for the admins"})
    if email is not None:
        email = email.strip()
        if _EMAIL.fullmatch(email) is None or len(email) > 254:
            raise Invalid("this is not an e-mail address", {"email": "not an e-mail address"})
        if tx.session.scalar(select(Member).where(Member.email == email.lower())) is not None:
            raise Conflict("this e-mail address is already used here")
    check_name_is_free(tx, name)
    actor = new_actor(tx, name, kind="Person", display_name=display_name or name)
    member = Member(
        id=actor.id,
        email=email.lower() if email else None,
        password_hash=password_hash,
        role=role,
        language=language,
        created_at=tx.now,
        confirmed_at=tx.now,
        approved_at=tx.now,
        preferences={},
    )
    tx.session.add(member)
    tx.flush()
    tx.tell("actor", actor.id)
    return actor


def found_place(tx: Tx, *, title: str) -> None:
    """Make the actor that speaks for the whole place, once; later calls change nothing."""
    vapid_keys(tx)
    if find_local(tx, INSTANCE_ACTOR) is not None:
        return
    uri = tx.here.instance_actor
    actor = Actor(
        id=id_at(tx.now),
        uri=uri,
        username=tx.here.domain,
        name_key=INSTANCE_ACTOR,
        kind="Application",
        display_name=title,
        url=f"{tx.here.url}/about",
        inbox_uri=f"{uri}/inbox",
        shared_inbox_uri=tx.here.shared_inbox,
        outbox_uri=f"{uri}/outbox",
        followers_uri=f"{uri}/followers",
        following_uri=f"{uri}/following",
        is_locked=True,
        published_at=tx.now,
    )
    tx.session.add(actor)
    tx.flush()
    _give_keys(tx, actor)


def need_member(tx: Tx, name: str) -> tuple[Member, Actor]:
    """Return the member of that name and their actor."""
    actor = find_local(tx, name)
    member = None if actor is None else tx.session.get(Member, actor.id)
    if actor is None or member is None:
        raise NotFound(f"there is no member called {name}")
    return member, actor


def check_name_is_free(tx: Tx, name: str) -> None:
    """Raise Conflict for a name that somebody here has, or had."""
    if find_local(tx, name) or tx.session.get(Tombstone, tx.here.actor(name)):
        raise Conflict(f"the name {name} is taken")


def new_actor(tx: Tx, name: str, *, kind: str, display_name: str) -> Actor:
    """Make somebody who lives here, with keys of their own. Who calls has checked the name."""
    uri = tx.here.actor(name)
    actor = Actor(
        id=id_at(tx.now),
        uri=uri,
        username=name,
        name_key=name,
        kind=kind,
        display_name=display_name,
        url=tx.here.profile(name),
        inbox_uri=f"{uri}/inbox",
        shared_inbox_uri=tx.here.shared_inbox,
        outbox_uri=f"{uri}/outbox",
        followers_uri=f"{uri}/followers",
        following_uri=f"{uri}/following",
        featured_uri=f"{uri}/collections/featured",
        is_discoverable=True,
        published_at=tx.now,
    )
    tx.session.add(actor)
    tx.flush()
    _give_keys(tx, actor)
    return actor


def _give_keys(tx: Tx, actor: Actor) -> None:
    made = (("main-key", "rsa", generate_rsa()), ("ed25519-key", "ed25519", generate_ed25519()))
    for fragment, algorithm, (private, public) in made:
        tx.session.add(
            ActorKey(
                id=id_at(tx.now),
                uri=f"{actor.uri}#{fragment}",
                actor_id=actor.id,
                algorithm=algorithm,
                public=public,
                private=private,
            )
        )
    tx.flush()


def move_in_by_app(
    tx: Tx,
    *,
    name: str,
    email: str,
    password_hash: str,
    language: str,
    reason: str | None,
    app_id: int | None,
    scopes: Iterable[str],
    address: str = "",
) -> str:
    """Someone moves in by an app; returns its token, good for nothing until they are let in.

    What is taken is told by field, as a form wants it. Raises Forbidden where the door is closed.
    """
    registration = registration_mode(tx)
    if registration not in ("open", "approval"):
        raise Forbidden("This action is not allowed")
    if registration == "approval" and not (reason or "").strip():
        raise Invalid("Validation failed: Reason can't be blank", {"reason": "can't be blank"})
    check_email(tx, email)
    rule = rule_for_address(tx, address)
    if rule in ("sign_up_block", "no_access"):
        raise Forbidden("nobody can move in from your network; write to the admin")
    must_be_approved = registration == "approval" or rule == "sign_up_requires_approval"
    try:
        actor = add_member(
            tx, name=name, email=email, password_hash=password_hash, language=language
        )
    except Conflict as taken:
        field = "email" if "e-mail" in str(taken) else "username"
        raise Invalid(f"{field} is taken already", {field: "is taken already"}) from taken
    member = tx.session.get_one(Member, actor.id)
    if must_be_approved:
        member.approved_at = None
        member.preferences = {**member.preferences, "reason": (reason or "")[:2_000]}
    tx.flush()
    return give_token(tx, member_id=actor.id, scopes=scopes, app_id=app_id)


def change_role(tx: Tx, *, name: str, role: str) -> None:
    """A member takes on another role."""
    if role not in ROLES:
        raise Invalid(f"a role is one of {', '.join(ROLES)}", {"role": "no such role"})
    member, actor = need_member(tx, name)
    member.role = role
    tx.flush()
    tx.tell("actor", actor.id)
