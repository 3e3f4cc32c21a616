"""Passwords that somebody types: checked, and not more often than a person does."""

from aiohttp import web

from dosfed.accounts.passwords import Busy
from dosfed.accounts.rules import Flaw, Unfit
from dosfed.web.limits import client_networks, seconds_now
from dosfed.web.services import GUESSES_AT, GUESSES_BY, GUESSES_OF_ALL, PASSWORDS

BUSY_SECONDS = "5"


async def is_password(request: web.Request, name: str, password: str, kept: str | None) -> bool:
    """Whether this is the password that is kept of an account, which is called by a name.

    Raises `Unfit` after too many attempts from one client, or at one account (rule 6.7), which
    are counted before they are checked: many at once are many. An account that is not there
    takes as long, and runs out of attempts as soon. Anyone who made few attempts lately goes first.
    """
    # Three counts, since there are three ways to guess: many passwords by one client, many by one
    # client at one account, and a few by each of very many clients at one account.
    now, networks = seconds_now(request), client_networks(request)
    by = request.app[GUESSES_BY]
    counted = [
        *((by, who, times, Flaw.TOO_OFTEN) for who, times in networks),
        *(
            (request.app[GUESSES_AT], f"{who} {name}", times, Flaw.TOO_OFTEN)
            for who, times in networks
        ),
        (request.app[GUESSES_OF_ALL], name, 1, Flaw.BESIEGED),
    ]
    for throttle, who, times, flaw in counted:
        if throttle.seconds_left(who, now, times=times):
            raise Unfit("form", flaw)
    rank = max(by.count(who, now) // times for who, times in networks)
    for throttle, who, _times, _flaw in counted:
        throttle.add(who, now)
    try:
        return await request.app[PASSWORDS].verify(password, kept, rank=rank)
    except Busy as busy:
        raise _too_busy() from busy


async def hash_password(request: web.Request, password: str) -> str:
    """Return what is kept of a password."""
    try:
        return await request.app[PASSWORDS].hash(password)
    except Busy as busy:
        raise _too_busy() from busy


def _too_busy() -> web.HTTPException:
    return web.HTTPServiceUnavailable(headers={"Retry-After": BUSY_SECONDS})
