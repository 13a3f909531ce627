"""The networks that are kept out altogether."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.moderation import AddressRule


@dataclass(frozen=True, slots=True)
class Barred:
    """A network nobody may come in from, and until when."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    expires_at: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        """Say whether it still holds."""
        return self.expires_at is None or self.expires_at > moment


def barred_networks(tx: Tx) -> list[Barred]:
    """Return the networks that are kept out."""
    rows = tx.connection.execute(
        select(AddressRule.network, AddressRule.expires_at).where(
            AddressRule.severity == "no_access"
        )
    )
    return [Barred(ipaddress.ip_network(network), expires) for network, expires in rows]
