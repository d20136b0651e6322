"""Every name by which a text may mean a unit or product of the company, for whoever reads texts."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from schemas.policy.organisation.model import Organisation
from schemas.policy.pack import PolicyPack


class CatalogueName(NamedTuple):
    """One name, what it is a name of, and the company's code for that."""

    name: str
    kind: Literal["store", "product", "model"]
    code: str


def catalogue_names(organisation: Organisation | None, pack: PolicyPack) -> Iterator[CatalogueName]:
    """The names and aliases of stores (closed ones too: people write of the past), products and models."""
    for store in organisation.stores if organisation is not None else ():
        for name in (store.name, *store.aliases):
            yield CatalogueName(name, "store", store.code)
    for product in pack.products:
        for name in (product.name, *product.aliases):
            yield CatalogueName(name, "product", product.code)
        if product.model is not None:
            yield CatalogueName(product.model, "model", product.code)
