"""What a service manager hands over to a process, and what it wants to be told.

Both are systemd's protocols, which others speak as well: sockets that were opened for us
(sd_listen_fds(3)), so that they stay open while one process ends and the next one begins; and
a datagram for each change of state (sd_notify(3)).
"""

import os
import socket
from collections.abc import MutableMapping

FIRST_DESCRIPTOR = 3


class BadSocket(ValueError):
    """What was handed over is nothing that could be listened on."""


def handed_over(environment: MutableMapping[str, str]) -> list[socket.socket]:
    """Return the sockets that were opened for this very process; none for its children."""
    is_ours = environment.get("LISTEN_PID") == str(os.getpid())
    number = environment.get("LISTEN_FDS", "0") if is_ours else "0"
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        environment.pop(name, None)
    if not number.isdecimal():
        raise BadSocket(f"LISTEN_FDS: expected a number, not {number!r}")
    descriptors = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(number))
    return [_listening(descriptor) for descriptor in descriptors]


def _listening(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - how the standard library has it
    try:
        found = socket.socket(fileno=descriptor)
    except OSError as error:
        raise BadSocket(f"LISTEN_FDS: {descriptor} is no socket") from error
    is_tcp = found.family in {socket.AF_INET, socket.AF_INET6} and found.type == socket.SOCK_STREAM
    if not is_tcp or not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise BadSocket(f"LISTEN_FDS: {descriptor} is no TCP socket that listens")
    return found


def tell(state: str) -> None:
    """Tell the service manager of a change, such as `READY=1`, if one wants to know."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # a name that is no file's
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
        door.sendto(state.encode(), address)
