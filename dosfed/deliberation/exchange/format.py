"""The import file: what it may say, read from parsed JSON into values."""

import re
from collections.abc import Iterable
from datetime import datetime

from dosfed.deliberation.consultations.licences import LICENCES
from dosfed.deliberation.consultations.model import Eligible, Phase, PhaseKind
from dosfed.deliberation.debate.model import Stance
from dosfed.deliberation.debate.rules import SOURCE_LENGTH, is_source
from dosfed.deliberation.exchange import details
from dosfed.deliberation.exchange import json_fields as read
from dosfed.deliberation.exchange.given import (
    GivenAdditions,
    GivenArgument,
    GivenConsultation,
    GivenDocument,
    GivenDocumentLink,
    GivenOrganiser,
    GivenProposal,
)
from dosfed.deliberation.exchange.json_fields import BadDocument, Fields
from dosfed.deliberation.exchange.meetings import read_meetings
from dosfed.deliberation.exchange.polls import POLL_KEYS, Frame, read_poll, read_span
from dosfed.deliberation.rules import TEXT_LENGTH, TITLE_LENGTH

FORMAT = 1
NAME = re.compile(r"[a-z0-9_]{1,64}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?")
THINGS = 100_000  # of one kind in one list
ERASE_AFTER_DAYS = 90
DAYS = 3_650

CONSULTATION_KEYS = frozenset(
    {"name", "title", "summary", "language", "organiser", "opens", "closes", "phases"}
    | {"eligible", "instances", "needs_facilitator", "erase_after_days", "meetings", "proposals"}
    | {"licence", "reasons", "documents"}
)
DOCUMENTS = 100
PROPOSAL_KEYS = frozenset(
    {"ref", "title", "text", "language", "by", "published", "poll", "arguments"}
    | {"tags", "group", "versions", "clauses"}
)
ARGUMENT_KEYS = frozenset(
    {"ref", "stance", "text", "html", "language", "by", "published", "in_reply_to"}
    | {"clause", "sources", "group"}
)


def read_import(document: object, *, now: datetime) -> GivenDocument:
    """Read a parsed import file, or raise `BadDocument` about the first thing that is wrong.

    Only a poll that has closed by `now` may bring a result.
    """
    fields = _file(document)
    common = _organiser(fields)

    def read_one(value: object, path: str) -> tuple[GivenOrganiser, GivenConsultation]:
        return _consultation(value, path, common, now)

    pairs = read.read_list(fields, "consultations", read_one, most=THINGS)
    organisers = {pair[0].name: pair[0] for pair in reversed(pairs)}
    if common is not None:
        organisers[common.name] = common
    given = GivenDocument(
        organisers=tuple(organisers.values()),
        consultations=tuple(consultation for _, consultation in pairs),
    )
    _check_names(given)
    return given


def read_additions(document: object, frame: Frame) -> GivenAdditions:
    """Read what a parsed import file adds to one consultation, or raise `BadDocument`.

    The file has that consultation alone. What it says of it changes nothing there: its language
    and its dates are those of what is added, where this says nothing itself; `frame` is what the
    consultation itself says.
    """
    fields = _file(document)
    given = read.read_list(fields, "consultations", lambda value, _: value, most=THINGS)
    if len(given) != 1:
        raise fields.bad("consultations", f"expected one, found {len(given)}")
    path = f"{fields.at('consultations')}[0]"
    one = read.read_fields(given[0], path, known=CONSULTATION_KEYS)
    if one.has("meetings"):
        raise one.bad("meetings", "are planned on the page of the consultation, not added")
    opens, closes = read_span(one, frame)
    language = _language(one, default=frame.language)
    around = Frame(opens=opens, closes=closes, language=language, now=frame.now)
    organiser = _organiser(one) or _organiser(fields)
    proposals = _proposals(one, around)
    if not proposals:
        raise one.bad("proposals", "there are none to add")
    return GivenAdditions(
        path=path,
        name=_name(one) if one.has("name") else None,
        organiser=organiser.name if organiser else None,
        proposals=proposals,
    )


def _file(document: object) -> Fields:
    """Read what surrounds everything else in a file."""
    fields = read.read_fields(document, "", known=("dosfed", "organiser", "consultations"))
    if fields.values.get("dosfed") != FORMAT or isinstance(fields.values["dosfed"], bool):
        raise fields.bad("dosfed", f"expected {FORMAT}, the version of the format")
    return fields


def _check_names(given: GivenDocument) -> None:
    """Raise unless every organiser and every consultation has a handle of its own."""
    taken = {organiser.name for organiser in given.organisers}
    for consultation in given.consultations:
        if consultation.name in taken:
            raise BadDocument(f"{consultation.path}.name", f"{consultation.name} is given twice")
        taken.add(consultation.name)


def _organiser(fields: Fields) -> GivenOrganiser | None:
    given = read.read_object(fields, "organiser", known=("name", "title"))
    if given is None:
        return None
    return GivenOrganiser(
        path=given.path, name=_name(given), title=read.line(given, "title", most=TITLE_LENGTH)
    )


def _consultation(
    value: object, path: str, common: GivenOrganiser | None, now: datetime
) -> tuple[GivenOrganiser, GivenConsultation]:
    fields = read.read_fields(value, path, known=CONSULTATION_KEYS)
    organiser = _organiser(fields) or common
    if organiser is None:
        raise fields.bad("organiser", "is missing, here and at the top of the file")
    opens, closes = read_span(fields)
    language = _language(fields, default=None)
    proposals = _proposals(fields, Frame(opens=opens, closes=closes, language=language, now=now))
    return organiser, GivenConsultation(
        path=path,
        name=_name(fields),
        title=read.line(fields, "title", most=TITLE_LENGTH),
        summary=read.text(fields, "summary", most=TEXT_LENGTH),
        language=language,
        organiser=organiser.name,
        opens=opens,
        closes=closes,
        phases=read.read_list(fields, "phases", _phase, most=100),
        eligible=_eligible(fields),
        instances=read.read_list(fields, "instances", _host, most=THINGS),
        needs_facilitator=read.flag(fields, "needs_facilitator", default=True),
        erase_after_days=read.number(
            fields, "erase_after_days", most=DAYS, default=ERASE_AFTER_DAYS
        ),
        licence=_licence(fields),
        reasons=details.read_reasons(fields),
        documents=read.read_list(fields, "documents", _document, most=DOCUMENTS),
        meetings=read_meetings(fields),
        proposals=proposals,
    )


def _licence(fields: Fields) -> str | None:
    return read.one_of(fields, "licence", [*LICENCES]) if fields.has("licence") else None


def _phase(value: object, path: str) -> Phase:
    fields = read.read_fields(value, path, known=("kind", "opens", "closes", "title", "text"))
    kind = read.word(fields, "kind", PhaseKind)
    opens, closes = read_span(fields)
    title = read.line(fields, "title", most=TITLE_LENGTH, default="")
    text = read.text(fields, "text", most=TEXT_LENGTH)
    return Phase(kind=kind, opens=opens, closes=closes, title=title, text=text)


def _document(value: object, path: str) -> GivenDocumentLink:
    fields = read.read_fields(value, path, known=("title", "url"))
    url = read.line(fields, "url", most=SOURCE_LENGTH)
    if not is_source(url):
        raise fields.bad("url", "expected an address that begins with https://")
    return GivenDocumentLink(title=read.line(fields, "title", most=TITLE_LENGTH), url=url)


def _eligible(fields: Fields) -> Eligible:
    value = fields.values.get("eligible", "anyone")
    if value in ("anyone", "here"):
        return "here" if value == "here" else "anyone"
    if not isinstance(value, list) or not value:
        raise fields.bad("eligible", 'expected "anyone", "here" or a list of hosts')
    return read.read_list(fields, "eligible", _host, most=THINGS)


def _proposals(fields: Fields, around: Frame) -> tuple[GivenProposal, ...]:
    def read_one(value: object, path: str) -> GivenProposal:
        return _proposal(value, path, around)

    proposals = read.read_list(fields, "proposals", read_one, most=THINGS)
    _check_refs(fields, "proposals", (proposal.ref for proposal in proposals))
    return proposals


def _proposal(value: object, path: str, around: Frame) -> GivenProposal:
    fields = read.read_fields(value, path, known=PROPOSAL_KEYS)
    language = _language(fields, default=around.language)
    poll = read.read_object(fields, "poll", known=POLL_KEYS)
    return GivenProposal(
        ref=_ref(fields, "ref"),
        title=read.line(fields, "title", most=TITLE_LENGTH),
        text=read.text(fields, "text", most=TEXT_LENGTH),
        language=language,
        by=_by(fields),
        published=_published(fields),
        tags=details.read_tags(fields),
        group=details.read_group(fields),
        versions=details.read_versions(fields, before=around.now),
        clauses=details.read_clauses(fields),
        poll=None if poll is None else read_poll(poll, around, language),
        arguments=_arguments(fields),
    )


def _arguments(fields: Fields) -> tuple[GivenArgument, ...]:
    """Read arguments; one that answers another comes after it."""
    places: dict[str, int] = {}

    def _argument(value: object, path: str) -> GivenArgument:
        argument = _read_argument(value, path, places)
        if argument.ref is not None:
            places.setdefault(argument.ref, int(path.rpartition("[")[2][:-1]))
        return argument

    arguments = read.read_list(fields, "arguments", _argument, most=THINGS)
    _check_refs(fields, "arguments", (argument.ref for argument in arguments))
    return arguments


def _read_argument(value: object, path: str, places: dict[str, int]) -> GivenArgument:
    fields = read.read_fields(value, path, known=ARGUMENT_KEYS)
    parent = _ref(fields, "in_reply_to")
    if parent is not None and parent not in places:
        raise fields.bad("in_reply_to", "no argument before this one has that ref")
    written = read.text(fields, "text", most=TEXT_LENGTH)
    shown = read.text(fields, "html", most=2 * TEXT_LENGTH)
    if bool(written.strip()) == bool(shown.strip()):
        raise fields.bad("text", "expected either text (Markdown) or html")
    return GivenArgument(
        ref=_ref(fields, "ref"),
        stance=read.word(fields, "stance", Stance, default=Stance.NEUTRAL),
        text=written if written.strip() else None,
        html=shown if shown.strip() else None,
        language=_language(fields, default="") or None,
        by=_by(fields),
        published=_published(fields),
        parent=None if parent is None else places[parent],
        clause=details.read_clause(fields),
        sources=details.read_sources(fields),
        group=details.read_group(fields),
    )


def _check_refs(fields: Fields, name: str, refs: Iterable[str | None]) -> None:
    seen: set[str] = set()
    for place, ref in enumerate(refs):
        if ref is not None and ref in seen:
            raise BadDocument(f"{fields.at(name)}[{place}].ref", f"{ref!a} is given twice")
        if ref is not None:
            seen.add(ref)


def _name(fields: Fields) -> str:
    name = read.line(fields, "name", most=TITLE_LENGTH)
    if not NAME.fullmatch(name):
        raise fields.bad("name", "expected 1 to 64 of a to z, 0 to 9 and _")
    return name


def _language(fields: Fields, *, default: str | None) -> str:
    language = read.line(fields, "language", most=40, default=default)
    if language and not LANGUAGE.fullmatch(language):
        raise fields.bad("language", "expected a code like fr or es-AR")
    return language


def _host(value: object, path: str) -> str:
    host = read.read_line(value, path, most=260).lower()
    if not HOST.fullmatch(host):
        raise BadDocument(path, "expected a host like consulta.example")
    return host


def _ref(fields: Fields, name: str) -> str | None:
    return read.line(fields, name, most=TITLE_LENGTH, default="") or None


def _by(fields: Fields) -> str | None:
    return read.line(fields, "by", most=TITLE_LENGTH, default="") or None


def _published(fields: Fields) -> datetime | None:
    return read.moment(fields, "published") if fields.has("published") else None
