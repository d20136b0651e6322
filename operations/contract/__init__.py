"""The contract with department systems: an AsyncAPI document, sample records, a page to read."""

from operations.contract.asyncapi import Installed, document, written
from operations.contract.samples import SAMPLES, Sample
from operations.contract.schema_files import schema_names, schema_text

__all__ = ["SAMPLES", "Installed", "Sample", "document", "schema_names", "schema_text", "written"]
