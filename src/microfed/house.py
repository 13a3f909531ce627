"""The house: what every door finds when someone knocks. The app keeps the one there is."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from microfed.media.workshop import Workshop
from microfed.remote.fetcher import Fetcher
from microfed.remote.http import Web
from microfed.settings import Settings
from microfed.storage import Storage
from microfed.store.database import Database
from microfed.streams import Streams


@dataclass(frozen=True, slots=True)
class House:
    """Made once by `app.create_app`, shared by all doors and workers."""

    settings: Settings
    db: Database
    web: Web
    fetcher: Fetcher
    storage: Storage
    workshop: Workshop
    streams: Streams


def house_of(connection: HTTPConnection) -> House:
    """Return the house whose door this request came to."""
    house: House = connection.app.state.house
    return house
