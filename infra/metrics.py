"""Every metric, declared once. Labels are names of parts, stages, topics and outcomes: never a person."""

from prometheus_client import Counter, Gauge, Histogram

DELIVERIES = Counter("intake_deliveries", "Deliveries received, by what became of them", ["channel", "outcome"])
COMPLAINTS = Counter("intake_complaints", "Complaints made durable", ["channel", "durable"])
SUSPENDED = Counter("intake_suspended", "Items suspended, by reason code", ["channel", "reason"])
RECEIVE_SECONDS = Histogram("intake_receive_seconds", "From bytes to durable", ["channel"])
REPUBLISHED = Counter(
    "intake_republished", "Items published again because their record was missing, by outcome", ["channel", "outcome"]
)
SPOOL_ENTRIES = Gauge("intake_spool_entries", "Deliveries waiting in the spool", ["part"])
SPOOL_BYTES = Gauge("intake_spool_bytes", "Size of the spool", ["part"])
SPOOLING = Gauge("intake_spooling", "1 while deliveries go to the spool instead of Kafka", ["part"])

STAGE_RECORDS = Counter("intake_stage_records", "Records a stage finished", ["stage", "outcome"])
STAGE_TRANSACTION_SECONDS = Histogram("intake_stage_transaction_seconds", "One batch, SQL and Kafka", ["stage"])
STAGE_BATCH_RECORDS = Histogram(
    "intake_stage_batch_records",
    "Records in one transaction",
    ["stage"],
    buckets=(1, 2, 5, 10, 50, 100, 200, 500, 1000),
)
STAGE_STOPPED = Gauge("intake_stage_stopped", "1 while a stage refuses to go on", ["stage"])
STAGE_WAITING = Gauge(
    "intake_stage_waiting", "Partitions of a stage that wait for a part of the platform", ["stage", "part"]
)
STAGE_REBUILDS = Counter("intake_stage_consumer_rebuilds", "Consumers rebuilt, by cause", ["stage", "cause"])

MAILBOX_CONNECTED = Gauge("intake_mailbox_connected", "1 while the mailbox is connected", ["account"])
MAILBOX_LAST_POLL = Gauge("intake_mailbox_last_poll_timestamp_seconds", "Last finished poll", ["account"])
MAILS = Counter("intake_mails", "Mails taken from a mailbox, by outcome", ["account", "outcome"])

OUTBOX = Counter("intake_outbox_attempts", "Tries to send a message to a customer, by outcome", ["channel", "outcome"])
WEBHOOK_POSTS = Counter(
    "intake_webhook_posts", "Records posted to departments' receivers, by what they answered", ["department", "outcome"]
)
OUTBOX_WAITING = Gauge("intake_outbox_waiting", "Messages not yet sent", ["channel"])
WECHAT_REFUSED = Counter(
    "intake_wechat_refused", "Times the vendor refused an account's access token or app secret for good", ["account"]
)
ACKNOWLEDGED = Counter("intake_acknowledged", "Complaints whose duty to acknowledge ended", ["channel", "outcome"])

LEDGER_RECORDS = Counter("intake_ledger_records", "Records the auditor wrote down")
LEDGER_WAITING = Gauge("intake_ledger_waiting", "Offsets the auditor has not come to yet, markers included")

ADDITIONS = Counter("intake_additions", "Records the additions stage decided, by what became of them", ["outcome"])
ADDITIONS_PARKED = Gauge("intake_additions_parked", "Additions whose complaint has not come in time")
MEDIA = Counter("intake_media", "Pending files that came to an end, by outcome", ["channel", "outcome"])
MEDIA_WAITING = Gauge("intake_media_waiting", "Files that are not fetched yet", ["channel"])
TRANSCRIPTIONS = Counter("intake_transcriptions", "Recordings handed to the transcriber, by outcome", ["outcome"])

REVIEWS_WAITING = Gauge("intake_reviews_waiting", "Complaints that wait for a person's look", ["channel", "drawn_by"])
DRIFT = Gauge(
    "intake_drift_psi", "Population stability index of the last days against those before", ["channel", "measure"]
)
DRIFT_ALARMS = Gauge(
    "intake_drift_alarms", "Measures of a channel that are an alarm, corrections among them", ["channel"]
)
RANDOM_SAMPLE_ACCURACY = Gauge(
    "intake_random_sample_accuracy", "Share of the random sample in which people say the machine was right", ["channel"]
)
OPINIONS = Counter("intake_opinions", "Second opinions asked for, by what became of the try", ["outcome"])

PROMISES_LEFT = Gauge("intake_promises_left", "Open acknowledgements by the time left to their deadline", ["band"])
