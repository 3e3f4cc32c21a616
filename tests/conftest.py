"""What tests stand on: a real database, a clock that is set by hand, an instance."""

import gc
import ipaddress
import itertools
import os
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from dosfed.activitypub import keys
from dosfed.acts.submission import House
from dosfed.instance import Instance
from dosfed.settings import Settings, read_settings
from dosfed.storage.engine import Database, open_database
from dosfed.storage.migrate import migrate

BASE_URL = "https://delib.example"
START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
POSTGRES = os.environ.get("DOSFED_TEST_DATABASE_URL", "")


# Machines live in all time zones; what tests read on pages was written in one.
os.environ["TZ"] = "UTC"
time.tzset()
# How long an example takes is the machine's business, and what else it has to do.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy")


class GivenClock:
    """A clock that stands still until a test moves it; it is the database's clock as well."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Return the given moment."""
        return self.moment

    async def stamp(self, _connection: AsyncConnection) -> datetime:
        """Return the given moment."""
        return self.moment

    def advance(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move the clock on."""
        self.moment += timedelta(seconds=seconds, hours=hours, days=days)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a run on PostgreSQL, leave out what the other run has shown as well.

    That is what opens no database, and of a test with several cases all but the first: they vary
    what is said, seldom which statements are made of it.
    """
    if not POSTGRES:
        return
    opening = {"template", "empty_database_url"}
    met: set[tuple[object, str]] = set()
    left_out = []
    for item in items:
        test = (item.parent, getattr(item, "originalname", item.name))
        if opening.isdisjoint(getattr(item, "fixturenames", ())) or test in met:
            left_out.append(item)
        met.add(test)
    config.hook.pytest_deselected(items=left_out)
    gone = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in gone]


@pytest.fixture(scope="module", autouse=True)
def what_was_before_is_not_weighed() -> None:
    """Leave what earlier tests left out of the collector's way.

    After 3,000 tests a full collection takes two seconds of CPU, in whichever test it falls: those
    that measure what a thing costs would measure that. A server starts with the same two lines.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def made_keys() -> Iterator[None]:
    """Let actors have the keys that an earlier test made: no two of a test the same."""
    numbers = itertools.count()
    # Not the fixture `monkeypatch`: that would then be undone after what a test opens is closed.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "generate_private_key", lambda **_: _made_key(next(numbers)))
        yield


@cache
def _made_key(_number: int) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=keys.OUR_BITS)


@pytest.fixture
def clock() -> GivenClock:
    """A clock that only the test moves."""
    return GivenClock(START)


@pytest.fixture
def instance() -> Instance:
    """The instance under test, as others see it."""
    return Instance(base_url=BASE_URL)


@pytest.fixture
def house(instance: Instance) -> House:
    """What acts need to know of the instance under test."""
    return House(instance=instance, tally_interval=timedelta(seconds=180))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """The settings of the instance under test, on the database under test."""
    return read_settings(
        {
            "DOSFED_BASE_URL": BASE_URL,
            "DOSFED_DATA_DIR": str(tmp_path),
            "DOSFED_DATABASE_URL": database_url,
        }
    )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database with all tables; another `open_database(database_url)` sees the same."""
    database = open_database(database_url)
    yield database
    await database.dispose()


@pytest_asyncio.fixture
async def database_url(tmp_path: Path, template: str) -> AsyncIterator[str]:
    """The URL of a fresh database with all tables, on the engine that the run is for."""
    async with fresh_database(tmp_path, template) as url:
        yield url


@asynccontextmanager
async def fresh_database(folder: Path, template: str) -> AsyncIterator[str]:
    """Copy the template; return the URL of the copy, which is gone at the end."""
    if not POSTGRES:
        path = folder / "dosfed.sqlite3"
        shutil.copyfile(template, path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    name = f"dosfed_test_{secrets.token_hex(6)}"
    await _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _postgres(name)
    await _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest_asyncio.fixture
async def empty_database_url(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without any table, on the engine that the run is for."""
    if not POSTGRES:
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = f"dosfed_test_{secrets.token_hex(6)}"
    await _administer(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield _postgres(name)
    await _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """What fresh databases are copied from: a file's path, or a PostgreSQL database's name."""
    if not POSTGRES:
        path = tmp_path_factory.mktemp("template") / "dosfed.sqlite3"
        await migrate(f"sqlite+aiosqlite:///{path}")
        yield str(path)
        return
    name = f"dosfed_template_{secrets.token_hex(6)}"
    await _administer(f'CREATE DATABASE "{name}" TEMPLATE template0')
    await migrate(_postgres(name))
    yield name
    await _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def _postgres(name: str) -> str:
    url = make_url(POSTGRES).set(drivername="postgresql+asyncpg", database=name)
    return url.render_as_string(hide_password=False)


async def _administer(statement: str) -> None:
    url = make_url(POSTGRES).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    """Stop a test that would leave this machine."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if not isinstance(address, tuple):  # a UNIX socket
        return
    with suppress(ValueError):
        if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address[0]}")


sys.addaudithook(_only_loopback)
