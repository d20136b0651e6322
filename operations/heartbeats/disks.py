"""How much room is left where this process writes."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from schemas.settings import Settings


def folders(settings: Settings) -> Mapping[str, Path]:
    """What the process writes to, by meaning; object stores elsewhere have no folder here."""
    home = settings.home.absolute()
    found = {"home": home, "spool": (settings.spool.folder or home / "spool").absolute()}
    url = settings.objects.url
    if url is None:
        found["objects"] = home / "objects"
    elif url.startswith("file://"):
        found["objects"] = Path(unquote(urlsplit(url).path))
    return found


def room(places: Mapping[str, Path]) -> dict[str, dict[str, int]]:
    """Bytes free and in all of the disk of each folder, or of the nearest one above that is there. Blocking.

    A folder that cannot be asked about is left out.
    """
    found = {}
    for name, folder in places.items():
        there = next((one for one in (folder, *folder.parents) if one.exists()), None)
        if there is None:
            continue
        try:
            usage = shutil.disk_usage(there)
        except OSError:
            continue
        found[name] = {"free": usage.free, "total": usage.total}
    return found
