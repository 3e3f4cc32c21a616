"""What is kept of polls, ballots and tallies."""

from datetime import datetime
from secrets import randbits
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, RowId, Table


class Boosts(Table):
    """How the Group of a consultation here last announced a proposal that has a poll."""

    __tablename__ = "boosts"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[str | None]  # the Create that published it
    announced: Mapped[str | None]  # the Announce of its bare id that stands
    announced_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None] = mapped_column(index=True)  # none: no more


class Polls(Table):
    """Questions put to the vote."""

    __tablename__ = "polls"

    id: Mapped[str] = mapped_column(primary_key=True)
    proposal: Mapped[str] = mapped_column(index=True)
    method: Mapped[str]  # a word of methods/known.py; a mirror's may be any
    terms: Mapped[Any] = mapped_column(Json, server_default="{}")  # what the method goes by
    secrecy: Mapped[str] = mapped_column(server_default="confidential")
    options: Mapped[Any] = mapped_column(Json)  # names, in order
    opens: Mapped[datetime]
    closes: Mapped[datetime] = mapped_column(index=True)
    hides_counts: Mapped[bool]  # until the end
    counts_from: Mapped[int]
    closed_at: Mapped[datetime | None]  # when the final tally stood
    withdrawn_at: Mapped[datetime | None]  # with its consultation: it has no result
    erase_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    imported_from: Mapped[str | None]  # the poll elsewhere whose result is shown as its own


class Ballots(Table):
    """Every ballot admitted; at most one of a voter in a poll stands."""

    __tablename__ = "ballots"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    poll: Mapped[str]
    voter: Mapped[str]
    host: Mapped[str]
    choices: Mapped[str]  # as the method writes them: "0", "1,3"
    was_added: Mapped[bool]  # it joined choices one by one, so that order does not matter
    cast_at: Mapped[datetime]
    published_at: Mapped[datetime | None]  # by the sender's word; orders two that carry it
    replaced_at: Mapped[datetime | None]
    # Of one that stands: its lot, and its voter's choice before that lot, if any (lots.py).
    lot: Mapped[int] = mapped_column(server_default="0")
    before: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_ballots_standing",
            "poll",
            "voter",
            unique=True,
            sqlite_where=sql("replaced_at IS NULL"),
            postgresql_where=sql("replaced_at IS NULL"),
        ),
        Index(
            "ix_ballots_replaced",
            "poll",
            sqlite_where=sql("replaced_at IS NOT NULL"),
            postgresql_where=sql("replaced_at IS NOT NULL"),
        ),
        Index("ix_ballots_voter", "voter"),
    )


class ErasedBallots(Table):
    """What stays of a confidential ballot: no voter, no time, in random order.

    The number is random: counting up it would tell who left when, and what else was theirs.
    """

    __tablename__ = "erased_ballots"

    id: Mapped[int] = mapped_column(
        RowId, primary_key=True, autoincrement=True, default=lambda: randbits(62)
    )
    poll: Mapped[str] = mapped_column(index=True)
    origin: Mapped[str]  # here, listed, fediverse
    choices: Mapped[str]


class Tallies(Table):
    """The published tally of a poll, at home and on mirrors alike."""

    __tablename__ = "tallies"

    poll: Mapped[str] = mapped_column(primary_key=True)
    # The cells of the method; none before it first moved, or where too few voted.
    counts: Mapped[Any] = mapped_column(Json, nullable=True)
    voters: Mapped[int | None]
    origins: Mapped[Any] = mapped_column(Json, nullable=True)  # by "here", "listed", "fediverse"
    # While ballots are judged here (lots.py): the number of the lot that fills, and of its
    # voters; counts, each with the voters last, as they stand, at the end of the last full lot,
    # and at the end of the one before if that is still to be published.
    lot: Mapped[int] = mapped_column(server_default="1")
    lot_voters: Mapped[int] = mapped_column(server_default="0")
    running: Mapped[Any] = mapped_column(Json, nullable=True)
    held: Mapped[Any] = mapped_column(Json, nullable=True)
    ready: Mapped[Any] = mapped_column(Json, nullable=True)
    moved_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    is_stale: Mapped[bool]  # it moved, but that has not been announced yet
    # Of a closed poll: what its ballot file follows from (recount.py), and that file's digest; of
    # a mirrored one the digest alone, as its home says it.
    ballots_seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ballots_groups: Mapped[Any] = mapped_column(Json, nullable=True)
    ballots_sha256: Mapped[str | None]


class PollServers(Table):
    """Servers with a counted ballot, apart from who cast it: they hear the tally."""

    __tablename__ = "poll_servers"

    poll: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)


class VotersTold(Table):
    """People of other servers who were told that their ballot could not count, by a digest."""

    __tablename__ = "voters_told"

    poll: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)  # SHA-256 of poll and voter


class SentBallots(Table):
    """The last ballot that a citizen of this instance sent to a home elsewhere."""

    __tablename__ = "sent_ballots"

    poll: Mapped[str] = mapped_column(primary_key=True)
    voter: Mapped[str] = mapped_column(primary_key=True)
    activity: Mapped[str] = mapped_column(unique=True)
    choices: Mapped[str]
    sent_at: Mapped[datetime]
    answer: Mapped[str | None]  # admitted or refused, by the home's word
    reason: Mapped[str | None]
