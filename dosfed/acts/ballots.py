"""Ballots: judged here when the poll's home is this instance, sent to its home otherwise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.activitypub import outbox, recipients
from dosfed.activitypub.reading import id_of, many
from dosfed.activitypub.tables import Deliveries
from dosfed.acts import turned_away
from dosfed.acts.facts import BallotSent
from dosfed.acts.submission import Done, House, Outcome, Submission
from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.rules import check_counted_here
from dosfed.deliberation.votes import ballots
from dosfed.deliberation.votes.ballots import BallotCast, Key, Voting
from dosfed.deliberation.votes.methods.model import write_choice
from dosfed.deliberation.votes.model import CastBallot
from dosfed.deliberation.votes.polls import PollRecord, load_polls
from dosfed.deliberation.votes.rules import check_ballot
from dosfed.deliberation.votes.tables import SentBallots
from dosfed.instance import host_of
from dosfed.storage.statements import upsert
from dosfed.wire.ballots import write_answer, write_ballot
from dosfed.wire.letters import TurnedAway

FIRST_ERROR = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cast:
    """A ballot before the door, with its place in the run."""

    place: int
    command: CastBallot
    submission: Submission


async def perform(
    connection: AsyncConnection, run: Sequence[Submission], house: House
) -> list[Outcome]:
    """Judge a run of ballots at once; one statement serves them all."""
    casts = [
        _Cast(place=place, command=submission.command, submission=submission)
        for place, submission in enumerate(run)
        if isinstance(submission.command, CastBallot)
    ]
    records = await load_polls(connection, {cast.command.poll for cast in casts})
    outcomes: dict[int, Outcome] = {}
    judged = []
    for cast in casts:
        record = records.get(cast.command.poll)
        if record is None or record.home is None:
            judged.append(cast)
        else:
            outcomes[cast.place] = await _send(connection, cast, record, house)
    results, stands = await _judge(connection, judged, records, house)
    for cast, result in zip(judged, results, strict=True):
        outcomes[cast.place] = Done(facts=(result,)) if isinstance(result, BallotCast) else result
        if cast.submission.wants_answer:
            record = records.get(cast.command.poll)
            if record is not None:
                organiser = record.organiser
                outcome = outcomes[cast.place]
                await _answer(connection, cast.submission, outcome, organiser, house)
    await turned_away.tell(connection, _turned_away(judged, results, records, stands), house)
    return [outcomes[place] for place in range(len(casts))]


def _turned_away(
    judged: Sequence[_Cast],
    results: Sequence[BallotCast | Refusal],
    records: Mapping[str, PollRecord],
    stands: Collection[Key],
) -> list[TurnedAway]:
    """Return the refused ballots of which nothing else tells their voters."""
    return [
        TurnedAway(
            voter=cast.command.voter,
            record=records[cast.command.poll],
            refusal=result,
            at=cast.submission.at,
            stands=(cast.command.poll, cast.command.voter) in stands,
        )
        for cast, result in zip(judged, results, strict=True)
        if isinstance(result, Refusal)
        and cast.command.poll in records
        and cast.submission.activity is not None
        and not cast.submission.wants_answer
    ]


async def _judge(
    connection: AsyncConnection,
    casts: Sequence[_Cast],
    records: Mapping[str, PollRecord],
    house: House,
) -> tuple[Sequence[BallotCast | Refusal], Collection[Key]]:
    """Judge ballots and keep what is admitted; return also whose ballots stood before."""
    if not casts:
        return (), ()
    standing = await ballots.load_standing(
        connection, {(cast.command.poll, cast.command.voter) for cast in casts}
    )
    here = house.instance.host
    judgement = ballots.judge(
        [
            Voting(command=cast.command, host=host_of(cast.command.voter), at=cast.submission.at)
            for cast in casts
        ],
        polls={poll: record.poll for poll, record in records.items()},
        standing=standing,
        here=here,
    )
    await ballots.apply(connection, judgement, records=records, standing=standing, here=here)
    return judgement.outcomes, standing.keys()


async def _send(
    connection: AsyncConnection, cast: _Cast, record: PollRecord, house: House
) -> Outcome:
    """Send a citizen's ballot to the poll's home, which judges it (rule 1.9)."""
    command, at = cast.command, cast.submission.at
    is_citizen = house.instance.is_ours(command.voter)
    if not is_citizen and cast.submission.activity is not None:
        return Refusal.UNKNOWN_POLL
    try:
        check_counted_here(is_home=False, is_citizen=is_citizen)
        # The home judges. Its rules are asked here as well, as far as we know its poll, so that
        # nobody learns from an answer tomorrow what could be said at once.
        choice = check_ballot(
            record.poll,
            command,
            voter_host=house.instance.host,
            here=record.home or "",
            at=at,
        )
    except Refused as refused:
        return refused.refusal
    home = await recipients.inbox_of(connection, record.organiser)
    if home is None:
        return Refusal.UNKNOWN_POLL
    activity = write_ballot(house.instance, command.voter, record, choice, at=at)
    await outbox.put(
        connection, activity, at=at, inboxes=[home], is_public=False, is_ephemeral=True
    )
    # The latest one alone, without an answer: what the home says of an earlier one names another
    # activity, and finds nothing (`record_answer`).
    row = {
        "poll": command.poll,
        "voter": command.voter,
        "activity": activity["id"],
        "choices": write_choice(choice),
        "sent_at": at,
        "answer": None,
        "reason": None,
    }
    await upsert(
        connection,
        SentBallots,
        [row],
        key=("poll", "voter"),
        update=("activity", "choices", "sent_at", "answer", "reason"),
    )
    return Done(facts=(BallotSent(id=command.poll, at=at),))


async def answer(
    connection: AsyncConnection, submission: Submission, outcome: Outcome, house: House
) -> None:
    """Tell what became of a Delete to the author of the poll whose ballot it takes back."""
    for to in many(submission.activity or {}, "to"):
        if isinstance(to, str) and house.instance.is_ours(to):
            await _answer(connection, submission, outcome, to, house)
            return


async def _answer(
    connection: AsyncConnection,
    submission: Submission,
    outcome: Outcome,
    organiser: str,
    house: House,
) -> None:
    """Tell the voter's own server, and nobody else, what became of a ballot."""
    if submission.activity is None:
        return
    voter = id_of(submission.activity["actor"]) or ""
    inbox = await recipients.inbox_of(connection, voter)
    if inbox is None:
        return
    # By its id, without what is in it: an answer must not repeat what somebody chose.
    request = {"type": str(submission.activity["type"]), "actor": voter}
    if named := id_of(submission.activity):
        request["id"] = named
    refusal = None if isinstance(outcome, Done) else outcome
    activity = write_answer(house.instance, organiser, request, refusal=refusal)
    await outbox.put(
        connection,
        activity,
        at=submission.at,
        inboxes=[inbox],
        is_public=False,
        is_ephemeral=True,
    )


async def find_undelivered(connection: AsyncConnection) -> dict[str, int]:
    """Return the ballots sent that their poll's home would not take, each with its HTTP answer."""
    rows = await connection.execute(
        select(SentBallots.activity, Deliveries.status)
        .join(Deliveries, Deliveries.activity == SentBallots.activity)
        .where(
            SentBallots.answer.is_(None),
            Deliveries.finished_at.is_not(None),
            Deliveries.status >= FIRST_ERROR,
        )
    )
    return {row.activity: row.status for row in rows}


async def note_undelivered(connection: AsyncConnection, found: Mapping[str, int]) -> None:
    """Let voters know whose ballot was not taken."""
    for activity, status in found.items():
        await connection.execute(
            update(SentBallots)
            .where(SentBallots.activity == activity, SentBallots.answer.is_(None))
            .values(answer="refused", reason=f"delivery-{status}")
        )


async def record_answer(
    connection: AsyncConnection, *, activity: str, home: str, answer: str, reason: str | None
) -> bool:
    """Keep what a home made of a ballot sent to it; believed only from the poll's own host."""
    rows = await connection.execute(
        select(SentBallots.poll).where(SentBallots.activity == activity)
    )
    poll = rows.scalar_one_or_none()
    if poll is None or host_of(poll) != home:
        return False
    await connection.execute(
        update(SentBallots)
        .where(SentBallots.activity == activity)
        .values(answer=answer, reason=reason)
    )
    return True
