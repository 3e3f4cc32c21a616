"""The courier: a mail server that listens, one that does not, and the folder."""

import asyncio
import email
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import RowMapping, select

from dosfed.accounts.courier import MailCourier, door_of, way_out
from dosfed.accounts.mails import Mail, put_mail
from dosfed.accounts.tables import Mails
from dosfed.settings import Settings, Smtp
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock

TEXT = "Été : https://delib.example/sign-up/abc\n"


class Mailbox:
    """A mail server's other end: what it took, and whom it does not know."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content
        assert isinstance(raw, bytes)
        self.taken.append(email.message_from_bytes(raw, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    """What the mail server takes."""
    return Mailbox()


def authenticate(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and data.password == b"secret"
    return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def listening(
    mailbox: Mailbox,
    *,
    ssl: SSLContext | None = None,
    starttls: SSLContext | None = None,
) -> AsyncIterator[Smtp]:
    """Run a mail server on this machine."""
    loop = asyncio.get_running_loop()

    def serve() -> SMTP:
        return SMTP(
            mailbox,
            loop=loop,
            hostname="mx.example",
            tls_context=starttls,
            authenticator=authenticate,
            auth_require_tls=False,
        )

    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=ssl)
    async with server:
        port = server.sockets[0].getsockname()[1]
        tls = ssl is not None
        yield Smtp(host="127.0.0.1", port=port, is_tls=tls, username=None, password=None)


@pytest.fixture
async def smtp(mailbox: Mailbox) -> AsyncIterator[Smtp]:
    """A mail server without TLS."""
    async with listening(mailbox) as found:
        yield found


@pytest.fixture
def tls(tmp_path: Path) -> SSLContext:
    """The side of a mail server whose certificate nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "mx.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An instance that writes mails."""

    database: Database
    clock: GivenClock
    settings: Settings

    async def put(self, recipient: str = "ana@example.org", **headers: str) -> None:
        """Write a mail."""
        mail = Mail(recipient=recipient, subject="Été, ¿qué tal?", text=TEXT, headers=headers)
        async with self.database.write() as connection:
            await put_mail(connection, mail, at=START)

    async def send(self, smtp: Smtp | None, **settings: str) -> int:
        """Send what is due through a mail server, or into the folder."""
        kept = {"smtp": smtp, "keeps_mails": smtp is None, **settings}
        known = replace(self.settings, **kept)  # type: ignore[arg-type]  # strings all
        courier = MailCourier(self.database, self.clock, door_of(known), known.mail_from)
        return await courier.send_due()

    async def rows(self) -> list[RowMapping]:
        """Return what is kept of mails."""
        async with self.database.read() as connection:
            statement = select(Mails.__table__).order_by(Mails.id)
            return list((await connection.execute(statement)).mappings())


@pytest.fixture
def post(database: Database, clock: GivenClock, settings: Settings) -> Post:
    """An instance that writes mails."""
    return Post(database=database, clock=clock, settings=settings)


async def test_a_mail_arrives_as_it_was_written(post: Post, smtp: Smtp, mailbox: Mailbox) -> None:
    link = "<https://delib.example/unsubscribe/abc>"
    await post.put(**{"List-Unsubscribe": link, "Content-Language": "fr"})

    sender = '"La ville" <noreply@delib.example>'
    assert await post.send(smtp, mail_from=sender) == 1

    [message] = mailbox.taken
    assert message["To"] == "ana@example.org"
    assert message["From"] == "La ville <noreply@delib.example>"
    assert message["Subject"] == "Été, ¿qué tal?"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == link
    assert message["Content-Language"] == "fr"
    assert message["Message-ID"].endswith("@delib.example>")
    assert message.get_content().replace("\r\n", "\n") == TEXT
    [row] = await post.rows()
    assert (row["finished_at"], row["text"], row["error"]) == (START, "", None)


async def test_many_mails_go_one_after_another(post: Post, smtp: Smtp, mailbox: Mailbox) -> None:
    for number in range(23):
        await post.put(f"p{number}@example.org")

    assert await post.send(smtp) == 23
    assert [m["To"] for m in mailbox.taken] == [f"p{n}@example.org" for n in range(23)]


async def test_one_that_is_refused_takes_none_of_the_others_along(
    post: Post, smtp: Smtp, mailbox: Mailbox
) -> None:
    mailbox.answers = {
        "gone@example.org": "550 no such user",
        "full@example.org": "452 mailbox full",
    }
    for name in ("gone", "full", "ana"):
        await post.put(f"{name}@example.org")
    await post.send(smtp)

    assert [message["To"] for message in mailbox.taken] == ["ana@example.org"]
    gone, full, ana = await post.rows()
    assert (gone["finished_at"], gone["error"]) == (START, "550 no such user")
    assert (full["finished_at"], full["error"]) == (None, "452 mailbox full")
    assert ana["finished_at"] == START
    mailbox.answers = {}
    post.clock.advance(seconds=61)
    await post.send(smtp)
    assert [message["To"] for message in mailbox.taken][1:] == ["full@example.org"]


async def test_a_mail_server_that_is_away_is_tried_again(
    post: Post, smtp: Smtp, mailbox: Mailbox
) -> None:
    await post.put()
    closed = replace(smtp, port=1)
    await post.send(closed)
    [row] = await post.rows()
    assert row["failures"] == 1
    assert "SMTPConnectError" in row["error"]

    post.clock.advance(seconds=61)
    await post.send(smtp)

    assert len(mailbox.taken) == 1


@pytest.mark.parametrize(("password", "taken"), [("secret", 1), ("another", 0)])
async def test_it_signs_in_where_the_mail_server_asks(
    post: Post, smtp: Smtp, mailbox: Mailbox, password: str, taken: int
) -> None:
    await post.put()
    known = replace(smtp, username="dosfed", password=password)

    await post.send(known)

    assert len(mailbox.taken) == taken
    [row] = await post.rows()
    assert password not in (row["error"] or "")


async def test_a_password_is_not_sent_to_another_machine_without_tls(
    post: Post, smtp: Smtp, mailbox: Mailbox
) -> None:
    await post.put()
    # This machine as well, but by a name that nobody takes for it.
    elsewhere = replace(smtp, host="127.1", username="dosfed", password="secret")

    await post.send(elsewhere)

    assert mailbox.taken == []
    [row] = await post.rows()
    assert "STARTTLS" in row["error"]


async def test_on_this_machine_no_certificate_is_needed(
    post: Post, mailbox: Mailbox, tls: SSLContext
) -> None:
    await post.put()
    async with listening(mailbox, ssl=tls) as smtp:
        await post.send(smtp)
    await post.put()
    async with listening(mailbox, starttls=tls) as smtp:
        await post.send(smtp)

    assert len(mailbox.taken) == 2


async def test_elsewhere_a_certificate_must_be_vouched_for(
    post: Post, mailbox: Mailbox, tls: SSLContext
) -> None:
    await post.put()
    await post.put()
    async with listening(mailbox, ssl=tls) as smtp:
        await post.send(replace(smtp, host="127.1"))
    post.clock.advance(seconds=61)
    async with listening(mailbox, starttls=tls) as smtp:
        await post.send(replace(smtp, host="127.1", username="dosfed", password="secret"))

    assert mailbox.taken == []
    assert {row["failures"] for row in await post.rows()} == {2}


async def test_what_can_never_be_a_mail_is_given_up(
    post: Post, smtp: Smtp, mailbox: Mailbox
) -> None:
    await post.put(Date="twice")
    await post.put("luc@example.org")

    await post.send(smtp)

    broken, _ = await post.rows()
    assert broken["error"].startswith("malformed")
    assert broken["finished_at"] == START
    assert len(mailbox.taken) == 1


async def test_mails_in_a_folder_are_files_for_their_owner_alone(post: Post) -> None:
    await post.put("josé@example.org")

    await post.send(None)

    folder = post.settings.data_dir / "mails"
    assert way_out(replace(post.settings, keeps_mails=True)) == str(folder)
    [file] = folder.iterdir()
    assert file.suffix == ".eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    message = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["Subject"] == "Été, ¿qué tal?"
    assert message["To"] == "josé@example.org"
    assert message.get_content().replace("\r\n", "\n") == TEXT
    [row] = await post.rows()
    assert row["text"] == ""


async def test_without_a_mail_server_mails_wait_and_are_given_up(post: Post) -> None:
    await post.put()
    nowhere = post.settings
    courier = MailCourier(post.database, post.clock, door_of(nowhere), nowhere.mail_from)

    await courier.send_due()
    [row] = await post.rows()
    assert (row["text"], row["error"]) == (TEXT, "no mail server is set")
    for _ in range(20):
        post.clock.advance(hours=6)
        await courier.send_due()

    [row] = await post.rows()
    assert (row["text"], row["finished_at"] is not None) == ("", True)
    assert not (post.settings.data_dir / "mails").exists()
    assert way_out(nowhere).startswith("nowhere")


async def test_a_folder_that_cannot_be_written_keeps_the_mail(post: Post) -> None:
    await post.put()
    (post.settings.data_dir / "mails").write_text("not a folder")

    await post.send(None)

    [row] = await post.rows()
    assert (row["finished_at"], row["failures"], row["text"]) == (None, 1, TEXT)
