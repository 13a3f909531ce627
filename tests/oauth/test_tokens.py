"""Tokens: what an exchange, a refresh, a revocation and a question are answered with."""

import asyncio
import base64
from collections import Counter
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select, update

from microfed.operations.grants import CODE_LASTS
from microfed.store.access import Code, Token
from tests.oauth.conftest import CALLBACK, CHALLENGE, VERIFIER, Place

PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
async def signed_in(place: Place) -> Place:
    await place.register()
    await place.sign_in()
    return place


async def test_a_code_is_good_once_and_coming_again_it_ends_what_it_gave(signed_in: Place) -> None:
    code = await signed_in.code()
    token = (await signed_in.exchange(code)).json()["access_token"]
    assert await signed_in.works(token)

    again = await signed_in.exchange(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not await signed_in.works(token)


async def test_of_fifty_exchanges_at_once_one_succeeds(signed_in: Place) -> None:
    code = await signed_in.code()

    answers = await asyncio.gather(*(signed_in.exchange(code) for _ in range(50)))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 49}


async def test_a_code_is_too_old_after_a_minute(signed_in: Place) -> None:
    code = await signed_in.code()
    with signed_in.instance.house.db.writing() as tx:
        tx.connection.execute(update(Code).values(expires_at=tx.now - timedelta(seconds=1)))

    late = await signed_in.exchange(code)

    assert timedelta(seconds=60) == CODE_LASTS
    assert late.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("wrong", "error", "status"),
    [
        ({"redirect_uri": f"{CALLBACK}/"}, "invalid_grant", 400),
        ({"redirect_uri": None}, "invalid_grant", 400),
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"client_secret": None}, "invalid_client", 401),
        ({"client_id": "wrong"}, "invalid_client", 401),
        ({"client_id": None}, "invalid_client", 401),
        ({"code": "wrong"}, "invalid_grant", 400),
        ({"code": None}, "invalid_request", 400),
        ({"code_verifier": VERIFIER}, "invalid_grant", 400),
        ({"grant_type": "password", "username": "ada"}, "unsupported_grant_type", 400),
        ({"grant_type": None}, "invalid_request", 400),
    ],
)
async def test_an_exchange_that_is_wrong_gives_nothing_and_takes_nothing(
    signed_in: Place, wrong: dict[str, str | None], error: str, status: int
) -> None:
    code = await signed_in.code()

    answer = await signed_in.exchange(**({"code": code} | wrong))

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert (await signed_in.exchange(code)).status_code == 200


@pytest.mark.parametrize("verifier", [None, "", f"{VERIFIER}x", CHALLENGE])
async def test_with_pkce_only_the_verifier_opens(signed_in: Place, verifier: str | None) -> None:
    code = await signed_in.code(**PKCE)

    wrong = await signed_in.exchange(code, code_verifier=verifier)
    right = await signed_in.exchange(code, code_verifier=VERIFIER)

    assert wrong.json()["error"] == "invalid_grant"
    assert right.status_code == 200


async def test_the_code_of_one_app_is_worth_nothing_to_another(signed_in: Place) -> None:
    code = await signed_in.code()
    first = signed_in.app
    await signed_in.register(client_name="Another")

    stolen = await signed_in.exchange(code)

    assert stolen.json()["error"] == "invalid_grant"
    signed_in.app = first
    assert (await signed_in.exchange(code)).status_code == 200


async def test_an_exchange_is_read_as_json_as_multipart_with_basic_and_from_the_address(
    signed_in: Place,
) -> None:
    id_, secret = signed_in.app["client_id"], signed_in.app["client_secret"]
    basic = base64.b64encode(f"{id_}:{secret}".encode()).decode()
    without = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    whole = without | {"client_id": id_, "client_secret": secret}
    post = signed_in.api.post

    answers = [
        await post("/oauth/token", json=whole | {"code": await signed_in.code()}),
        await post(
            "/oauth/token",
            files={name: (None, value) for name, value in whole.items()}
            | {"code": (None, await signed_in.code())},
        ),
        await post(
            "/oauth/token",
            data=without | {"code": await signed_in.code()},
            headers={"Authorization": f"Basic {basic}"},
        ),
        await post("/oauth/token", params=whole | {"code": await signed_in.code()}),
        await post(
            "/oauth/token",
            content=orjson.dumps(whole | {"code": await signed_in.code()}),
            headers={"Content-Type": "application/json; charset=UTF-8", "User-Agent": ""},
        ),
    ]

    assert [answer.status_code for answer in answers] == [200] * 5


async def test_an_app_of_mastodons_kind_gets_a_token_without_end(signed_in: Place) -> None:
    given = (await signed_in.exchange(await signed_in.code())).json()

    assert "expires_in" not in given
    assert "refresh_token" not in given


async def test_nothing_secret_is_kept_as_it_is(signed_in: Place) -> None:
    code = await signed_in.code()
    token = (await signed_in.exchange(code)).json()["access_token"]
    secrets = (code, token, signed_in.app["client_secret"])

    with signed_in.instance.house.db.reading() as tx:
        kept = [
            *tx.connection.execute(select(Code)),
            *tx.connection.execute(select(Token)),
        ]
    file = signed_in.instance.house.settings.data / "microfed.db"

    assert kept
    stored = b"".join(path.read_bytes() for path in file.parent.glob("microfed.db*"))
    assert not [secret for secret in secrets if secret.encode() in stored]


async def test_an_app_gets_a_token_of_its_own(signed_in: Place) -> None:
    said = {
        "grant_type": "client_credentials",
        "client_id": signed_in.app["client_id"],
        "client_secret": signed_in.app["client_secret"],
        "scope": "read",
    }

    given = (await signed_in.api.post("/oauth/token", data=said)).json()
    header = {"Authorization": f"Bearer {given['access_token']}"}
    about = await signed_in.api.get("/api/v1/apps/verify_credentials", headers=header)
    me = await signed_in.api.get("/oauth/userinfo", headers=header)
    more = await signed_in.api.post("/oauth/token", data=said | {"scope": "admin:read"})

    assert (given["scope"], "me" in given) == ("read", False)
    assert about.json()["name"] == "Appli"
    assert "client_secret" not in about.json()
    assert me.status_code == 401
    assert more.json()["error"] == "invalid_scope"


async def test_a_token_is_revoked_by_its_app_alone(signed_in: Place) -> None:
    token = (await signed_in.exchange(await signed_in.code())).json()["access_token"]
    mine = {name: signed_in.app[name] for name in ("client_id", "client_secret")}
    other = await signed_in.register(client_name="Another")
    theirs = {name: other[name] for name in ("client_id", "client_secret")}

    refusals = [
        await signed_in.api.post("/oauth/revoke", data=theirs | {"token": token}),
        await signed_in.api.post(
            "/oauth/revoke", data=mine | {"token": token, "client_secret": ""}
        ),
        await signed_in.api.post("/oauth/revoke", data={"token": token}),
    ]
    assert [answer.status_code for answer in refusals] == [403, 403, 403]
    assert await signed_in.works(token)
    done = await signed_in.api.post("/oauth/revoke", data=mine | {"token": token})
    again = await signed_in.api.post("/oauth/revoke", json=mine | {"token": token})

    assert (done.status_code, done.json()) == (200, {})
    assert again.status_code == 200
    assert not await signed_in.works(token)


async def test_a_token_tells_its_app_what_it_is_worth(signed_in: Place) -> None:
    token = (await signed_in.exchange(await signed_in.code())).json()["access_token"]
    mine = {name: signed_in.app[name] for name in ("client_id", "client_secret")}
    other = await signed_in.register(client_name="Another")
    theirs = {name: other[name] for name in ("client_id", "client_secret")}
    ask = signed_in.api.post

    answer = await ask("/oauth/introspect", data=mine | {"token": token})
    itself = await ask(
        "/oauth/introspect", data={"token": token}, headers={"Authorization": f"Bearer {token}"}
    )
    stranger = await ask("/oauth/introspect", data=theirs | {"token": token})
    nobody = await ask("/oauth/introspect", data={"token": token})
    unknown = await ask("/oauth/introspect", data=mine | {"token": "x"})

    said = answer.json()
    assert said["active"] is True
    assert said["me"] == said["sub"] == "https://here.test/users/ada"
    assert (said["scope"], said["username"]) == ("read write", "ada")
    assert itself.json()["me"] == said["me"]
    assert stranger.json() == unknown.json() == {"active": False}
    assert nobody.status_code == 401


async def test_userinfo_says_who_and_needs_a_scope(signed_in: Place) -> None:
    reads = (await signed_in.exchange(await signed_in.code(scope="read"))).json()["access_token"]
    writes = (await signed_in.exchange(await signed_in.code(scope="write"))).json()["access_token"]

    who = await signed_in.api.get("/oauth/userinfo", headers={"Authorization": f"Bearer {reads}"})
    refused = await signed_in.api.post(
        "/oauth/userinfo", headers={"Authorization": f"Bearer {writes}"}
    )
    stranger = await signed_in.api.get("/oauth/userinfo")

    assert who.json() == {
        "iss": "https://here.test/",
        "sub": "https://here.test/users/ada",
        "name": "Ada",
        "preferred_username": "ada",
        "profile": "https://here.test/@ada",
        "picture": None,
    }
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    assert stranger.status_code == 401
    assert stranger.headers["www-authenticate"].startswith("Bearer")
