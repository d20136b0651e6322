"""How often Python looks for garbage in cycles. Nearly all objects go by their reference counts long before.

The default looks after every 700 objects made, and then at ever more of those that live: with batches of 1,000 records
in the air it took more than half of a worker's time (102 of 178 microseconds a record; afterwards 0.4 of 74).
"""

import gc

_YOUNG = 50_000
"""Objects made and not gone until the next look: more than the batches in flight of one stage."""


def relax() -> None:
    """Look rarely, from now on and in the whole process. May be called again."""
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])


def forget_start() -> None:
    """Never look again at what lives now: modules, models and tables stay until the process ends."""
    gc.collect()
    gc.freeze()
