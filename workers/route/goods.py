"""What a complaint is about, as a department may see it: stated fields first, then what the text names. Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from schemas.masking import Known, Masked, find_personal, mask_order_number, mask_text
from schemas.records import Classified, Found, Goods

_FIGURE = re.compile(r"\d+(?:\.\d{1,2})?")
_LONGEST_AMOUNT = 12


@dataclass(frozen=True, slots=True)
class GoodsOf:
    """The goods of one complaint. `known` are its sender's own values, `text` is its masked text."""

    complaint: Classified
    known: Known
    text: Masked

    def shown(self) -> Goods:
        """Place, product and numbers without anything personal: people write into any field how they can be reached."""
        stated = self.complaint.stated
        amount, currency = self._amount()
        return Goods(
            product=self._masked(stated.product),
            model=self._masked(stated.model),
            order_no=self._number(stated.order_no, "order_no"),
            batch_no=self._number(stated.batch_no, "batch_no"),
            quantity=self._masked(stated.quantity or self._found("quantity")),
            amount=amount,
            currency=currency,
            event_date=self._masked(stated.event_date or self._found("date")),
            desired_resolution=self._masked(stated.desired_resolution),
        )

    def _masked(self, value: str | None) -> str | None:
        return mask_text(value, self.known) if value else value

    def _number(self, stated: str | None, name: str) -> str | None:
        """The stated number, else the one in the text; what the masked text shows needs no second look."""
        value = stated or self._found(name)
        if not value or (not stated and self._is_shown(self.complaint.understanding.fields[name][0])):
            return value
        return mask_order_number(value, self.known)

    def _found(self, name: str) -> str | None:
        values = self.complaint.understanding.fields.get(name)
        return values[0].value if values else None

    def _is_shown(self, found: Found) -> bool:
        """Whether a value stands in the masked text as it is."""
        span = self.text.span(found.start, found.end)
        return span is not None and self.text.text[slice(*span)] == found.value

    def _amount(self) -> tuple[Decimal | None, str | None]:
        """The stated amount in yuan, else the first one in the text; None when there is none to read."""
        stated = self.complaint.stated.amount or ""
        joined = stated.replace(",", "")
        figure = _FIGURE.search(joined)
        if figure and (find_personal(stated, self.known) or find_personal(joined, self.known)):
            figure = None
        amounts = self.complaint.understanding.fields.get("amount", ())
        written = figure[0] if figure else (amounts[0].value if amounts else None)
        if written is None or len(written) > _LONGEST_AMOUNT:
            return None, None
        try:
            return Decimal(written), "CNY" if figure else amounts[0].currency
        except InvalidOperation:
            return None, None
