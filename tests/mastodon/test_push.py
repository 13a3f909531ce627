"""Web Push: an app is woken by bytes that it alone can read, in either encryption."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import http_ece
import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from mastodon import Mastodon
from sqlalchemy import func, select, update

from microfed.operations.tokens import revoke_token
from microfed.store.push import Push, PushSubscription
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio
ENDPOINT = "https://push.test/ana"


@dataclass
class PushService(httpx.AsyncBaseTransport):
    """A push service: it takes what comes, or answers `status`."""

    status: int = 201
    taken: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.taken.append(request)
        return httpx.Response(self.status, request=request)


@pytest.fixture
async def service(fediverse: Fediverse) -> PushService:
    made = PushService()
    fediverse.network.apps["push.test"] = made
    return made


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Keys:
    """What an app keeps to read what wakes it. Made by Mastodon.py."""

    private: dict[str, Any]
    public: dict[str, Any]

    def read(self, request: httpx.Request) -> dict[str, Any]:
        """Read a push in the standard encryption, as RFC 8291 says."""
        key = ec.derive_private_key(self.private["privkey"], ec.SECP256R1())
        plain = http_ece.decrypt(
            request.content, private_key=key, auth_secret=self.private["auth"], version="aes128gcm"
        )
        found: dict[str, Any] = json.loads(plain)
        return found

    async def subscribe(self, ana: Phone, *, alerts: tuple[str, ...], **more: Any) -> Any:
        """Ask to be woken."""
        policy, standard = more.pop("policy", "all"), more.pop("standard", True)
        keys = {"p256dh": b64(self.public["pubkey"]), "auth": b64(self.public["auth"])}
        return await ana.post(
            "/api/v1/push/subscription",
            subscription={"endpoint": ENDPOINT, "keys": keys, "standard": standard} | more,
            data={"alerts": dict.fromkeys(alerts, True), "policy": policy},
        )


def mastodon_py() -> Mastodon:
    """The library, for its cryptography alone."""
    return Mastodon(
        api_base_url="https://here.test",
        access_token="none",
        version_check_mode="none",
    )


@pytest.fixture
def app() -> Keys:
    client = Mastodon(
        api_base_url="https://here.test", access_token="none", version_check_mode="none"
    )
    return Keys(*client.push_subscription_generate_keys())


def waiting(here: Instance) -> int:
    with here.house.db.reading() as tx:
        return tx.connection.scalar(select(func.count(Push.id))) or 0


async def test_a_mention_wakes_an_app_with_what_native_apps_decode(
    fediverse: Fediverse, service: PushService, ana: Phone, bea: Phone, app: Keys
) -> None:
    made = await app.subscribe(ana, alerts=("mention",))
    assert made["alerts"]["mention"] is True
    assert made["alerts"]["favourite"] is False
    assert made["standard"] is True

    said = await bea.says("@ana tu viens au <marché> ?")
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")
    await fediverse.settle()

    (request,) = service.taken
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.headers["ttl"] == "172800"
    payload = app.read(request)
    (told,) = [one for one in await ana.get("/api/v1/notifications") if one["type"] == "mention"]
    assert payload == {
        "access_token": ana.token,
        "preferred_locale": "fr",
        "notification_id": told["id"],
        "notification_type": "mention",
        "icon": told["account"]["avatar"],
        "title": "bea vous a écrit",
        "body": "@ana tu viens au <marché> ?",
    }
    assert told["status"]["id"] == said["id"]


async def test_the_older_encryption_is_read_by_mastodon_py(
    fediverse: Fediverse, service: PushService, ana: Phone, bea: Phone, app: Keys
) -> None:
    await app.subscribe(ana, alerts=("favourite",), standard=False)
    post = await ana.says("bonjour")

    await bea.post(f"/api/v1/statuses/{post['id']}/favourite")
    await fediverse.settle()

    (request,) = service.taken
    assert request.headers["content-encoding"] == "aesgcm"
    client = Mastodon(
        api_base_url="https://here.test", access_token="none", version_check_mode="none"
    )
    found = client.push_subscription_decrypt_push(
        request.content,
        app.private,
        request.headers["encryption"],
        request.headers["crypto-key"],
    )
    assert found.notification_type == "favourite"
    assert found.access_token == ana.token


@pytest.mark.parametrize("standard", [True, False])
async def test_the_push_service_can_tell_who_we_are(
    fediverse: Fediverse, service: PushService, ana: Phone, bea: Phone, app: Keys, standard: bool
) -> None:
    made = await app.subscribe(ana, alerts=("mention",), standard=standard)
    await bea.says("@ana hé")
    await fediverse.settle()

    said = service.taken[0].headers["authorization"]
    if standard:
        kind, _, rest = said.partition(" ")
        fields = dict(part.split("=", 1) for part in rest.split(","))
        token = fields["t"]
        assert (kind, fields["k"]) == ("vapid", made["server_key"])
    else:
        kind, _, token = said.partition(" ")
        assert kind == "WebPush"
        assert service.taken[0].headers["crypto-key"].endswith(f"p256ecdsa={made['server_key']}")
    head, claims, signature = token.split(".")
    raw = unpadded(signature)
    signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point = unpadded(made["server_key"])
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(unpadded(claims))["aud"] == "https://push.test"
    instance = await ana.get("/api/v2/instance")
    assert instance["configuration"]["vapid"]["public_key"] == made["server_key"]


async def test_an_address_that_is_no_more_is_forgotten(
    fediverse: Fediverse, service: PushService, here: Instance, ana: Phone, bea: Phone, app: Keys
) -> None:
    await app.subscribe(ana, alerts=("mention",))
    service.status = 410

    await bea.says("@ana un")
    await fediverse.settle()
    await bea.says("@ana deux")
    await fediverse.settle()

    assert len(service.taken) == 1
    await ana.get("/api/v1/push/subscription", expects=404)


async def test_what_cannot_be_sent_now_is_sent_later(
    fediverse: Fediverse, service: PushService, here: Instance, ana: Phone, bea: Phone, app: Keys
) -> None:
    await app.subscribe(ana, alerts=("mention",))
    service.status = 503
    await bea.says("@ana un")
    await fediverse.settle()
    assert (len(service.taken), waiting(here)) == (1, 1)

    service.status = 201
    with here.house.db.writing() as tx:
        tx.connection.execute(update(Push).values(due_at=tx.now - timedelta(seconds=1)))
    await fediverse.settle()

    assert (len(service.taken), waiting(here)) == (2, 0)
    assert app.read(service.taken[1])["notification_type"] == "mention"


async def test_a_revoked_token_wakes_nobody(
    fediverse: Fediverse, service: PushService, here: Instance, ana: Phone, bea: Phone, app: Keys
) -> None:
    await app.subscribe(ana, alerts=("mention",))
    with here.house.db.writing() as tx:
        revoke_token(tx, str(ana.token))

    await bea.says("@ana hé")
    await fediverse.settle()

    assert service.taken == []
    with here.house.db.reading() as tx:
        assert tx.session.scalars(select(PushSubscription)).all() == []


async def test_what_is_taken_back_before_it_was_sent_wakes_nobody(
    fediverse: Fediverse, service: PushService, here: Instance, ana: Phone, bea: Phone, app: Keys
) -> None:
    await app.subscribe(ana, alerts=("mention",))

    said = await bea.says("@ana oups")
    await bea.delete(f"/api/v1/statuses/{said['id']}")
    await fediverse.settle()

    assert (service.taken, waiting(here)) == ([], 0)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("all", {"bea", "cid"}), ("followed", {"bea"}), ("follower", {"cid"}), ("none", set())],
)
async def test_an_app_says_from_whom_it_wants_to_hear(
    fediverse: Fediverse,
    service: PushService,
    here: Instance,
    ana: Phone,
    bea: Phone,
    phone: Callable[[Neighbour], Phone],
    app: Keys,
    policy: str,
    expected: set[str],
) -> None:
    cid = phone(here.add("cid"))
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    await cid.post(f"/api/v1/accounts/{ana.id}/follow")
    await app.subscribe(ana, alerts=("mention",), policy=policy)

    for one in (bea, cid):
        await one.says("@ana hé")
    await fediverse.settle()

    assert {app.read(one)["title"].split()[0] for one in service.taken} == expected


async def test_a_subscription_is_the_tokens_own_and_is_replaced_changed_and_dropped(
    ana: Phone, bea: Phone, app: Keys
) -> None:
    first = await app.subscribe(ana, alerts=("mention",))
    second = await app.subscribe(ana, alerts=("poll",))
    assert first["id"] != second["id"]
    assert (await ana.get("/api/v1/push/subscription"))["id"] == second["id"]
    await bea.get("/api/v1/push/subscription", expects=404)

    changed = await ana.put(
        "/api/v1/push/subscription", data={"alerts": {"follow": "true"}, "policy": "followed"}
    )

    assert changed["alerts"]["follow"] is True
    assert changed["alerts"]["poll"] is False
    await ana.delete("/api/v1/push/subscription")
    await ana.get("/api/v1/push/subscription", expects=404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.test/x"},
        {"endpoint": ""},
        {"keys": {"p256dh": "AAAA", "auth": "4vQK-SvRAN5eo-8ASlrwdQ"}},
        {"keys": {"p256dh": "é", "auth": "x"}},
        {"keys": {}},
    ],
)
async def test_what_could_never_be_sent_is_refused(
    here: Instance, ana: Phone, app: Keys, wrong: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError, match="422"):
        await app.subscribe(ana, alerts=("mention",), **wrong)

    await ana.get("/api/v1/push/subscription", expects=404)


async def test_the_token_is_not_kept_in_the_open(here: Instance, ana: Phone, app: Keys) -> None:
    await app.subscribe(ana, alerts=("mention",))

    with here.house.db.reading() as tx:
        (kept,) = tx.session.scalars(select(PushSubscription))

    assert str(ana.token) not in (kept.token, kept.token_hash)
