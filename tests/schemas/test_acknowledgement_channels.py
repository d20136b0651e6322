"""Each channel says the same in its own way: an SMS is short, no text speaks of a mail that is none."""

import pytest

from schemas.acknowledgement import about, render_acknowledgement
from schemas.policy import Variant, load_pack
from schemas.policy.base import LANGUAGES
from schemas.records import Understanding
from tests.schemas.making import complaint

PACK = load_pack()
URL = "https://example.com/track/X"
UNDERSTOOD = Understanding(kind="complaint", primary="quality", policy="default@1")
SENT = [variant for variant in Variant if variant is not Variant.PAGE]
ADD_HERE = {
    "phone": {"zh-Hans": "回复本短信", "zh-Hant": "回覆本簡訊", "en": "reply to this text"},
    "wechat": {"zh-Hans": "在这里", "zh-Hant": "在這裡", "en": "here"},
    "email": {"zh-Hans": "回复", "zh-Hant": "回覆", "en": "reply"},
    "app": {"zh-Hans": "回复", "zh-Hant": "回覆", "en": "reply"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", SENT)
@pytest.mark.parametrize("channel", ADD_HERE)
def test_every_channel_says_number_date_where_to_look_and_how_to_add(
    channel: str, variant: Variant, language: str
) -> None:
    rendered = render_acknowledgement(
        PACK, variant, about(complaint(language=language), UNDERSTOOD), channel=channel, status_url=URL
    )

    assert all(part in rendered.text for part in (complaint().tracking_number, "2026", ":31", URL))
    assert ADD_HERE[channel][language] in rendered.text
    assert not any(word in rendered.text for word in ("邮件", "郵件", "e-mail", "{"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", SENT)
def test_an_sms_is_one_line_and_short(variant: Variant, language: str) -> None:
    rendered = render_acknowledgement(
        PACK, variant, about(complaint(language=language), UNDERSTOOD), channel="phone", status_url=URL
    )

    assert "\n" not in rendered.text.strip()
    assert len(rendered.text) < (140 if language != "en" else 260)
