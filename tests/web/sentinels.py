"""What is one's own alone, in words that stand nowhere else; Béa's, in a place with some life."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from microfed.operations.aid import answer_aid, publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.circles import make_circle
from microfed.operations.directory import Entry, change_entry
from microfed.operations.drafts import keep_draft
from microfed.operations.event_guests import ask_guest, guest_comes
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.introductions import propose
from microfed.operations.posts import Draft, write_post
from microfed.operations.secrets import unseal
from microfed.operations.wishes import Wish
from microfed.store.bilan import BilanEntry
from microfed.store.database import Tx
from microfed.store.events import EventAnswer
from microfed.store.letters import Mail
from microfed.store.own import Archive
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
from tests.operations.voting import voted_on, votes
from tests.web.conftest import Town
from tests.web.test_bilan import MINUTES, SECRET

REASON = "sentinelle-du-bulletin"
MEET = "sentinelle-de-rencontre"
PRIVATE = "sentinelle-entre-deux"
ANSWER = "sentinelle-de-reponse"
GUEST, ADDRESS = "sentinelle-invitee", "sentinelle-adresse@north.test"
CARD = "sentinelle-de-fiche"
CIRCLE = "sentinelle-de-cercle"
DRAFT = "sentinelle-de-brouillon"
WORDS = (
    SECRET,
    MINUTES,
    "4,711",
    REASON,
    MEET,
    PRIVATE,
    ANSWER,
    GUEST,
    ADDRESS,
    CARD,
    CIRCLE,
    DRAFT,
)


@dataclass(frozen=True, slots=True)
class Hers:
    """The numbers of what is Béa's, by what they are, and the key of the file of her archive."""

    ids: dict[str, int]
    archive: str


def hide(town: Town) -> Hers:
    """Béa and two others do what concerns nobody else."""

    def work(tx: Tx) -> Hers:
        amel, bea, eva, noe = (
            tx.session.get_one(Actor, town.people[name]) for name in ("amel", "bea", "eva", "noe")
        )
        asked = voted_on(tx, by=bea, opener=amel, method="consent", audience=Audience.PUBLIC)
        votes(tx, bea, asked, 2, reason=REASON, is_signed=True)
        meets = propose(tx, proposer=bea, one=eva, other=noe, reason=MEET)
        said = write_post(tx, author=bea, draft=Draft(f"{PRIVATE} @eva", audience=Audience.PEOPLE))
        terms = Terms("offer", "loan", "Perceuse")
        offer = publish_aid(tx, author=bea, terms=terms, audience=Audience.PUBLIC)
        answer = answer_aid(tx, author=eva, post=offer, words=ANSWER)
        plan = Plan("Fanfare", tx.now + timedelta(days=3), takes_mail=True)
        date = publish_event(tx, author=bea, plan=plan, audience=Audience.PUBLIC)
        ask_guest(tx, post=date, name=GUEST, address=ADDRESS, language="fr")
        guest = tx.session.scalars(select(EventAnswer).where(EventAnswer.name == GUEST)).one()
        guest_comes(tx, token=unseal(tx, guest.token or ""))
        # A mail server took them: what waits to be handed over is at the desk (beside.txt).
        for mail in tx.session.scalars(select(Mail)):
            mail.sent_at, mail.due_at, mail.text, mail.more = tx.now, None, "", None
        change_entry(tx, actor=bea, entry=Entry(area=CARD))
        circle = make_circle(tx, owner=bea, title=CIRCLE)
        draft = keep_draft(tx, author=bea, wish=Wish(text=DRAFT))
        ids = {
            "bea": bea.id,
            "line": tx.session.scalars(select(BilanEntry.id)).one(),
            "vote": asked.id,
            "question": asked.vote_post_id or 0,
            "meets": meets.id,
            "said": said.id,
            "offer": offer.id,
            "answer": answer.id,
            "date": date.id,
            "circle": circle.id,
            "draft": draft.id,
        }
        archive = tx.session.get_one(Archive, bea.id).key
        assert archive is not None
        return Hers(ids, archive)

    found: Hers = town.change(work)
    return found
