"""Glue column types, and what the two JSON SerDes make of one object of the bucket."""

import gzip
import json
import zlib

from .errors import Failed

ROW_LIMIT = 32 * 1024 * 1024
OPENX = "org.openx.data.jsonserde.jsonserde"
HIVE = ("org.apache.hive.hcatalog.data.jsonserde", "org.apache.hadoop.hive.serde2.jsonserde")

SCALARS = {
    "string": "VARCHAR", "varchar": "VARCHAR", "char": "VARCHAR", "bigint": "BIGINT",
    "int": "INTEGER", "integer": "INTEGER", "smallint": "SMALLINT", "tinyint": "TINYINT",
    "double": "DOUBLE", "float": "REAL", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP",
    "date": "DATE", "binary": "BLOB",
}


def parse_type(text):
    """`array<struct<a:string>>` -> nested tuples."""
    source = text.strip()
    kind, rest = _parse(source, 0)
    if rest != len(source):
        raise Failed("HIVE_INVALID_METADATA", f"cannot read the column type {text!r}")
    return kind


def _parse(s, i):
    j = i
    while j < len(s) and (s[j].isalnum() or s[j] == "_"):
        j += 1
    word = s[i:j].strip().lower()
    if word in ("array", "map") and s[j : j + 1] == "<":
        first, j = _parse(s, j + 1)
        if word == "array":
            return ("array", first), _expect(s, j, ">")
        second, j = _parse(s, _expect(s, j, ","))
        return ("map", first, second), _expect(s, j, ">")
    if word in ("struct", "row") and s[j : j + 1] == "<":
        fields, j = [], j + 1
        while True:
            k = s.index(":", j)
            name = s[j:k].strip().strip("`").lower()
            kind, j = _parse(s, k + 1)
            fields.append((name, kind))
            if s[j : j + 1] == ",":
                j += 1
                continue
            return ("struct", tuple(fields)), _expect(s, j, ">")
    extra = ""
    if s[j : j + 1] == "(":
        k = s.index(")", j)
        extra, j = s[j : k + 1], k + 1
    if word == "decimal":
        return ("decimal", extra or "(10,0)"), j
    if word not in SCALARS:
        raise Failed("HIVE_INVALID_METADATA", f"unknown column type near {s[i:i + 30]!r}")
    return (word,), j


def _expect(s, j, what):
    if s[j : j + 1] != what:
        raise Failed("HIVE_INVALID_METADATA", f"expected {what!r} in the column type at {s[j:j + 30]!r}")
    return j + 1


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def duckdb_type(kind):
    if kind[0] == "array":
        return duckdb_type(kind[1]) + "[]"
    if kind[0] == "map":
        return f"MAP({duckdb_type(kind[1])}, {duckdb_type(kind[2])})"
    if kind[0] == "struct":
        return "STRUCT(" + ", ".join(f"{quote(n)} {duckdb_type(t)}" for n, t in kind[1]) + ")"
    if kind[0] == "decimal":
        return "DECIMAL" + kind[1]
    return SCALARS[kind[0]]


def json_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class BadRow(Exception):
    pass


class Serde:
    """Reads rows as the table's SerDe would; `key` tells apart what may be cached together."""

    def __init__(self, library, parameters, columns):
        low = (library or "").lower()
        if low != OPENX and low not in HIVE:
            raise Failed("NOT_SUPPORTED", f"this double reads JSON tables only, not {library}")
        self.openx = low == OPENX
        given = {k.lower(): v for k, v in (parameters or {}).items()}
        self.insensitive = not (self.openx and given.get("case.insensitive", "true").lower() == "false")
        self.ignore_malformed = self.openx and given.get("ignore.malformed.json", "false").lower() == "true"
        self.mapping = {}
        if self.openx:
            self.mapping = {k[len("mapping."):]: v for k, v in given.items() if k.startswith("mapping.")}
        self.columns = [(name.lower(), parse_type(kind)) for name, kind in columns]
        self.key = repr((self.insensitive, self.ignore_malformed, sorted(self.mapping.items()), self.columns))
        self.lower = {}
        self.row = self._struct(tuple(self.columns))

    def rows(self, raw, where):
        """One dict a line; HIVE_CURSOR_ERROR for what Athena cannot read."""
        if raw[:2] == b"\x1f\x8b":
            try:
                raw = gzip.decompress(raw)
            except (EOFError, OSError, zlib.error) as error:
                raise cursor_error(f"Unexpected end of input stream ({error})", where) from None
        out = []
        for line in raw.split(b"\n"):
            if not line.strip():
                continue
            if len(line) > ROW_LIMIT:
                raise cursor_error(f"Line too long: {len(line)} bytes, the limit is {ROW_LIMIT}", where)
            try:
                value = json.loads(line)
                if not isinstance(value, dict):
                    raise BadRow("not a JSON object")
            except (ValueError, BadRow) as error:
                if self.ignore_malformed:
                    out.append({name: None for name, _ in self.columns})
                    continue
                raise cursor_error(f"Row is not a valid JSON Object - JSONException: {error}", where) from None
            try:
                out.append(self.row(value))
            except BadRow as error:
                raise cursor_error(f"Row is not a valid JSON Object - {error}", where) from None
        return out

    def _converter(self, kind):
        name = kind[0]
        if name in ("string", "varchar", "char"):
            return _string
        if name == "array":
            item = self._converter(kind[1])

            def array(value):
                if value is None:
                    return None
                if type(value) is not list:
                    raise BadRow("data is not an array although the column is one")
                return [item(v) for v in value]

            return array
        if name == "map":
            item = self._converter(kind[2])
            insensitive = self.insensitive

            def mapping(value):
                if value is None:
                    return None
                if type(value) is not dict:
                    raise BadRow("data is not an object although the column is a map")
                if insensitive and len(value) > 1 and len({k.lower() for k in value}) != len(value):
                    raise BadRow(f"Duplicate key in map (keys are compared without case): {_twice(value)}")
                return {k: item(v) for k, v in value.items()}

            return mapping
        if name == "struct":
            return self._struct(kind[1])
        if name == "boolean":
            return _boolean
        if name in ("double", "float", "decimal"):
            return _number
        if name in ("bigint", "int", "integer", "smallint", "tinyint"):
            return _integer
        return _string

    def _struct(self, fields):
        plan = [(name, self.mapping.get(name, name), self._converter(kind)) for name, kind in fields]
        known, insensitive = self.lower, self.insensitive
        if insensitive:
            plan = [(name, source.lower(), convert) for name, source, convert in plan]

        def struct(value):
            if value is None:
                return None
            if type(value) is not dict:
                raise BadRow("data is not an object although the column is a struct")
            if insensitive:
                folded = {}
                for key, item in value.items():
                    low = known.get(key)
                    if low is None:
                        low = known[key] = key.lower()
                    folded[low] = item
                if len(folded) != len(value):
                    raise BadRow(f"Duplicate key in object (keys are compared without case): {_twice(value)}")
                value = folded
            get = value.get
            return {name: convert(get(source)) for name, source, convert in plan}

        return struct


def _twice(value):
    seen = set()
    for key in value:
        if key.lower() in seen:
            return key
        seen.add(key.lower())
    return ""


def _string(value):
    if value is None or type(value) is str:
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) in (dict, list):
        return json_text(value)
    return repr(value)


def _integer(value):
    if value is None or type(value) is int:
        return value
    try:
        return int(value) if type(value) in (str, float) else int("x")
    except ValueError:
        raise BadRow(f"Error parsing a number from {str(value)[:60]!r}") from None


def _number(value):
    if value is None or type(value) in (int, float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        raise BadRow(f"Error parsing a number from {str(value)[:60]!r}") from None


def _boolean(value):
    if value is None or type(value) is bool:
        return value
    if type(value) is str and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise BadRow(f"Error parsing a boolean from {str(value)[:60]!r}")


def cursor_error(text, where):
    return Failed("HIVE_CURSOR_ERROR", f"{text} - {where}")
