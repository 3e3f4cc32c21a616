"""What accounts keep: how people sign in, what they are told; tokens are kept as digests only."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, false, true
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from dosfed.storage.schema import Json, RowId, Table


class SignInLinks(Table):
    """Links that open a session once."""

    __tablename__ = "sign_in_links"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user: Mapped[str] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Sessions(Table):
    """Browsers that are signed in; `user` is an actor's id, here or of another server."""

    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    browser: Mapped[str | None]  # what it calls itself, shortened
    proof: Mapped[str | None]  # code, link: how it was shown who this is (`factors.Proof`)


class SecondFactors(Table):
    """What an app on somebody's phone makes codes from, sealed."""

    __tablename__ = "second_factors"

    user: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int | None] = mapped_column(BigInteger)  # of the last code that was taken
    since: Mapped[datetime]


class RecoveryCodes(Table):
    """Codes that stand in for a lost app, once each."""

    __tablename__ = "recovery_codes"

    user: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None]


class Accounts(Table):
    """How somebody with an account here is reached and signs in; `user` is their actor's id."""

    __tablename__ = "accounts"

    user: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)  # as it is compared
    password: Mapped[str | None]  # argon2id, in its own encoding
    language: Mapped[str]
    digest: Mapped[str]  # never, daily, weekly
    digested_at: Mapped[datetime | None]
    unsubscribe: Mapped[str] = mapped_column(unique=True)  # what ends the digests, and no more
    suspended_at: Mapped[datetime | None]
    # Of those on the team: whether they are written that something waits, and when they last were.
    team_mails: Mapped[bool] = mapped_column(server_default=true())
    team_told_at: Mapped[datetime | None]
    named_in_data: Mapped[bool] = mapped_column(server_default=false())  # in files of open data


class SignUps(Table):
    """Addresses that wait to be confirmed; name and password are chosen after that."""

    __tablename__ = "sign_ups"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    email: Mapped[str] = mapped_column(index=True)
    language: Mapped[str]
    invitation: Mapped[bytes | None] = mapped_column(LargeBinary)  # its digest
    expires_at: Mapped[datetime]


class MailTokens(Table):
    """Links in mails that change something once: a password, an address."""

    __tablename__ = "mail_tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    kind: Mapped[str]  # reset, address
    user: Mapped[str] = mapped_column(index=True)
    email: Mapped[str | None]  # the new address
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitations(Table):
    """Links that let somebody sign up where not everybody may."""

    __tablename__ = "invitations"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    note: Mapped[str]  # for whom, in the words of whoever invited them
    role: Mapped[str]
    consultation: Mapped[str | None] = mapped_column(index=True)  # in which alone it counts
    invited_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Mails(Table):
    """Mails on their way; the words go once they are sent."""

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    headers: Mapped[Any] = mapped_column(Json)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    failures: Mapped[int]
    error: Mapped[str | None]  # what the mail server said last
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_mails_waiting",
            "next_at",
            sqlite_where=sql("finished_at IS NULL"),
            postgresql_where=sql("finished_at IS NULL"),
        ),
    )


class FediverseApps(Table):
    """What this instance is called as an application of other servers; secrets are encrypted."""

    __tablename__ = "fediverse_apps"

    host: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    client_secret: Mapped[bytes] = mapped_column(LargeBinary)
    scope: Mapped[str]  # all that it may ask for
    registered_at: Mapped[datetime]


class FediverseSignIns(Table):
    """People who are at their own server's door, and should come back."""

    __tablename__ = "fediverse_sign_ins"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # of the state
    browser: Mapped[bytes] = mapped_column(LargeBinary)  # digest of the form secret it began with
    host: Mapped[str]
    handle: Mapped[str]
    actor: Mapped[str]  # what WebFinger named before
    verifier: Mapped[str]  # RFC 7636
    scope: Mapped[str]
    return_to: Mapped[str]  # a path here
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FediverseAccounts(Table):
    """People of other servers who sign in here; the token is encrypted."""

    __tablename__ = "fediverse_accounts"

    actor: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str] = mapped_column(index=True)
    handle: Mapped[str]  # @ana@masto.example
    language: Mapped[str]
    token: Mapped[bytes | None] = mapped_column(LargeBinary)  # kept only to post for them
    scope: Mapped[str]
    signed_in_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]


class Notices(Table):
    """What somebody should know when they come back."""

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    user: Mapped[str]
    kind: Mapped[str]
    object: Mapped[str] = mapped_column(index=True)  # an argument, a proposal, a consultation
    by: Mapped[str | None] = mapped_column(index=True)  # the actor who did it
    by_name: Mapped[str | None]
    title: Mapped[str]
    language: Mapped[str | None]  # of the title
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_notices_user", "user", "id"),
        # What happens again before it was seen is one notice.
        Index(
            "ix_notices_unseen",
            "user",
            "kind",
            "object",
            unique=True,
            sqlite_where=sql("seen_at IS NULL"),
            postgresql_where=sql("seen_at IS NULL"),
        ),
    )


class Subscriptions(Table):
    """Consultations and proposals whose news somebody wants to hear."""

    __tablename__ = "subscriptions"

    user: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True, index=True)
    since: Mapped[datetime]
