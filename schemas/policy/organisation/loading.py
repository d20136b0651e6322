"""Reads an organisation file, YAML or CSV. What is wrong is said with file, line and what to do."""

from pathlib import Path

from schemas.policy.documents import Problem, read, refused
from schemas.policy.judging import judged
from schemas.policy.organisation.checking import check
from schemas.policy.organisation.model import Organisation
from schemas.policy.organisation.table import read_table

_WANTED = "an organisation file is a mapping with name, version, regions, stores, counters, departments"


def load_organisation(path: Path) -> Organisation:
    """Read and check an organisation file; one that ends in `.csv` is a table with a header in Chinese or English.

    Raises `PolicyInvalid` naming file, line and remedy of every problem found.
    """
    problems: list[Problem] = []
    if path.suffix.lower() == ".csv":
        root = read_table(path, problems)
    else:
        root = read(path, "INTAKE_ORGANISATION", _WANTED, problems)
    organisation, found = judged(root, Organisation, check)
    if organisation is None or problems:
        raise refused([*problems, *found])
    return organisation
