"""`python -m tests.components`: have everything before the tests begin, with one word on each."""

import sys

from tests.components.needed import NEEDED, Missing, ensure, ensure_axe, ensure_fedify

try:
    ensure(NEEDED)
    ensure_fedify()
    ensure_axe()
except Missing as missing:
    sys.exit(str(missing))
