"""What deliberation keeps: consultations, proposals, polls, ballots, arguments, people."""

from datetime import datetime
from secrets import randbits
from typing import Any

from sqlalchemy import Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, RowId, Table


class Organisers(Table):
    """Bodies that run consultations."""

    __tablename__ = "organisers"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]  # the handle
    title: Mapped[str]


class Consultations(Table):
    """Processes about a matter; mirrored ones have another home than this instance."""

    __tablename__ = "consultations"

    id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(unique=True)  # name, or name@host when mirrored
    home: Mapped[str | None]  # the host that judges; none: this instance
    organiser: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]  # Markdown
    language: Mapped[str]
    opens: Mapped[datetime]
    closes: Mapped[datetime]
    eligible: Mapped[Any] = mapped_column(Json)  # "anyone", "here" or a list of hosts
    instances: Mapped[Any] = mapped_column(Json)  # the listed hosts
    needs_facilitator: Mapped[bool]  # proposals wait before they are published
    erase_after_days: Mapped[int]
    created_at: Mapped[datetime]


class Phases(Table):
    """Spans of a consultation that say what may be submitted."""

    __tablename__ = "phases"

    consultation: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    opens: Mapped[datetime]
    closes: Mapped[datetime]


class Proposals(Table):
    """What is put to a consultation; waiting ones have an id but are not public yet."""

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(primary_key=True)
    consultation: Mapped[str]
    position: Mapped[int]
    ref: Mapped[str | None]
    title: Mapped[str]
    text: Mapped[str]  # Markdown
    html: Mapped[str]  # rendered and sanitised
    language: Mapped[str]
    author: Mapped[str | None]  # the credited citizen
    author_name: Mapped[str | None]  # @ana@masto.example
    source: Mapped[str | None] = mapped_column(index=True)  # the Note that it came from
    # waiting, published, refused, deleted; hidden: published, but a moderator hid it; sent: a
    # Note to another home
    state: Mapped[str]
    reason: Mapped[str | None]
    submitted_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]  # of the text; every later Update repeats it
    version: Mapped[int] = mapped_column(server_default="1")
    clauses: Mapped[Any] = mapped_column(Json, nullable=True)  # anchors of the text's blocks
    group_name: Mapped[str | None]  # the workshop for which it was entered
    group_size: Mapped[int | None]
    hidden_at: Mapped[datetime | None]  # by a moderator
    hidden_reason: Mapped[str | None]
    hidden_code: Mapped[str | None]  # what the public record counts
    moderated_at: Mapped[datetime | None]  # when it was last hidden or shown again
    hidings: Mapped[Any] = mapped_column(Json, nullable=True)  # since and until, of each time

    __table_args__ = (Index("ix_proposals_listed", "consultation", "state", "position"),)


class Boosts(Table):
    """How the Group of a consultation here last announced a proposal that has a poll."""

    __tablename__ = "boosts"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[str | None]  # the Create that published it
    announced: Mapped[str | None]  # the Announce of its bare id that stands
    announced_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None] = mapped_column(index=True)  # none: no more


class ProposalVersions(Table):
    """The texts that a proposal had before the one it has."""

    __tablename__ = "proposal_versions"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    clauses: Mapped[Any] = mapped_column(Json, nullable=True)
    note: Mapped[str]  # why the version after it was made
    replaced_by: Mapped[str]  # author, facilitator
    replaced_at: Mapped[datetime]


class ProposalTags(Table):
    """Words under which proposals are found."""

    __tablename__ = "proposal_tags"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)  # as it is shown


class CoSigners(Table):
    """Who stands behind a proposal beside its author, by name."""

    __tablename__ = "co_signers"

    proposal: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True, index=True)
    name: Mapped[str]
    signed_at: Mapped[datetime]


class Drafts(Table):
    """Proposals that their authors have not submitted; nobody else sees them."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(index=True)
    consultation: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    tags: Mapped[str]  # as they were typed
    group_name: Mapped[str]
    group_size: Mapped[str]
    saved_at: Mapped[datetime]


class Meetings(Table):
    """Where a consultation meets face to face, or on the line."""

    __tablename__ = "meetings"

    id: Mapped[str] = mapped_column(primary_key=True)
    consultation: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    place: Mapped[str]
    url: Mapped[str | None]
    summary: Mapped[str]  # Markdown
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    announced_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class Polls(Table):
    """Questions put to the vote."""

    __tablename__ = "polls"

    id: Mapped[str] = mapped_column(primary_key=True)
    proposal: Mapped[str] = mapped_column(index=True)
    method: Mapped[str]  # agree, single, multiple, support
    options: Mapped[Any] = mapped_column(Json)  # names, in order
    opens: Mapped[datetime]
    closes: Mapped[datetime] = mapped_column(index=True)
    hides_counts: Mapped[bool]  # until the end
    counts_from: Mapped[int]
    closed_at: Mapped[datetime | None]  # when the final tally stood
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
    choices: Mapped[str]  # positions of the options, ascending: "0", "1,3"
    was_added: Mapped[bool]  # it joined choices one by one, so that order does not matter
    cast_at: Mapped[datetime]
    published_at: Mapped[datetime | None]  # by the sender's word; orders two that carry it
    replaced_at: Mapped[datetime | None]
    # Of one that stands: its lot, and its voter's choices before that lot, if any (lots.py).
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
    # One number per option; none before it first moved, or where too few voted.
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


class PollServers(Table):
    """Servers with a counted ballot, apart from who cast it: they hear the tally."""

    __tablename__ = "poll_servers"

    poll: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)


class VotersTold(Table):
    """Who of other servers was told that their ballot in a poll could not count, by a digest."""

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


class Arguments(Table):
    """Contributions to the debate on a proposal, with a stance, in threads."""

    __tablename__ = "arguments"

    id: Mapped[str] = mapped_column(primary_key=True)
    proposal: Mapped[str]
    in_reply_to: Mapped[str]  # the proposal, or another argument
    author: Mapped[str] = mapped_column(index=True)
    author_name: Mapped[str]
    stance: Mapped[str]  # for, against, neutral
    text: Mapped[str | None]  # Markdown, when written here
    html: Mapped[str]  # sanitised again when shown
    language: Mapped[str | None]
    url: Mapped[str] = mapped_column(index=True)  # the page for people
    published_at: Mapped[datetime]
    received_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    clause: Mapped[str | None]  # the anchor of the clause it is about
    sources: Mapped[Any] = mapped_column(Json, nullable=True)  # addresses that it rests on
    group_name: Mapped[str | None]  # the workshop for which it was entered
    group_size: Mapped[int | None]
    hidden_at: Mapped[datetime | None]  # by a moderator
    hidden_reason: Mapped[str | None]
    hidden_code: Mapped[str | None]  # what the public record counts
    moderated_at: Mapped[datetime | None]  # when it was last hidden or shown again

    __table_args__ = (
        Index("ix_arguments_proposal", "proposal", "published_at"),
        Index(
            "ix_arguments_counted",
            "proposal",
            sqlite_where=sql("deleted_at IS NULL"),
            postgresql_where=sql("deleted_at IS NULL"),
        ),
    )


class ArgumentVersions(Table):
    """The words that an argument had before those it has."""

    __tablename__ = "argument_versions"

    argument: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    stance: Mapped[str]
    html: Mapped[str]
    replaced_at: Mapped[datetime]


class Weights(Table):
    """Who finds an argument, or a proposal, strong (1) or weak (-1)."""

    __tablename__ = "weights"

    object: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True, index=True)
    weight: Mapped[int]


class Shares(Table):
    """Who announced an object of ours to others."""

    __tablename__ = "shares"

    object: Mapped[str] = mapped_column(primary_key=True)
    actor: Mapped[str] = mapped_column(primary_key=True, index=True)


class Reports(Table):
    """Complaints about objects or people, for the moderators.

    Those of one `subject`, a digest of what they name here, are read and answered together.
    """

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    reporter: Mapped[str]
    objects: Mapped[Any] = mapped_column(Json)
    subject: Mapped[str | None]
    text: Mapped[str]
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    answer: Mapped[str | None]  # upheld, dismissed
    note: Mapped[str | None]  # the moderator's words

    __table_args__ = (
        Index(
            "ix_reports_waiting",
            "subject",
            "reporter",
            sqlite_where=sql("answered_at IS NULL"),
            postgresql_where=sql("answered_at IS NULL"),
        ),
    )


class Users(Table):
    """People with an account here; `id` is their actor's id."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]  # citizen, moderator, facilitator, organiser, operator
    created_at: Mapped[datetime]
