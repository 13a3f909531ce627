"""How the place itself looks on its pages: its name, a sentence, a colour, a picture."""

from dataclasses import dataclass

from sqlalchemy import select

from microfed.outbound.media import header_url
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import HERE, INSTANCE_ACTOR, Actor

NAMES = ("title", "description", "accent")
_SAID = select(Setting.name, Setting.value).where(Setting.name.in_(NAMES))
_PICTURE = select(Actor.id, Actor.header_uri, Actor.header_description).where(
    Actor.host == HERE, Actor.name_key == INSTANCE_ACTOR
)


@dataclass(frozen=True, slots=True)
class PlaceLook:
    """What the admin chose; empty where they chose nothing."""

    title: str = ""
    description: str = ""
    accent: str = ""  # #rrggbb
    picture_url: str | None = None
    picture_description: str = ""


def load_look(tx: Tx) -> PlaceLook:
    """Return how the place looks."""
    said = {row.name: str(row.value) for row in tx.connection.execute(_SAID)}
    picture = tx.connection.execute(_PICTURE).first()
    return PlaceLook(
        title=said.get("title", ""),
        description=said.get("description", ""),
        accent=said.get("accent", ""),
        picture_url=None if picture is None else header_url(tx.here, picture[0], picture[1]),
        picture_description="" if picture is None else picture.header_description or "",
    )
