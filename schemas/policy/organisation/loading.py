"""Reads an organisation file, YAML or CSV. What is wrong is said with file, line and what to do."""

from pathlib import Path

from pydantic import ValidationError

from schemas.policy.documents import content, problem_at, problems_of, read, refused
from schemas.policy.organisation.checking import check
from schemas.policy.organisation.model import Organisation
from schemas.policy.organisation.table import read_table

_WANTED = "an organisation file is a mapping with name, version, regions, stores, counters, departments"


def load_organisation(path: Path) -> Organisation:
    """Read and check an organisation file; one that ends in `.csv` is a table with a header in Chinese or English.

    Raises `PolicyInvalid` naming file, line and remedy of every problem found.
    """
    root = read_table(path) if path.suffix.lower() == ".csv" else read(path, "INTAKE_ORGANISATION", _WANTED)
    try:
        organisation = Organisation.model_validate(content(root))
    except ValidationError as error:
        problems = problems_of(error, root, Organisation)
    else:
        problems = [problem_at(root, location, text) for location, text in check(organisation)]
        if not problems:
            return organisation
    raise refused(problems)
