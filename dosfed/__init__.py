"""A federated ActivityPub server for deliberation."""

import sys
from types import ModuleType

__version__ = "0.1.0"

# structlog draws tracebacks with rich wherever that can be imported, as it can beside the tools
# that check this code; a server writes none, and has no use for the 4 MB that it takes.
modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
modules.setdefault("rich", None)
