"""`python -m tests.bench [NAME…]`: run benchmarks, print one table, write JSON."""

import sys

from tests.bench.command import main

sys.exit(main(sys.argv[1:]))
