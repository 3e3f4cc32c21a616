"""The only way out: every request that this server makes of others."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache
from types import TracebackType
from typing import Literal, Self

import aiohttp
from aiohttp import web
from yarl import URL

from dosfed import __version__
from dosfed.activitypub.bodies import read_body
from dosfed.activitypub.guard import AddressRefused, Forbidden, Policy, Target
from dosfed.activitypub.keys import KeyRing, Signer
from dosfed.activitypub.message_signatures import sign_message
from dosfed.activitypub.reading import Document, Malformed, id_of, read_document
from dosfed.activitypub.resolver import Resolver
from dosfed.activitypub.signatures import sign, write_date
from dosfed.instance import Instance, host_of
from dosfed.settings import Settings
from dosfed.storage.clock import Clock

ACTIVITY_JSON = "application/activity+json"
LD_JSON = "application/ld+json"
JSON = "application/json"
PROFILE = "https://www.w3.org/ns/activitystreams"
ACCEPT = f'{ACTIVITY_JSON}, {LD_JSON}; profile="{PROFILE}"'

# Each request goes through three gates: its URL (`Policy.target`), the addresses that the name has
# (`Resolver`), and the one address that is connected to (`Policy.open_socket`). A redirect starts
# again at the first. What comes back is bounded in time and in bytes, packed and unpacked. Whether
# it may be believed `get_document` says: a document speaks for the address at which it lies, and
# for nothing else (`federation/incoming.py` tells what follows).

# As Mastodon waits to connect and to read; what hangs for longer is a matter for the next attempt.
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MAX_BYTES = 1_048_576  # as others bound a document
MAX_ANSWER = 16_384  # of what an inbox answers; a longer answer costs its sender the connection
MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Failures that say nothing about what is asked for: the next time it may be there. 401 is among
# them: a server that reads only for those it knows may just now fail to fetch our key.
PASSING = frozenset({401, 408, 425, 429, 500, 502, 503, 504})
UNAUTHORISED = 401

Form = Literal["cavage", "rfc9421"]


class FetchFailed(Exception):
    """A document could not be had; `is_final` if asking again would not help."""

    def __init__(self, url: str, reason: str, *, is_final: bool, status: int | None = None) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.status = status
        self.is_final = is_final


class Gone(FetchFailed):
    """The server says that there is no such document, or no longer (404, 410)."""


class Unreachable(Exception):
    """A delivery got no answer at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer to a GET, whatever its status; `url` is where it came from in the end."""

    url: str
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an inbox said to a delivery; `retry_after` in seconds from now."""

    status: int
    retry_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of another server's API: with `fields` it is a form that is posted."""

    url: str
    fields: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_bytes: int = MAX_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    accept: str
    max_bytes: int
    signer: Signer | None = None
    fields: Mapping[str, str] | None = None


class Client:
    """Asks other servers, within limits of time and size, at public addresses only."""

    def __init__(self, settings: Settings, instance: Instance, clock: Clock, keys: KeyRing) -> None:
        self._instance = instance
        self._clock = clock
        self._keys = keys
        self._policy = Policy(own_host=instance.host, allow_private=settings.allow_private_network)
        # Deliveries go to the same inboxes over and over.
        self._inbox = lru_cache(maxsize=8_192)(self._policy.target)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Return the client; connections are opened as they are needed."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int = MAX_BYTES,
        total_seconds: float = TOTAL_SECONDS,
        signed: bool = True,
    ) -> Response:
        """Ask for a URL, following a few redirects; raise `FetchFailed` if no answer comes.

        The signature is the instance actor's; another origin than the first never gets one.
        """
        try:
            async with asyncio.timeout(total_seconds):
                signer = await self._keys.signer(self._instance.actor) if signed else None
                question = _Question(accept=accept, max_bytes=max_bytes, signer=signer)
                return await self._follow(url, question)
        except TimeoutError as error:
            raise FetchFailed(url, "no answer in time", is_final=False) from error

    async def get_document(self, url: str, *, total_seconds: float = TOTAL_SECONDS) -> Document:
        """Return an ActivityStreams document from its own origin, or raise `FetchFailed`.

        Its id is the URL it came from; if it claims another id on the same host, that one is
        asked for, once. 404 and 410 raise `Gone`.
        """
        try:
            async with asyncio.timeout(total_seconds):
                document, final = await self._document(url, total_seconds)
                # A page's address, or one that redirects, may give the document of another id;
                # that id then has to give it itself. On another host it could not be the same
                # server's word, so it is not even asked for.
                claimed = id_of(document)
                if claimed and claimed != final and host_of(claimed) == host_of(final):
                    document, final = await self._document(claimed, total_seconds)
        except TimeoutError as error:
            raise FetchFailed(url, "no answer in time", is_final=False) from error
        if id_of(document) != final:
            raise FetchFailed(url, "its id is not where it is", is_final=True)
        return document

    async def call(self, call: Call, *, total_seconds: float = TOTAL_SECONDS) -> Response:
        """Ask another server's API, unsigned; raise `FetchFailed` if no answer comes.

        No redirect is followed: it could take a secret to another server.
        """
        question = _Question(accept=JSON, max_bytes=call.max_bytes, fields=call.fields)
        try:
            async with asyncio.timeout(total_seconds):
                return await self._ask(self._target(call.url), question, call.headers)
        except TimeoutError as error:
            raise FetchFailed(call.url, "no answer in time", is_final=False) from error

    async def post(
        self, url: str, body: bytes, *, digest: bytes, signer: Signer, form: Form
    ) -> Answer:
        """Deliver an activity, signed; raise `Unreachable` if no answer comes.

        `digest` is the SHA-256 of the body: one body goes to many inboxes.
        """
        try:
            target = self._inbox(url)
            headers = self._post_headers(target, body, digest, signer=signer, form=form)
            async with self._open_session().post(
                target.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                await response.content.read(MAX_ANSWER)
                return Answer(
                    status=response.status,
                    retry_after=self._seconds_until(response.headers.get("Retry-After")),
                )
        except (aiohttp.ClientError, OSError, TimeoutError, Forbidden) as error:
            raise Unreachable(f"{url}: {str(error) or type(error).__name__}") from error

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    # Beyond what the courier holds open to servers that hang: others still pass.
                    limit=1_024,
                    limit_per_host=16,  # deliveries take one; the rest are for keys and posts
                    ttl_dns_cache=300,
                    keepalive_timeout=20,
                    resolver=Resolver(self._policy),
                    socket_factory=self._policy.open_socket,
                ),
                timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS),
                headers={
                    "User-Agent": f"dosfed/{__version__} (+{self._instance.base_url}/)",
                    "Accept-Encoding": "gzip",
                },
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # `_unpacked` does it within bounds
                trust_env=False,
            )
        return self._session

    async def _document(self, url: str, total_seconds: float) -> tuple[Document, str]:
        response = await self.get(url, accept=ACCEPT, total_seconds=total_seconds)
        status = response.status
        if status in {404, 410}:
            raise Gone(url, "not there", is_final=True, status=status)
        if status != 200:  # noqa: PLR2004 - an HTTP status names itself
            raise FetchFailed(
                url, f"status {status}", is_final=status not in PASSING, status=status
            )
        if not is_activity_type(response.content_type):
            raise FetchFailed(url, "not an ActivityStreams type", is_final=True, status=status)
        try:
            return read_document(response.body), response.url
        except Malformed as error:
            raise FetchFailed(url, str(error), is_final=True, status=status) from error

    async def _follow(self, url: str, question: _Question) -> Response:
        target = self._target(url)
        origin = target.origin
        for _ in range(MAX_REDIRECTS + 1):
            # Another origin could keep a signature and use it at the first one for an hour.
            signer = question.signer if target.origin == origin else None
            response = await self._knock(target, question, signer)
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or location is None:
                return response
            target = self._target(_joined(target, location))
        raise FetchFailed(url, "too many redirects", is_final=True)

    def _target(self, url: str) -> Target:
        try:
            return self._policy.target(url)
        except Forbidden as error:
            raise FetchFailed(url, str(error), is_final=True) from error

    async def _knock(self, target: Target, question: _Question, signer: Signer | None) -> Response:
        """Ask once, or for as long as the server dislikes the form of our signature."""
        forms = self._get_headers(target, signer)
        response = await self._ask(target, question, next(forms))
        while response.status == UNAUTHORISED and (form := next(forms, None)) is not None:
            response = await self._ask(target, question, form)
        return response

    def _get_headers(self, target: Target, signer: Signer | None) -> Iterator[dict[str, str]]:
        """Yield the forms of a signature, most widely understood first."""
        if signer is None:
            yield {}
            return
        now = self._clock.now()
        path = target.path_qs.partition("?")[0]
        # Misskey and PieFed check the path alone.
        for signed_target in dict.fromkeys((target.path_qs, path)):
            date = write_date(int(now.timestamp()))
            signature = sign(
                signer,
                method="GET",
                target=signed_target,
                headers={"host": target.host, "date": date},
            )
            yield {"Host": target.host, "Date": date, "Signature": signature}
        yield sign_message(signer, method="GET", url=str(target.url), body=None, now=now)

    def _post_headers(
        self, target: Target, body: bytes, digest: bytes, *, signer: Signer, form: Form
    ) -> dict[str, str]:
        now = self._clock.now()
        if form == "rfc9421":
            return {
                "Content-Type": ACTIVITY_JSON,
                **sign_message(signer, method="POST", url=str(target.url), body=body, now=now),
            }
        date = write_date(int(now.timestamp()))
        digest_header = f"SHA-256={b64encode(digest).decode()}"
        signature = sign(
            signer,
            method="POST",
            target=target.path_qs,
            headers={
                "host": target.host,
                "date": date,
                "digest": digest_header,
                "content-type": ACTIVITY_JSON,
            },
        )
        return {
            "Host": target.host,
            "Date": date,
            "Digest": digest_header,
            "Content-Type": ACTIVITY_JSON,
            "Signature": signature,
        }

    async def _ask(
        self, target: Target, question: _Question, headers: Mapping[str, str]
    ) -> Response:
        method = "GET" if question.fields is None else "POST"
        try:
            async with self._open_session().request(
                method,
                target.url,
                data=question.fields,
                headers={"Accept": question.accept, **headers},
                allow_redirects=False,
            ) as response:
                body = await read_body(response, question.max_bytes)
        except aiohttp.ClientConnectorError as error:
            is_refused = isinstance(error.os_error, AddressRefused)
            raise FetchFailed(target.text, "no connection", is_final=is_refused) from error
        except (aiohttp.ClientError, OSError) as error:
            raise FetchFailed(target.text, "no answer", is_final=False) from error
        if body is None:
            raise FetchFailed(
                target.text,
                "too large, or not to be unpacked",
                is_final=True,
                status=response.status,
            )
        return Response(
            url=target.text,
            status=response.status,
            content_type=response.headers.get("Content-Type", ""),
            body=body,
            headers=response.headers,
        )

    def _seconds_until(self, retry_after: str | None) -> float | None:
        """Read a Retry-After header: seconds, or a date."""
        if retry_after is None:
            return None
        if retry_after.isascii() and retry_after.isdigit():
            return float(retry_after[:9])  # enough: no more than a day is heeded
        try:
            moment = parsedate_to_datetime(retry_after)
            return max(0.0, moment.timestamp() - self._clock.now().timestamp())
        except (ValueError, TypeError, OverflowError):
            return None


CLIENT = web.AppKey("client", Client)


def is_activity_type(content_type: str) -> bool:
    """Whether a Content-Type is one of the two of ActivityPub (section 3.2 of the specification).

    Anything else on the same host may be what a user has uploaded.
    """
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == ACTIVITY_JSON:
        return True
    if kind != LD_JSON:
        return False
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "profile":
            return PROFILE in value.strip().strip('"').split()
    return False


def _joined(target: Target, location: str) -> str:
    try:
        return str(target.url.join(URL(location)))
    except ValueError as error:
        raise FetchFailed(target.text, "redirected to no URL", is_final=True) from error
