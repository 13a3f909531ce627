"""The house: what every door finds when someone knocks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
