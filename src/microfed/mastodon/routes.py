"""All addresses of the Mastodon API, one list per area. The hot ones come first."""

from starlette.routing import Route

from microfed.mastodon import (
    accounts,
    admin_accounts,
    admin_measures,
    admin_reports,
    admin_rules,
    filters,
    following,
    grouped,
    instance,
    lists,
    me,
    media,
    moving_in,
    notifications,
    old_filters,
    pictures,
    planned,
    reactions,
    reports,
    search,
    silencing,
    statuses,
    streaming,
    tags,
    talks,
    timelines,
)
from microfed.mastodon.by_path import ByPath

AREAS = (
    timelines,
    notifications,
    grouped,
    talks,
    statuses,
    reactions,
    accounts,
    me,
    following,
    silencing,
    lists,
    tags,
    filters,
    old_filters,
    media,
    planned,
    reports,
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
