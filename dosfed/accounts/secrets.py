"""Secrets of other servers, kept so that anyone who reads the database alone cannot use them."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from dosfed.settings import Settings

KEY_FILE = "secret.key"


class Unreadable(Exception):
    """What was sealed cannot be opened: it was sealed with another key, or changed."""


class Vault:
    """Seals texts with the key of this instance, which lies outside the database.

    The key is the operator's setting, or a file in the data folder; the file is made when
    something is sealed first.
    """

    def __init__(self, settings: Settings) -> None:
        self._given = settings.secret_key
        self._path = settings.data_dir / KEY_FILE
        self._fernet: Fernet | None = None

    def seal(self, text: str) -> bytes:
        """Return a text as it may be kept."""
        return self._key().encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Return a text that was sealed here, or raise `Unreadable`."""
        try:
            return self._key().decrypt(sealed).decode()
        except InvalidToken as error:
            raise Unreadable from error

    def _key(self) -> Fernet:
        if self._fernet is None:
            self._fernet = Fernet(self._given or _kept_key(self._path))
        return self._fernet


def _kept_key(path: Path) -> bytes:
    """Return the key in a file, which is made if need be, whole and for its owner alone."""
    with suppress(FileNotFoundError):
        return path.read_bytes().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(Fernet.generate_key())
            stream.flush()
            os.fsync(stream.fileno())
        # Another process may have been quicker: then its key is the one.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes().strip()
