"""Forms: read, proven to be ours, and brought before the door."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from dosfed import texts
from dosfed.activitypub.throttle import Throttle
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Done, Submission
from dosfed.context import CLOCK, DATABASE
from dosfed.deliberation.model import Group, Refusal, Refused
from dosfed.shown.viewers import Viewer
from dosfed.web import session
from dosfed.web.languages import LANGUAGES
from dosfed.web.limits import seconds_to_wait
from dosfed.web.pages import Visitor, visitor_of
from dosfed.web.posted import read_posted
from dosfed.web.services import ACTS, CACHE, HOUSE
from dosfed.web.signing import factor_first

# Whether whoever sent a form has shown what their role needs; nobody has who is not signed in.
PROVEN = web.RequestKey("proven", bool)
MAX_DIGITS = 7  # of a group's size


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What somebody typed, with what was wrong about it."""

    name: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return what was typed into a field."""
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return everything that was chosen in a field."""
        return self.values.get(name, ())

    def error(self, form: str, name: str) -> str | None:
        """Return what was wrong with a field of a form."""
        return self.errors.get(name) if form == self.name else None


EMPTY = Form()
FORM_SECONDS = 60.0  # for a long text over a poor line
# A body that the library cannot take apart, or that ends before its time.
BROKEN = (HttpProcessingError, web.RequestPayloadError)
# Controls, and halves of characters.
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")
UNPROCESSABLE = web.HTTPUnprocessableEntity.status_code


class NotSignedIn(Exception):
    """A form came from somebody without a session; what they typed is shown to them again."""

    def __init__(self, form: Form) -> None:
        super().__init__("not signed in")
        self.form = form


class Stale(Exception):
    """A form does not prove that it comes from a page of ours."""

    def __init__(self, form: Form) -> None:
        super().__init__("stale form")
        self.form = form


class TooOften(Exception):
    """Somebody sent more than a person does; what they typed is shown to them again."""

    def __init__(self, form: Form, seconds: float) -> None:
        super().__init__("too often")
        self.form = form
        self.seconds = seconds


async def read_form(request: web.Request, name: str) -> Form:
    """Return what was typed: text alone, with one kind of line break."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            posted = await read_posted(request)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (RuntimeError, ValueError, ConnectionError, *BROKEN) as error:
        # Bytes that are not UTF-8, parts without heads or an end.
        raise web.HTTPBadRequest from error
    values = {key: tuple(clean(value) for value in typed) for key, typed in posted.values.items()}
    return Form(name=name, values=values, files=posted.files)


async def signed_in_form(
    request: web.Request, name: str, *, counted: web.AppKey[Throttle] | None = ACTS
) -> tuple[Form, Visitor]:
    """Return a form of somebody who is signed in.

    Raises `NotSignedIn`, `Stale`, or `TooOften` after more forms than rule 6.11 lets one person
    send; those that end a session are not counted, whatever somebody else did with it.
    """
    form = await read_form(request, name)
    visitor = await visitor_of(request)
    if visitor.session is None:
        raise NotSignedIn(form)
    check_token(form, visitor)
    request[PROVEN] = not visitor.session.owes
    if counted and (seconds := seconds_to_wait(request, counted, visitor.session.viewer.id)):
        raise TooOften(form, seconds)
    return form, visitor


def check_token(form: Form, visitor: Visitor) -> None:
    """Raise `Stale` unless a form comes from a page that this visitor was shown."""
    if not session.is_form_token(form.value("csrf"), visitor.secret):
        raise Stale(form)


def signed_in(visitor: Visitor) -> Viewer:
    """Return the person who is signed in; `signed_in_form` let nobody else pass."""
    if visitor.viewer is None:
        raise web.HTTPForbidden
    return visitor.viewer


def chosen_language(form: Form, default: str) -> str:
    """Return the language in which somebody wrote."""
    language = form.value("language")
    return language if language in LANGUAGES else default


def chosen_group(form: Form) -> Group | None:
    """Return the group that was given; the rules refuse one that makes no sense."""
    typed, size = form.value("group_name"), form.value("group_size").strip()
    name = texts.one_line(typed, len(typed))
    if not (name or size):
        return None
    is_number = size.isascii() and size.isdigit() and len(size) <= MAX_DIGITS
    return Group(name=name, size=int(size) if is_number else 0)


async def perform(request: web.Request, command: Command) -> Done:
    """Bring a form's command before the door, or raise `Refused`."""
    async with request.app[DATABASE].write() as connection:
        # What counts for a form is the start of its transaction.
        at = await request.app[CLOCK].stamp(connection)
        is_proven = request.get(PROVEN, False)
        submission = Submission(command=command, at=at, is_proven=is_proven)
        try:
            done = await perform_one(connection, submission, request.app[HOUSE])
        except Refused as refused:
            if refused.refusal is Refusal.NEEDS_FACTOR:
                raise factor_first("/") from refused
            raise
    # After the commit: before it, a page that is made meanwhile would still show what was.
    request.app[CACHE].clear()
    return done


async def leave_form(request: web.Request) -> web.Response:
    """GET where only a form is posted: a link on the page that refused it leads back."""
    path = request.path.removesuffix(f"/{request.match_info['form']}")
    raise web.HTTPSeeOther(request.rel_url.with_path(path, keep_query=True))


def clean(text: str) -> str:
    """Return a text in NFC, without characters that no page shows and PostgreSQL refuses."""
    return _NO_TEXT.sub("", texts.normalise(text.replace("\r\n", "\n").replace("\r", "\n")))
