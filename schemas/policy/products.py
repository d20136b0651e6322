"""The company's own products: what people call them, by which code and model they are known. Used to read texts."""

from schemas.policy.base import PolicyPart, Words


class Product(PolicyPart):
    """One product or line of products."""

    code: Words
    name: Words
    aliases: tuple[Words, ...] = ()
    model: Words | None = None
