"""A private word from elsewhere names people whom we do not know yet: they belong to it too.

A conversation of three stays one only if each of them can answer both of the others.
"""

from sqlalchemy import update

from microfed.operations.jobs import add_job
from microfed.operations.naming import name_people
from microfed.queries.people import actors_at, find_actor
from microfed.store.database import Tx
from microfed.store.posts import Post
from microfed.store.reading import Conversation
from microfed.vocab.audience import Audience
from microfed.vocab.objects import Note

MOST_LEARNT = 3


def learn_of_others(tx: Tx, *, post_id: int, audience: Audience, note: Note) -> None:
    """Have the others who are named in a private word looked up, a few at most, afterwards.

    The word itself does not wait for their servers.
    """
    if audience is not Audience.PEOPLE:
        return
    tagged = {
        tag.href
        for tag in note.mentions
        if tag.href.startswith(("https://", "http://"))
        and tag.href.isprintable()
        and not tx.here.is_ours(tag.href)
    }
    for uri in sorted(tagged - set(actors_at(tx, tagged)))[:MOST_LEARNT]:
        arguments = {"post_id": post_id, "uri": uri}
        add_job(tx, "learn_of", key=f"{post_id}:{uri}", arguments=arguments)


def others_were_learnt(tx: Tx, *, post_id: int, uri: str) -> None:
    """Somebody named in a private word is known now: they are named in it here too."""
    post, person = tx.session.get(Post, post_id), find_actor(tx, uri)
    if post is None or person is None or person.id == post.actor_id:
        return
    name_people(tx, post_id, loud=[person], silent=())
    talks = tx.session.query(Conversation).filter(Conversation.last_post_id == post_id)
    for talk in talks:
        if person.id not in talk.people:
            tx.connection.execute(
                update(Conversation)
                .where(Conversation.id == talk.id)
                .values(people=[person.id, *talk.people])
            )
    tx.tell("post_changed", post_id)
