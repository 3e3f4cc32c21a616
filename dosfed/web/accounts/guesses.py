"""Passwords and codes that somebody types: checked, and not more often than a person does."""

import hashlib

from aiohttp import web

from dosfed.accounts.codes import is_recovery_code
from dosfed.accounts.passwords import Busy
from dosfed.accounts.people import Account
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.activitypub.throttle import Throttle
from dosfed.web.limits import client_networks, seconds_now
from dosfed.web.services import (
    CODES_OF_ALL,
    GUESSES_AT,
    GUESSES_BY,
    GUESSES_OF_ALL,
    PASSWORDS,
    PASSWORDS_TRIED,
)

BUSY_SECONDS = "5"


async def is_password(request: web.Request, name: str, password: str, kept: str | None) -> bool:
    """Whether this is the password that is kept of an account, which is called by a name.

    Raises `Unfit` after too many attempts from one client, or at one account (rule 6.7). An
    account that is not there takes as long, and runs out of attempts as soon. Anyone who made few
    attempts lately goes first.
    """
    rank = _count(request, name, (request.app[GUESSES_OF_ALL], name, 1, Flaw.BESIEGED))
    try:
        return await request.app[PASSWORDS].verify(password, kept, rank=rank)
    except Busy as busy:
        raise _too_busy() from busy


def count_code(request: web.Request, account: Account, code: str, *, signed_in: bool) -> None:
    """Count a code that somebody gives, or raise `Unfit` where there were too many (rule 6.13).

    Only anyone who has the password gets here. With another password, which a link in a mail
    gives, the owner has new attempts, and whoever knew the last one has none: so nobody keeps them
    out. Somebody who reads their mails has three times as many, however often they change it.
    Recovery codes, which nobody guesses, are not counted for all together: they open the account
    whatever others do.
    """
    place = f"{'signed in, ' if signed_in else ''}code: {account.user}"
    password = hashlib.sha256((account.password or "").encode()).hexdigest()
    throttle, flaw = request.app[CODES_OF_ALL], Flaw.CODES_GUESSED
    of_all = (
        (throttle, f"{place} {password}", 1, flaw),
        (throttle, place, PASSWORDS_TRIED, flaw),
    )
    _count(request, place, *(() if is_recovery_code(code) else of_all))


def _count(request: web.Request, name: str, *of_all: tuple[Throttle, str, int, Flaw]) -> int:
    """Count an attempt before it is checked: many at once are many; return how many there were.

    Three counts, since there are three ways to guess: many passwords by one client, many by one
    client at one account, and a few by each of very many clients at one account.
    """
    now, networks = seconds_now(request), client_networks(request)
    by = request.app[GUESSES_BY]
    counted = [
        *((by, who, times, Flaw.TOO_OFTEN) for who, times in networks),
        *(
            (request.app[GUESSES_AT], f"{who} {name}", times, Flaw.TOO_OFTEN)
            for who, times in networks
        ),
        *of_all,
    ]
    for throttle, who, times, flaw in counted:
        if throttle.seconds_left(who, now, times=times):
            raise Unfit("form", flaw)
    rank = max(by.count(who, now) // times for who, times in networks)
    for throttle, who, _times, _flaw in counted:
        throttle.add(who, now)
    return rank


async def hash_password(request: web.Request, password: str) -> str:
    """Return what is kept of a password."""
    try:
        return await request.app[PASSWORDS].hash(password)
    except Busy as busy:
        raise _too_busy() from busy


def _too_busy() -> web.HTTPException:
    return web.HTTPServiceUnavailable(headers={"Retry-After": BUSY_SECONDS})
