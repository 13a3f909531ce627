"""The directory: each field is shown to whom its owner says, and found without accents."""

import pytest

from microfed.errors import Invalid
from microfed.operations.blocks import block
from microfed.operations.directory import Entry, change_entry
from microfed.operations.farewells import leave_for_good
from microfed.operations.follows import request_follow
from microfed.outbound.render import actor_document
from microfed.queries.directory import found_in_directory, names_in_directory
from microfed.queries.welcome import people_to_greet
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.people import Actor, Member
from tests.people import deliveries, neighbour, stranger

LEA = Entry(
    trade="Luthière",
    skills=("Violon", "Réparation de vélos", "violon"),
    associations=("Chorale des Amandiers",),
    area="rue Piat",
    shown_to={"trade": "public", "skills": "ring", "associations": "here"},
)


def lea(tx: Tx, entry: Entry = LEA) -> Actor:
    actor = neighbour(tx, "lea")
    change_entry(tx, actor=actor, entry=entry)
    return actor


def found(tx: Tx, circle: str, words: str = "") -> list[str]:
    return [line.person.username for line in found_in_directory(tx, circle, words)]


@pytest.mark.parametrize(
    ("words", "seen_by"),
    [
        ("luthiere", {"here", "ring", "public"}),
        ("LUTH", {"here", "ring", "public"}),
        ("velo", {"here", "ring"}),
        ("violon réparation", {"here", "ring"}),
        ("choràle", {"here"}),
        ("luthiere chorale", {"here"}),
        ("piat", set()),
        ("iolon", set()),
        ("%", {"here", "ring", "public"}),
        ("a_", set()),
    ],
)
def test_what_is_shown_to_whom_is_found_by_whom(tx: Tx, words: str, seen_by: set[str]) -> None:
    lea(tx)

    assert {c for c in ("here", "ring", "public") if found(tx, c, words) == ["lea"]} == seen_by


def test_each_circle_reads_its_fields_and_no_others(tx: Tx) -> None:
    lea(tx)

    (here,) = found_in_directory(tx, "here")
    (ring,) = found_in_directory(tx, "ring")
    (public,) = found_in_directory(tx, "public")
    assert (here.trade, here.skills) == ("Luthière", ("Violon", "Réparation de vélos"))
    assert (here.associations, here.area) == (("Chorale des Amandiers",), "")
    assert (ring.skills, ring.associations) == (("Violon", "Réparation de vélos"), ())
    assert (public.trade, public.skills, public.associations) == ("Luthière", (), ())
    assert names_in_directory(tx, "ring") == {
        "trade": ["Luthière"],
        "skills": ["Réparation de vélos", "Violon"],
        "associations": [],
    }


def test_who_says_nothing_or_wishes_not_to_be_found_is_in_no_directory(tx: Tx) -> None:
    actor = lea(tx, Entry(trade="Luthière", shown_to={}))
    assert found(tx, "here") == []
    change_entry(tx, actor=actor, entry=LEA)
    assert found(tx, "public") == ["lea"]

    for hide in ("discoverable", "silenced", "suspended", "waiting"):
        member = tx.session.get_one(Member, actor.id)
        actor.is_discoverable = hide != "discoverable"
        actor.silenced_at = tx.now if hide == "silenced" else None
        actor.suspended_at = tx.now if hide == "suspended" else None
        member.approved_at = None if hide == "waiting" else tx.now
        tx.flush()
        assert [found(tx, circle) for circle in ("here", "ring", "public")] == [[], [], []], hide


def test_whom_one_shut_out_is_not_shown_to_one(tx: Tx) -> None:
    actor, bea = lea(tx), neighbour(tx, "bea")
    block(tx, blocker=bea, blocked=actor)

    assert found_in_directory(tx, "here", me=bea.id) == []


def test_only_what_everyone_may_see_stands_on_the_actor_and_followers_are_told(tx: Tx) -> None:
    actor = neighbour(tx, "lea")
    eva = stranger(tx, "eva@north.test")
    request_follow(tx, follower=eva, target=actor, uri=f"{eva.uri}/follows/1")
    public = {"trade": "public", "skills": "public", "associations": "ring"}
    change_entry(tx, actor=actor, entry=Entry("Luthière & <b>", LEA.skills, ("Amap",), "", public))

    document = actor_document(tx.here, actor, [])
    assert document["attachment"] == [
        {"type": "PropertyValue", "name": "Métier", "value": "Luthière &amp; &lt;b&gt;"},
        {"type": "PropertyValue", "name": "Savoir-faire", "value": "Violon, Réparation de vélos"},
    ]
    assert [(tag["type"], tag["name"]) for tag in document["tag"]] == [
        ("Hashtag", "#Violon"),
        ("Hashtag", "#RéparationDeVélos"),
    ]
    assert "Amap" not in str(document)
    assert deliveries(tx).count(("Update", "https://north.test/inbox")) == 1

    # What only neighbours see is told to nobody; and who is found no more says nothing there
    entry = Entry("Luthière & <b>", LEA.skills, ("Chorale",), "Piat", {**public, "area": "here"})
    change_entry(tx, actor=actor, entry=entry)
    assert deliveries(tx).count(("Update", "https://north.test/inbox")) == 1
    actor.is_discoverable = False
    assert actor_document(tx.here, actor, [])["attachment"] == []


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (Entry(trade="x" * 81), "trade"),
        (Entry(area="x" * 81), "area"),
        (Entry(skills=[f"un {n}" for n in range(13)]), "skills"),
        (Entry(associations=["x" * 81]), "associations"),
        (Entry(trade="x", shown_to={"trade": "friends"}), "trade"),
    ],
)
def test_what_is_too_much_is_refused_with_its_field(tx: Tx, entry: Entry, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        lea(tx, entry)
    assert list(wrong.value.details) == [field]


def test_it_goes_with_whoever_goes(tx: Tx) -> None:
    actor = lea(tx)

    leave_for_good(tx, who=actor)

    assert tx.session.get(DirectoryEntry, actor.id) is None
    assert "directory" not in actor.extras


def test_somebody_new_is_told_who_can_do_what_they_can(tx: Tx) -> None:
    actor, noe, bea = lea(tx), neighbour(tx, "noe"), neighbour(tx, "bea")
    change_entry(tx, actor=noe, entry=Entry(skills=("piano",), shown_to={"skills": "here"}))
    assert people_to_greet(tx, bea.id) == []

    change_entry(tx, actor=bea, entry=Entry(skills=("VIOLON",), shown_to={"skills": "here"}))

    assert people_to_greet(tx, bea.id) == [(actor.id, "skill")]
