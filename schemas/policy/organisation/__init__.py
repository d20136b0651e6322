"""The organisation file: stores, counters, regions and departments with codes, and which of them a text means."""

from schemas.policy.organisation.loading import load_organisation
from schemas.policy.organisation.model import Entry, Manager, Organisation, UnitKind
from schemas.policy.organisation.names import CatalogueName, catalogue_names
from schemas.policy.organisation.resolving import Place, Resolver, Unresolved

__all__ = [
    "CatalogueName",
    "Entry",
    "Manager",
    "Organisation",
    "Place",
    "Resolver",
    "UnitKind",
    "Unresolved",
    "catalogue_names",
    "load_organisation",
]
