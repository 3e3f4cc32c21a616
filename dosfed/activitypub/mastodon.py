"""The API of Mastodon, which many servers offer alike: who somebody is, and posting for them."""

import enum
import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from dosfed.activitypub.client import Call, Client, FetchFailed, Response
from dosfed.activitypub.reading import Document, Malformed, many, optional_text, read_document
from dosfed.activitypub.remote import RemoteActor

SECONDS = 5.0  # a person waits
POST_SECONDS = 10.0  # their server may have to fetch what is answered
MAX_BYTES = 262_144
MAX_SECRET = 2_048
MAX_ID = 200
MAX_NAME = 60  # of an application, as Mastodon takes it
SUCCESS = range(200, 300)
CLIENT_ERRORS = range(400, 500)
UNAUTHORIZED = 401
TOO_MANY = 429
# GoToSocial says so with 400 and `invalid_request`, which it says of much else.
NO_APPLICATION = "no application found"
MARKDOWN = "text/markdown"
# Where servers say in which formats posts may be written: GoToSocial and glitch, then Akkoma and
# Pleroma, of which the older have the first version of this alone.
INSTANCE = ("/api/v2/instance", "/api/v1/instance")
FORMATS = (
    ("configuration", "statuses", "supported_mime_types"),
    ("pleroma", "metadata", "post_formats"),
)

# The smallest first; a server that does not say what it offers has had the second since 2018.
IDENTITY = ("profile", "read:accounts", "read")
POSTING = (("write:statuses", "write"), ("read:search", "read"))


class Failure(enum.Enum):
    """Why a server did not do what it was asked."""

    NO_ANSWER = "no answer, or one that makes no sense"
    UNKNOWN_APP = "it does not know this instance as an application any more"
    NO_ENTRY = "it does not accept the token, or not for this"
    TURNED_DOWN = "it does not take what was sent"
    TOO_OFTEN = "it was asked too often"


class ApiFailed(Exception):
    """A server did not do what it was asked."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What this instance is called on another server; `scope` is all that it may ask for."""

    client_id: str
    client_secret: str = field(repr=False)
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Somebody's way to their own server's door and back."""

    redirect_uri: str
    scope: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)  # RFC 7636


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What somebody granted."""

    token: str = field(repr=False)
    scope: str

    @property
    def may_post(self) -> bool:
        """Whether it lets us post, and find there what is answered."""
        return may_post(self.scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A public post; the same `key` twice makes one post."""

    text: str
    is_markdown: bool
    language: str | None
    in_reply_to: str | None  # by the server's own id
    key: str


class MastodonApi:
    """The API of one server, by its origin."""

    def __init__(self, client: Client, origin: str) -> None:
        self._client = client
        self._origin = origin

    async def offered_scopes(self) -> frozenset[str] | None:
        """Return what may be asked for; None if the server does not say (RFC 8414)."""
        try:
            document = await self._ask("/.well-known/oauth-authorization-server")
        except ApiFailed:
            return None
        found = many(document, "scopes_supported")
        return frozenset(scope for scope in found if isinstance(scope, str)) or None

    async def register(self, *, name: str, website: str, redirect_uri: str, scope: str) -> App:
        """Become an application of the server."""
        fields = {
            "client_name": name[:MAX_NAME],
            "website": website,
            "redirect_uris": redirect_uri,
            "scopes": scope,
        }
        document = await self._ask("/api/v1/apps", fields)
        return App(
            client_id=_secret(document, "client_id"),
            client_secret=_secret(document, "client_secret"),
            scope=scope,
        )

    async def knows(self, app: App, redirect_uri: str) -> bool:
        """Whether the server still knows us: some forget applications, snac at each sign-out."""
        fields = {
            "grant_type": "client_credentials",
            "scope": app.scope,
            # Without it snac and GoToSocial answer 400, whether they know us or not.
            "redirect_uri": redirect_uri,
            **_credentials(app),
        }
        try:
            await self._ask_for_token(fields)
        except ApiFailed as failed:
            if failed.failure is Failure.NO_ANSWER:
                raise
            return failed.failure is not Failure.UNKNOWN_APP
        return True

    def door(self, app: App, errand: Errand) -> str:
        """Return where somebody is asked whether they want this (RFC 6749, 4.1.1)."""
        challenge = urlsafe_b64encode(hashlib.sha256(errand.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": errand.redirect_uri,
            "scope": errand.scope,
            "state": errand.state,
            # Who does not know these ignores them (RFC 6749, 3.1).
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self._origin}/oauth/authorize?{urlencode(query)}"

    async def redeem(self, app: App, errand: Errand, code: str) -> Grant:
        """Turn the code that somebody brought back into what they granted."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": errand.redirect_uri,
            "code_verifier": errand.verifier,
            **_credentials(app),
        }
        document = await self._ask_for_token(fields)
        return Grant(
            token=_secret(document, "access_token"),
            scope=optional_text(document, "scope") or errand.scope,
        )

    async def revoke(self, app: App, token: str) -> None:
        """Give a token back (RFC 7009)."""
        await self._knock("/oauth/revoke", {"token": token, **_credentials(app)})

    async def whose(self, token: str) -> Document:
        """Return the account that the server says a token belongs to."""
        return await self._ask("/api/v1/accounts/verify_credentials", token=token)

    async def find_status(self, token: str, uri: str) -> str | None:
        """Return the server's own id of a post, which it fetches if it must; None if it cannot."""
        query = urlencode({"q": uri, "type": "statuses", "resolve": "true", "limit": "1"})
        document = await self._ask(f"/api/v2/search?{query}", token=token, seconds=POST_SECONDS)
        for status in many(document, "statuses"):
            # snac finds the boost of a post, and the post in it.
            for post in (status, status.get("reblog")) if isinstance(status, dict) else ():
                if isinstance(post, dict) and uri in (post.get("uri"), post.get("url")):
                    return _short(post, "id")
        return None

    async def takes_markdown(self, token: str) -> bool:
        """Whether the server says that posts may be written in Markdown."""
        for path in INSTANCE:
            try:
                document = await self._ask(path, token=token)
            except ApiFailed as failed:
                if failed.failure is Failure.NO_ANSWER:
                    return False
                continue
            if any(MARKDOWN in _listed(document, names) for names in FORMATS):
                return True
        return False

    async def post_status(self, token: str, status: Status) -> str:
        """Post in public under somebody's name; return the post's id on the wire."""
        fields = {"status": status.text, "visibility": "public"}
        if status.is_markdown:
            fields["content_type"] = MARKDOWN
        if status.language:
            fields["language"] = status.language
        if status.in_reply_to:
            fields["in_reply_to_id"] = status.in_reply_to
        headers = {"Idempotency-Key": status.key, **_bearer(token)}
        response = await self._knock("/api/v1/statuses", fields, headers, seconds=POST_SECONDS)
        return _secret(_document(response), "uri")

    async def _ask_for_token(self, fields: Mapping[str, str]) -> Document:
        """Ask as an application: entry is refused to one that is not known (RFC 6749, 5.2)."""
        response = await self._call("/oauth/token", fields)
        if response.status == UNAUTHORIZED or (
            response.status in CLIENT_ERRORS and NO_APPLICATION in _explained(response)
        ):
            raise ApiFailed(Failure.UNKNOWN_APP)
        return _document(_granted(response))

    async def _ask(
        self,
        path: str,
        fields: Mapping[str, str] | None = None,
        *,
        token: str | None = None,
        seconds: float = SECONDS,
    ) -> Document:
        headers = {} if token is None else _bearer(token)
        return _document(await self._knock(path, fields, headers, seconds=seconds))

    async def _knock(
        self,
        path: str,
        fields: Mapping[str, str] | None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> Response:
        """Return an answer that grants what was asked, or raise `ApiFailed`."""
        return _granted(await self._call(path, fields, headers, seconds=seconds))

    async def _call(
        self,
        path: str,
        fields: Mapping[str, str] | None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> Response:
        call = Call(
            url=f"{self._origin}{path}", fields=fields, headers=headers or {}, max_bytes=MAX_BYTES
        )
        try:
            return await self._client.call(call, total_seconds=seconds)
        except FetchFailed as error:
            raise ApiFailed(Failure.NO_ANSWER) from error


def wanted_scope(offered: frozenset[str] | None, *, posts: bool) -> str:
    """Return the least that says who somebody is and, if they wish it, lets us post for them."""
    if offered is None:
        wanted = [IDENTITY[1]]
        choices = [options[0] for options in POSTING]
    else:
        wanted = [next((scope for scope in IDENTITY if scope in offered), IDENTITY[-1])]
        choices = [options[0] if options[0] in offered else options[1] for options in POSTING]
    return " ".join(dict.fromkeys(wanted + choices if posts else wanted))


def may_post(scope: str) -> bool:
    """Whether a scope lets us post, and find what is answered."""
    granted = set(scope.split())
    return all(not granted.isdisjoint(options) for options in POSTING)


def is_same(account: Document, actor: RemoteActor) -> bool:
    """Whether the account that a server speaks of is the actor that we know by its own document.

    Servers that do not give the actor's id must name both its handle and its page.
    """
    uri = optional_text(account, "uri")
    if uri is not None:
        return uri == actor.id
    names = {actor.handle.lower(), f"{actor.handle}@{actor.host}".lower()}
    acct, url = optional_text(account, "acct") or "", optional_text(account, "url")
    return acct.lower() in names and url in {actor.id, actor.url}


def _granted(response: Response) -> Response:
    if response.status not in SUCCESS:
        raise ApiFailed(_failure(response))
    return response


def _failure(response: Response) -> Failure:
    if response.status == TOO_MANY:
        return Failure.TOO_OFTEN
    if response.status not in CLIENT_ERRORS:
        return Failure.NO_ANSWER
    if _error_of(response) == "invalid_client":  # RFC 6749, 5.2
        return Failure.UNKNOWN_APP
    return Failure.NO_ENTRY if response.status in {UNAUTHORIZED, 403} else Failure.TURNED_DOWN


def _error_of(response: Response) -> str | None:
    try:
        return optional_text(read_document(response.body), "error")
    except Malformed:
        return None


def _explained(response: Response) -> str:
    try:
        document = read_document(response.body)
    except Malformed:
        return ""
    words = (document.get("error"), document.get("error_description"))
    return " ".join(word for word in words if isinstance(word, str)).lower()


def _listed(document: Document, names: Sequence[str]) -> list[Any]:
    """Return a list that lies deep in a document; an empty one where there is none."""
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []


def _document(response: Response) -> Document:
    try:
        return read_document(response.body)
    except Malformed as error:
        raise ApiFailed(Failure.NO_ANSWER) from error


def _secret(document: Document, name: str) -> str:
    """Return what must be there, and may have to stand in a header."""
    value = document.get(name)
    is_plain = isinstance(value, str) and value.isascii() and value.isprintable()
    if not is_plain or not isinstance(value, str) or not 0 < len(value) <= MAX_SECRET:
        raise ApiFailed(Failure.NO_ANSWER)
    return value


def _short(document: Document, name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ID else None


def _credentials(app: App) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
