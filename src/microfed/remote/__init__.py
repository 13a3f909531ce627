"""Our way to other servers."""

import sys

# httpx brings a command line of its own, and with it rich and pygments: 6 MB that a server never
# needs. Without that module httpx does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
