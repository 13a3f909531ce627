"""The house: what every door finds when someone knocks."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microfed.settings import Settings
from microfed.store.database import Database

if TYPE_CHECKING:
    pass
