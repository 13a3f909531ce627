"""Passkeys: what is asked of a device, and what its answer proves (WebAuthn, by python-fido2).

The extra `passkeys` brings the library. Without it nothing here is offered; it is imported when
somebody signs in that way, for few do, and it takes memory.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from microfed.errors import Invalid

if TYPE_CHECKING:
    from fido2.server import Fido2Server


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser hands to the device, and what is kept to check the answer."""

    options: dict[str, Any]
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that a device made: its id as browsers say it, its public half, its counter."""

    credential_id: str
    credential: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Proof:
    """Which key signed, and how often it says to have signed."""

    credential_id: str
    sign_count: int


def are_passkeys_there() -> bool:
    """Say whether this place was installed with the extra `passkeys`."""
    return find_spec("fido2") is not None


def read_answer(text: str) -> Any:
    """Return what a device answered, as the script wrote it into a form; None for nonsense."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def ask_for_key(
    *, url: str, place: str, user_id: int, username: str, known: Sequence[bytes]
) -> Question:
    """Ask a device for a new key; one that made one of the `known` makes no second."""
    from fido2.webauthn import (  # noqa: PLC0415 - heavy, and of use to few requests
        AttestedCredentialData,
        PublicKeyCredentialUserEntity,
        UserVerificationRequirement,
    )

    options, state = _server(url, place).register_begin(
        PublicKeyCredentialUserEntity(
            id=user_id.to_bytes(8, "big"), name=username, display_name=username
        ),
        [AttestedCredentialData(one) for one in known],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return Question(_plain(options), dict(state))


def read_key(*, url: str, state: dict[str, Any], answer: Any) -> NewKey:
    """Return the key that a device made; Invalid when the answer does not prove it."""
    try:
        data = _server(url).register_complete(state, answer)
        credential = data.credential_data
    except Exception as error:  # whatever the library makes of a stranger's document
        raise Invalid("this is no passkey", {"answer": "proves nothing"}) from error
    if credential is None:
        raise Invalid("this is no passkey", {"answer": "proves nothing"})
    return NewKey(_name(credential.credential_id), bytes(credential), data.counter)


def ask_for_proof(*, url: str, known: Sequence[bytes]) -> Question:
    """Ask a device to sign with one of the `known` keys."""
    from fido2.webauthn import (  # noqa: PLC0415 - heavy, and of use to few requests
        AttestedCredentialData,
        UserVerificationRequirement,
    )

    options, state = _server(url).authenticate_begin(
        [AttestedCredentialData(one) for one in known],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return Question(_plain(options), dict(state))


def read_proof(*, url: str, state: dict[str, Any], answer: Any, known: Sequence[bytes]) -> Proof:
    """Return which of the `known` keys signed; Invalid when none did."""
    from fido2.webauthn import (  # noqa: PLC0415 - heavy, and of use to few requests
        AttestedCredentialData,
        AuthenticationResponse,
    )

    try:
        response = AuthenticationResponse.from_dict(answer)
        credentials = [AttestedCredentialData(one) for one in known]
        used = _server(url).authenticate_complete(state, credentials, response)
        count = response.response.authenticator_data.counter
    except Exception as error:  # whatever the library makes of a stranger's document
        raise Invalid("this is no passkey of theirs", {"answer": "proves nothing"}) from error
    return Proof(_name(used.credential_id), count)


def _server(url: str, place: str = "") -> "Fido2Server":
    """Keys are for the name of this place: no other can ask for their use."""
    from fido2.server import Fido2Server  # noqa: PLC0415 - heavy, and of use to few requests
    from fido2.webauthn import PublicKeyCredentialRpEntity  # noqa: PLC0415 - the same

    name = urlsplit(url).hostname or ""
    entity = PublicKeyCredentialRpEntity(id=name, name=place or name)
    return Fido2Server(entity, verify_origin=lambda origin: origin == url)


def _name(credential_id: bytes) -> str:
    from fido2.utils import websafe_encode  # noqa: PLC0415 - heavy, and of use to few requests

    return websafe_encode(credential_id)


def _plain(value: Any) -> Any:
    """Return the library's own mappings as JSON has them."""
    if hasattr(value, "items"):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return getattr(value, "value", value)
