"""Grants: a code once, a refresh token once, and what a stolen one ends. On both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from microfed.errors import Invalid, NotFound
from microfed.operations.apps import Wish, register_app, remember_document_app, revoke_app
from microfed.operations.clean_up import clean_up
from microfed.operations.grants import (
    Denial,
    Given,
    allow,
    challenge_of,
    redeem,
    refresh,
    revoke_of_client,
)
from microfed.operations.members import add_member
from microfed.operations.secrets import vapid_keys
from microfed.operations.tokens import hash_of
from microfed.queries.apps import Client, find_client, list_authorised_apps
from microfed.queries.tokens import find_holder
from microfed.store.access import App, Code, Token
from microfed.store.database import Database, Tx

CALLBACK = "https://app.test/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def app(tx: Tx, **more: object) -> Client:
    registered = register_app(tx, Wish(**{"name": "Appli", "redirect_uris": (CALLBACK,)} | more))  # type: ignore[arg-type]
    client = find_client(tx, registered.client_id)
    assert client is not None
    return client


def code_for(tx: Tx, client: Client, member_id: int, challenge: str | None = None) -> str:
    return allow(
        tx,
        client=client,
        member_id=member_id,
        redirect_uri=CALLBACK,
        scopes=("read", "write"),
        challenge=challenge,
    )


def exchange(tx: Tx, client: Client, code: str) -> Given | Denial:
    return redeem(
        tx, client=client, code=code, redirect_uri=CALLBACK, verifier=None, has_secret=True
    )


def given(answer: Given | Denial) -> Given:
    assert isinstance(answer, Given), answer
    return answer


def test_the_challenge_is_that_of_the_rfc() -> None:
    # RFC 7636, appendix B.
    assert challenge_of(VERIFIER) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_code_becomes_a_token_once(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    client = app(tx)
    code = code_for(tx, client, ada.id)

    first = given(exchange(tx, client, code))
    holder = find_holder(tx, hash_of(first.token))
    again = exchange(tx, client, code)

    assert holder is not None
    assert holder.actor_uri == first.me == "https://here.test/users/ada"
    assert isinstance(again, Denial)
    assert find_holder(tx, hash_of(first.token)) is None
    assert ("token", hash_of(first.token)) in tx.news


def test_of_many_exchanges_in_many_threads_one_succeeds(db: Database) -> None:
    with db.writing() as tx:
        ada = add_member(tx, name="ada")
        client = app(tx)
        code = code_for(tx, client, ada.id)

    def try_it(_: int) -> Given | Denial:
        with db.writing() as tx:
            return exchange(tx, client, code)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(try_it, range(50)))

    assert sum(isinstance(answer, Given) for answer in answers) == 1
    with db.reading() as tx:
        assert len(tx.connection.execute(select(Token)).all()) == 1


def test_a_refresh_token_is_good_once_and_stolen_ends_them_all(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    client = app(tx, kind="dynamic", is_public=True)
    code = code_for(tx, client, ada.id, challenge_of(VERIFIER))
    first = given(
        redeem(
            tx,
            client=client,
            code=code,
            redirect_uri=CALLBACK,
            verifier=VERIFIER,
            has_secret=False,
        )
    )
    assert (first.expires_in, first.refresh is not None) == (7_200, True)

    second = given(refresh(tx, client=client, refresh_token=first.refresh or ""))
    assert find_holder(tx, hash_of(first.token)) is None
    assert find_holder(tx, hash_of(second.token)) is not None
    stolen = refresh(tx, client=client, refresh_token=first.refresh or "")

    assert isinstance(stolen, Denial)
    assert find_holder(tx, hash_of(second.token)) is None
    assert isinstance(refresh(tx, client=client, refresh_token=second.refresh or ""), Denial)


def test_a_refresh_narrows_and_never_widens(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    client = app(tx, kind="dynamic")
    first = given(exchange(tx, client, code_for(tx, client, ada.id)))

    wider = refresh(
        tx, client=client, refresh_token=first.refresh or "", scopes=("read", "admin:read")
    )
    narrower = refresh(tx, client=client, refresh_token=first.refresh or "", scopes=("read",))

    assert isinstance(wider, Denial)
    assert wider.error == "invalid_scope"
    assert given(narrower).scopes == ("read",)


def test_a_refresh_token_of_another_app_is_worth_nothing(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    client, other = app(tx, kind="dynamic"), app(tx, kind="dynamic")
    first = given(exchange(tx, client, code_for(tx, client, ada.id)))

    assert isinstance(refresh(tx, client=other, refresh_token=first.refresh or ""), Denial)
    assert not revoke_of_client(tx, client=other, token=first.refresh or "")
    assert revoke_of_client(tx, client=client, token=first.refresh or "")
    assert find_holder(tx, hash_of(first.token)) is None


def test_who_is_suspended_gives_no_more_tokens(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    client = app(tx)
    code = code_for(tx, client, ada.id)
    from_table = tx.session.get_one(type(ada), ada.id)
    from_table.gone_at = tx.now
    tx.flush()

    assert isinstance(exchange(tx, client, code), Denial)


def test_a_member_sees_their_apps_and_takes_consent_back(tx: Tx) -> None:
    ada, bea = add_member(tx, name="ada"), add_member(tx, name="bea")
    client = app(tx, website="https://app.test")
    mine = given(exchange(tx, client, code_for(tx, client, ada.id)))
    theirs = given(exchange(tx, client, code_for(tx, client, bea.id)))
    waiting = code_for(tx, client, ada.id)

    listed = list_authorised_apps(tx, ada.id)
    revoke_app(tx, member_id=ada.id, app_id=client.id)

    assert [(one.name, one.website, one.scopes) for one in listed] == [
        ("Appli", "https://app.test", ("read", "write"))
    ]
    assert list_authorised_apps(tx, ada.id) == []
    assert find_holder(tx, hash_of(mine.token)) is None
    assert find_holder(tx, hash_of(theirs.token)) is not None
    assert isinstance(exchange(tx, client, waiting), Denial)
    with pytest.raises(NotFound):
        revoke_app(tx, member_id=ada.id, app_id=client.id)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://app.test/#fragment",
        "https://user@app.test/",
        "https:///nohost",
        "/relative",
        "app.test",
        "https://app.test/a b",
        "https://app.test/\r\nX: y",
        "https://app.test:99999/",
        "https://app.test\\@evil.test/",
        "urn:ietf:wg:oauth:2.0:other",
        "tusky:",
        "",
    ],
)
def test_an_app_cannot_be_reached_at_what_is_no_address_of_an_app(tx: Tx, uri: str) -> None:
    with pytest.raises(Invalid, match="Validation failed: Redirect URI"):
        app(tx, redirect_uris=(uri,))


@pytest.mark.parametrize(
    "uri",
    [
        "urn:ietf:wg:oauth:2.0:oob",
        "oauth2redirect://com.keylesspalace.tusky/",
        "icecubesapp://",
        "http://localhost:63546/callback",
        "http://oauth-redirect.andstatus.org",
        "https://elk.zone/api/here.test/oauth/https%3A%2F%2Felk.zone",
        "com.app.test:/callback",
    ],
)
def test_the_addresses_of_existing_apps_are_taken(tx: Tx, uri: str) -> None:
    assert app(tx, redirect_uris=(uri,)).redirect_uris == (uri,)


def test_what_an_app_says_at_its_address_replaces_what_it_said(tx: Tx) -> None:
    address = "https://app.test/client.json"
    for name in ("First", "Second"):
        remember_document_app(
            tx, client_id=address, name=name, redirect_uris=[CALLBACK], website=None, extras={}
        )

    client = find_client(tx, address)

    assert client is not None
    assert (client.name, client.kind, client.refreshes) == ("Second", "document", True)
    assert len(tx.connection.execute(select(App)).all()) == 1


def test_the_keys_of_push_are_made_once(tx: Tx) -> None:
    first = vapid_keys(tx)

    assert vapid_keys(tx) == first
    assert (len(first.public), len(first.private)) == (87, 43)


def test_what_is_over_is_cleaned_up(tx: Tx) -> None:
    ada = add_member(tx, name="ada")
    client = app(tx)
    kept = given(exchange(tx, client, code_for(tx, client, ada.id)))
    gone = given(exchange(tx, client, code_for(tx, client, ada.id)))
    long_ago = tx.now - timedelta(days=31)
    tx.connection.execute(update(Code).values(expires_at=long_ago))
    tx.connection.execute(
        update(Token).where(Token.token_hash == hash_of(gone.token)).values(revoked_at=long_ago)
    )

    clean_up(tx)

    assert tx.connection.execute(select(Code)).all() == []
    assert list(tx.connection.scalars(select(Token.token_hash))) == [hash_of(kept.token)]
