"""The doors to the settings."""

from starlette.routing import Route

from microfed.web.settings import (
    address,
    bringing,
    bringing_lists,
    directory,
    habits,
    hearing,
    leaving,
    letter,
    passkeys,
    place,
    profile,
    second_step,
    security,
    taking_along,
    warnings,
)
from microfed.web.settings.door import for_members

_PAGES = {
    "/settings": habits.index_page,
    profile.PATH: profile.profile_page,
    directory.PATH: directory.directory_page,
    habits.READING: habits.reading_page,
    habits.POSTING: habits.posting_page,
    hearing.PATH: hearing.hearing_page,
    security.PASSWORD: security.password_page,
    security.DEVICES: security.devices_page,
    address.PATH: address.address_page,
    second_step.PATH: second_step.second_step_page,
    passkeys.PATH: passkeys.passkeys_page,
    taking_along.PATH: taking_along.export_page,
    bringing.PATH: bringing.import_page,
    leaving.MOVE: leaving.move_page,
    leaving.LEAVE: leaving.leave_page,
    letter.PATH: letter.letter_page,
    warnings.PATH: warnings.warnings_page,
    place.PATH: place.place_page,
}
_CHANGES = {
    profile.PATH: profile.change,
    directory.PATH: directory.change,
    habits.READING: habits.change_how_i_read,
    habits.POSTING: habits.change_how_i_post,
    hearing.PATH: hearing.change_what_i_hear,
    security.PASSWORD: security.another_password,
    security.DEVICES: security.let_go,
    address.PATH: address.change,
    second_step.PATH: second_step.change_second_step,
    passkeys.PATH: passkeys.change_passkeys,
    passkeys.OPTIONS: passkeys.passkey_options,
    taking_along.PATH: taking_along.ask,
    bringing.PATH: bringing.change_import,
    bringing_lists.PATH: bringing_lists.change_lists,
    leaving.MOVE: leaving.move,
    leaving.LEAVE: leaving.leave,
    letter.PATH: letter.change,
    warnings.PATH: warnings.object_to,
    place.PATH: place.change,
}
_FILES = {
    "/settings/export/archive.zip": taking_along.archive_file,
    "/settings/export/{name}.csv": taking_along.list_file,
}
routes = [
    *(Route(path, for_members(answer), methods=["GET"]) for path, answer in _FILES.items()),
    *(Route(path, for_members(answer), methods=["GET"]) for path, answer in _PAGES.items()),
    *(Route(path, for_members(answer), methods=["POST"]) for path, answer in _CHANGES.items()),
]
