"""What an app wishes for when it sends somebody to the consent page, read and judged."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from microfed.errors import Malformed
from microfed.oauth.answers import Wrong
from microfed.oauth.clients import is_public
from microfed.oauth.parameters import Parameters
from microfed.queries.apps import Client
from microfed.scopes import DEFAULT, are_within, known, split
from microfed.vocab.redirects import OUT_OF_BAND, is_declared

_CHALLENGE = re.compile(r"[A-Za-z0-9_\-]{43}", re.ASCII)
_LONGEST_STATE = 4_000


@dataclass(frozen=True, slots=True)
class Back:
    """Where the answer goes, whatever it is: decided before anything else is looked at."""

    uri: str
    state: str | None

    @property
    def is_shown(self) -> bool:
        """Whether there is no address: the person carries the code over."""
        return self.uri == OUT_OF_BAND

    def with_answer(self, **answer: str) -> str:
        """Return the address with an answer, and the app's state, which it gets back as it was."""
        said = urlencode(answer | ({} if self.state is None else {"state": self.state}))
        return f"{self.uri}{'&' if '?' in self.uri else '?'}{said}"


@dataclass(frozen=True, slots=True)
class AppWish:
    """What is wished for, found to be possible."""

    scopes: tuple[str, ...]
    challenge: str | None


def read_back(client: Client, given: Parameters) -> Back:
    """Return where to go back to. Malformed, and nobody is sent anywhere, unless it is declared."""
    uri = given.need("redirect_uri")
    # Apps of Mastodon's API register each device, with the very address.
    any_port = client.kind != "registered"
    if not is_declared(uri, client.redirect_uris, any_loopback_port=any_port):
        raise Malformed("the redirect_uri is none of those that the app declared")
    return Back(uri, given.text("state"))


def read_wish(client: Client, given: Parameters) -> AppWish:
    """Return what the app wishes for. Raises Wrong, in the words that go back to it."""
    if given.text("response_type") != "code":
        raise Wrong("unsupported_response_type", "response_type must be code")
    if given.text("response_mode") not in (None, "query"):
        raise Wrong("invalid_request", "response_mode must be query")
    return AppWish(_scopes(client, given), _challenge(client, given))


def _scopes(client: Client, given: Parameters) -> tuple[str, ...]:
    asked = split(given.text("scope") or "")
    wanted = known(asked)
    if client.is_document:
        # They cannot know what we know: FEP-d8c2's `write:sameorigin` among it.
        return wanted or (DEFAULT,)
    if wanted != asked or not are_within(wanted, client.scopes):
        raise Wrong("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return wanted or (DEFAULT,)


def _challenge(client: Client, given: Parameters) -> str | None:
    challenge, method = given.text("code_challenge"), given.text("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise Wrong("invalid_request", "code_challenge is missing")
        if is_public(client):
            raise Wrong("invalid_request", "an app without a secret needs PKCE: code_challenge")
        return None
    if method != "S256":
        raise Wrong("invalid_request", "code_challenge_method must be S256")
    if _CHALLENGE.fullmatch(challenge) is None:
        raise Wrong("invalid_request", "code_challenge is not a SHA-256 in base64url")
    return challenge
