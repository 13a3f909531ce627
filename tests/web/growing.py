"""More of everything in a place that has some of each: neighbours, words, events, servers."""

from datetime import timedelta

from microfed.ids import id_at
from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.announcements import Notice, announce_here
from microfed.operations.circles import make_circle, put_in_circle
from microfed.operations.consultations import begin_consultation
from microfed.operations.domains import rule_domain
from microfed.operations.drafts import keep_draft
from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.filters import KeywordWish, make_filter
from microfed.operations.follows import request_follow
from microfed.operations.groups import Terms as GroupTerms
from microfed.operations.groups import make_group
from microfed.operations.hosts import host_failed
from microfed.operations.introductions import propose
from microfed.operations.invitations import invite
from microfed.operations.lists import make_list, put_on_list
from microfed.operations.polls import Choice
from microfed.operations.posts import write_post
from microfed.operations.reactions import boost, like
from microfed.operations.reports import report
from microfed.operations.saying import Draft
from microfed.operations.silencing import mute
from microfed.operations.wishes import Wish
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Post
from microfed.vocab.audience import Audience
from tests.web.conftest import Town, passed_on


def grow(town: Town, said: dict[str, int], rounds: range) -> None:
    """Let as many more neighbours as there are `rounds` do all that neighbours do."""
    for n in rounds:
        town.add(f"voisin{n}", display_name=f"Voisin {n}", role="member")
        passed_on(town, by=f"voisin{n}", host=f"h{n}.test")
        town.change(lambda tx, n=n: _live(tx, town.people, said, n))


def _live(tx: Tx, people: dict[str, int], said: dict[str, int], n: int) -> None:
    new, amel, bea = (tx.session.get_one(Actor, people[x]) for x in (f"voisin{n}", "amel", "bea"))
    request_follow(tx, follower=amel, target=new)
    request_follow(tx, follower=new, target=amel)
    _say(tx, new, said, n)
    aid = publish_aid(
        tx, author=new, terms=Terms("offer", "loan", f"Perceuse {n}"), audience=Audience.PUBLIC
    )
    publish_aid(
        tx, author=amel, terms=Terms("need", "loan", f"Perceuse {n}"), audience=Audience.PUBLIC
    )
    starts = tx.now + timedelta(days=2, hours=n)
    plan = Plan(f"Jeux {n}", starts, zone="Europe/Paris", capacity=9)
    for author in (new, amel):
        event = publish_event(tx, author=author, plan=plan, audience=Audience.PUBLIC)
        answer_event(tx, actor=bea, post=event, wish="going")
    answer_event(tx, actor=new, post=tx.session.get_one(Post, said["event"]), wish="going")
    group = make_group(tx, founder=new, name=f"jeux{n}", terms=GroupTerms(f"Jeux {n}", "", "open"))
    request_follow(tx, follower=amel, target=group)
    write_post(tx, author=new, draft=Draft("On joue ?", group=group))
    begin_consultation(
        tx, author=new, title=f"Cour {n}", words="Que faire ?", audience=Audience.LOCAL
    )
    announce_here(tx, by=amel, notice=Notice(f"Fête {n}"))
    _keep_the_place(tx, new, amel, n)
    _keep_for_herself(tx, new, amel, aid, n)
    propose(tx, proposer=new, one=amel, other=bea, reason="Vous jouez tous deux")


def _say(tx: Tx, new: Actor, said: dict[str, int], n: int) -> None:
    ladder, answer, bread = (
        tx.session.get_one(Post, said[name]) for name in ("ladder", "answer", "bread")
    )
    post = write_post(tx, author=new, draft=Draft(f"@amel Bonjour {n} #entraide", language="fr"))
    tx.session.add(
        Attachment(
            id=id_at(tx.now), post_id=post.id, kind="image", remote_url=f"https://h{n}.test/1.jpg"
        )
    )
    for draft in (
        Draft("@leo Moi aussi", in_reply_to=ladder),
        Draft("@amel Merci", in_reply_to=answer),
        Draft("À lire", quote_of=bread),
        Draft("On y va ?", poll=Choice(("oui", "non"), lasts=timedelta(days=1))),
        Draft("@amel Entre nous", audience=Audience.PEOPLE),
        Draft("Ici seulement", audience=Audience.LOCAL, warning="Long"),
    ):
        write_post(tx, author=new, draft=draft)
    like(tx, actor=new, post=answer)
    boost(tx, actor=new, post=answer)


def _keep_the_place(tx: Tx, new: Actor, amel: Actor, n: int) -> None:
    eva = tx.session.query(Actor).filter_by(host=f"h{n}.test").one()
    report(tx, reporter=new, target=eva, comment="Trop")
    host_failed(tx, f"h{n}.test", "no answer")
    rule_domain(tx, by=amel, domain=f"bad{n}.test", action="block")
    mute(tx, muter=amel, muted=eva)


def _keep_for_herself(tx: Tx, new: Actor, amel: Actor, post: Post, n: int) -> None:
    put_on_list(tx, make_list(tx, owner=amel, title=f"Liste {n}"), [new.id])
    put_in_circle(tx, make_circle(tx, owner=amel, title=f"Cercle {n}"), [new.id])
    make_filter(
        tx, owner=amel, title=f"Calme {n}", contexts=["home"], keywords=[KeywordWish(f"mot{n}")]
    )
    keep_draft(tx, author=amel, wish=Wish(text=f"Un jour {n}", audience="public"))
    invite(tx, inviter_id=amel.id, who_may="members", note=f"Pour {n}")
