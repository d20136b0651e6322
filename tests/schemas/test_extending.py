"""A pack that extends another names only what differs, and its mistakes are found where they stand."""

from datetime import timedelta
from pathlib import Path

import pytest

from schemas.policy import Facts, PolicyInvalid, load_pack
from tests.schemas.making import RECEIVED_AT

HEAD = 'extends: default\nname: own\nversion: "7"\n'
DEFAULT = load_pack()


def written(tmp_path: Path, text: str, name: str = "own.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(PolicyInvalid) as refused:
        load_pack(path)
    return str(refused.value)


def test_pack_with_a_name_of_its_own_keeps_everything_else(tmp_path: Path) -> None:
    pack = load_pack(written(tmp_path, HEAD))

    assert pack.reference == "own@7"
    assert pack.model_dump(exclude={"name", "version"}) == DEFAULT.model_dump(exclude={"name", "version"})


def test_named_rule_changes_only_the_keys_it_gives(tmp_path: Path) -> None:
    change = "severity:\n  - {rule_id: severity.amount_1000, level: 1}\n"

    pack = load_pack(written(tmp_path, HEAD + change))

    rules = {rule.rule_id: rule for rule in pack.severity}
    before = {rule.rule_id: rule for rule in DEFAULT.severity}
    assert rules["severity.amount_1000"] == before["severity.amount_1000"].model_copy(update={"level": 1})
    assert [*rules] == [*before]


def test_length_of_time_is_replaced_as_a_whole(tmp_path: Path) -> None:
    change = "clocks:\n  - {rule_id: clock.handle_regular, due: {hours: 5}}\n"

    pack = load_pack(written(tmp_path, HEAD + change))

    clocks = {one.clock: one for one in pack.clocks_for(Facts(urgency="regular"), RECEIVED_AT)}
    assert clocks["handle"].due_at == RECEIVED_AT + timedelta(hours=5)


def test_new_rule_goes_before_those_below_or_where_it_says(tmp_path: Path) -> None:
    change = (
        "routing:\n"
        "  - {rule_id: route.early, when: {kinds: [praise]}, responsible: quality}\n"
        "  - {rule_id: route.late, when: {channels: [phone]}, responsible: quality, before: route.everything_else}\n"
    )

    pack = load_pack(written(tmp_path, HEAD + change))

    rules = [rule.rule_id for rule in pack.routing]
    assert (rules[0], rules[-2:]) == ("route.early", ["route.late", "route.everything_else"])


def test_removed_rule_is_gone(tmp_path: Path) -> None:
    pack = load_pack(written(tmp_path, HEAD + "remove: {routing: [route.price], term_sets: []}\n"))

    assert "route.price" not in {rule.rule_id for rule in pack.routing}
    assert len(pack.routing) == len(DEFAULT.routing) - 1


def test_words_are_added_to_and_taken_from_lexicons(tmp_path: Path) -> None:
    change = (
        "categories:\n"
        "  - {code: quality, add_terms: {defects: [串味了]}, remove_terms: [手机]}\n"
        "kinds:\n  - {code: praise, add_terms: [暖心], remove_terms: [很棒]}\n"
        "term_sets:\n  media_threat: {add_terms: [发快手], remove_terms: [电视台]}\n"
    )

    pack = load_pack(written(tmp_path, HEAD + change))

    quality, praise = pack.category("quality"), pack.kind("praise")
    assert quality is not None
    assert praise is not None
    assert "串味了" in quality.terms.defects
    assert "手机" not in quality.terms.hints
    assert ("暖心" in praise.terms, "很棒" in praise.terms) == (True, False)
    assert ("发快手" in pack.term_sets["media_threat"], "电视台" in pack.term_sets["media_threat"]) == (True, False)
    assert pack.category("service") == DEFAULT.category("service")


def test_one_text_changes_by_language_occasion_and_channel(tmp_path: Path) -> None:
    change = "acknowledgement:\n  signature: {en: Care}\n"

    pack = load_pack(written(tmp_path, HEAD + change))

    signature = pack.acknowledgement.signature
    assert (signature.en, signature.zh_hans) == ("Care", DEFAULT.acknowledgement.signature.zh_hans)
    assert pack.acknowledgement.texts == DEFAULT.acknowledgement.texts


def test_pack_extends_a_file_that_extends_another(tmp_path: Path) -> None:
    written(tmp_path, HEAD + "remove: {severity: [severity.threat]}\n", "middle.yaml")
    top = 'extends: middle.yaml\nname: top\nversion: "1"\nremove: {severity: [severity.repeat]}\n'

    pack = load_pack(written(tmp_path, top, "top.yaml"))

    assert pack.reference == "top@1"
    assert {"severity.threat", "severity.repeat"}.isdisjoint(rule.rule_id for rule in pack.severity)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("extends: defualt\nname: a\nversion: '1'\n", 1, "no pack 'defualt': use one of default"),
        ("name: a\nversion: '1'\nextends: [default]\n", 3, "name one pack"),
        ("extends: own.yaml\nname: a\nversion: '1'\n", 1, "goes round in a circle"),
        ("extends: default\nname: a\n", 1, "version of its own"),
        (HEAD + "remove:\n  routing: [route.prise]\n", 5, "did you mean 'route.price'?"),
        (HEAD + "remove: {rooting: [route.price]}\n", 4, "did you mean 'routing'?"),
        (HEAD + "remove: [route.price]\n", 4, "write the section and its ids"),
        (HEAD + "remove: {routing: route.price}\n", 4, "write a list of ids"),
        (HEAD + "kinds:\n  - {code: praise, remove_terms: [很帮]}\n", 5, "is not in the pack below"),
        (HEAD + "kinds:\n  - {code: thanks, add_terms: [多谢]}\n", 5, "there are no terms below"),
        (HEAD + "categories:\n  - {code: quality, add_terms: [坏]}\n", 5, "one of ['defects', 'topics', 'hints']"),
        (HEAD + "categories:\n  - {code: quality, add_terms: {defect: [坏]}}\n", 5, "did you mean 'defects'?"),
        (HEAD + "term_sets:\n  minors: {add: [学生]}\n", 5, "write the list, or add_terms and remove_terms"),
        (HEAD + "routing:\n  - {rule_id: route.price, before: route.nil}\n", 5, "is not in the pack below"),
        (HEAD + "severity:\n  - {rule_id: severity.new, level: 2}\n", 5, "reason: missing"),
        (HEAD + "severity:\n  - rule_id: severity.repeat\n    level: 9\n", 6, "severity.repeat.level"),
        (HEAD + "routing:\n  - rule_id: route.price\n    responsible: nobody\n", 5, "no department 'nobody'"),
    ],
)
def test_mistake_is_named_with_its_line_and_remedy(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = written(tmp_path, text)

    message = refusal(path)

    assert says in message
    assert f"{path}:{line}:" in message


def test_mistake_that_shows_in_the_pack_below_is_named_there(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "remove: {departments: [finance]}\n")

    message = refusal(path)

    below = [line for line in message.splitlines() if "default.yaml:" in line]
    assert "routing.route.payment: no department 'finance'" in below[0]


def test_pack_below_that_is_gone_is_named(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, 'extends: ../gone.yaml\nname: a\nversion: "1"\n'))

    assert "own.yaml:1: extends: no pack '../gone.yaml'" in message
