"""Ana's life, with something in it of each kind that apps show. The contract is held against it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from microfed import clock
from microfed.operations.announcements import Notice, announce_here
from microfed.operations.emojis import add_emoji
from microfed.operations.files import Kept
from tests.fediverse import Fediverse, Instance
from tests.mastodon.conftest import Phone
from tests.mastodon.table import served
from tests.media.pictures import noise

Ids = dict[str, str]


async def live(world: Fediverse, here: Instance, ana: Phone, bea: Phone) -> Ids:
    """Let Ana, her neighbour Bea and Eva, who lives elsewhere, do what people do; name it all."""
    there = await world.instance("there.test", language="en")
    eva = there.add("eva", display_name="Eva")
    ids: Ids = {"ana": ana.id, "bea": bea.id}
    with here.house.db.writing() as tx:
        announce_here(tx, by=None, notice=Notice("Fête samedi :lampion:"))
        add_emoji(
            tx, by=None, shortcode="lampion", file=Kept("aa/lampion.png", "original", 10, "0" * 64)
        )
    await ana.patch(
        "/api/v1/accounts/update_credentials",
        display_name="Ana",
        note="du quartier",
        fields_attributes=[{"name": "Site", "value": "https://ana.example"}],
    )

    found = await ana.get("/api/v2/search", q="@eva@there.test", resolve="true")
    ids["eva"] = found["accounts"][0]["id"]
    for path in (f"/api/v1/accounts/{ids['eva']}/follow", f"/api/v1/accounts/{bea.id}/follow"):
        await ana.post(path)
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")
    await world.settle()
    await eva.says("<p>Bonjour du <b>nord</b></p>")
    ida, mine = there.add("ida", display_name="Ida"), f"https://here.test/users/{ana.acct}"
    name = {"type": "Mention", "href": mine, "name": "@ana@here.test"}
    await ida.says("<p>@ana on se connaît ?</p>", to=[mine], cc=[], tag=[name])
    await world.settle()

    await _say(ids, ana, bea)
    await _react(ids, ana, bea)
    areas = {path for _, path in served(here)}
    for needed, more in MORE.items():
        if needed in areas:
            await more(ids, ana, bea)
    await world.settle()
    return ids


async def _say(ids: Ids, ana: Phone, bea: Phone) -> None:
    files = {"file": ("mur.jpg", noise((120, 90)), "image/jpeg")}
    media = (await ana.ask("POST", "/api/v1/media", files=files)).json()
    kept = (await ana.ask("POST", "/api/v1/media", files=files)).json()
    later = clock.now() + timedelta(hours=3)
    ids["media"] = kept["id"]
    ids["post"] = (await ana.says("Au marché #marche :lampion:", spoiler_text="légumes"))["id"]
    await ana.put(
        f"/api/v1/statuses/{ids['post']}", status="Au grand marché #marche :lampion: @bea"
    )
    ids["picture"] = (await ana.says("Le mur", media_ids=[media["id"]]))["id"]
    ids["poll"] = (await ana.says("On y va ?", poll={"options": ["a", "b"], "expires_in": 600}))[
        "id"
    ]
    ids["answer"] = (await bea.says("@ana oui", in_reply_to_id=ids["post"]))["id"]
    ids["quote"] = (await bea.says("À lire", quoted_status_id=ids["post"]))["id"]
    ids["private"] = (await ana.says("entre nous", visibility="private"))["id"]
    ids["letter"] = (await bea.says("@ana une lettre", visibility="direct"))["id"]
    planned = await ana.says("plus tard", scheduled_at=later.isoformat(), media_ids=[kept["id"]])
    ids["planned"] = planned["id"]


async def _react(ids: Ids, ana: Phone, bea: Phone) -> None:
    for deed in ("favourite", "reblog", "bookmark"):
        await bea.post(f"/api/v1/statuses/{ids['post']}/{deed}")
        await ana.post(f"/api/v1/statuses/{ids['answer']}/{deed}")
    await ana.post(f"/api/v1/statuses/{ids['post']}/pin")
    await bea.post(f"/api/v1/polls/{ids['poll']}/votes", choices=[1])
    await ana.post(f"/api/v1/accounts/{bea.id}/pin")


async def _list(ids: Ids, ana: Phone, bea: Phone) -> None:
    ids["list"] = (await ana.post("/api/v1/lists", title="Voisins"))["id"]
    await ana.post(f"/api/v1/lists/{ids['list']}/accounts", account_ids=[bea.id])


async def _circle(ids: Ids, ana: Phone, bea: Phone) -> None:
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")
    ids["circle"] = (await ana.post("/api/v1/circles", title="Chorale"))["id"]
    await ana.post(f"/api/v1/circles/{ids['circle']}/accounts", account_ids=[bea.id])


async def _filter(ids: Ids, ana: Phone, _bea: Phone) -> None:
    made = await ana.post(
        "/api/v2/filters",
        title="Légumes",
        context=["home", "public"],
        filter_action="warn",
        keywords_attributes=[{"keyword": "marché", "whole_word": False}],
    )
    ids["filter"], ids["keyword"] = made["id"], made["keywords"][0]["id"]
    status = await ana.post(f"/api/v2/filters/{made['id']}/statuses", status_id=ids["answer"])
    ids["filtered"] = status["id"]


async def _tags(_ids: Ids, ana: Phone, _bea: Phone) -> None:
    await ana.post("/api/v1/tags/marche/follow")


async def _featured(ids: Ids, ana: Phone, _bea: Phone) -> None:
    ids["featured"] = (await ana.post("/api/v1/featured_tags", name="marche"))["id"]


async def _markers(ids: Ids, ana: Phone, _bea: Phone) -> None:
    await ana.post("/api/v1/markers", home={"last_read_id": ids["post"]})


async def _notifications(ids: Ids, ana: Phone, _bea: Phone) -> None:
    ids["notification"] = (await ana.get("/api/v1/notifications"))[0]["id"]


async def _requests(ids: Ids, ana: Phone, _bea: Phone) -> None:
    ids["request"] = (await ana.get("/api/v1/notifications/requests"))[0]["id"]


async def _talks(ids: Ids, ana: Phone, _bea: Phone) -> None:
    ids["conversation"] = (await ana.get("/api/v1/conversations"))[0]["id"]


async def _collection(ids: Ids, ana: Phone, bea: Phone) -> None:
    made = await ana.post("/api/v1/collections", name="Voisins", account_ids=[bea.id])
    ids["collection"] = made["collection"]["id"]


async def _groups(ids: Ids, ana: Phone, _bea: Phone) -> None:
    groups = (await ana.get("/api/v2/notifications"))["notification_groups"]
    ids["group"] = groups[0]["group_key"]


async def _domains(_ids: Ids, ana: Phone, _bea: Phone) -> None:
    await ana.post("/api/v1/domain_blocks", domain="loud.test")


async def _push(_ids: Ids, ana: Phone, _bea: Phone) -> None:
    keys = {"p256dh": P256DH, "auth": "4vQK-SvRAN5eo-8ASlrwdQ"}
    await ana.post(
        "/api/v1/push/subscription",
        subscription={"endpoint": "https://push.test/1", "keys": keys},
        data={"alerts": {"mention": True}},
    )


P256DH = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
# What is done only once there is an address to do it at.
More = Callable[[Ids, Phone, Phone], Awaitable[Any]]
MORE: dict[str, More] = {
    "/api/v1/lists": _list,
    "/api/v1/circles": _circle,
    "/api/v2/filters": _filter,
    "/api/v1/followed_tags": _tags,
    "/api/v1/featured_tags": _featured,
    "/api/v1/markers": _markers,
    "/api/v1/notifications": _notifications,
    "/api/v2/notifications": _groups,
    "/api/v1/notifications/requests": _requests,
    "/api/v1/conversations": _talks,
    "/api/v1/domain_blocks": _domains,
    "/api/v1/collections": _collection,
    "/api/v1/push/subscription": _push,
}
