"""Posts as apps read them: lists of Status, joined from bytes that are written once per version.

`statuses(tx, viewer, ids)` is what everyone else calls; timelines come with their cards already.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from microfed.errors import NotFound
from microfed.mastodon.kept import kept_for, may_keep
from microfed.mastodon.present_accounts import write_faces
from microfed.mastodon.present_filters import filtered
from microfed.mastodon.present_polls import polls_bytes
from microfed.mastodon.write_status import Written, write_status
from microfed.queries.cards import (
    BOOSTED,
    FACE,
    FACE_WIDTH,
    FLAGS,
    INNER,
    INNER_FACE,
    KEPT,
    LIKED,
    MUTED,
    OWN,
    PINNED,
    Card,
    cards_of,
    flags_for,
)
from microfed.queries.filters import sieves_of
from microfed.queries.quotes import quoted_by
from microfed.queries.status_parts import parts_of
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx

NO_MATCHES = b"[]"


def _endings() -> list[bytes]:
    """Return the end of a status for each combination of what a member did with it."""
    words = {LIKED: "favourited", BOOSTED: "reblogged", KEPT: "bookmarked", MUTED: "muted"}
    endings = []
    for flags in range(64):
        said = "".join(
            f',"{word}":{"true" if flags & bit else "false"}' for bit, word in words.items()
        )
        if flags & OWN:  # only one's own can be pinned
            said += f',"pinned":{"true" if flags & PINNED else "false"}'
        endings.append(said.encode() + b',"filtered":')
    return endings


_ENDINGS = _endings()


def statuses(tx: Tx, viewer: Viewer | None, ids: Sequence[int]) -> list[bytes]:
    """Return posts in the order of `ids`; what the viewer may not see is left out."""
    tx.flush()
    found = cards_of(tx, viewer, list(dict.fromkeys(ids)))
    return from_cards(tx, viewer, [found[id_] for id_ in ids if id_ in found])


def status(tx: Tx, viewer: Viewer | None, id_: int) -> bytes:
    """Return one post; NotFound for whoever may not see it."""
    found = statuses(tx, viewer, [id_])
    if not found:
        raise NotFound("there is no such post")
    return found[0]


def for_each(tx: Tx, id_: int, viewers: Collection[Viewer | None]) -> dict[Viewer | None, bytes]:
    """Return one post for several viewers, each of whom may see it, as the caller has made sure."""
    people = [viewer for viewer in viewers if viewer is not None]
    card = cards_of(tx, people[0] if people else None, [id_]).get(id_)
    if card is None:
        return {}
    flags = flags_for(tx, id_, [person.actor_id for person in people])
    return {
        viewer: from_cards(
            tx, viewer, [card if viewer is None else _seen(card, flags.get(viewer.actor_id, 0))]
        )[0]
        for viewer in viewers
    }


def _seen(card: Card, flags: int) -> Card:
    return (*card[:FLAGS], flags, *card[FLAGS + 1 :])


def from_cards(
    tx: Tx, viewer: Viewer | None, cards: Sequence[Card], *, is_quoted: bool = False
) -> list[bytes]:
    """Return posts from their cards. `is_quoted` keeps a quote inside a quote to its id."""
    written = _written(tx, cards)
    faces = _faces(tx, cards)
    special = [id_ for id_, one in written.items() if one.poll is not None or one.quote is not None]
    tails = _tails(tx, viewer, written, special, is_quoted) if special else {}
    held = _held_back(tx, viewer, written, cards)
    out = []
    for card in cards:
        end = b"}"
        if viewer is not None:
            end = _ENDINGS[card[FLAGS]] + held.get(card[INNER] or card[0], NO_MATCHES) + b"}"
        id_, face = card[0], faces[card[FACE]]
        one = written[id_]
        if card[INNER] is None:
            out.append(one.head + face + tails.get(id_, one.tail) + end)
            continue
        inside = card[INNER]
        shown = written[inside]
        out.append(
            one.head
            + face
            + one.tail
            + b',"reblog":'
            + shown.head
            + faces[card[INNER_FACE]]
            + tails.get(inside, shown.tail)
            + end
            + end
        )
    return out


def _held_back(
    tx: Tx, viewer: Viewer | None, written: Mapping[int, Written], cards: Sequence[Card]
) -> Mapping[int, bytes]:
    """Return what the viewer's filters say of each post; one's own words are never held back."""
    if viewer is None or not viewer.is_local or not viewer.may_filter:
        return {}
    others = {card[INNER] or card[0] for card in cards if not card[FLAGS] & OWN}
    sieves = sieves_of(tx, viewer.actor_id) if others else []
    return filtered(sieves, written, others) if sieves else {}


def _written(tx: Tx, cards: Sequence[Card]) -> dict[int, Written]:
    kept = kept_for(tx).posts
    found: dict[int, Written] = {}
    missing: dict[int, int] = {}
    for card in cards:
        id_, version, inside = card[0], card[1], card[INNER]
        known = kept.get(id_)
        if known is not None and known[0] == version:
            found[id_] = known[1]
        else:
            missing[id_] = version
        if inside is not None:
            version = card[INNER + 1]
            known = kept.get(inside)
            if known is not None and known[0] == version:
                found[inside] = known[1]
            else:
                missing[inside] = version
    if missing:
        lasting = may_keep(tx)
        for id_, parts in parts_of(tx, list(missing), versions=missing).items():
            found[id_] = write_status(tx.here, parts)
            if lasting:
                kept_for(tx).keep_post(id_, missing[id_], found[id_])
    return found


def _faces(tx: Tx, cards: Sequence[Card]) -> dict[int, bytes]:
    faces: dict[int, Any] = {}
    for card in cards:
        faces[card[FACE]] = card[FACE : FACE + FACE_WIDTH]
        if card[INNER] is not None:
            faces[card[INNER_FACE]] = card[INNER_FACE : INNER_FACE + FACE_WIDTH]
    return write_faces(tx, faces.values())


def _tails(
    tx: Tx,
    viewer: Viewer | None,
    written: dict[int, Written],
    special: Iterable[int],
    is_quoted: bool,
) -> dict[int, bytes]:
    """Return what only some posts have, and each viewer sees otherwise: polls and quotes."""
    polls = {id_: one.poll for id_ in special if (one := written[id_]).poll is not None}
    asked = polls_bytes(tx, polls, viewer)
    quotes = {id_: one.quote for id_ in special if (one := written[id_]).quote is not None}
    shown = _quotes(tx, viewer, quotes, is_quoted) if quotes else {}
    return {
        id_: written[id_].tail
        + b',"poll":'
        + asked.get(id_, b"null")
        + b',"quote":'
        + shown.get(id_, b"null")
        for id_ in special
    }


def _quotes(
    tx: Tx, viewer: Viewer | None, quotes: dict[int, Any], is_quoted: bool
) -> dict[int, bytes]:
    found = quoted_by(tx, viewer, quotes)
    if is_quoted:
        return {
            id_: b'{"state":"%b","quoted_status_id":%b}'
            % (one.state.encode(), b"null" if one.card is None else b'"%d"' % one.card[0])
            for id_, one in found.items()
        }
    cards = [one.card for one in found.values() if one.card is not None]
    inside = dict(
        zip(
            [card[0] for card in cards],
            from_cards(tx, viewer, cards, is_quoted=True),
            strict=True,
        )
    )
    return {
        id_: b'{"state":"%b","quoted_status":%b}'
        % (one.state.encode(), b"null" if one.card is None else inside[one.card[0]])
        for id_, one in found.items()
    }
