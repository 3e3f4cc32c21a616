"""Changes of a consultation that people read: each leaves a line in its history, and is told.

A line is made where something is changed, and nowhere else: what an act writes and what the
history says of it cannot differ. Of two who change a consultation at once the second is told
what the first did, since every change raises the edition that a command names (rule 10.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import texts
from dosfed.activitypub import order
from dosfed.activitypub.actors import describe_actor
from dosfed.activitypub.writing import rfc3339
from dosfed.acts import documents, publishing, telling
from dosfed.acts.facts import ConsultationChanged, NothingNew
from dosfed.acts.submission import Done, House
from dosfed.deliberation.consultations import changing, history
from dosfed.deliberation.consultations.history import Change
from dosfed.deliberation.consultations.model import (
    ChangeDetails,
    ChangeWords,
    CloseNow,
    ConsultationCommand,
    MoveDates,
    OpenNow,
    Phase,
    RunningPoll,
    Standing,
    WithdrawConsultation,
)
from dosfed.deliberation.consultations.phases import replace_phases
from dosfed.deliberation.consultations.rules import (
    check_change,
    check_closing,
    check_dates,
    check_details,
    check_opening,
    check_words,
    needs_reason,
)
from dosfed.deliberation.debate.rules import is_source
from dosfed.deliberation.model import Refusal
from dosfed.deliberation.proposals.kept import load_proposal
from dosfed.deliberation.rules import check_there
from dosfed.deliberation.team.kept import role_in, role_of
from dosfed.deliberation.votes import boosts, tallies


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """A consultation with the dates that it gets; `polls` are those that change."""

    opens: datetime
    closes: datetime
    phases: tuple[Phase, ...]
    polls: tuple[RunningPoll, ...] = ()


async def change(
    connection: AsyncConnection, command: ConsultationCommand, *, at: datetime
) -> Done:
    """Change a consultation of this home (rules 10.1 to 10.6)."""
    standing = check_there(
        await changing.load_standing(connection, command.id, holds=True),
        Refusal.UNKNOWN_CONSULTATION,
    )
    role = await role_in(connection, command.by, command.id)
    check_change(standing, command, role=role, is_needed=needs_reason(command))
    line = Change(what="", at=at, role=role, by=command.by, reason=command.reason.strip())
    match command:
        case ChangeWords():
            return await _reword(connection, standing, command, line)
        case ChangeDetails():
            return await _detail(connection, standing, command, line)
        case MoveDates():
            check_dates(standing, command, now=at)
            polls = _moved(standing, command)
            dated = _Dated(
                opens=standing.opens, closes=command.closes, phases=command.phases, polls=polls
            )
            return await _date(connection, standing, dated, line)
        case OpenNow():
            check_opening(standing, now=at)
            return await _date(connection, standing, _opened(standing, at), line, "opened")
        case CloseNow():
            unjudged = await _unjudged(connection, standing, at)
            check_closing(standing, unjudged=unjudged, now=at)
            return await _date(connection, standing, _closed(standing, at), line, "closed")
        case WithdrawConsultation():
            return await _withdraw(connection, standing, line)
        case _:
            assert_never(command)


async def _withdraw(connection: AsyncConnection, standing: Standing, line: Change) -> Done:
    """Give a consultation up; it and its pages stay, with the reason (rule 10.6)."""
    at, dated = line.at, _closed(standing, line.at)
    given_up = {"withdrawn_at": at, "withdrawn_reason": line.reason}
    dates = {"opens": dated.opens, "closes": min(standing.closes, at)}
    await changing.save_consultation(connection, standing.id, {**given_up, **dates})
    if dated.phases != standing.phases:
        await replace_phases(connection, standing.id, dated.phases)
    await tallies.close_withdrawn(connection, [poll.id for poll in standing.polls], now=at)
    for poll in standing.polls:
        await boosts.end(connection, poll.proposal)
    before = _span(standing.opens, standing.closes)
    await history.record(connection, standing.id, replace(line, what="withdrawn", before=before))
    moved = tuple(poll.proposal for poll in standing.polls)
    return Done(facts=(replace(_fact(standing, line), moved=moved),))


async def _unjudged(connection: AsyncConnection, standing: Standing, at: datetime) -> list[str]:
    """Return the polls for which something has come in that may be a ballot."""
    return [
        poll.id
        for poll in standing.polls
        if await order.has_unjudged(connection, about=poll.id, before=at)
    ]


async def _reword(
    connection: AsyncConnection, standing: Standing, command: ChangeWords, line: Change
) -> Done:
    """Let a consultation, or its organiser, say something else."""
    called = command.organiser_title
    if called is not None and called.strip() == standing.organiser_title:
        called = None
    command = replace(command, organiser_title=called)
    everywhere = await role_of(connection, command.by)
    check_words(command, everywhere=everywhere)
    changed = {"title": command.title.strip(), "summary": command.summary}
    lines = [
        replace(line, what=name, before=getattr(standing, name), after=value)
        for name, value in changed.items()
        if value != getattr(standing, name)
    ]
    if not lines and called is None:
        return Done(facts=(NothingNew(id=standing.id, at=line.at),))
    await changing.save_consultation(connection, standing.id, changed)
    html = texts.render_markdown(command.summary) if command.summary else ""
    await describe_actor(connection, standing.id, name=changed["title"], summary=html)
    await history.record(connection, standing.id, *lines)
    others: Sequence[str] = ()
    if called is not None:
        others = await _rename_organiser(connection, standing, called.strip(), line)
    facts = [_fact(standing, line)] + [
        replace(_fact(standing, line), id=other) for other in others if other != standing.id
    ]
    return Done(facts=tuple(facts))


async def _detail(
    connection: AsyncConnection, standing: Standing, command: ChangeDetails, line: Change
) -> Done:
    """Let phases say something else, or link to other documents."""
    check_details(command, is_link=is_source)
    phases = tuple(
        replace(phase, title=title.strip(), text=text)
        for phase, (title, text) in zip(standing.phases, command.phases, strict=True)
    )
    lines = []
    if phases != standing.phases:
        said = [_texts(standing.phases), _texts(phases)]
        lines.append(replace(line, what="phase-texts", before=said[0], after=said[1]))
    if command.documents != standing.documents:
        listed = [_listed(standing), _listed(command)]
        lines.append(replace(line, what="documents", before=listed[0], after=listed[1]))
    if not lines:
        return Done(facts=(NothingNew(id=standing.id, at=line.at),))
    documents = [{"title": one.title, "url": one.url} for one in command.documents]
    await changing.save_consultation(connection, standing.id, {"documents": documents})
    await replace_phases(connection, standing.id, phases)
    await history.record(connection, standing.id, *lines)
    return Done(facts=(_fact(standing, line),))


def _texts(phases: Sequence[Phase]) -> str:
    return "\n\n".join(f"{phase.title}\n{phase.text}".strip() for phase in phases).strip()


def _listed(said: Standing | ChangeDetails) -> str:
    return "\n".join(f"{one.url} {one.title}" for one in said.documents)


async def _rename_organiser(
    connection: AsyncConnection, standing: Standing, title: str, line: Change
) -> Sequence[str]:
    """Call an organiser something else; return its consultations, which say so from now on."""
    await changing.save_organiser(connection, standing.organiser, title)
    await describe_actor(connection, standing.organiser, name=title)
    consultations = await changing.consultations_of(connection, standing.organiser)
    renamed = replace(line, what="organiser", before=standing.organiser_title, after=title)
    for one in consultations:
        await history.record(connection, one, renamed)
        if one != standing.id:
            await changing.save_consultation(connection, one, {})
    return consultations


def _moved(standing: Standing, command: MoveDates) -> tuple[RunningPoll, ...]:
    """Return the polls that end later."""
    return tuple(
        replace(poll, closes=command.polls[poll.id])
        for poll in standing.polls
        if command.polls.get(poll.id, poll.closes) != poll.closes
    )


def _opened(standing: Standing, at: datetime) -> _Dated:
    """Return the dates of a consultation that begins now, with all that was to begin with it."""
    phases = tuple(
        replace(phase, opens=at) if phase.opens == standing.opens else phase
        for phase in standing.phases
    )
    polls = tuple(
        replace(poll, opens=at) for poll in standing.polls if poll.opens == standing.opens
    )
    return _Dated(opens=at, closes=standing.closes, phases=phases, polls=polls)


def _closed(standing: Standing, at: datetime) -> _Dated:
    """Return the dates of a consultation that ends now; what was still to come never begins."""
    phases = tuple(
        replace(phase, closes=min(phase.closes, at))
        for phase in standing.phases
        if phase.opens < at
    )
    polls = tuple(
        replace(poll, opens=min(poll.opens, at), closes=at)
        for poll in standing.polls
        if poll.closes > at
    )
    return _Dated(opens=min(standing.opens, at), closes=at, phases=phases, polls=polls)


async def _date(
    connection: AsyncConnection,
    standing: Standing,
    dated: _Dated,
    line: Change,
    what: str = "closes",
) -> Done:
    """Give a consultation other dates, and say in one line for each what they were."""
    lines = _lines_of_dates(standing, dated, line, what)
    if not lines:
        return Done(facts=(NothingNew(id=standing.id, at=line.at),))
    dates = {"opens": dated.opens, "closes": dated.closes}
    await changing.save_consultation(connection, standing.id, dates)
    if dated.phases != standing.phases:
        await replace_phases(connection, standing.id, dated.phases)
    for poll in dated.polls:
        await changing.save_poll(connection, poll.id, opens=poll.opens, closes=poll.closes)
        await boosts.move(connection, poll.proposal, poll.opens, poll.closes, at=line.at)
    await history.record(connection, standing.id, *lines)
    moved = tuple(poll.proposal for poll in dated.polls)
    return Done(facts=(replace(_fact(standing, line), moved=moved),))


def _lines_of_dates(standing: Standing, dated: _Dated, line: Change, what: str) -> list[Change]:
    before, after = (standing.opens, standing.closes), (dated.opens, dated.closes)
    lines = []
    if before != after:
        lines.append(replace(line, what=what, before=_span(*before), after=_span(*after)))
    if standing.phases != dated.phases:
        phases = [_phases(standing.phases), _phases(dated.phases)]
        lines.append(replace(line, what="phases", before=phases[0], after=phases[1]))
    was = {poll.id: poll for poll in standing.polls}
    lines += [
        replace(
            line,
            what="poll",
            before={"about": poll.proposal, **_span(was[poll.id].opens, was[poll.id].closes)},
            after={"about": poll.proposal, **_span(poll.opens, poll.closes)},
        )
        for poll in dated.polls
    ]
    return lines


def _span(opens: datetime, closes: datetime) -> dict[str, str]:
    return {"opens": rfc3339(opens), "closes": rfc3339(closes)}


def _phases(phases: Sequence[Phase]) -> list[dict[str, Any]]:
    return [{"kind": phase.kind.value, **_span(phase.opens, phase.closes)} for phase in phases]


def _fact(standing: Standing, line: Change) -> ConsultationChanged:
    return ConsultationChanged(
        id=standing.id, at=line.at, by=line.by or "", organiser=standing.organiser
    )


async def tell(connection: AsyncConnection, fact: ConsultationChanged, house: House) -> None:
    """Send what the actors of a consultation say from now on, and when its polls end."""
    for actor in (fact.id, fact.organiser):
        said = await documents.actor_document(connection, actor, house.instance, fact.at)
        if said is not None:
            await publishing.update_actor(connection, house, said, at=fact.at)
    for proposal in fact.moved:
        record = await load_proposal(connection, proposal)
        if record is not None:
            await publishing.update_dates(connection, house, record, at=fact.at)
    await telling.consultation_changed(connection, fact.id, by=fact.by, at=fact.at)
