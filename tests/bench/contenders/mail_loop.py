"""The bare mail loop: fetch everything, decode headers, bodies and files, do nothing else: `PORT USER PASSWORD`."""

import json
import sys
import time
from email import message_from_bytes, policy

from imapclient import IMAPClient

_BATCH = 50


def main(port: str, user: str, password: str) -> None:
    """Read the whole INBOX once and tell how many mails in how many seconds, from the connection on."""
    began = time.perf_counter()
    read = 0
    with IMAPClient("127.0.0.1", port=int(port), ssl=False, timeout=60) as client:
        client.login(user, password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        for first in range(0, len(uids), _BATCH):
            for fetched in client.fetch(uids[first : first + _BATCH], ["BODY.PEEK[]", "INTERNALDATE"]).values():
                read += decode(fetched[b"BODY[]"])
    json.dump({"mails": read, "seconds": time.perf_counter() - began}, sys.stdout)


def decode(raw: bytes) -> int:
    """Decode every header and part; returns 1."""
    message = message_from_bytes(raw, policy=policy.default)
    for _, value in message.items():
        str(value)
    for part in message.walk():
        if not part.is_multipart():
            part.get_content()
    return 1


if __name__ == "__main__":
    main(*sys.argv[1:])
