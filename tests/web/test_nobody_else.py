"""What is one's own alone, a balance and a ballot, is behind no door for anybody else: every
address there is, asked by a neighbour, an admin, somebody without an account."""

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from microfed.operations.tokens import give_token
from microfed.store.bilan import BilanEntry
from microfed.store.consultations import Ballot
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
from tests.mastodon.table import flat
from tests.operations.voting import voted_on, votes
from tests.web.conftest import ORIGIN, Town, fill, send, sign_in
from tests.web.settings.test_going import do_jobs
from tests.web.test_bilan import MINUTES, SECRET, write

REASON = "sentinelle-du-bulletin"
# They answer for ever; what they send are posts and news.
ENDLESS = ("/listen", "/api/v1/streaming")
# Where an address names something, it is asked for Béa, and for this of hers.
HERS = {
    "posts": "question",
    "@{name}": "question",
    "statuses": "question",
    "polls": "question",
    "consultations": "vote",
    "admin": "line",
    "filters": "line",
    "lists": "line",
}


async def test_no_door_gives_a_balance_or_a_ballot_to_anybody_else(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    # Given Béa's balance, her file, her objection in a vote; and people with all that opens doors
    caplog.set_level(logging.DEBUG)
    fill(town)
    await sign_in(town, "bea")
    await write(town)
    await send(town, "/settings/export", x="1")
    await do_jobs(town)
    own = await town.get("/bilan?days=90")
    vote, question = town.change(lambda tx: bea_objects(tx, town))
    line = town.change(lambda tx: tx.session.scalars(select(BilanEntry.id)).one())
    ids = {"bea": town.people["bea"], "line": line, "vote": vote, "question": question}
    addresses = sorted(set(all_addresses(town, ids)))
    assert len(addresses) > 300

    # When each of them asks every address, and Béa those that show votes
    told, answered = [], 0
    for who in ("leo", "amel", None):
        town.browser.cookies.clear()
        headers = dict(ORIGIN)
        if who is not None:
            await sign_in(town, who)
            headers["Authorization"] = f"Bearer {key_of(town, who)}"
        for path in addresses:
            page = await town.browser.get(path, headers=headers)
            answered += page.status_code == 200
            if any(word in page.text for word in (SECRET, REASON, MINUTES, "4,711")):
                told.append(f"GET {path} ({who})")
        if who is not None:
            gone = await send(town, "/bilan", deed="strike", id=str(line))
            assert gone.status_code == 404
    await sign_in(town, "bea")
    headers = {"Authorization": f"Bearer {key_of(town, 'bea')}"}
    for path in (f"/consultations/{vote}", f"/posts/{question}", f"/api/v1/polls/{question}"):
        page = await town.browser.get(path, headers=headers)
        if page.status_code != 200 or REASON in page.text or "checked" in page.text:
            told.append(path)
    assert page.json()["voted"] is True and page.json()["own_votes"] == []

    # Then it is in none of the answers and in no log, and still hers
    assert SECRET in own.text
    assert told == []
    assert answered > 300
    assert not [word for word in (SECRET, REASON, MINUTES) if word in caplog.text]
    assert town.change(lambda tx: tx.session.scalars(select(BilanEntry.words)).one()) == SECRET
    assert len(town.change(lambda tx: tx.session.scalars(select(Ballot.member_id)).all())) == 1


def bea_objects(tx: Tx, town: Town) -> tuple[int, int]:
    """Béa objects in a vote of the place, and signs; return the vote and its question."""
    bea, amel = (tx.session.get_one(Actor, town.people[name]) for name in ("bea", "amel"))
    asked = voted_on(tx, by=bea, opener=amel, method="consent", audience=Audience.PUBLIC)
    votes(tx, bea, asked, 2, reason=REASON, is_signed=True)
    return asked.id, asked.vote_post_id or 0


def all_addresses(town: Town, ids: dict[str, int]) -> Iterator[str]:
    """Return every address one can ask for, with Béa's name and numbers in it."""
    names = {"name": "bea", "username": "bea", "acct": "bea"}
    asked = f"?days=90&acct=bea&q={SECRET[:6]}&resolve=false&id={ids['line']}"
    for route in flat(town.instance.app.routes):
        if "GET" not in (route.methods or ()) or route.path.startswith(ENDLESS):
            continue
        first, *others = route.path.split("{")
        for what in ("bea", *(kind for word, kind in HERS.items() if word in route.path)):
            steps = [
                names.get(step.partition("}")[0].partition(":")[0], str(ids[what]))
                + step.partition("}")[2]
                for step in others
            ]
            yield first + "".join(steps) + asked


def key_of(town: Town, who: str) -> str:
    """Return a token for all that there is, the admin's doors included."""

    def work(tx: Tx) -> str:
        scopes = ["read", "write", "follow", "push", "profile", "admin:read", "admin:write"]
        return give_token(tx, member_id=town.people[who], scopes=scopes)

    return str(town.change(work))
