"""Everything that can be refused, and why.

* Refused
  - Invalid         the request makes no sense               (422; Malformed 400, TooLarge 413 …)
  - Unauthorized    we do not know who is asking             (401)
  - Forbidden       we know, and the answer is no            (403)
  - NotFound        there is nothing, or nothing for you     (404)
  - Gone            there was something                      (410)
* Missing           a remote thing must be fetched first     (workers fetch it, then repeat)
* TryLater          a remote server is slow or away          (503; workers retry)
"""

from collections.abc import Mapping


class Refused(Exception):
    """An expected refusal. Its message is safe to show to whoever asked."""

    status = 400


class Invalid(Refused):
    """The request makes no sense. `details` names the fields at fault, for forms and apps."""

    status = 422

    def __init__(self, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.details = dict(details or {})


class Malformed(Refused):
    """The request cannot even be read: not JSON, too deep, no type."""

    status = 400


class Unauthorized(Refused):
    """We do not know who is asking."""

    status = 401


class Forbidden(Refused):
    """We know who is asking, and the answer is no."""

    status = 403


class NotFound(Refused):
    """There is nothing here, or nothing this actor may see."""

    status = 404


class Conflict(Refused):
    """Somebody else was faster, or the name is taken."""

    status = 409


class Gone(Refused):
    """There was something here. `tombstone` is its id, if it had one."""

    status = 410

    def __init__(self, message: str, tombstone: str | None = None) -> None:
        super().__init__(message)
        self.tombstone = tombstone


class TooLarge(Refused):
    """More bytes than we read."""

    status = 413


class WrongMediaType(Refused):
    """A body in a format we do not take here."""

    status = 415


class TooMany(Refused):
    """Asked too often. `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TryLater(Exception):
    """A remote server is slow or away; the same step may succeed later."""


class Missing(Exception):
    """A remote thing must be fetched, outside the transaction, before this can go on."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.uri = uri
