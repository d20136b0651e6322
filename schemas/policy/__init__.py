"""Policy packs: how a company handles complaints, as data. `load_pack` reads one, errors name line and remedy."""

from schemas.policy.acknowledging import Acknowledging, Variant
from schemas.policy.clocks import ClockRule
from schemas.policy.loading import PolicyInvalid, load_pack
from schemas.policy.pack import PolicyPack
from schemas.policy.rules import Facts, When

__all__ = ["Acknowledging", "ClockRule", "Facts", "PolicyInvalid", "PolicyPack", "Variant", "When", "load_pack"]
