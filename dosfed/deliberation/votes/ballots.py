"""Judging and keeping ballots, many at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.deliberation.model import Refusal, Refused
from dosfed.deliberation.votes.lots import Place
from dosfed.deliberation.votes.methods.model import Choice, read_choice, write_choice
from dosfed.deliberation.votes.model import CastBallot, Poll
from dosfed.deliberation.votes.polls import PollRecord
from dosfed.deliberation.votes.rules import check_ballot, dated, replaces
from dosfed.deliberation.votes.tables import Ballots, PollServers
from dosfed.deliberation.votes.tallies import load_lots, save_lots
from dosfed.deliberation.votes.tally import origin_of
from dosfed.instance import host_of
from dosfed.storage.statements import given_pairs, insert_ignore

Key = tuple[str, str]  # poll, voter


@dataclass(frozen=True, slots=True, kw_only=True)
class Voting:
    """A ballot at the judge: the command, its voter's host, the moment from which it counts."""

    command: CastBallot
    host: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotCast:
    """A ballot was admitted; `replaced_at` is set when a later one stands in its place already."""

    poll: str
    voter: str
    host: str
    choice: Choice
    was_added: bool
    at: datetime
    published: datetime | None
    replaced_at: datetime | None

    @property
    def id(self) -> str:
        """What the ballot is about."""
        return self.poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands of a voter in a poll; `row` and `place` are none until it is kept."""

    row: int | None
    choice: Choice
    was_added: bool
    published: datetime | None
    place: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What became of a run of ballots, in its order, and which kept rows are replaced by it."""

    outcomes: tuple[BallotCast | Refusal, ...]
    replaced: Mapping[int, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class BallotWithdrawn:
    """A voter has taken their ballot back: nothing of theirs stands in a poll, the `id`."""

    id: str
    at: datetime


async def load_standing(connection: AsyncConnection, keys: Collection[Key]) -> dict[Key, Standing]:
    """Return the standing ballots of these voters in these polls."""
    wanted = given_pairs(connection, keys)
    rows = await connection.execute(
        select(
            Ballots.id,
            Ballots.poll,
            Ballots.voter,
            Ballots.choices,
            Ballots.was_added,
            Ballots.published_at,
            Ballots.lot,
            Ballots.before,
        )
        .select_from(wanted.table)
        .join(Ballots, (Ballots.poll == wanted.first) & (Ballots.voter == wanted.second))
        .where(Ballots.replaced_at.is_(None))
    )
    return {
        (row.poll, row.voter): Standing(
            row=row.id,
            choice=read_choice(row.choices),
            was_added=row.was_added,
            published=row.published_at,
            place=Place(lot=row.lot, before=read_choice(row.before or "")),
        )
        for row in rows
    }


def judge(
    run: Sequence[Voting],
    *,
    polls: Mapping[str, Poll],
    standing: Mapping[Key, Standing],
    here: str,
) -> Judgement:
    """Judge ballots in their order against the polls and what stands; nothing is written."""
    box = _Box(standing)
    for voting in run:
        poll = polls.get(voting.command.poll)
        if poll is None:
            box.outcomes.append(Refusal.UNKNOWN_POLL)
            continue
        key = (voting.command.poll, voting.command.voter)
        try:
            box.put(key, _admit(voting, poll, box.standing.get(key), here=here))
        except Refused as refused:
            box.outcomes.append(refused.refusal)
    return Judgement(outcomes=tuple(box.outcomes), replaced=box.replaced)


def _admit(voting: Voting, poll: Poll, earlier: Standing | None, *, here: str) -> BallotCast:
    command = voting.command
    choice = check_ballot(poll, command, voter_host=voting.host, here=here, at=voting.at)
    adds = command.adds and poll.method.takes_several  # rule 1.7
    published, is_late = dated(command.published, at=voting.at), False
    if earlier is not None:
        is_late = not replaces(published, earlier.published)
        # Notes that arrive alone make up one ballot, in whatever order they come (rule 1.7). So an
        # older one still joins what is made up of such; a whole ballot that is newer has left it
        # out on purpose.
        if adds and (earlier.was_added or not is_late):
            choice = tuple(sorted({*choice, *earlier.choice}))
            published = earlier.published if is_late else published
            is_late = False
    return BallotCast(
        poll=command.poll,
        voter=command.voter,
        host=voting.host,
        choice=choice,
        was_added=adds and (earlier is None or earlier.was_added),
        at=voting.at,
        published=published,
        replaced_at=voting.at if is_late else None,
    )


class _Box:
    """The ballots of a run, where a later one of a voter takes the earlier one's place."""

    def __init__(self, standing: Mapping[Key, Standing]) -> None:
        self.standing = dict(standing)
        self.outcomes: list[BallotCast | Refusal] = []
        self.replaced: dict[int, datetime] = {}  # kept rows
        self._places: dict[Key, int] = {}  # of this run's standing ballots in `outcomes`

    def put(self, key: Key, cast: BallotCast) -> None:
        """Take a ballot in; unless it came too late, it stands from now on."""
        if cast.replaced_at is None:
            self._give_way(key, at=cast.at)
            self._places[key] = len(self.outcomes)
            self.standing[key] = Standing(
                row=None,
                choice=cast.choice,
                was_added=cast.was_added,
                published=cast.published,
                place=None,
            )
        self.outcomes.append(cast)

    def _give_way(self, key: Key, *, at: datetime) -> None:
        earlier = self.standing.get(key)
        if earlier is None:
            return
        if earlier.row is not None:
            self.replaced[earlier.row] = at
            return
        # Not kept yet, but in this very run: it is written as one that was replaced already.
        place = self._places[key]
        cast = self.outcomes[place]
        if isinstance(cast, BallotCast):
            self.outcomes[place] = replace(cast, replaced_at=at)


async def apply(
    connection: AsyncConnection,
    judgement: Judgement,
    *,
    records: Mapping[str, PollRecord],
    standing: Mapping[Key, Standing],
    here: str,
) -> None:
    """Write admitted ballots: the only writer of the table.

    `standing` is what stood before they were judged.
    """
    casts = [outcome for outcome in judgement.outcomes if isinstance(outcome, BallotCast)]
    if not casts:
        return
    places = await _find_places(connection, casts, records=records, standing=standing, here=here)
    if judgement.replaced:
        await connection.execute(
            update(Ballots)
            .where(Ballots.id == bindparam("row"))
            .values(replaced_at=bindparam("at")),
            [{"row": row, "at": at} for row, at in judgement.replaced.items()],
        )
    rows = [_row(cast, place) for cast, place in zip(casts, places, strict=True)]
    await connection.execute(insert(Ballots), rows)
    await insert_ignore(
        connection,
        PollServers,
        [
            {"poll": poll, "host": host}
            for poll, host in sorted({(cast.poll, cast.host) for cast in casts})
            if host != here
        ],
    )


async def withdraw(
    connection: AsyncConnection, record: PollRecord, voter: str, *, here: str
) -> bool:
    """Let go of all that somebody has cast in a poll; return whether a ballot stood (rule 1.14).

    It leaves the count in the lot that fills now, and fills no lot (rule 2.3).
    """
    poll = record.poll.id
    earlier = (await load_standing(connection, {(poll, voter)})).get((poll, voter))
    if earlier is None:
        return False
    lots = await load_lots(connection, [poll])
    origin = origin_of(host_of(voter), listed=record.listed, here=here)
    lots[poll].take(earlier.choice, earlier.place, (), origin=origin)
    await save_lots(connection, lots)
    await connection.execute(delete(Ballots).where(Ballots.poll == poll, Ballots.voter == voter))
    return True


async def find_cast(
    connection: AsyncConnection, voter: str, polls: Collection[str]
) -> dict[str, tuple[datetime, bool]]:
    """Return when the ballots that stand of a voter were cast, and whether Notes make them up."""
    rows = await connection.execute(
        select(Ballots.poll, Ballots.cast_at, Ballots.was_added).where(
            Ballots.voter == voter, Ballots.poll.in_(polls), Ballots.replaced_at.is_(None)
        )
    )
    return {row.poll: (row.cast_at, row.was_added) for row in rows}


async def _find_places(
    connection: AsyncConnection,
    casts: Sequence[BallotCast],
    *,
    records: Mapping[str, PollRecord],
    standing: Mapping[Key, Standing],
    here: str,
) -> list[Place]:
    """Let the ballots that stand into the lots of their polls, in order.

    Of a voter who cast several in one run, the last alone; where the others belong is never asked.
    """
    lots = await load_lots(connection, {cast.poll for cast in casts})
    places = []
    for cast in casts:
        if cast.replaced_at is not None:
            places.append(_NOWHERE)
            continue
        earlier = standing.get((cast.poll, cast.voter))
        origin = origin_of(cast.host, listed=records[cast.poll].listed, here=here)
        place = lots[cast.poll].take(
            earlier.choice if earlier else (),
            earlier.place if earlier else None,
            cast.choice,
            origin=origin,
        )
        places.append(place)
    await save_lots(connection, lots)
    return places


_NOWHERE = Place(lot=0, before=())


def _row(cast: BallotCast, place: Place) -> dict[str, object]:
    return {
        "poll": cast.poll,
        "voter": cast.voter,
        "host": cast.host,
        "choices": write_choice(cast.choice),
        "was_added": cast.was_added,
        "cast_at": cast.at,
        "published_at": cast.published,
        "replaced_at": cast.replaced_at,
        "lot": place.lot,
        "before": write_choice(place.before) or None,
    }
