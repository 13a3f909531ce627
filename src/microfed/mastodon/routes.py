"""All addresses of the Mastodon API, one list per area. The hot ones come first."""

from starlette.routing import Route

from microfed.mastodon import media, planned, reactions, statuses, timelines
from microfed.mastodon.by_path import ByPath

AREAS = (timelines, statuses, reactions, media, planned)
operations: list[Route] = [route for area in AREAS for route in area.routes]
routes = [ByPath(operations)]
