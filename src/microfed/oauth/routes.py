"""The doors of the authorization server."""

from starlette.routing import Route

from microfed.oauth import apps, authorize, metadata, passkeys, sign_in, tokens

routes = [
    Route("/api/v1/apps", apps.post_app, methods=["POST"]),
    Route("/api/v1/apps/verify_credentials", apps.verify_app, methods=["GET"]),
    Route("/oauth/register", apps.register, methods=["POST"]),
    Route("/oauth/authorize", authorize.authorize, methods=["GET", "POST"]),
    Route("/oauth/token", tokens.post_token, methods=["POST"]),
    Route("/oauth/revoke", tokens.revoke, methods=["POST"]),
    Route("/oauth/introspect", tokens.introspect, methods=["POST"]),
    Route("/oauth/userinfo", tokens.userinfo, methods=["GET", "POST"]),
    Route("/.well-known/oauth-authorization-server", metadata.authorization_server),
    Route("/.well-known/oauth-protected-resource", metadata.protected_resource),
    Route("/sign-in", sign_in.sign_in_page, methods=["GET"]),
    Route("/sign-in", sign_in.sign_in, methods=["POST"]),
    Route("/sign-in/code", sign_in.second_step_page, methods=["GET"]),
    Route("/sign-in/code", sign_in.second_step, methods=["POST"]),
    Route("/sign-in/passkey/options", passkeys.passkey_options, methods=["POST"]),
    Route("/sign-in/passkey", passkeys.passkey_step, methods=["POST"]),
    Route("/sign-out", sign_in.sign_out_page, methods=["GET"]),
    Route("/sign-out", sign_in.sign_out, methods=["POST"]),
]
