"""`make train`: makes a model of the labelled messages, judges it, and puts it in use if no class falls.

Repeatable: the same messages give the same model, byte by byte.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.training import corpus
from deploy.training.answering import answers, by_class
from deploy.training.calibrating import calibrate
from deploy.training.corpus import Example
from deploy.training.crossing import BLANK, unseen
from deploy.training.fitting import Recipe, fit
from deploy.training.promoting import fallen, promote
from deploy.training.writing import write
from schemas.policy import load_pack
from workers.classify import TextUnderstander
from workers.classify.model import TextModel, load_current, load_model, models_folder

CANDIDATES = Path("build/models")


def main(arguments: Sequence[str]) -> int:
    """Train, judge, promote. Returns 0 when the candidate was promoted or is the model in use, else 1."""
    asked = _parser().parse_args(arguments)
    corrected = corpus.corrections(asked.corrections) if asked.corrections else []
    random = [example for example in corrected if example.source == "random"]
    examples = [*corpus.training(), *(example for example in corrected if example.source != "random")]
    candidate = make(examples, asked.candidates)
    _say(f"made {candidate} of {len(examples)} messages")
    reasons = judge(load_model(candidate), load_current(asked.models), [corpus.frozen(), random])
    against = [reason for reason in reasons if reason.partition(":")[0] not in asked.accept]
    for reason in reasons:
        _say(f"{'not promoted' if reason in against else 'a fall that a person accepts'}: {reason}")
    if against:
        return 1
    _say(f"promoted; kept: {', '.join(promote(candidate, asked.models))}")
    return 0


def make(examples: Sequence[Example], candidates: Path, recipe: Recipe | None = None) -> Path:
    """Fit, calibrate and write a model; returns its folder, which is named after messages and recipe."""
    recipe = recipe or Recipe()
    blend, thresholds = calibrate(unseen(examples, recipe))
    version = f"text-{corpus.digest(examples, repr(recipe))}"
    description = BLANK.model_copy(update={"version": version, "blend": blend, "thresholds": thresholds})
    write(candidates / version, description, fit(examples, recipe, BLANK))
    return candidates / version


def judge(candidate: TextModel, current: TextModel | None, parts: Sequence[Sequence[Example]]) -> list[str]:
    """Why the candidate may not replace the model in use: the classes that fall on one of the parts."""
    if current is None:
        return []
    pack = load_pack()
    before, after = TextUnderstander(pack, current), TextUnderstander(pack, candidate)
    return [
        reason
        for part in parts
        if part
        for reason in fallen(by_class(answers(before, part)), by_class(answers(after, part)))
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.training.train", description=__doc__)
    parser.add_argument("--corrections", type=Path, metavar="FILE.jsonl", help="what people said of real complaints")
    parser.add_argument("--candidates", type=Path, default=CANDIDATES, metavar="FOLDER", help="where it is written")
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="CLASS",
        help="a class that may fall, as in 'kind praise': a "
        "person has looked at its errors (a class of 35 texts falls by more than 2 points with a single one)",
    )
    parser.add_argument("--models", type=Path, default=models_folder(), metavar="FOLDER", help="models in use")
    return parser


def _say(line: str) -> None:
    sys.stderr.write(f"train: {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
