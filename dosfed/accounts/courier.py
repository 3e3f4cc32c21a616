"""The way of mails out of the house: to the operator's mail server, or into a folder."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import structlog

from dosfed.accounts.mails import Due, claim_due, is_any_due, note_failed, note_sent
from dosfed.settings import Settings, Smtp
from dosfed.storage.clock import Clock
from dosfed.storage.engine import Database

log = structlog.get_logger(__name__)

AT_ONCE = 10  # in one connection to the mail server, within the time that mails are claimed for
TIMEOUT_SECONDS = 10.0
PERMANENT = 500  # RFC 5321, 4.2.1
FOLDER = "mails"
# RFC 5322, 2.1.1. A link in a header is never folded: the library would write it in code, and no
# program would find the one to unsubscribe.
LINES = policy.SMTP.clone(max_line_length=998)


class NotTaken(Exception):
    """A mail was not taken; `is_final` when trying again would not help."""

    def __init__(self, said: str, *, is_final: bool = False) -> None:
        super().__init__(said)
        self.is_final = is_final


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it travels, with whom it goes to."""

    name: str
    recipient: str
    message: EmailMessage


Send = Callable[[Letter], Awaitable[None]]
Door = Callable[[], AbstractAsyncContextManager[Send]]


def door_of(settings: Settings) -> Door:
    """Return where mails leave: for the operator's mail server, for the data folder, or nowhere."""
    if settings.smtp is not None:
        return partial(mail_server, settings.smtp)
    if settings.keeps_mails:
        return partial(mail_folder, settings.data_dir / FOLDER)
    return no_door


def way_out(settings: Settings) -> str:
    """Return where mails leave, for whoever reads the log: a mail server, a folder, or nowhere."""
    if settings.smtp is not None:
        return f"{settings.smtp.host}:{settings.smtp.port}"
    if settings.keeps_mails:
        return str(settings.data_dir / FOLDER)
    return "nowhere: DOSFED_SMTP_URL is not set"


class MailCourier:
    """Sends what is due, a connection for many mails, and notes what became of it."""

    def __init__(self, database: Database, clock: Clock, door: Door, mail_from: str) -> None:
        self._database = database
        self._clock = clock
        self._door = door
        self._from = mail_from

    async def send_due(self) -> int:
        """Try every mail that is due once; return how many were tried."""
        number = 0
        while mails := await self._claim():
            await self._send(mails)
            number += len(mails)
        return number

    async def _claim(self) -> list[Due]:
        now = self._clock.now()
        async with self._database.read() as connection:
            if not await is_any_due(connection, now):
                return []
        async with self._database.write() as connection:
            return await claim_due(connection, at=now, most=AT_ONCE)

    async def _send(self, mails: list[Due]) -> None:
        """Send mails over one connection; where it breaks, the rest is tried again later."""
        left = list(mails)
        try:
            async with self._door() as send:
                while left:
                    await self._send_one(send, left[0])
                    del left[0]
        except NotTaken as refused:
            for due in left:
                await self._fail(due, refused)

    async def _send_one(self, send: Send, due: Due) -> None:
        try:
            await send(_letter(due, self._from))
        except (ValueError, MessageError) as error:  # it can never be written as a mail
            await self._fail(due, NotTaken(f"malformed: {error}", is_final=True))
            return
        except NotTaken as refused:
            await self._fail(due, refused)
            return
        async with self._database.write() as connection:
            await note_sent(connection, due.id, at=self._clock.now())

    async def _fail(self, due: Due, refused: NotTaken) -> None:
        # Without the address, and without what the server says of it.
        log.warning("mail not taken", mail=due.id, failures=due.failures + 1)
        async with self._database.write() as connection:
            await note_failed(
                connection,
                due,
                str(refused),
                is_final=refused.is_final,
                at=self._clock.now(),
            )


def _letter(due: Due, mail_from: str) -> Letter:
    message = EmailMessage(policy=LINES)
    local, _, domain = due.mail.recipient.rpartition("@")
    message["From"] = mail_from
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = due.mail.subject
    message["Date"] = format_datetime(due.created_at)
    # The same each time it is tried: a mail program shows it once.
    sender = mail_from.rpartition("@")[2].rstrip("> ")
    name = f"{due.created_at:%Y%m%dT%H%M%SZ}-{due.id}"
    message["Message-ID"] = f"<{name}@{sender}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    message.set_content(due.mail.text, cte="quoted-printable")
    for header, value in due.mail.headers.items():  # after the content, which drops some
        message[header] = value
    return Letter(name=name, recipient=due.mail.recipient, message=message)


@asynccontextmanager
async def no_door() -> AsyncIterator[Send]:
    """Let no mail out; those from the time of a mail server wait for it as if it were down."""

    async def send(_letter: Letter) -> None:
        raise NotTaken("no mail server is set")

    yield send


@asynccontextmanager
async def mail_folder(folder: Path) -> AsyncIterator[Send]:
    """Keep mails as files that their owner alone reads."""

    async def send(letter: Letter) -> None:
        try:
            await asyncio.to_thread(_write, folder / f"{letter.name}.eml", bytes(letter.message))
        except OSError as error:
            raise NotTaken(str(error)) from error

    yield send


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)


@asynccontextmanager
async def mail_server(smtp: Smtp) -> AsyncIterator[Send]:
    """Hand mails to a mail server; raises `NotTaken` where it is not to be had.

    STARTTLS is used where it is offered, and required before a password is sent.
    """
    # Only a worker with something to send pays for the library.
    import aiosmtplib  # noqa: PLC0415 - see above

    start_tls: bool | None = None  # where it is offered
    if smtp.is_tls:
        start_tls = False
    elif smtp.username is not None and not smtp.is_local:
        start_tls = True
    client = aiosmtplib.SMTP(
        hostname=smtp.host,
        port=smtp.port,
        username=smtp.username,
        password=smtp.password,
        timeout=TIMEOUT_SECONDS,
        use_tls=smtp.is_tls,
        start_tls=start_tls,
        validate_certs=not smtp.is_local,
    )

    async def send(letter: Letter) -> None:
        try:
            await client.send_message(letter.message, recipients=[letter.recipient])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            first = refused.recipients[0]
            is_final = first.code >= PERMANENT
            raise NotTaken(f"{first.code} {first.message}", is_final=is_final) from refused
        except (aiosmtplib.SMTPException, OSError) as error:
            raise NotTaken(_said(error)) from error

    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        client.close()
        raise NotTaken(_said(error)) from error
    try:
        yield send
    finally:
        client.close()


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
