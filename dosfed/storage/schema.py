"""The one MetaData, with the column types that both engines share."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Integer, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


# Two types that look alike on both engines, so that one statement means the same on both. SQLite
# has no moments, and writes those of SQLAlchemy as text without a zone; a whole number compares,
# sorts and subtracts everywhere, and PostgreSQL's own moments have no finer unit. JSON is kept as
# text, since nothing looks into it by SQL.


class Instant(TypeDecorator[datetime]):
    """A moment with its time zone, kept as whole microseconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Turn a moment into microseconds; a naive one is an error."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> datetime | None:
        """Turn microseconds into a moment in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Json(TypeDecorator[Any]):
    """A small JSON value, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, _dialect: Dialect) -> str | None:
        """Write the value as compact JSON."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> Any | None:
        """Read the value back."""
        return None if value is None else orjson.loads(value)


# SQLite only counts up by itself on a column declared INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class Table(DeclarativeBase):
    """The base of all tables; they are typed columns to select from, never entities."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, datetime: Instant}  # noqa: RUF012 - SQLAlchemy reads it


class Kept(Table):
    """Facts about the instance itself, such as the base URL it was first used with."""

    __tablename__ = "kept"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Erasures(Table):
    """That something was erased, until no file of the database holds it any more."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
