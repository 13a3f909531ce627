"""What neighbours do together, before an independent server that knows none of it: readable words,
and a link that opens a page. Events and groups have files of their own."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import select

from microfed.here import Here
from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.introductions import propose
from microfed.operations.weekly import WEEK, choose_schedule, make_due_letter
from microfed.queries.letter import SCHEDULE
from microfed.store.access import Setting
from microfed.store.consultations import Consultation
from microfed.store.database import Database, Tx
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.components.fedify import FedifyServer
from tests.components.server import MicrofedServer
from tests.federation.test_fedify import Ana
from tests.operations.voting import voted_on


def named(tx: Tx, name: str) -> Actor:
    return tx.session.scalars(select(Actor).where(Actor.name_key == name)).one()


def lend_a_drill(tx: Tx) -> str:
    terms = Terms("offer", "loan", "Perceuse", place="rue Piat")
    return publish_aid(tx, author=named(tx, "ana"), terms=terms, audience=Audience.PUBLIC).uri


def vote_on_the_yard(tx: Tx) -> list[str]:
    """Return the addresses of what is talked over, and of the vote."""
    ana = named(tx, "ana")
    tx.session.get_one(Member, ana.id).role = "organiser"
    asked: Consultation = voted_on(tx, by=ana, opener=ana, audience=Audience.PUBLIC)
    posts = [tx.session.get_one(Post, id_) for id_ in (asked.post_id, asked.vote_post_id)]
    return [post.uri for post in posts]


def write_the_letter(tx: Tx) -> str:
    """The day of the letter has come; return which week it is of."""
    choose_schedule(tx, by=None, is_on=True, day=0, hour=0)
    kept = tx.session.get_one(Setting, SCHEDULE)
    kept.value = {**kept.value, "since": (tx.now - WEEK - timedelta(days=1)).isoformat()}
    tx.flush()
    letter = make_due_letter(tx, ZoneInfo("UTC"), language="fr")
    assert letter is not None
    return letter.week


def bring_together(tx: Tx) -> None:
    ana, bea, eva = (named(tx, name) for name in ("ana", "bea", "eva"))
    propose(tx, proposer=ana, one=bea, other=eva, reason="Vous chantez toutes les deux.")


def page_behind(document: dict[str, object]) -> str:
    """Open the link that the words of a post lead to; return what the page says."""
    (link,) = set(
        re.findall(
            r'href="([^"]+/(?:entraide|consultations|lettre|meet)/[^"?]+)',
            str(document.get("content")),
        )
    )
    page = httpx.get(link, headers={"Accept": "text/html"}, trust_env=False)
    assert page.status_code == 200, link
    return page.text


def test_an_offer_a_vote_the_letter_and_an_introduction_are_read_by_a_stranger(
    fedify: FedifyServer, microfed_server: MicrofedServer
) -> None:
    # Given somebody elsewhere who follows our member
    ana = Ana(microfed_server)
    microfed_server.add_member("bea")
    fedify.follow(ana.actor)
    fedify.wait_for_activity("Accept", actor=ana.actor)
    db = Database(
        f"sqlite:///{microfed_server.data}/microfed.db",
        Here(microfed_server.url, microfed_server.host),
    )

    # When something is offered, voted on, written in the letter, and they are to meet somebody
    with db.writing() as tx:
        offer = lend_a_drill(tx)
    with db.writing() as tx:
        talk, vote = vote_on_the_yard(tx)
    with db.writing() as tx:
        week = write_the_letter(tx)
    with db.writing() as tx:
        bring_together(tx)
    db.close()

    # Then each came, signed and in a shape it knows, with words and a link that opens
    for uri, words in ((offer, "Perceuse"), (talk, "La cour")):
        fedify.wait_for_activity("Create", object=uri)
        document = fedify.fetch(uri)
        assert document["type"] == "Note" and words in document["content"]
        assert words in page_behind(document)
    fedify.wait_for_activity("Create", object=vote)
    question = fedify.fetch(vote)
    assert question["type"] == "Question"
    assert [one["name"] for one in question["oneOf"]] == ["Un banc", "Un potager", "Un compost"]
    assert "La cour" in page_behind(question)
    # The letter is for places that listen; whoever looks it up elsewhere reads it too
    article = fedify.fetch(f"{microfed_server.url}/lettre/{week}")
    assert article["type"] == "Article" and "Perceuse" in article["content"]
    assert "Perceuse" in httpx.get(article["url"], trust_env=False).text
    # And what is for one person alone is a word in private
    fedify.wait_for(lambda state: "chantez" in str(state["received"]), "the private word")
    (private,) = [one for one in fedify.received("Create") if "chantez" in str(one)]
    assert private["to"] == "eva"  # her own inbox
    assert "Vous chantez" in page_behind(private["document"]["object"])
    state = fedify.state()
    assert (state["unverified"], state["refused"], state["errors"]) == ([], [], [])
