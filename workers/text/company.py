"""The company's own names of stores and products, as texts are searched for them."""

from schemas.policy import PolicyPack
from schemas.policy.organisation import Resolver, catalogue_names
from workers.text.places import Catalogue, Place


def company_names(pack: PolicyPack, places: Resolver | None) -> Catalogue | None:
    """The names of the organisation file and the pack's products; None where neither names anything."""
    names = [Place(*name) for name in catalogue_names(places.organisation if places else None, pack)]
    return Catalogue(names) if names else None
