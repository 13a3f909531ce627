"""The doors that other servers knock on."""

from starlette.routing import Route

from microfed.federation import (
    advice,
    allied,
    collections,
    discovery,
    documents,
    receiving,
    synchronisation,
)

_POST = "/users/{name}/posts/{id}"

routes = [
    Route("/inbox", receiving.post_shared_inbox, methods=["POST"]),
    Route("/users/{name}/inbox", receiving.post_inbox, methods=["POST"]),
    Route("/users/{name}", documents.get_actor),
    Route(_POST, documents.get_post),
    Route("/.well-known/webfinger", discovery.webfinger),
    Route("/actor", documents.get_instance_actor),
    Route("/actor/inbox", receiving.post_shared_inbox, methods=["POST"]),
    Route("/actor/outbox", collections.get_outbox),
    Route("/ring", collections.get_ring),
    Route("/ring/directory", allied.get_directory),
    Route("/ring/advice", advice.get_advice),
    Route("/actor/followers", collections.get_followers),
    Route("/actor/following", collections.get_following),
    Route("/users/{name}/outbox", collections.get_outbox),
    Route("/users/{name}/followers", collections.get_followers),
    Route("/users/{name}/following", collections.get_following),
    Route("/users/{name}/followers_synchronization", synchronisation.get_followers_here),
    Route("/users/{name}/stamps/{id}", documents.get_stamp),
    Route("/users/{name}/moderators", collections.get_moderators),
    Route("/users/{name}/liked", collections.get_liked),
    Route("/users/{name}/collections/featured", collections.get_featured),
    Route("/users/{name}/collections/tags", collections.get_featured_tags),
    Route(f"{_POST}/activity", documents.get_post_activity),
    Route(f"{_POST}/replies", collections.get_replies),
    Route(f"{_POST}/likes", collections.get_likes),
    Route(f"{_POST}/shares", collections.get_shares),
    Route("/contexts/{id}", collections.get_thread),
    Route("/activities/{id:int}", documents.get_activity),
    Route("/activities/{id:int}/undo", documents.get_activity),
    Route(f"{_POST}/undo", documents.get_activity),
    Route(f"{_POST}/activity/undo", documents.get_activity),
    Route(f"{_POST}/updates/{{version:int}}", documents.get_activity),
    Route(f"{_POST}/delete", documents.get_activity),
    Route("/users/{name}/stamps/{id}/delete", documents.get_activity),
    Route("/.well-known/host-meta", discovery.host_meta),
    Route("/.well-known/host-meta.json", discovery.host_meta_json),
    Route("/.well-known/nodeinfo", discovery.nodeinfo_links),
    Route("/nodeinfo/{version}", discovery.nodeinfo),
]
