#!/usr/bin/env python3
"""Counts the configuration items of a month in a lake, independently of the program.

    python3 examples/lake_counts.py examples/lake --month 2024-11 [--timezone Asia/Tokyo]

Reads the ConfigHistory files from one day before the period's first UTC day to two days after its
last one, drops items delivered twice, keeps those captured in the period, and prints CSV. A file
that cannot be read whole counts for nothing, is named on stderr, and makes the exit code 3.
A deleted resource goes by the name it had before.
"""

import argparse
import collections
import csv
import datetime
import gzip
import json
import os
import re
import sys
import zlib
import zoneinfo

COLUMNS = ["resourceType", "resourceName", "awsAccountId", "awsRegion", "items"]
UTC = datetime.timezone.utc
UNREADABLE = (OSError, EOFError, ValueError, OverflowError, RecursionError, zlib.error)
FOLDER = re.compile(
    r"(?:^|/)AWSLogs/(\d{12})/Config/([\w-]+)/(\d+)/(\d+)/(\d+)/ConfigHistory/[^/]+$"
)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lake")
    parser.add_argument("--month", required=True, metavar="YYYY-MM")
    parser.add_argument("--timezone", default="UTC", metavar="ZONE")
    parser.add_argument("--raw-names", action="store_true", help="leave deletions without a name")
    return parser.parse_args()


def period(month, timezone):
    """The first moment of the month and of the next one, in UTC."""
    if not re.fullmatch(r"\d{4}-\d{2}", month):
        sys.exit(f"not a month: {month}")
    zone = zoneinfo.ZoneInfo(timezone)
    year, number = (int(part) for part in month.split("-"))
    after = (year + number // 12, number % 12 + 1)
    bounds = (datetime.datetime(y, m, 1, tzinfo=zone) for y, m in ((year, number), after))
    return tuple(bound.astimezone(UTC) for bound in bounds)


def folder_days(start, end):
    """The first and the last day whose folders can hold items of the period."""
    last_instant = end - datetime.timedelta(microseconds=1)
    day = datetime.timedelta(days=1)
    return start.date() - day, last_instant.date() + 2 * day


def history_files(lake, first, last):
    """Paths of the delivered files in the folders of some days."""
    for folder, folders, names in os.walk(lake):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            key = os.path.relpath(path, lake).replace(os.sep, "/")
            match = FOLDER.search(key)
            if not match:
                continue
            try:
                day = datetime.date(*(int(part) for part in match.groups()[2:]))
            except ValueError:
                continue
            if first <= day <= last:
                yield key, path


def read_items(path):
    """The items of a file, or an exception: a file counts whole or not at all."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    document = json.loads(data)
    if not isinstance(document, dict):
        raise ValueError("not an object")
    items = document.get("configurationItems")
    if not isinstance(items, list):
        raise ValueError("no configurationItems")
    return [fields(item) for item in items]


def fields(item):
    """What is counted of an item: its key, its capture time, its name, whether it is a deletion."""
    if not isinstance(item, dict):
        raise ValueError("an element is not an object")
    captured = item.get("configurationItemCaptureTime")
    if not isinstance(captured, str):
        raise ValueError("an item without a capture time")
    captured = datetime.datetime.fromisoformat(captured.replace("Z", "+00:00"))
    if captured.tzinfo is None:
        captured = captured.replace(tzinfo=UTC)
    key = tuple(
        str(item.get(name, ""))
        for name in (
            "awsAccountId",
            "awsRegion",
            "resourceType",
            "resourceId",
            "configurationStateId",
        )
    )
    deleted = item.get("configurationItemStatus") == "ResourceDeleted"
    return key, captured, item.get("resourceName") or "", deleted


def earlier_names(lake, last):
    """Names of every resource with the moments they were recorded, in all of the lake until a day."""
    names = collections.defaultdict(list)
    for _, path in history_files(lake, datetime.date.min, last):
        try:
            items = read_items(path)
        except UNREADABLE:
            continue
        for key, captured, name, _ in items:
            if name:
                names[key[:4]].append((captured, name))
    return names


def main():
    options = arguments()
    start, end = period(options.month, options.timezone)
    first, last = folder_days(start, end)
    seen = {}
    damaged = []
    for path_in_lake, path in history_files(options.lake, first, last):
        try:
            items = read_items(path)
        except UNREADABLE as error:
            damaged.append((path_in_lake, error))
            continue
        for key, captured, name, deleted in items:
            if start <= captured < end:
                seen.setdefault(key, (captured, name, deleted))
    # A deletion has no name of its own: it takes the one that the resource had before.
    nameless = any(deleted and not name for _, name, deleted in seen.values())
    names = earlier_names(options.lake, last) if nameless and not options.raw_names else {}
    counts = collections.Counter()
    for (account, region, kind, resource, state), (captured, name, deleted) in seen.items():
        if deleted and not name:
            known = names.get((account, region, kind, resource), [])
            name = max((pair for pair in known if pair[0] < captured), default=("", ""))[1]
        counts[kind, name, account, region] += 1
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(counts):
        writer.writerow([*row, counts[row]])
    for path_in_lake, error in damaged:
        print(f"unreadable: {path_in_lake}: {error}", file=sys.stderr)
    return 3 if damaged else 0


if __name__ == "__main__":
    sys.exit(main())
