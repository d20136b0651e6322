"""Key and important customers are known by number or company name, however it is written."""

import pytest

from schemas.policy.customers import Customers

CUSTOMERS = Customers(key=("KA-0012", "华东商贸有限公司"), important=("KA-0012", "VIP7"))


@pytest.mark.parametrize(
    ("named", "standing"),
    [
        (["ka-0012"], "key"),
        (["华东商贸 有限公司"], "key"),
        (["華東商貿有限公司"], "key"),
        (["vip7", "nobody"], "important"),
        (["VIP7", "华东商贸有限公司"], "key"),
        (["VIP77"], None),
        ([], None),
    ],
)
def test_customer_is_known_by_number_or_name(named: list[str], standing: str | None) -> None:
    assert CUSTOMERS.standing(named) == standing
