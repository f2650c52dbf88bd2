"""Lists and reads the objects of partitions, and keeps decoded rows between queries."""

import itertools
import json
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

from .errors import Failed
from .hive import duckdb_type, quote

FLUSH = 48 * 1024 * 1024


class Store:
    def __init__(self, base):
        self.base, self.lock = base, threading.Lock()
        self.tables, self.numbers = {}, itertools.count(1)
        self.pool = ThreadPoolExecutor(8)

    def table(self, serde):
        """Name of the table that holds decoded rows of this column list and SerDe."""
        with self.lock:
            if serde.key not in self.tables:
                name = f"c_{len(self.tables)}"
                columns = "".join(f", {quote(n)} {duckdb_type(t)}" for n, t in serde.columns)
                self.base.cursor().execute(f"CREATE TABLE {name} (__file BIGINT{columns})")
                self.tables[serde.key] = (name, {}, threading.Lock())
            return self.tables[serde.key][0]

    def load(self, serde, objects, s3, stopped):
        """File numbers of the objects, in order; reads and decodes what is not held yet."""
        name, known, lock = self.tables[serde.key]
        with lock:
            missing = [o for o in dict.fromkeys(objects) if o not in known]

            def fetch(item):
                bucket, key, _ = item
                if stopped():
                    return b""
                return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

            fresh, lines, size = {}, [], 0
            for at in range(0, len(missing), 64):
                batch = missing[at : at + 64]
                for item, raw in zip(batch, self.pool.map(fetch, batch)):
                    stopped()
                    number = fresh[item] = next(self.numbers)
                    for row in serde.rows(raw, f"s3://{item[0]}/{item[1]}"):
                        row["__file"] = number
                        lines.append(json.dumps(row, ensure_ascii=False))
                        size += len(lines[-1])
                if size > FLUSH:
                    self._insert(name, serde, lines)
                    known.update(fresh)
                    fresh, lines, size = {}, [], 0
            self._insert(name, serde, lines)
            known.update(fresh)
            return [known[o] for o in objects]

    def _insert(self, name, serde, lines):
        if not lines:
            return
        columns = [("__file", "BIGINT")] + [(n, duckdb_type(t)) for n, t in serde.columns]
        shape = ", ".join(f"'{n}': '{t}'".replace("''", "'") if "'" not in n else "" for n, t in columns)
        handle, path = tempfile.mkstemp(suffix=".ndjson")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as out:
                out.write("\n".join(lines))
            self.base.cursor().execute(
                f"INSERT INTO {name} SELECT " + ", ".join(quote(n) for n, _ in columns)
                + f" FROM read_json('{path}', format = 'newline_delimited', columns = {{{shape}}},"
                " maximum_object_size = 268435456)")
        finally:
            os.unlink(path)


def list_objects(partitions, s3):
    """[(partition index, bucket, key, etag, size)] of the readable objects below the locations."""
    wanted, roots = {}, {}
    for index, (_, location) in enumerate(partitions):
        bucket, _, prefix = location.split("://", 1)[-1].partition("/")
        prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        wanted.setdefault((bucket, prefix), []).append(index)
        roots.setdefault(bucket, set()).add(prefix)
    found = []
    for bucket, prefixes in roots.items():
        # Many partitions: one LIST of what they have in common stands for one LIST each.
        starts = sorted(prefixes) if len(prefixes) <= 4 else [_common(prefixes)]
        for start in starts:
            try:
                for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start):
                    for item in page.get("Contents") or []:
                        key = item["Key"]
                        for cut in _cuts(key):
                            # Nested starts are listed by themselves too.
                            if len(starts) > 1 and cut != start:
                                continue
                            for index in wanted.get((bucket, cut), ()):
                                if not _hidden(key[len(cut):]):
                                    found.append((index, bucket, key, item["ETag"], item["Size"]))
            except s3.exceptions.NoSuchBucket:
                raise Failed("HIVE_METASTORE_ERROR", f"The bucket {bucket} does not exist") from None
    found.sort(key=lambda f: (f[0], f[2]))
    return found


def _common(prefixes):
    first, last = min(prefixes), max(prefixes)
    size = next((i for i, (a, b) in enumerate(zip(first, last)) if a != b), min(len(first), len(last)))
    return first[:size]


def _cuts(key):
    yield ""
    at = key.find("/")
    while at >= 0:
        yield key[: at + 1]
        at = key.find("/", at + 1)


def _hidden(rest):
    return rest == "" or rest.endswith("/") or any(part[:1] in ("_", ".") for part in rest.split("/"))
