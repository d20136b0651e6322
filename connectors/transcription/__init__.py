"""Words of recordings, by a server behind one interface."""

from connectors.transcription.contract import Transcriber
from connectors.transcription.server import TranscriptionServer

__all__ = ["Transcriber", "TranscriptionServer"]
