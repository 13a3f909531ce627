"""Keys that a member's device keeps, to sign in with; and what was just asked of one."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class Passkey(Row):
    """A key of which the device keeps the secret half. Its id holds the moment it was made."""

    __tablename__ = "passkeys"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True)  # base64url, as the browser says it
    credential: Mapped[bytes] = mapped_column(LargeBinary)  # with the public half
    sign_count: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class PasskeyChallenge(Row):
    """Something random that a device must sign, once and soon."""

    __tablename__ = "passkey_challenges"

    # Of the session it is for: another browser's answer counts for nothing.
    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[str]  # register, sign_in
    state: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)
