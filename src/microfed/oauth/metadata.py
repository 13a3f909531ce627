"""How clients find their way: RFC 8414 and RFC 9728, and Mastodon's additions."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.here import Here
from microfed.house import house_of
from microfed.oauth.answers import public
from microfed.scopes import SCOPES

_METHODS = ["client_secret_basic", "client_secret_post", "none"]


def issuer_of(here: Here) -> str:
    """Return our name as an authorization server; with a slash, as Mastodon writes it."""
    return f"{here.url}/"


async def authorization_server(request: Request) -> Response:
    """GET /.well-known/oauth-authorization-server."""
    here = house_of(request).db.here
    return public(
        {
            "issuer": issuer_of(here),
            "service_documentation": f"{here.url}/about",
            "authorization_endpoint": f"{here.url}/oauth/authorize",
            "token_endpoint": f"{here.url}/oauth/token",
            "registration_endpoint": f"{here.url}/oauth/register",
            "app_registration_endpoint": f"{here.url}/api/v1/apps",
            "revocation_endpoint": f"{here.url}/oauth/revoke",
            "introspection_endpoint": f"{here.url}/oauth/introspect",
            "userinfo_endpoint": f"{here.url}/oauth/userinfo",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": _METHODS,
            "revocation_endpoint_auth_methods_supported": _METHODS,
            "introspection_endpoint_auth_methods_supported": _METHODS,
            "code_challenge_methods_supported": ["S256"],
            "ui_locales_supported": ["fr", "en"],
            "client_id_metadata_document_supported": True,
            # FEP-d8c2: a client's name may be the address of an ActivityPub object.
            "activitypub_object_id_as_client_id": True,
            "protected_resources": [issuer_of(here)],
        }
    )


async def protected_resource(request: Request) -> Response:
    """GET /.well-known/oauth-protected-resource."""
    here = house_of(request).db.here
    return public(
        {
            "resource": issuer_of(here),
            "authorization_servers": [issuer_of(here)],
            "scopes_supported": list(SCOPES),
            "bearer_methods_supported": ["header"],
            "resource_name": house_of(request).settings.title,
            "resource_documentation": f"{here.url}/about",
        }
    )
