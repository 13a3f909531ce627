"""The doors to the settings."""

from starlette.routing import Route

from microfed.web.settings import habits, profile, second_step, security
from microfed.web.settings.door import for_members

_PAGES = {
    "/settings": habits.index_page,
    profile.PATH: profile.profile_page,
    habits.READING: habits.reading_page,
    habits.POSTING: habits.posting_page,
    security.PASSWORD: security.password_page,
    security.DEVICES: security.devices_page,
    second_step.PATH: second_step.second_step_page,
}
_CHANGES = {
    profile.PATH: profile.change,
    habits.READING: habits.change_how_i_read,
    habits.POSTING: habits.change_how_i_post,
    security.PASSWORD: security.another_password,
    security.DEVICES: security.let_go,
    second_step.PATH: second_step.change_second_step,
}
routes = [
    *(Route(path, for_members(answer), methods=["GET"]) for path, answer in _PAGES.items()),
    *(Route(path, for_members(answer), methods=["POST"]) for path, answer in _CHANGES.items()),
]
