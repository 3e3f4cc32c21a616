"""What is sealed opens with the instance's own key alone."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from dosfed.accounts.secrets import KEY_FILE, Unreadable, Vault
from dosfed.settings import Settings


def test_what_is_sealed_is_not_the_text_and_opens_again(settings: Settings) -> None:
    sealed = Vault(settings).seal("a token")
    assert b"a token" not in sealed
    assert Vault(settings).open(sealed) == "a token"


def test_the_key_is_made_once_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / KEY_FILE
    assert not file.exists()
    Vault(settings).seal("first")
    made = file.read_bytes()
    Vault(settings).seal("second")
    assert file.read_bytes() == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob("secret*")] == [KEY_FILE]


def test_the_setting_comes_before_the_file(settings: Settings, tmp_path: Path) -> None:
    vault = Vault(replace(settings, secret_key=Fernet.generate_key()))
    assert vault.open(vault.seal("a token")) == "a token"
    assert not (tmp_path / KEY_FILE).exists()


def test_another_key_opens_nothing(settings: Settings) -> None:
    sealed = Vault(settings).seal("a token")
    other = Vault(replace(settings, secret_key=Fernet.generate_key()))
    with pytest.raises(Unreadable):
        other.open(sealed)


@pytest.mark.parametrize("sealed", [b"", b"nonsense", b"\xff" * 50])
def test_what_was_never_sealed_cannot_be_opened(settings: Settings, sealed: bytes) -> None:
    with pytest.raises(Unreadable):
        Vault(settings).open(sealed)
