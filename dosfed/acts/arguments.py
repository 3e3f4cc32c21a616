"""Arguments as they are posted, many at a time."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.blocks import blocked_among
from dosfed.acts import threads
from dosfed.acts.facts import ArgumentPosted, NothingNew
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation.consultations.kept import ConsultationRecord, load_consultations
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.arguments import Place
from dosfed.deliberation.debate.model import PostArgument
from dosfed.deliberation.debate.rules import check_argument, check_clause, check_sources
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.rules import (
    check_group,
    check_heard,
    check_new,
    check_own_words,
    check_there,
)
from dosfed.deliberation.votes.rules import check_shown
from dosfed.storage.statements import take_turns

# Beyond it, to judge an argument takes milliseconds.
LONG = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What arguments are judged against; what is admitted joins the places."""

    places: dict[str, Place]
    consultations: Mapping[str, ConsultationRecord]
    clauses: Mapping[str, Collection[str]]  # by proposal
    blocked: Collection[str]  # of the authors


async def perform(
    connection: AsyncConnection, run: Sequence[Submission], house: House
) -> list[Outcome]:
    """Judge a run of arguments at once; one may answer another of the same run."""
    commands = [s.command for s in run if isinstance(s.command, PostArgument)]
    ours = {command.author for command in commands if house.instance.is_ours(command.id)}
    # A form that is sent twice gets an id each time; what others send keeps the id it has.
    await take_turns(connection, *(f"arguments of {author}" for author in ours))
    known = await _load(connection, commands, house)
    posted: list[tuple[PostArgument, str, str, datetime]] = []
    outcomes: list[Outcome] = []
    for submission, given in zip(run, commands, strict=True):
        if len(given.html) > LONG:
            await asyncio.sleep(0)  # others get their turn
        is_ours = house.instance.is_ours(given.id)
        try:
            is_citizen = house.instance.is_ours(given.author)
            check_own_words(is_written_here=is_ours, is_citizen=is_citizen)
            command = _placed(given, known) if is_ours else _tidied(given, known)
            place = _admit(command, known, at=submission.at)
            command = _hung(command, known)
        except Refused as refused:
            outcomes.append(refused.refusal)
            continue
        if is_ours and (same := await arguments.find_same(connection, command)):
            # A form that was sent twice.
            outcomes.append(Done(facts=(NothingNew(id=same, at=submission.at),)))
            continue
        # For the arguments of this run that answer it.
        known.places[command.id] = place
        posted.append((command, place.consultation, place.proposal, submission.at))
        said = threads.said_by(command.author, submission, command.id)
        if command.restores:
            said = command.id
        fact = ArgumentPosted(id=command.id, at=submission.at, place=place, said=said)
        outcomes.append(Done(facts=(fact,)))
    await arguments.insert_arguments(connection, posted)
    return outcomes


async def _load(
    connection: AsyncConnection, commands: Sequence[PostArgument], house: House
) -> _Known:
    named = {command.id for command in commands} | {command.in_reply_to for command in commands}
    places = await arguments.load_places(connection, named)
    around = {place.consultation for place in places.values()}
    authors = {command.author for command in commands}
    return _Known(
        places=places,
        consultations=await load_consultations(connection, around),
        clauses=await arguments.load_clauses(connection, _argued(commands, places)),
        # Others may pass on, or answer, what somebody wrote whose server is blocked.
        blocked=await blocked_among(
            connection, {author for author in authors if not house.instance.is_ours(author)}
        ),
    )


def _argued(commands: Sequence[PostArgument], places: Mapping[str, Place]) -> set[str]:
    """Return the proposals of which some command names a clause."""
    parents = [places.get(command.in_reply_to) for command in commands if command.clause]
    return {parent.proposal for parent in parents if parent is not None}


def _placed(command: PostArgument, known: _Known) -> PostArgument:
    """Return an argument written here, or raise `Refused` if its clause is not there."""
    if command.clause is not None:
        check_clause(command.clause, known.clauses.get(command.in_reply_to, ()))
    return command


def _tidied(command: PostArgument, known: _Known) -> PostArgument:
    """Return an argument of another server without a clause that its proposal does not have."""
    is_known = command.clause in known.clauses.get(command.in_reply_to, ())
    return command if is_known or command.clause is None else replace(command, clause=None)


def _hung(command: PostArgument, known: _Known) -> PostArgument:
    """Return an argument as it hangs: under the proposal, if it answers what that came from."""
    parent = known.places[command.in_reply_to]
    return replace(command, in_reply_to=parent.proposal) if parent.is_source else command


def _admit(command: PostArgument, known: _Known, *, at: datetime) -> Place:
    """Return the place that a new argument takes, or raise `Refused` (rule 3.4)."""
    check_heard(is_blocked=command.author in known.blocked)
    there = known.places.get(command.id)
    is_back = command.restores and there is not None and there.is_deleted and there.home is None
    check_new(is_there=there is not None and not is_back)
    parent = known.places.get(command.in_reply_to)
    is_within = parent is not None and command.proposal in {None, parent.proposal}
    parent = check_there(parent if is_within else None, Refusal.UNKNOWN_PARENT)
    consultation = known.consultations[parent.consultation].consultation
    check_argument(consultation, command.html, at=at)
    check_shown(parent.hidings, at=at)
    check_group(command.group)
    check_sources(command.sources)
    return replace(
        parent,
        id=command.id,
        author=command.author,
        is_there=True,
        is_deleted=False,
        is_source=False,
    )
