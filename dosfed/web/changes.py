"""The pages on which a consultation is changed, and the one that tells what was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import partial
from typing import TypedDict

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.context import CLOCK, DATABASE, INSTANCE
from dosfed.deliberation.consultations.changing import load_standing
from dosfed.deliberation.consultations.model import (
    ChangeDetails,
    ChangeWords,
    CloseNow,
    ConsultationCommand,
    Document,
    MoveDates,
    OpenNow,
    Standing,
    WithdrawConsultation,
)
from dosfed.deliberation.consultations.rules import REASON_LENGTH, wrong_dates
from dosfed.deliberation.meetings.rules import read_moment
from dosfed.deliberation.model import ActorId, ConsultationId, Refusal, Refused, Role
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH, says_nothing
from dosfed.deliberation.team.kept import role_in
from dosfed.deliberation.team.rules import may_organise
from dosfed.shown.consultations import ConsultationHead, load_head
from dosfed.shown.histories import load_history_feed, load_history_page
from dosfed.shown.viewers import View
from dosfed.web import pages
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form, perform, signed_in, signed_in_form
from dosfed.web.keeping_up import feeds
from dosfed.web.pages import Visitor
from dosfed.web.refusals import REASONS, said
from dosfed.web.rendering import Page
from dosfed.web.signing import factor_first, sign_in_first
from dosfed.web.site import SITE

WORDS = ("title", "summary", "organiser_title")
MOST = {"title": TITLE_LENGTH, "summary": TEXT_LENGTH, "organiser_title": TITLE_LENGTH}


class Around(TypedDict):
    """What every change says."""

    id: ConsultationId
    by: ActorId
    edition: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagePage:
    """Everything templates/consultations/manage.html may use.

    `now` is what each field says now; `others` are those that somebody else changed meanwhile.
    """

    head: ConsultationHead
    standing: Standing
    form: Form
    now: Mapping[str, str]
    others: frozenset[str]
    may_rename_organiser: bool


async def show(request: web.Request) -> web.Response:
    """GET /c/{address}/manage: the forms, for whoever organises this consultation."""
    visitor = await _organiser(request)
    return await pages.answer_now(request, _loader(request), visitor)


async def change_words(request: web.Request) -> web.Response:
    """POST /c/{address}/manage/words: `edition`, `reason`, and each text under its name."""
    form, visitor, standing = await _read(request, "words")
    title = form.value("organiser_title")
    command = ChangeWords(
        **_around(form, visitor, standing),
        title=form.value("title"),
        summary=form.value("summary"),
        organiser_title=title if "organiser_title" in form.values else None,
    )
    return await _change(request, form, visitor, command)


async def change_details(request: web.Request) -> web.Response:
    """POST /c/{address}/manage/details: `documents`, `phase-0-title`, `phase-0-text` and so on."""
    form, visitor, standing = await _read(request, "details")
    phases = tuple(
        (
            _typed(form, f"phase-{number}-title", phase.title),
            _typed(form, f"phase-{number}-text", phase.text),
        )
        for number, phase in enumerate(standing.phases)
    )
    command = ChangeDetails(
        **_around(form, visitor, standing),
        phases=phases,
        documents=_documents(form.value("documents")),
    )
    return await _change(request, form, visitor, command)


def _typed(form: Form, name: str, was: str) -> str:
    return form.value(name) if name in form.values else was


def _documents(typed: str) -> tuple[Document, ...]:
    """Read a document from each line: its address, a space, what it is called."""
    pairs = (line.strip().partition(" ") for line in typed.splitlines() if line.strip())
    return tuple(Document(url=url, title=title.strip()) for url, _, title in pairs)


async def move_dates(request: web.Request) -> web.Response:
    """POST /c/{address}/manage/dates: `edition`, `reason`, and each date under its name."""
    form, visitor, standing = await _read(request, "dates")
    zone = request.app[SITE].zone
    errors: dict[str, str] = {}

    def read(name: str, was: datetime) -> datetime:
        # What was not touched stays to the second: a browser's calendar knows minutes.
        if name not in form.values or form.value(name) == _local(was, zone):
            return was
        try:
            return read_moment(form.value(name), zone)
        except Refused as refused:
            errors[name] = said(refused)
            return was

    command = MoveDates(
        **_around(form, visitor, standing),
        closes=read("closes", standing.closes),
        phases=tuple(
            replace(
                phase,
                opens=read(f"phase-{number}-opens", phase.opens),
                closes=read(f"phase-{number}-closes", phase.closes),
            )
            for number, phase in enumerate(standing.phases)
        ),
        polls={poll.id: read(f"poll-{poll.id}", poll.closes) for poll in standing.polls},
    )
    now = request.app[CLOCK].now()
    for name, refusal in wrong_dates(standing, command, now=now):
        errors.setdefault(name, REASONS[refusal])
    if errors and command.edition == standing.edition:
        return await _again(request, replace(form, errors=errors), visitor)
    return await _change(request, form, visitor, command)


async def open_now(request: web.Request) -> web.Response:
    """POST /c/{address}/manage/open: `edition`, `reason`."""
    form, visitor, standing = await _read(request, "open")
    return await _change(request, form, visitor, OpenNow(**_around(form, visitor, standing)))


async def close_now(request: web.Request) -> web.Response:
    """POST /c/{address}/manage/close: `edition`, `reason`."""
    form, visitor, standing = await _read(request, "close")
    return await _change(request, form, visitor, CloseNow(**_around(form, visitor, standing)))


async def withdraw(request: web.Request) -> web.Response:
    """POST /c/{address}/manage/withdraw: `edition`, `reason`."""
    form, visitor, standing = await _read(request, "withdraw")
    command = WithdrawConsultation(**_around(form, visitor, standing))
    return await _change(request, form, visitor, command)


async def show_history(request: web.Request) -> web.Response:
    """GET /c/{address}/history: everything that the team changed, and why."""

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        page = await load_history_page(connection, request.match_info["address"], now=view.now)
        if page is None:
            return None
        return Page(template="consultations/history.html", values={"page": page})

    return await pages.answer(request, load)


async def show_history_feed(request: web.Request) -> web.Response:
    """GET /c/{address}/history.atom."""
    load = partial(load_history_feed, address=request.match_info["address"])
    return await feeds.answer(request, load)


async def _change(
    request: web.Request, form: Form, visitor: Visitor, command: ConsultationCommand
) -> web.Response:
    """Bring a change before the door; lead to the page that says so, or show the form again."""
    try:
        await perform(request, command)
    except Refused as refused:
        if refused.refusal is Refusal.NOT_ALLOWED:
            raise web.HTTPForbidden from refused
        return await _again(request, _with_error(form, refused), visitor)
    raise web.HTTPSeeOther(f"/c/{request.match_info['address']}/manage?notice=changed")


def _with_error(form: Form, refused: Refused) -> Form:
    """Return a form that says beside the right field why it was refused."""
    match refused.refusal:
        case Refusal.EMPTY | Refusal.BAD_LINK | Refusal.TOO_MANY if form.name == "details":
            field = "documents"
        case Refusal.TOO_LONG if form.name == "details":
            field = _too_long(form)
        case Refusal.EMPTY if form.name == "words":
            field = next(
                (one for one in ("title", "organiser_title") if says_nothing(form.value(one))),
                "reason",
            )
        case Refusal.TOO_LONG:
            named = [one for one in WORDS if len(form.value(one)) > MOST[one]]
            field = named[0] if named and form.name == "words" else "reason"
        case _ if refused.refusal is Refusal.EMPTY:
            field = "reason"
        case _:
            field = "form"
    most = MOST.get(field, REASON_LENGTH)
    return replace(form, errors={field: said(refused, form.value(field), most)})


def _too_long(form: Form) -> str:
    """Return which of the texts of phases, the documents or the reason is too long."""
    for name, typed in form.values.items():
        most = {"title": TITLE_LENGTH, "text": TEXT_LENGTH}.get(name.rpartition("-")[2])
        if name.startswith("phase-") and most is not None and len(typed[0]) > most:
            return name
    return "reason" if len(form.value("reason")) > REASON_LENGTH else "documents"


async def _again(request: web.Request, form: Form, visitor: Visitor) -> web.Response:
    load = _loader(request, form, status=UNPROCESSABLE)
    return await pages.answer_now(request, load, visitor)


def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    address, zone = request.match_info["address"], request.app[SITE].zone

    async def load(connection: AsyncConnection, view: View) -> Page | None:
        head = await load_head(connection, address, now=view.now)
        standing = None if head is None else await load_standing(connection, head.id, holds=False)
        if head is None or standing is None or view.viewer is None:
            return None
        now = _now(standing, zone)
        is_old = form.value("edition") not in {"", str(standing.edition)}
        page = ManagePage(
            head=head,
            standing=standing,
            form=_merged(form, now) if is_old else form,
            now=now,
            others=frozenset(_others(form, now)) if is_old else frozenset(),
            may_rename_organiser=view.viewer.is_organiser,
        )
        template = "consultations/manage.html"
        return Page(template=template, values={"page": page}, status=status, within=head.id)

    return load


def _now(standing: Standing, zone: tzinfo | None) -> dict[str, str]:
    """Return what each field says where nobody typed anything."""
    fields = {name: str(getattr(standing, name)) for name in WORDS}
    fields["closes"] = _local(standing.closes, zone)
    for number, phase in enumerate(standing.phases):
        fields[f"phase-{number}-title"], fields[f"phase-{number}-text"] = phase.title, phase.text
        fields[f"phase-{number}-opens"] = _local(phase.opens, zone)
        fields[f"phase-{number}-closes"] = _local(phase.closes, zone)
    fields["documents"] = "\n".join(f"{one.url} {one.title}" for one in standing.documents)
    fields |= {f"poll-{poll.id}": _local(poll.closes, zone) for poll in standing.polls}
    return fields


def _others(form: Form, now: Mapping[str, str]) -> Sequence[str]:
    """Return the fields that somebody else changed while this form was filled in."""
    return [name for name in now if f"was-{name}" in form.values and _was(form, name) != now[name]]


def _was(form: Form, name: str) -> str:
    return form.value(f"was-{name}")


def _merged(form: Form, now: Mapping[str, str]) -> Form:
    """Return a form in which what was not touched says what somebody else made of it."""
    untouched = {
        name: (now[name],) for name in _others(form, now) if form.value(name) == _was(form, name)
    }
    return replace(form, values={**form.values, **untouched})


def _local(moment: datetime, zone: tzinfo | None) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def _around(form: Form, visitor: Visitor, standing: Standing) -> Around:
    """Return what every change says: of which edition, by whom and why."""
    edition = form.value("edition")
    return {
        "id": ConsultationId(standing.id),
        "by": ActorId(signed_in(visitor).id),
        "edition": int(edition) if edition.isascii() and edition.isdigit() else 0,
        "reason": form.value("reason"),
    }


async def _read(request: web.Request, name: str) -> tuple[Form, Visitor, Standing]:
    """Return a form of an organiser's, and the consultation that it is about."""
    form, visitor = await signed_in_form(request, name)
    if visitor.session is not None and visitor.session.owes:
        raise factor_first("/")
    async with request.app[DATABASE].read() as connection:
        standing = await load_standing(connection, _id(request), holds=False)
        role = await role_in(connection, signed_in(visitor).id, _id(request))
    _check(role)
    if standing is None:
        raise web.HTTPNotFound
    return form, visitor, standing


async def _organiser(request: web.Request) -> Visitor:
    """Return who asks, if they organise this consultation; strangers are led to sign in."""
    visitor = await pages.visitor_of(request)
    if visitor.session is None:
        raise sign_in_first(request)
    if visitor.session.owes:
        raise factor_first(request.path_qs)
    async with request.app[DATABASE].read() as connection:
        _check(await role_in(connection, visitor.session.viewer.id, _id(request)))
    return visitor


def _check(role: Role | None) -> None:
    if not may_organise(role):
        raise web.HTTPForbidden


def _id(request: web.Request) -> str:
    return request.app[INSTANCE].consultation(request.match_info["address"])
