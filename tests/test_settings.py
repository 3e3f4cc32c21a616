"""Settings: from the environment, else from the file, or a complaint that names them."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from dosfed.settings import BadSettings, Smtp, read_settings


def test_the_defaults_are_those_of_the_manual(tmp_path: Path) -> None:
    settings = read_settings({"DOSFED_DATA_DIR": str(tmp_path)})

    assert settings.base_url == "http://localhost:8000"
    assert (settings.listen_host, settings.listen_port) == ("127.0.0.1", 8000)
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/dosfed.sqlite3"
    assert not settings.allow_private_network
    assert settings.tally_interval == 180
    assert settings.trusted_proxies == ()
    assert (settings.smtp, settings.mail_from) == (None, "noreply@localhost")
    assert not settings.sends_mail
    assert settings.secret_key is None
    assert read_settings({}).data_dir == Path("data")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "dosfed.toml").write_text(
        'base_url = "https://file.example"\n'
        'listen = "[::1]:9000"\n'
        'trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]\n',
        encoding="utf-8",
    )

    settings = read_settings(
        {"DOSFED_DATA_DIR": str(tmp_path), "DOSFED_BASE_URL": "https://Environment.example/"}
    )

    assert settings.base_url == "https://environment.example"
    assert (settings.listen_host, settings.listen_port) == ("::1", 9000)
    assert settings.trusted_proxies == (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


def test_a_mail_server_comes_from_the_environment_or_the_file(tmp_path: Path) -> None:
    (tmp_path / "dosfed.toml").write_text(
        'smtp_url = "smtp://mail.example"\nmail_from = "Town <town@consulta.example>"\n',
        encoding="utf-8",
    )
    folder = {"DOSFED_DATA_DIR": str(tmp_path)}
    tls = {"DOSFED_SMTP_URL": "smtps://ana:p%40ss@tls.example"}

    plain = Smtp(host="mail.example", port=587, is_tls=False, username=None, password=None)
    sealed = Smtp(host="tls.example", port=465, is_tls=True, username="ana", password="p@ss")
    assert read_settings(folder).smtp == plain
    assert read_settings(folder).mail_from == "Town <town@consulta.example>"
    assert read_settings({**folder, **tls}).smtp == sealed
    assert "p@ss" not in repr(read_settings(tls))


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://ana@db/dosfed", "postgresql+asyncpg://ana@db/dosfed"),
        ("postgres://ana@db/dosfed", "postgresql+asyncpg://ana@db/dosfed"),
        ("sqlite:////srv/d.sqlite3", "sqlite+aiosqlite:////srv/d.sqlite3"),
    ],
)
def test_a_database_url_needs_no_driver(given: str, used: str) -> None:
    assert read_settings({"DOSFED_DATABASE_URL": given}).database_url == used


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "consulta.example"),
        ("BASE_URL", "https://consulta.example/path"),
        ("BASE_URL", "https://ana@consulta.example"),
        ("BASE_URL", "http://consulta.example"),
        ("LISTEN", "8000"),
        ("LISTEN", "127.0.0.1:99999"),
        ("DATABASE_URL", "mysql://db/dosfed"),
        ("ALLOW_PRIVATE_NETWORK", "perhaps"),
        ("TALLY_INTERVAL", "soon"),
        ("TALLY_INTERVAL", "-1"),
        ("TALLY_INTERVAL", "nan"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("SMTP_URL", "mail.example:25"),
        ("SMTP_URL", "smtp://mail.example:port"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b.example\r\nBcc: c@d.example"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings({f"DOSFED_{name}": value})

    assert str(refused.value).startswith(f"DOSFED_{name}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", ["base_url = ", 'colour = "blue"', 'data_dir = "/srv"'])
def test_a_bad_file_is_refused_by_its_path(tmp_path: Path, content: str) -> None:
    (tmp_path / "dosfed.toml").write_text(content, encoding="utf-8")

    with pytest.raises(BadSettings, match=r"dosfed\.toml"):
        read_settings({"DOSFED_DATA_DIR": str(tmp_path)})


def test_a_secret_key_is_thirty_two_bytes_and_never_shown(tmp_path: Path) -> None:
    key = "q83v" * 10 + "q80="
    settings = read_settings({"DOSFED_DATA_DIR": str(tmp_path), "DOSFED_SECRET_KEY": key})
    assert settings.secret_key == key.encode()
    assert key not in repr(settings)


@pytest.mark.parametrize("value", ["short", "é" * 44, "q83v" * 40, "!" * 44])
def test_another_secret_key_is_refused_without_being_repeated(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSettings, match="DOSFED_SECRET_KEY") as refused:
        read_settings({"DOSFED_DATA_DIR": str(tmp_path), "DOSFED_SECRET_KEY": value})
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("smtp://mx.example", ("mx.example", 587, False, None, None)),
        ("smtp://localhost:25", ("localhost", 25, False, None, None)),
        ("smtps://ana:a%40b%2Fc@mx.example", ("mx.example", 465, True, "ana", "a@b/c")),
        ("smtp://u%40x.example:p@[::1]:2525/", ("::1", 2525, False, "u@x.example", "p")),
    ],
)
def test_a_mail_server_is_given_as_an_address(url: str, place: tuple[object, ...]) -> None:
    smtp = read_settings({"DOSFED_SMTP_URL": url}).smtp

    assert smtp is not None
    assert (smtp.host, smtp.port, smtp.is_tls, smtp.username, smtp.password) == place
    assert "a@b/c" not in repr(smtp)


@pytest.mark.parametrize(
    "url",
    ["mx.example", "http://mx.example", "smtp://", "smtp://u:secret@mx.example:x", "smtp://h/path"],
)
def test_what_is_no_mail_server_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadSettings, match="DOSFED_SMTP_URL") as refused:
        read_settings({"DOSFED_SMTP_URL": url})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["folder", "smtp://mx.example"])
def test_mails_leave_by_a_server_or_into_a_folder(url: str) -> None:
    settings = read_settings({"DOSFED_SMTP_URL": url})

    assert settings.sends_mail
    assert settings.keeps_mails is (settings.smtp is None)


def test_mails_come_from_the_instance_unless_said_otherwise() -> None:
    base = {"DOSFED_BASE_URL": "https://delib.example"}

    assert read_settings(base).smtp is None
    assert read_settings(base).mail_from == "noreply@delib.example"
    named = '"La ville" <ville@delib.example>'
    assert read_settings({**base, "DOSFED_MAIL_FROM": named}).mail_from == named


@pytest.mark.parametrize("sender", ["La ville", "a@b\nBcc: c@d", "<>", "a b@c"])
def test_a_sender_that_is_none_is_refused(sender: str) -> None:
    with pytest.raises(BadSettings, match="DOSFED_MAIL_FROM"):
        read_settings({"DOSFED_MAIL_FROM": sender})
