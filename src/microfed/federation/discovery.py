"""Being found: WebFinger, host-meta and NodeInfo."""

from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed import __version__
from microfed.errors import Malformed, NotFound
from microfed.federation.answers import json_as
from microfed.federation.documents import Documents
from microfed.here import Here
from microfed.house import house_of
from microfed.queries.figures import place_figures
from microfed.queries.people import need_local
from microfed.queries.place import federation_mode, registration_mode
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import Actor

AP = "https://www.w3.org/ns/activitystreams"
NODEINFO = "http://nodeinfo.diaspora.software/ns/schema"


async def webfinger(request: Request) -> Response:
    """Answer who an address here belongs to (interop.md §1.1)."""
    resource = request.query_params.get("resource", "")
    if not resource:
        raise Malformed("which resource? Ask for ?resource=acct:name@host")
    wanted = request.query_params.getlist("rel")

    def render(tx: Tx, _viewer: Viewer | None) -> dict[str, Any]:
        if _is_place(tx.here, resource):
            return _place(tx.here, resource)
        name = _name_in(tx.here, resource)
        if name is None:
            raise NotFound("this address is not ours")
        return _person(tx.here, need_local(tx, name))

    documents: Documents = request.app.state.documents
    path = f"webfinger {resource[:500]}"
    body = documents.find(path) or await documents.read(path, render)
    if wanted:
        document = orjson.loads(body)
        document["links"] = [link for link in document["links"] if link["rel"] in wanted]
        body = orjson.dumps(document)
    return json_as("application/jrd+json; charset=utf-8", body)


async def host_meta(request: Request) -> Response:
    """Say where WebFinger is, in XML."""
    template = f"{house_of(request).db.here.url}/.well-known/webfinger?resource={{uri}}"
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template="{template}"/>\n'
        "</XRD>\n"
    )
    return Response(xml, media_type="application/xrd+xml")


async def host_meta_json(request: Request) -> Response:
    """Say where WebFinger is, in JSON."""
    template = f"{house_of(request).db.here.url}/.well-known/webfinger?resource={{uri}}"
    link = {"rel": "lrdd", "type": "application/jrd+json", "template": template}
    return json_as("application/json", {"links": [link]})


async def nodeinfo_links(request: Request) -> Response:
    """Say where NodeInfo is, and the actor of the place (FEP-2677)."""
    here = house_of(request).db.here
    links = [
        {"rel": f"{NODEINFO}/{version}", "href": f"{here.url}/nodeinfo/{version}"}
        for version in ("2.0", "2.1")
    ]
    links.append({"rel": f"{AP}#Application", "href": here.instance_actor})
    return json_as("application/json", {"links": links})


async def nodeinfo(request: Request) -> Response:
    """Say what runs here and how many live here; figures are true or left out."""
    version = request.path_params["version"]
    if version not in ("2.0", "2.1"):
        raise NotFound("there is NodeInfo 2.0 and 2.1")
    house = house_of(request)
    figures, federation, registration = await house.db.read(
        lambda tx: (place_figures(tx), federation_mode(tx), registration_mode(tx))
    )
    software = {"name": "microfed", "version": __version__}
    document = {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": registration == "open",
        "usage": {
            "users": {
                "total": figures.members,
                "activeMonth": figures.active_month,
                "activeHalfyear": figures.active_half_year,
            },
            "localPosts": figures.posts,
        },
        "metadata": {
            "nodeName": house.settings.title,
            "federation": {"enabled": federation != "closed"},
        },
    }
    profile = f'application/json; profile="{NODEINFO}/{version}#"; charset=utf-8'
    return json_as(profile, document)


def _is_place(here: Here, resource: str) -> bool:
    bare = resource.rstrip("/").lower()
    places = {here.host, here.domain}
    return bare in {here.url, here.instance_actor.lower()} or bare in {
        f"acct:{name}@{host}" for name in places for host in places
    }


def _place(here: Here, resource: str) -> dict[str, Any]:
    is_handle = resource.startswith("acct:")
    subject = f"acct:{here.domain}@{here.domain}" if is_handle else here.instance_actor
    link = {"type": "application/activity+json", "href": here.instance_actor}
    return {
        "subject": subject,
        "aliases": [here.instance_actor],
        "links": [{"rel": "self", **link}, {"rel": f"{AP}#Service", **link}],
    }


def _name_in(here: Here, resource: str) -> str | None:
    """Return the member's name in any form of address that peers ask for."""
    scheme = resource.partition(":")[0].lower()
    if scheme in ("http", "https"):
        try:
            parts = urlsplit(resource)
        except ValueError:
            return None
        if parts.netloc.lower() not in (here.host, here.domain):
            return None
        path = parts.path.rstrip("/")
        for prefix in ("/users/", "/@"):
            if path.startswith(prefix) and "/" not in path[len(prefix) :]:
                return path[len(prefix) :].lower() or None
        return None
    handle = resource[5:] if scheme == "acct" else resource
    if "@" not in handle.lstrip("@"):
        return None
    return here.local_name(handle)


def _person(here: Here, actor: Actor) -> dict[str, Any]:
    intents = "https://w3id.org/fep/3b86"
    return {
        "subject": f"acct:{actor.username}@{here.domain}",
        "aliases": [actor.url, actor.uri],
        "links": [
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": actor.url,
            },
            {"rel": "self", "type": "application/activity+json", "href": actor.uri},
            {
                "rel": "http://ostatus.org/schema/1.0/subscribe",
                "template": f"{here.url}/authorize_interaction?uri={{uri}}",
            },
            {
                "rel": f"{intents}/Follow",
                "template": f"{here.url}/authorize_interaction?uri={{object}}",
            },
            {"rel": f"{intents}/Create", "template": f"{here.url}/share?text={{content}}"},
        ],
    }
