"""The independent checker: source files on one side, the results bucket on the other.

It asks no queue, no function and no counter, and it shares no code with the pipeline or the
proofreading service: what a document's text must be is worked out here a second time.

    python check.py FOLDER
"""

import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import boto3

from deploy import RESULTS


@dataclass
class Findings:
    """What the results bucket says about the source files."""

    uploaded: int
    processed: int = 0
    lost: list = field(default_factory=list)
    wrong: list = field(default_factory=list)
    duplicates: int = 0
    records: dict = field(default_factory=dict)

    def retried_with(self, dead):
        """Documents that needed more than one attempt; those that died did, whatever came after."""
        again = {
            document
            for document, entries in self.records.items()
            if max(entry["attempt"] for entry in entries) > 1
        }
        return len(again | set(dead))


def check(folder, keys=None, connect=boto3.client):
    """Compares; `keys` are the documents whose upload was acknowledged (default: all files)."""
    folder = Path(folder)
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    wanted = sorted(files if keys is None else keys)
    s3 = connect("s3")
    texts = set(objects(s3, "normalized/"))
    records = {}
    for key in objects(s3, "records/"):
        record = json.loads(s3.get_object(Bucket=RESULTS, Key=key)["Body"].read())
        records.setdefault(record["document"], []).append(record)

    found = Findings(uploaded=len(wanted), records=records)
    for document in wanted:
        text_key = f"normalized/{document}.txt"
        if document not in records or text_key not in texts:
            found.lost.append(document)
            continue
        kept = s3.get_object(Bucket=RESULTS, Key=text_key)["Body"].read()
        if kept != expected(files[document].read_bytes()):
            found.wrong.append(document)
            continue
        found.processed += 1
    done = Counter({document: len(entries) for document, entries in records.items()})
    found.duplicates = sum(count - 1 for count in done.values())
    return found


def objects(s3, prefix):
    """Every key under a prefix of the results bucket."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=RESULTS, Prefix=prefix):
        for entry in page.get("Contents", []):
            yield entry["Key"]


def expected(content):
    """What a document's normalized text must be, worked out from its bytes alone."""
    if content[:5] == b"%PDF-":
        stream = content.split(b"stream\n", 1)[1].split(b"\nendstream", 1)[0].decode("latin-1")
        shown = re.findall(r"^\((.*)\) Tj", stream, re.MULTILINE)
        text = "\n".join(re.sub(r"\\(.)", r"\1", line) for line in shown)
    elif content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        order = "utf-16-le" if content[:1] == b"\xff" else "utf-16-be"
        text = content[2:].decode(order)
    else:
        try:
            text = content.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
        if "\0" in text:
            digest = hashlib.sha256(content).hexdigest()
            return f"no text\nsha256 {digest}\nbytes {len(content)}\n".encode()
    text = re.sub("\r\n?", "\n", unicodedata.normalize("NFC", text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return (re.sub("\n{3,}", "\n\n", text).strip("\n") + "\n").encode()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    result = check(sys.argv[1])
    print(f"processed {result.processed} of {result.uploaded}")
    for name in result.lost:
        print(f"lost: {name}")
    for name in result.wrong:
        print(f"wrong: {name}")
    sys.exit(1 if result.lost or result.wrong else 0)
