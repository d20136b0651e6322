"""Quix Streams exactly-once copying bytes: `BOOTSTRAP SOURCE TARGET GROUP COMMIT_INTERVAL_S`.

Source: Quix Streams 3.28 documentation, "Processing guarantees" and "Configuration", read 2026-11-22.
"""

import sys

from quixstreams import Application


def main(bootstrap: str, source: str, target: str, group: str, commit_interval_s: str) -> None:
    """Copy until SIGTERM."""
    app = Application(
        broker_address=bootstrap,
        consumer_group=group,
        processing_guarantee="exactly-once",
        commit_interval=float(commit_interval_s),
        auto_offset_reset="earliest",
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel="WARNING",
    )
    read = app.topic(source, key_deserializer="bytes", value_deserializer="bytes")
    written = app.topic(target, key_serializer="bytes", value_serializer="bytes")
    app.dataframe(read).to_topic(written)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
