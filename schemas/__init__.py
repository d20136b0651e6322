"""What travels and what is stored: records, topics, errors, settings, policy, tables. No I/O."""
