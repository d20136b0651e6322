"""Exit codes, and the last guard of the command line: every failure becomes a code and a sentence on what to do."""

import io
import os
import sys
from collections.abc import Callable

from schemas.errors import IntakeError, InvalidRequest, SettingsInvalid, Unreachable

GOOD, FINDING, USAGE, CANNOT_REACH, INTERRUPTED = 0, 1, 2, 3, 130


def guarded(app: Callable[[], None]) -> None:
    """Run the command line and leave with its exit code: 0 good, 1 finding, 2 usage, 3 cannot reach."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the locale says
    try:
        app()
    except (SettingsInvalid, InvalidRequest) as error:
        _leave(str(error), USAGE)
    except Unreachable as error:
        _leave(str(error), CANNOT_REACH)
    except IntakeError as error:
        _leave(str(error), FINDING)
    except KeyboardInterrupt:
        _leave("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing to tell; Python would complain once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(GOOD)


def _leave(sentence: str, code: int) -> None:
    from deploy.cli.output import say  # slow to import, and most commands end well

    say(f"intake: {sentence}")
    sys.exit(code)
