"""Copies a lake without tags whose keys differ from an earlier one only in case: what the article's table cannot read.

Usage: without_twins.py LAKE TARGET
"""

import gzip
import json
import pathlib
import sys


def without_twins(tags):
    kept = {}
    for key, value in tags.items():
        kept.setdefault(key.lower(), (key, value))
    return dict(kept.values())


def main(lake, target):
    lake, target = pathlib.Path(lake), pathlib.Path(target)
    for path in sorted(lake.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.name.endswith(".json.gz"):
            is_gzip = content.startswith(b"\x1f\x8b")
            delivery = json.loads(gzip.decompress(content) if is_gzip else content)
            for item in delivery.get("configurationItems", []):
                if item.get("tags"):
                    item["tags"] = without_twins(item["tags"])
            text = json.dumps(delivery, separators=(",", ":"), ensure_ascii=False)
            content = gzip.compress(text.encode(), mtime=0)
        copy = target / path.relative_to(lake)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
