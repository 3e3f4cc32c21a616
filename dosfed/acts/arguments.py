"""Arguments: posted, and passed on by the consultation's Group."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub.blocks import blocked_among
from dosfed.acts import publishing, telling
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation.consultations.kept import ConsultationRecord, load_consultations
from dosfed.deliberation.debate import arguments
from dosfed.deliberation.debate.arguments import Place
from dosfed.deliberation.debate.model import PostArgument
from dosfed.deliberation.debate.records import load_argument
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
from dosfed.wire.arguments import write_argument

# Beyond it, to judge an argument takes milliseconds.
LONG = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Posted:
    """An argument that was admitted, where it hangs, and what brought it."""

    command: PostArgument
    place: Place
    submission: Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What arguments are judged against; what is admitted joins the places."""

    places: Mapping[str, Place]
    consultations: Mapping[str, ConsultationRecord]
    clauses: Mapping[str, Collection[str]]  # by proposal
    blocked: Collection[str]  # of the authors


async def perform(
    connection: AsyncConnection, run: Sequence[Submission], house: House
) -> list[Outcome]:
    """Judge a run of arguments at once; one may answer another of the same run."""
    commands = [s.command for s in run if isinstance(s.command, PostArgument)]
    ours = {command.author for command in commands if house.instance.is_ours(command.id)}
    await take_turns(connection, *(f"arguments of {author}" for author in ours))
    named = {command.id for command in commands} | {command.in_reply_to for command in commands}
    places = await arguments.load_places(connection, named)
    known = _Known(
        places=places,
        consultations=await load_consultations(
            connection, {place.consultation for place in places.values()}
        ),
        clauses=await arguments.load_clauses(connection, _argued(commands, places)),
        # Others may pass on, or answer, what somebody wrote whose server is blocked.
        blocked=await blocked_among(
            connection, {c.author for c in commands if not house.instance.is_ours(c.author)}
        ),
    )
    posted: list[_Posted] = []
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
        except Refused as refused:
            outcomes.append(refused.refusal)
            continue
        if is_ours and (same := await arguments.find_same(connection, command)):
            outcomes.append(Done(id=same))  # a form that was sent twice
            continue
        places[command.id] = place
        posted.append(_Posted(command=command, place=place, submission=submission))
        outcomes.append(Done(id=command.id))
    await arguments.insert_arguments(
        connection, [(one.command, one.place.proposal, one.submission.at) for one in posted]
    )
    await _make_known(connection, posted, house)
    await telling.arguments_posted(connection, [one.command.id for one in posted], at=run[-1].at)
    return outcomes


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


def _admit(command: PostArgument, known: _Known, *, at: datetime) -> Place:
    """Return the place that a new argument takes, or raise `Refused` (rule 3.4)."""
    check_heard(is_blocked=command.author in known.blocked)
    check_new(is_there=command.id in known.places)
    parent = known.places.get(command.in_reply_to)
    is_within = parent is not None and command.proposal in {None, parent.proposal}
    parent = check_there(parent if is_within else None, Refusal.UNKNOWN_PARENT)
    consultation = known.consultations[parent.consultation].consultation
    check_argument(consultation, command.html, at=at)
    check_shown(parent.hidings, at=at)
    check_group(command.group)
    check_sources(command.sources)
    return Place(
        id=command.id,
        proposal=parent.proposal,
        consultation=parent.consultation,
        organiser=parent.organiser,
        home=parent.home,
        author=command.author,
        hidings=parent.hidings,
    )


async def _make_known(connection: AsyncConnection, posted: Sequence[_Posted], house: House) -> None:
    """Publish arguments written here; let the Group pass on those of its own consultation."""
    heard: dict[str, list[Mapping[str, Any] | str]] = defaultdict(list)
    for one in posted:
        activity = passed_on(one.submission, one.command.id, one.command.author)
        if house.instance.is_ours(one.command.id):
            activity = await _publish(connection, one, house)
        if one.place.home is None and activity is not None:
            heard[one.place.consultation].append(activity)
    for group, activities in heard.items():
        await publishing.pass_on(connection, house, group, activities, at=posted[-1].submission.at)


def passed_on(submission: Submission, post: str, author: str) -> Mapping[str, Any] | str | None:
    """Return how an author's post is passed on: by their own act whole, else by its bare id.

    Whoever forwards a post may have put other words into it than its author.
    """
    activity = submission.activity
    return post if activity is not None and activity.get("actor") != author else activity


async def _publish(connection: AsyncConnection, one: _Posted, house: House) -> Mapping[str, Any]:
    record = await load_argument(connection, one.command.id)
    if record is None:
        raise LookupError(one.command.id)
    at = one.submission.at
    inboxes = await publishing.newly_told(connection, publishing.of_argument(record))
    return await publishing.create(connection, house, write_argument(record), inboxes, at=at)
