"""The command line: its verbs, what they take, how they end.

What a verb needs is imported when it runs, so that `--help` answers at once.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import orjson

from dosfed import __version__
from dosfed.settings import Settings, read_settings

if TYPE_CHECKING:
    from dosfed.commands import Lines
    from dosfed.storage.clock import Clock

    Verb = Callable[[Settings, Clock], Coroutine[Any, Any, Lines]]


def main() -> None:
    """Run the verb that the command line names; errors are one line, never a traceback."""
    try:
        code = verbs.main(prog_name="dosfed", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = error.exit_code
    except click.ClickException as error:
        code = _complain(error.format_message(), error.exit_code)
    except click.Abort:
        code = 130  # as shells say of Ctrl-C
    except BrokenPipeError:
        # Whoever read our lines has read enough; nothing is left to be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except Exception as error:  # noqa: BLE001 - the edge: an operator gets a line
        code = _complain(_line(error), 1)
    sys.exit(code)


def _complain(line: str, code: int) -> int:
    click.echo(f"dosfed: {line}", err=True)
    return code


def _line(error: Exception) -> str:
    """Return what went wrong, in one line."""
    # Of a failed statement: what the database said, not the statement with its values.
    cause = getattr(error, "orig", None) or error
    said = " ".join(str(cause).split())
    is_ours = type(error).__module__.startswith("dosfed.") or isinstance(error, OSError)
    return said if said and is_ours else f"{type(error).__name__}: {said}".rstrip(": ")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def verbs() -> None:
    """Run a dosfed instance: consultations that the fediverse can follow and vote in.

    Settings come from the environment (DOSFED_BASE_URL and others) or from dosfed.toml in
    the data folder. Verbs print JSON lines, and work while `dosfed serve` runs.
    """


@verbs.command()
@click.option("--no-worker", is_flag=True, help="Web only; run `dosfed worker` beside it.")
@click.option(
    "--new",
    "is_new",
    is_flag=True,
    help="Begin an instance with an empty database in a data folder that was used before.",
)
def serve(*, no_worker: bool, is_new: bool) -> None:
    """Serve web and worker until SIGTERM.

    The database is migrated first.
    """
    from dosfed import app

    app.serve(_settings(), with_worker=not no_worker, is_new=is_new)


@verbs.command()
def worker() -> None:
    """Judge, deliver, close polls; no web."""
    from dosfed import worker as process

    process.run(_settings())


@verbs.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--into", metavar="NAME", help="Add the proposals of FILE to this consultation.")
def import_(file: BinaryIO, *, into: str | None) -> None:
    """Make the consultations that FILE describes.

    FILE is JSON; - is standard input. All of it is made, or nothing; prints a line for each
    thing made. With --into, its one consultation brings proposals and polls for one that
    exists, of which nothing else changes.
    """
    from dosfed.commands.content import import_file

    _run(partial(import_file, raw=file.read(), into=into))


@verbs.command()
@click.argument("name", required=False)
def export(name: str | None) -> None:
    """Print what is public, as an import file.

    All consultations, or NAME alone; never accounts, keys, followers or ballots. A closed
    poll keeps its result.
    """
    from dosfed.commands import content

    _run(partial(content.export, name=name))


@verbs.group()
def user() -> None:
    """Give people accounts here, and let them sign in."""


_role = click.option(
    "--role",
    type=click.Choice(["citizen", "moderator", "facilitator", "organiser", "operator"]),
    default="citizen",
    show_default=True,
)


@user.command("add")
@click.argument("name", required=False)
@_role
@click.option("--email", metavar="ADDRESS", help="With it, NAME can choose a password.")
@click.option("--display", default="", metavar="TEXT", help="Shown beside NAME, in any script.")
def user_add(name: str | None, role: str, email: str | None, display: str) -> None:
    """Make an account called NAME; prints a link that opens a session once, within a day.

    Without NAME, one is made of what --display says.
    """
    if name is None and not display.strip():
        raise click.UsageError("give a NAME, or what to make one of by --display")

    from dosfed.acts.memberships import Member
    from dosfed.commands import users
    from dosfed.deliberation.model import Role

    member = Member(name=name or "", display=display, role=Role(role), email=email)
    _run(partial(users.add, member=member))


@user.command("link")
@click.argument("name")
def user_link(name: str) -> None:
    """Print a new sign-in link for NAME, good once, within a day."""
    from dosfed.commands import users

    _run(partial(users.link, name=name))


@user.command("remove-factor")
@click.argument("name")
def user_remove_factor(name: str) -> None:
    """Ask NAME for no more codes at sign-in; they are written so, and can set it up again."""
    from dosfed.commands import users

    _run(partial(users.remove_factor, name=name))


@user.command("invite")
@_role
@click.option("--note", default="", metavar="TEXT", help="For whom; the team alone reads it.")
def user_invite(role: str, note: str) -> None:
    """Print a link that lets one person sign up, within 14 days."""
    from dosfed.commands import users
    from dosfed.deliberation.model import Role

    _run(partial(users.invite, role=Role(role), note=note))


@verbs.command()
def proposals() -> None:
    """Print what waits for a facilitator, a line each."""
    from dosfed.commands.facilitation import waiting

    _run(waiting)


@verbs.command()
@click.argument("proposal", metavar="ID")
def accept(proposal: str) -> None:
    """Publish the waiting proposal ID; prints its line."""
    from dosfed.commands.facilitation import decide

    _run(partial(decide, proposal=proposal, is_accepted=True, reason=""))


@verbs.command()
@click.argument("proposal", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept beside the proposal.")
def refuse(proposal: str, reason: str) -> None:
    """Refuse the waiting proposal ID; prints its line."""
    from dosfed.commands.facilitation import decide

    _run(partial(decide, proposal=proposal, is_accepted=False, reason=reason))


@verbs.command()
@click.argument("file", type=click.File("rb"))
def recount(file: BinaryIO) -> None:
    """Count the ballot file FILE of a closed vote again; prints its result and SHA-256.

    It needs no instance and no settings; - reads standard input. See docs/recount.md.
    """
    from dosfed.commands.recounting import recount_file

    for line in recount_file(file):
        click.echo(orjson.dumps(line))


@verbs.command()
@click.argument("address")
def follow(address: str) -> None:
    """Follow a consultation of another instance.

    ADDRESS is name@host, or its URL. It is shown here at /c/<name>@<host>, where people
    with an account here vote and argue on it.
    """
    from dosfed.commands.follow import follow as follow_consultation

    _run(partial(follow_consultation, address=address))


@verbs.command()
@click.argument("target")
@click.option("--reason", default="", metavar="TEXT", help="Why; for the team alone.")
def block(target: str, reason: str) -> None:
    """Listen no more to TARGET, and send nothing there.

    TARGET is the name of a server, which is blocked with everything below that name; or the
    id or handle of an account.
    """
    from dosfed.commands import blocks

    _run(partial(blocks.block, target=target, reason=reason))


@verbs.command()
@click.argument("target")
def unblock(target: str) -> None:
    """Listen again to TARGET."""
    from dosfed.commands import blocks

    _run(partial(blocks.unblock, target=target))


@verbs.command("blocks")
def list_blocks() -> None:
    """Print who is blocked, a line each."""
    from dosfed.commands import blocks

    _run(blocks.blocks)


@verbs.command()
@click.option("--json", "whole", is_flag=True, help="One JSON object, not a line for each.")
def inbox(*, whole: bool) -> None:
    """Count what came in and what became of it.

    By kind, outcome and reason; with the last refusals. Voters are never named.
    """
    from dosfed.commands.inbox import outcomes

    _run(partial(outcomes, whole=whole))


@verbs.command()
@click.option("--once", is_flag=True, help="In a temporary folder; end after the exchange.")
def demo(*, once: bool) -> None:
    """Run two instances that meet.

    They follow, vote and argue on each other's sample consultation.
    """
    from dosfed.commands.demo import run

    code = run(once=once)
    if code:
        raise click.exceptions.Exit(code)


@verbs.command()
def migrate() -> None:
    """Bring the tables up to date; `serve` does so by itself."""
    from dosfed.commands.maintenance import migrate as migrate_tables

    _run(migrate_tables)


@verbs.command()
def doctor() -> None:
    """Check that the instance can be found.

    Settings, database, clock, and whether the public URL answers; a line for each, and
    another exit code than 0 if one fails.
    """
    from dosfed.commands.doctor import examine

    lines = _run(examine)
    if not all(line["ok"] for line in lines):
        raise click.ClickException("not everything is well")


def _settings() -> Settings:
    return read_settings(os.environ)


def _run(verb: "Verb") -> "Lines":
    """Run a verb for the instance that the settings describe; print its lines at the end."""
    from dosfed.storage.clock import SystemClock

    lines = asyncio.run(verb(_settings(), SystemClock()))
    for line in lines:
        click.echo(orjson.dumps(line))
    return lines
