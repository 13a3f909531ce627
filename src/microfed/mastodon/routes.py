"""All addresses of the Mastodon API, one list per area. The hot ones come first."""

from starlette.routing import Route

from microfed.mastodon import (
    accounts,
    admin_accounts,
    admin_measures,
    admin_reports,
    admin_rules,
    following,
    instance,
    me,
    media,
    moving_in,
    pictures,
    planned,
    reactions,
    search,
    statuses,
    streaming,
    timelines,
)
from microfed.mastodon.by_path import ByPath

AREAS = (
    timelines,
    statuses,
    reactions,
    accounts,
    me,
    following,
    media,
    planned,
    search,
    instance,
    moving_in,
    admin_accounts,
    admin_reports,
    admin_rules,
    admin_measures,
    streaming,
)
operations: list[Route] = [route for area in AREAS for route in area.routes]
routes = [ByPath(operations), *pictures.routes, *streaming.sockets]
