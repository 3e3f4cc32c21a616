"""Run every bench, each in a process of its own, with short defaults."""

import subprocess
import sys

BENCHES = ("start", "pages", "ballots", "replies", "fanout", "replay", "large_poll", "recount")


def main() -> None:
    """Print a table of all figures; fail if a bench could not be run to its end."""
    wanted = sys.argv[1:] or BENCHES
    failed = []
    for name in wanted:
        print(f"\n{name}", flush=True)
        # The names are ours, or the operator's own on the command line.
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False)  # noqa: S603
        if done.returncode:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
