"""Masks phones, ID numbers, bank cards, e-mails, addresses, messenger ids and the sender's own name in running text.

What must go and what must stay, with the reasons, is in `docs/decisions/0006-masking.md`.
"""

from schemas.masking.contact import mask_address, mask_email, mask_name, mask_phone
from schemas.masking.known import Known
from schemas.masking.text import Masked, find_personal, mask, mask_order_number, mask_phrase, mask_text

__all__ = [
    "Known",
    "Masked",
    "find_personal",
    "mask",
    "mask_address",
    "mask_email",
    "mask_name",
    "mask_order_number",
    "mask_phone",
    "mask_phrase",
    "mask_text",
]
