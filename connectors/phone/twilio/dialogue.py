"""The hotline: what a caller hears next, computed from the callback alone.

Source: twilio.com/docs/voice/twiml (gather, record, redirect), read 2026-11-22. <Gather> without input goes on with
the next verb, so a <Redirect> stands behind it. <Record> without `action` asks for the same document again and again,
so it always has one; an empty recording skips it, so the next verbs must end the call well. Which language tags speech
recognition takes is unsure and a setting.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from twilio.twiml.voice_response import Gather, VoiceResponse

from connectors.contract import Answer
from connectors.phone.twilio.form import Fields
from connectors.phone.twilio.steps import MAX_ROUNDS, RECORDING, Asked, Step, callback_url
from connectors.phone.twilio.wording import agrees, label, prompt
from schemas.settings.twilio import TwilioLanguage, TwilioSettings

XML = "text/xml"
NOTHING = Answer(200, b'<?xml version="1.0" encoding="UTF-8"?><Response />', XML)
"""Taken, and nothing is said."""
_SILENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The dialogue of one account. `number` is that of this call's complaint."""

    account: str
    settings: TwilioSettings
    number: str = ""

    def begin(self) -> Answer:
        """The first words: which language, or with one language only the consent."""
        languages = list(self.settings.languages)
        if len(languages) == 1:
            return self._consent(Step(Asked.CONSENT, languages[0]))
        response, step = VoiceResponse(), Step(Asked.LANGUAGE)
        gather = Gather(input="dtmf", num_digits=1, action=self._url(step))
        for key, language in enumerate(languages, 1):
            self._say(gather, language, "language", key=str(key))
        response.append(gather)
        response.redirect(self._url(step))
        return _answer(response)

    def after(self, step: Step, fields: Fields) -> Answer:
        """What follows a caller's answer to a step."""
        step = self._known(step)
        digits, speech = fields.get("Digits", ""), fields.get("SpeechResult", "").strip()
        if step.asked is Asked.LANGUAGE:
            return self._consent(replace(step, asked=Asked.CONSENT, language=self.language(digits)))
        if step.asked is Asked.CONSENT:
            return self._menu(replace(step, asked=Asked.MENU, recorded=digits == "1" or agrees(speech)))
        if step.asked is Asked.MENU:
            return self._after_menu(step, speech)
        if step.asked is Asked.DESCRIBE:
            return self._more(step.to(Asked.MORE)) if speech else self._audio(step)
        if step.asked is Asked.MORE and digits == "2" and step.round < MAX_ROUNDS:
            return self._describe(replace(step, asked=Asked.DESCRIBE, round=step.round + 1))
        return self._goodbye(step, "call_back" if step.asked is Asked.ORDER else None)

    def language(self, digits: str) -> str:
        """The language behind a key; the first one when there is none behind it."""
        languages: list[str] = list(self.settings.languages)
        place = int(digits) - 1 if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0
        return languages[place] if 0 <= place < len(languages) else languages[0]

    def category(self, fields: Fields, language: str | None) -> str | None:
        """The category chosen in the menu by key, or by saying nothing but its name."""
        chosen = self.settings.menu.get(fields.get("Digits", ""))
        said = fields.get("SpeechResult", "").strip(" .。").casefold()
        spoken = {label(language or self.language(""), code): code for code in self.settings.menu.values()}
        return chosen or spoken.get(said)

    @property
    def _spelled(self) -> str:
        return ", ".join(self.number.replace("-", ""))

    def _known(self, step: Step) -> Step:
        """The step in a language this account has: a setting may have changed during the call."""
        return step if step.language in self.settings.languages else replace(step, language=self.language(""))

    def _after_menu(self, step: Step, speech: str) -> Answer:
        if not step.recorded:
            return self._order(step.to(Asked.ORDER))
        told = speech and self.category(Fields([("SpeechResult", speech)]), step.language) is None
        return self._more(step.to(Asked.MORE)) if told else self._describe(step.to(Asked.DESCRIBE))

    def _consent(self, step: Step) -> Answer:
        return self._ask(step, "consent", self._gather(step, speech=True, num_digits=1))

    def _menu(self, step: Step) -> Answer:
        language = step.language or ""
        text = prompt(language, "choice", self._language(step))
        labels = [(label(language, code), key) for key, code in self.settings.menu.items()]
        choices = "".join(text.format(label=said, key=key) for said, key in labels)
        gather = self._gather(step, speech=step.recorded, num_digits=1)
        return self._ask(step, "menu", gather, choices=choices)

    def _order(self, step: Step) -> Answer:
        return self._ask(step, "order", self._gather(step, speech=False, finish_on_key="#"))

    def _more(self, step: Step) -> Answer:
        return self._ask(step, "more", self._gather(step, speech=False, num_digits=1), number=self._spelled)

    def _describe(self, step: Step) -> Answer:
        response = VoiceResponse()
        gather = self._gather(step, speech=True)
        self._say(gather, step.language, "describe")
        response.append(gather)
        return self._recording(response, step)

    def _audio(self, step: Step) -> Answer:
        return self._recording(VoiceResponse(), step)

    def _recording(self, response: VoiceResponse, step: Step) -> Answer:
        """Speech that was not understood is recorded, where the caller allows that; silence ends the call well."""
        if step.recorded:
            self._say(response, step.language, "audio")
            response.record(
                action=self._url(step.to(Asked.AUDIO)),
                finish_on_key="#",
                max_length=int(self.settings.recording_at_most.total_seconds()),
                timeout=int(_SILENCE.total_seconds()),
                play_beep=True,
                recording_status_callback=callback_url(self.settings.public_base_url, self.account, RECORDING),
                recording_status_callback_event="completed absent",
            )
        self._say(response, step.language, "silent")
        return self._ended(response, step)

    def _goodbye(self, step: Step, first: str | None = None) -> Answer:
        response = VoiceResponse()
        if first:
            self._say(response, step.language, first)
        return self._ended(response, step)

    def _ended(self, response: VoiceResponse, step: Step) -> Answer:
        self._say(response, step.language, "goodbye", number=self._spelled)
        response.hangup()
        return _answer(response)

    def _ask(self, step: Step, name: str, gather: Gather, **words: str) -> Answer:
        response = VoiceResponse()
        self._say(gather, step.language, name, **words)
        response.append(gather)
        response.redirect(self._url(step))
        return _answer(response)

    def _gather(self, step: Step, *, speech: bool, **attributes: object) -> Gather:
        language = self._language(step)
        heard = {"language": language.speech, "speech_model": language.speech_model, "speech_timeout": "auto"}
        kinds = {"input": "dtmf speech" if speech else "dtmf", **(heard if speech else {})}
        return Gather(action=self._url(step), timeout=int(_SILENCE.total_seconds()), **kinds, **attributes)

    def _language(self, step: Step) -> TwilioLanguage:
        return self.settings.languages[step.language or self.language("")]  # type: ignore[index]

    def _say(self, into: VoiceResponse | Gather, language: str | None, name: str, **words: str) -> None:
        code = language or self.language("")
        settings = self.settings.languages[code]  # type: ignore[index]
        into.say(prompt(code, name, settings).format(**words), language=settings.say, voice=settings.voice)

    def _url(self, step: Step) -> str:
        return callback_url(self.settings.public_base_url, self.account, step.event)


def _answer(response: VoiceResponse) -> Answer:
    return Answer(200, str(response).encode(), XML)
