"""What stages read out of a text, each in the same way: fields with their spans, numerals, prints of words. Pure."""
