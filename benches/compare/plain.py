"""The questions in plain Python: gzip and json, one process for each core."""

import collections
import gzip
import hashlib
import json
import multiprocessing
import sys

import lake

# Files that a process is given at once.
AT_ONCE = 64


def items_of(path, needle=None):
    with gzip.open(path, "rb") as file:
        text = file.read()
    if needle is not None and needle not in text:
        return []
    return json.loads(text)["configurationItems"]


def region_of(item):
    return "global" if lake.is_global(item["resourceType"]) else item["awsRegion"]


def resource_of(item):
    return item["resourceType"], item["awsAccountId"], region_of(item), item["resourceId"]


def bodies_of(item):
    """A digest of the bodies; they are too many to be kept."""
    digest = hashlib.blake2b(digest_size=16)
    for body in lake.BODIES:
        digest.update(json.dumps(item.get(body)).encode())
        digest.update(b"\0")
    return digest.digest()


def of_month(task):
    path, (first, after) = task
    return [
        (*resource_of(item), str(item["configurationStateId"]))
        for item in items_of(path)
        if first <= item["configurationItemCaptureTime"] < after
    ]


def cards(task):
    path, _ = task
    history = "/ConfigHistory/" in path
    return [
        (
            resource_of(item),
            item["configurationItemCaptureTime"],
            str(item["configurationStateId"]),
            item["configurationItemStatus"],
            item.get("resourceName"),
            bool(item.get("resourceName") or item.get("ARN") or item.get("tags")),
            history,
        )
        for item in items_of(path)
    ]


def sightings(task):
    path, resource = task
    history = "/ConfigHistory/" in path
    needle = resource.encode() if resource else None
    return [
        (
            resource_of(item),
            item["configurationItemCaptureTime"],
            str(item["configurationStateId"]),
            item["configurationItemStatus"],
            bodies_of(item),
            history,
        )
        for item in items_of(path, needle)
        if resource is None or item["resourceId"] == resource
    ]


def sizes(task):
    path, _ = task
    lengths = []
    for item in items_of(path):
        body = item.get("configuration")
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        lengths.append(len(text.encode()) if body is not None else 0)
    return lengths


def gathered(args, work, paths, more):
    with multiprocessing.Pool(args.threads) as pool:
        tasks = ((path, more) for path in paths)
        for rows in pool.imap_unordered(work, tasks, chunksize=AT_ONCE):
            yield from rows


def month(args):
    first, after = (str(day) for day in lake.bounds(args.month))
    paths = lake.files(lake.month_patterns(args.lake, args.month))
    seen = set(gathered(args, of_month, paths, (first, after)))
    counts = collections.Counter(row[:3] for row in seen)
    return [(*key, count) for key, count in counts.items()]


def names(args):
    first, after = (str(day) for day in lake.bounds(args.month))
    wanted = {}
    known = collections.defaultdict(list)
    paths = lake.files(lake.all_patterns(args.lake))
    for resource, at, state, status, name, is_card, history in gathered(args, cards, paths, None):
        if history and first <= at < after:
            wanted[resource, state] = (at, status, name)
        if is_card and status != "ResourceDeleted":
            known[resource].append((at, name))
    counts = collections.Counter()
    for (resource, _), (at, status, name) in wanted.items():
        if status == "ResourceDeleted" and name is None:
            before = [card for card in known[resource] if card[0] < at]
            name = max(before, key=lambda card: card[0])[1] if before else None
        counts[resource[0], name, *resource[1:3]] += 1
    return [(*key, count) for key, count in counts.items()]


def kinds_of(args, resource):
    """Type, time, status and kind of all items of the history."""
    items = {}
    paths = lake.files(lake.all_patterns(args.lake))
    for key, at, state, status, bodies, history in gathered(args, sightings, paths, resource):
        known = items.get((key, state))
        items[key, state] = (key, at, status, bodies, history or (known is not None and known[4]))
    before_key, before_status, before_bodies = None, None, None
    for key, at, status, bodies, history in sorted(items.values()):
        if key != before_key:
            before_status, before_bodies = None, None
        kind = lake.coarse_kind(key[0], status, before_status, bodies == before_bodies)
        if history:
            yield key[0], at, status, kind
        before_key, before_status, before_bodies = key, status, bodies


def kinds(args):
    first, after = (str(day) for day in lake.bounds(args.month))
    counts = collections.Counter(
        (resource_type, kind)
        for resource_type, at, _, kind in kinds_of(args, None)
        if first <= at < after
    )
    return [(*key, count) for key, count in counts.items()]


def timeline(args):
    return [(at, status, kind) for _, at, status, kind in kinds_of(args, args.resource)]


def fill_check(args):
    lengths = list(gathered(args, sizes, lake.files(lake.all_patterns(args.lake)), None))
    return [("rows", len(lengths)), ("configuration bytes", sum(lengths))]


QUESTIONS = {
    "month": month,
    "names": names,
    "kinds": kinds,
    "timeline": timeline,
    "fill-check": fill_check,
}


def main():
    args = lake.arguments()
    lake.write_answer(args.answer, QUESTIONS[args.question](args))


if __name__ == "__main__":
    sys.exit(main())
