"""What a visitor sees when something is not there, not allowed, or broken."""

from collections.abc import Awaitable, Callable, Mapping
from math import ceil

import structlog
from aiohttp import web

from dosfed.activitypub.negotiation import problem, wants_json
from dosfed.context import DATABASE, SETTINGS
from dosfed.storage.engine import keeps_from_answering
from dosfed.web.forms import NotSignedIn, Stale, TooOften
from dosfed.web.languages import language_of
from dosfed.web.limits import retry_after
from dosfed.web.pages import Visitor, answer_page, visitor_of
from dosfed.web.rendering import Page
from dosfed.web.typed import typed

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Sign-in links, moderation and "your own server" send people on; nothing else leaves.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self' https:{development}"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SERVER_ERROR = 500
AWAY_SECONDS = 30.0  # others send again then; a database is restarted in less
TOO_MANY = web.HTTPTooManyRequests.status_code
HTML = "text/html"


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what is raised into a page, or one line for whoever is not a person."""
    try:
        response = await handler(request)
    except web.HTTPException as exception:
        response = await _answer_http(request, exception)
    except NotSignedIn as refused:
        kept = typed(request, refused.form)
        response = await _answer_page(request, "errors/not_signed_in.html", 403, typed=kept)
    except Stale as refused:
        kept = typed(request, refused.form)
        response = await _answer_page(request, "errors/stale.html", 403, typed=kept)
    except TooOften as refused:
        kept, headers = typed(request, refused.form), retry_after(refused.seconds)
        minutes = _minutes(headers)
        response = await _answer_page(
            request, "errors/too_often.html", TOO_MANY, typed=kept, minutes=minutes
        )
        response.headers.update(headers)
    except Exception as error:  # noqa: BLE001 - the edge: whatever broke
        response = await _answer_http(request, _broken(request, error))
    if response.content_type == HTML:
        _secure(request, response)
    return response


def _broken(request: web.Request, error: Exception) -> web.HTTPException:
    """Tell the log what broke, never the visitor; what may pass they may try again."""
    if keeps_from_answering(error):
        request.app[DATABASE].troubles.note(error, where=_route(request))
        return web.HTTPServiceUnavailable(headers=retry_after(AWAY_SECONDS))
    log.error("request failed", method=request.method, route=_route(request), exc_info=error)
    return web.HTTPInternalServerError()


def _route(request: web.Request) -> str:
    """Return which path was asked for, without what fills its places: a link may be a key."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _secure(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():  # a page that is more careful stays so
        response.headers.setdefault(name, value)
    development = " http:" if request.app[SETTINGS].allow_private_network else ""
    response.headers["Content-Security-Policy"] = POLICY.format(development=development)


async def _answer_http(request: web.Request, exception: web.HTTPException) -> web.StreamResponse:
    if exception.status < web.HTTPBadRequest.status_code:
        raise exception
    if wants_json(request):
        return problem(exception.status, exception.reason, headers=_allow(exception))
    if not _reads_pages(request):
        return web.Response(
            status=exception.status, text=f"{exception.reason}\n", headers=_allow(exception)
        )
    minutes = _minutes(exception.headers)
    response = await _answer_page(
        request, "errors/show.html", exception.status, error=exception.status, minutes=minutes
    )
    response.headers.update(_allow(exception))
    return response


def _minutes(headers: Mapping[str, str]) -> int:
    """Return for how long a person waits where a program is told the seconds; at least one."""
    return max(ceil(int(headers.get("Retry-After", "0")) / 60), 1)


def _allow(exception: web.HTTPException) -> dict[str, str]:
    kept = ("Allow", "Retry-After")
    return {name: exception.headers[name] for name in kept if name in exception.headers}


def _reads_pages(request: web.Request) -> bool:
    return HTML in request.headers.get("Accept", "") and not wants_json(request)


async def _answer_page(
    request: web.Request, template: str, status: int, **values: object
) -> web.Response:
    # A failing database must not take the page that says so along.
    visitor = (
        await visitor_of(request)
        if status < SERVER_ERROR
        else Visitor(session=None, language=language_of(request), secret="")
    )
    return answer_page(request, Page(template=template, values=values, status=status), visitor)
