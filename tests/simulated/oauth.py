"""How a simulated Mastodon lets applications in: registration, consent, tokens."""

import hashlib
import itertools
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode

from aiohttp import web

OFFERED = ("read", "profile", "write", "read:accounts", "read:search", "write:statuses")
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Authorization required</title></head>
<body><main>
<h1>Authorization required</h1>
<p><strong>{app}</strong> would like permission to access your account <em>@{account}</em>.</p>
<ul>{scopes}</ul>
<form method="post" action="/oauth/authorize">{fields}
<button name="decision" value="authorize">Authorize</button>
<button name="decision" value="deny">Deny</button>
</form>
</main></body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredApp:
    """An application that the server knows."""

    client_id: str
    client_secret: str
    name: str
    redirect_uri: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an account allowed an application, until the code is used."""

    app: str
    account: str
    redirect_uri: str
    scope: str
    challenge: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What an application may do for an account; without one, for itself."""

    app: str
    account: str | None
    scope: str


@dataclass(slots=True, kw_only=True)
class Gate:
    """The applications of one server; tests look at everything, and change what they please."""

    offered: tuple[str, ...] | None = OFFERED  # None: as servers that do not say
    software: str = "mastodon"  # whose manners it has: gotosocial's, snac's, else Mastodon's
    signed_in: str | None = None  # whose browser it is; None: the first account's
    apps: dict[str, RegisteredApp] = field(default_factory=dict)
    codes: dict[str, Consent] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def person_tokens(self) -> list[str]:
        """Return the tokens that were given for accounts."""
        return [name for name, token in self.tokens.items() if token.account is not None]

    def account_of(self, request: web.Request, *scopes: str) -> str:
        """Return for whom a request asks, if its token allows one of these scopes."""
        name = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = self.tokens.get(name)
        if token is None or token.account is None:
            raise web.HTTPUnauthorized(
                text='{"error": "The access token is invalid"}', content_type="application/json"
            )
        if set(scopes).isdisjoint(token.scope.split()):
            raise web.HTTPForbidden(
                text='{"error": "This action is outside the authorized scopes"}',
                content_type="application/json",
            )
        return token.account


def metadata(gate: Gate, origin: str) -> web.Response:
    """GET /.well-known/oauth-authorization-server (RFC 8414)."""
    if gate.offered is None:
        return web.Response(status=404)
    return web.json_response(
        {
            "issuer": f"{origin}/",
            "authorization_endpoint": f"{origin}/oauth/authorize",
            "token_endpoint": f"{origin}/oauth/token",
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "app_registration_endpoint": f"{origin}/api/v1/apps",
            "scopes_supported": list(gate.offered),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def register(gate: Gate, fields: Mapping[str, str]) -> web.Response:
    """POST /api/v1/apps."""
    scopes = frozenset(fields.get("scopes", "read").split())
    if not scopes <= set(gate.offered or OFFERED):
        return _error(422, "Validation failed: Scopes doesn't match configured on the server.")
    number = next(gate.numbers)
    app = RegisteredApp(
        client_id=f"client-{number}",
        client_secret=f"client-secret-{number}",
        name=fields["client_name"],
        redirect_uri=fields["redirect_uris"],
        scopes=scopes,
    )
    gate.apps[app.client_id] = app
    return web.json_response(
        {
            "id": str(number),
            "name": app.name,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "client_secret_expires_at": 0,
            "redirect_uri": app.redirect_uri,
            "scopes": sorted(scopes),
        }
    )


def consent_page(gate: Gate, query: Mapping[str, str], account: str) -> web.Response:
    """GET /oauth/authorize: ask whoever is signed in."""
    app = gate.apps.get(query.get("client_id", ""))
    if app is None:
        return _page_error("Client authentication failed due to unknown client.")
    if query.get("redirect_uri") != app.redirect_uri:
        return _page_error("The requested redirect uri is malformed or doesn't match.")
    scopes = query.get("scope", "").split()
    if query.get("response_type") != "code" or not set(scopes) <= app.scopes:
        return _page_error("The requested scope is invalid, unknown, or malformed.")
    names = ("client_id", "redirect_uri", "scope", "state", "code_challenge")
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(query.get(name, ""))}">'
        for name in names
    )
    items = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    text = PAGE.format(app=escape(app.name), account=account, scopes=items, fields=fields)
    return web.Response(text=text, content_type="text/html")


def consent(gate: Gate, fields: Mapping[str, str], account: str) -> web.Response:
    """POST /oauth/authorize: the account allows it, or does not."""
    app = gate.apps.get(fields.get("client_id", ""))
    if app is None or fields["redirect_uri"] != app.redirect_uri:
        return _page_error("Client authentication failed due to unknown client.")
    if fields.get("decision") != "authorize":
        back = {"error": "access_denied", "state": fields["state"]}
    else:
        code = f"code-{next(gate.numbers)}"
        gate.codes[code] = Consent(
            app=app.client_id,
            account=account,
            redirect_uri=app.redirect_uri,
            scope=fields["scope"],
            challenge=fields.get("code_challenge") or None,
        )
        back = {"code": code, "state": fields["state"]}
    place = f"{app.redirect_uri}?{urlencode(back)}"
    return web.Response(status=302, headers={"Location": place})


def give_token(gate: Gate, fields: Mapping[str, str]) -> web.Response:
    """POST /oauth/token: for a code, or for the application itself."""
    if gate.software in {"gotosocial", "snac"} and "redirect_uri" not in fields:
        return _error(400, "invalid_request")  # whoever asks
    app = _client(gate, fields)
    if app is None:
        return _unknown_client(gate)
    if fields.get("grant_type") == "client_credentials":
        return _token(gate, Token(app=app.client_id, account=None, scope=fields["scope"]))
    allowed = gate.codes.pop(fields.get("code", ""), None)
    if (
        allowed is None
        or allowed.app != app.client_id
        or allowed.redirect_uri != fields.get("redirect_uri")
        or not _is_proven(allowed, fields.get("code_verifier", ""))
    ):
        return _error(400, "invalid_grant")
    token = Token(app=app.client_id, account=allowed.account, scope=allowed.scope)
    return _token(gate, token)


def revoke(gate: Gate, fields: Mapping[str, str]) -> web.Response:
    """POST /oauth/revoke (RFC 7009)."""
    app = _client(gate, fields)
    if app is None:
        return _error(403, "unauthorized_client")
    gate.tokens.pop(fields.get("token", ""), None)
    if gate.software == "snac":
        del gate.apps[app.client_id]
    return web.json_response({})


def _unknown_client(gate: Gate) -> web.Response:
    if gate.software == "snac":
        return web.Response(status=401)
    if gate.software == "gotosocial":
        words = "Bad Request: no application found for client id"
        return web.json_response(
            {"error": "invalid_request", "error_description": words}, status=400
        )
    return _error(401, "invalid_client")


def _client(gate: Gate, fields: Mapping[str, str]) -> RegisteredApp | None:
    app = gate.apps.get(fields.get("client_id", ""))
    return app if app and app.client_secret == fields.get("client_secret") else None


def _is_proven(allowed: Consent, verifier: str) -> bool:
    """Whether the verifier is the challenge's (RFC 7636, 4.6)."""
    if allowed.challenge is None:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode() == allowed.challenge


def _token(gate: Gate, token: Token) -> web.Response:
    # Mastodon gives an account the same token again while it is good.
    known = next((name for name, other in gate.tokens.items() if other == token), None)
    name = known or f"token-{next(gate.numbers)}"
    gate.tokens[name] = token
    return web.json_response(
        {"access_token": name, "token_type": "Bearer", "scope": token.scope, "created_at": 0}
    )


def _error(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)


def _page_error(text: str) -> web.Response:
    return web.Response(status=401, text=f"<h1>{text}</h1>", content_type="text/html")
