"""Which words bear out that a customer is furious."""

from schemas.policy.base import Code, PolicyPart


class Temper(PolicyPart):
    """A text model sees fury in any vivid tale of harm: it counts where words of one of these term sets bear it out."""

    furious_terms: tuple[Code, ...] = ()
