"""What the protocol keeps: actors, keys, follows, what came in and what goes out."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import RowId, Table


class Actors(Table):
    """Actors of this instance; their keys are made once and never replaced."""

    __tablename__ = "actors"

    id: Mapped[str] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]  # instance, organiser, consultation, citizen
    name: Mapped[str]
    summary: Mapped[str]  # sanitised HTML
    language: Mapped[str | None]
    private_key: Mapped[str]  # RSA-2048, PEM
    public_key: Mapped[str]  # SPKI, PEM
    proof_key: Mapped[str]  # Ed25519, PEM, for proofs of our own
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class RemoteActors(Table):
    """Actors of other servers, as their own documents describe them."""

    __tablename__ = "remote_actors"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(index=True)
    type: Mapped[str]
    handle: Mapped[str]  # preferredUsername
    name: Mapped[str]
    url: Mapped[str | None]
    inbox: Mapped[str] = mapped_column(index=True)
    inbox_host: Mapped[str | None]  # where the inbox lies, if not on the actor's own host
    shared_inbox: Mapped[str | None]
    fetched_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_remote_actors_elsewhere",
            "inbox",
            sqlite_where=text("inbox_host IS NOT NULL"),
            postgresql_where=text("inbox_host IS NOT NULL"),
        ),
    )


class RemoteKeys(Table):
    """Public keys that their owner's own document lists."""

    __tablename__ = "remote_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    pem: Mapped[str]
    fetched_at: Mapped[datetime]


class Followers(Table):
    """Who follows an actor of this instance."""

    __tablename__ = "followers"

    actor: Mapped[str] = mapped_column(primary_key=True)
    follower: Mapped[str] = mapped_column(primary_key=True, index=True)
    follow_id: Mapped[str]
    host: Mapped[str]
    inbox: Mapped[str]
    shared_inbox: Mapped[str | None]
    since: Mapped[datetime]


class FormerFollowers(Table):
    """Servers where somebody followed an actor of ours: they hold what it published then."""

    __tablename__ = "former_followers"

    actor: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    shared_inbox: Mapped[str | None]


class Followings(Table):
    """Whom actors of this instance follow elsewhere."""

    __tablename__ = "followings"

    follower: Mapped[str] = mapped_column(primary_key=True)
    followed: Mapped[str] = mapped_column(primary_key=True, index=True)
    follow_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]  # pending, accepted, rejected
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Inbox(Table):
    """Every verified activity, as received, with what became of it.

    `actor`, `activity` and `digest` are emptied with the bytes when a ballot's evidence
    is erased; what stays is that an act was judged, and how. Until then `kind`, `about` and
    `object` are what the activity says of itself.
    """

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    actor: Mapped[str | None]
    activity: Mapped[str | None]  # the activity's own id
    # SHA-256 of the body, by which repeats are known; none for a Follow, which is always answered.
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    host: Mapped[str]
    shard: Mapped[int]  # of the actor: rows of one shard are judged by one worker at a time
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int | None]  # of the body as it came
    received_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]  # while it waits for another server, and only then
    behind: Mapped[int | None] = mapped_column(RowId)  # the waiting act before it, if any
    object: Mapped[str | None]  # what it speaks of; none once it is judged
    kind: Mapped[str | None]  # Follow, ballot, argument, …; its type while unjudged
    outcome: Mapped[str | None]  # admitted, refused, ignored, malformed; none while unjudged
    reason: Mapped[str | None]
    about: Mapped[str | None]  # the poll of a ballot; while unjudged, whatever it answers
    judged_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_inbox_repeat", "actor", "activity", "digest", unique=True),
        # All that a closing poll, and whoever lets more in, asks of what nobody has judged yet.
        Index(
            "ix_inbox_fresh",
            "id",
            "received_at",
            "kind",
            "about",
            "size",
            sqlite_where=text("outcome IS NULL AND leased_until IS NULL"),
            postgresql_where=text("outcome IS NULL AND leased_until IS NULL"),
        ),
        Index(
            "ix_inbox_leased",
            "leased_until",
            sqlite_where=text("leased_until IS NOT NULL"),
            postgresql_where=text("leased_until IS NOT NULL"),
        ),
        Index(
            "ix_inbox_waiting",
            "actor",
            sqlite_where=text("leased_until IS NOT NULL"),
            postgresql_where=text("leased_until IS NOT NULL"),
        ),
        Index(
            "ix_inbox_behind",
            "behind",
            sqlite_where=text("behind IS NOT NULL"),
            postgresql_where=text("behind IS NOT NULL"),
        ),
        Index("ix_inbox_about", "about"),
        Index("ix_inbox_received_at", "received_at"),
    )


class Rejections(Table):
    """How many requests failed verification; nothing else of them is kept."""

    __tablename__ = "rejections"

    reason: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


class Budgets(Table):
    """What an actor or a server spent of an hour's budget for what is of no use, or for reports."""

    __tablename__ = "budgets"

    name: Mapped[str] = mapped_column(primary_key=True)  # an actor's id, or a host
    what: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    spent: Mapped[int]

    __table_args__ = (Index("ix_budgets_hour", "hour", "spent"),)


class Outbox(Table):
    """Activities of our actors; `id` is the activity's own id."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(RowId, unique=True)  # order of publication
    actor: Mapped[str]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_public: Mapped[bool]  # shown in the actor's outbox, answered at its id
    is_ephemeral: Mapped[bool]  # a ballot: its bytes go once it is delivered
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_outbox_actor_number", "actor", "number"),
        Index(
            "ix_outbox_private",
            "created_at",
            sqlite_where=text("is_public = 0"),
            postgresql_where=text("NOT is_public"),
        ),
    )


class Carried(Table):
    """What public activities of ours hold, by which they are found when it changes or goes."""

    __tablename__ = "carried"

    uri: Mapped[str] = mapped_column(primary_key=True)  # of an object, or of a person
    activity: Mapped[str] = mapped_column(primary_key=True, index=True)
    role: Mapped[str]  # created, changed, named


class Deliveries(Table):
    """One activity on its way to one inbox."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    activity: Mapped[str] = mapped_column(index=True)
    actor: Mapped[str]  # who signs
    host: Mapped[str]
    inbox: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    status: Mapped[int | None]  # the last HTTP answer; 0 when none came
    # The actor's host, where the inbox lies on another one that has not taken anything for it yet.
    on_trial: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_deliveries_waiting",
            "host",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(
            "ix_deliveries_finished_at",
            "finished_at",
            sqlite_where=text("finished_at IS NOT NULL"),
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
    )


class Destinations(Table):
    """What is known of a server we deliver to; the state of its queue lives here."""

    __tablename__ = "destinations"

    host: Mapped[str] = mapped_column(primary_key=True)
    is_waiting: Mapped[bool]  # something is to be delivered
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    failures: Mapped[int]
    failing_since: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    signature: Mapped[str | None]  # the form that worked: cavage, rfc9421
    software: Mapped[str | None]
    software_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_destinations_next", "is_waiting", "next_at"),)


class ForeignInboxes(Table):
    """What became of what was sent to inboxes on another host than their actors'."""

    __tablename__ = "foreign_inboxes"

    actor_host: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(primary_key=True, index=True)  # of the inboxes
    taken_at: Mapped[datetime | None]  # when something was taken there first
    failed_at: Mapped[datetime | None]  # when a trial failed last


class Blocks(Table):
    """Servers and actors that are not listened to."""

    __tablename__ = "blocks"

    target: Mapped[str] = mapped_column(primary_key=True)  # a host, or an actor's id
    reason: Mapped[str]
    since: Mapped[datetime]
