"""Values as GetQueryResults prints them, and the names it gives to types."""

import datetime
import decimal
import math


def java_double(value):
    """Double.toString: plain between 1e-3 and 1e7, else one digit, a point and an exponent."""
    if value is None:
        return None
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    sign, digits, exponent = decimal.Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + exponent  # the value is 0.text * 10^point
    if 1e-3 <= abs(value) < 1e7:
        if point <= 0:
            body = "0." + "0" * -point + text
        elif point >= len(text):
            body = text + "0" * (point - len(text)) + ".0"
        else:
            body = text[:point] + "." + text[point:]
    else:
        body = f"{text[0]}.{text[1:] or '0'}E{point - 1}"
    return ("-" if sign else "") + body


def cell(value, kind):
    """Text of a cell, None for NULL. `kind` is the DuckDB type object."""
    if value is None:
        return None
    name = kind.id
    if name == "list" or name == "array":
        item = kind.children[0][1]
        return "[" + ", ".join(_inner(v, item) for v in value) + "]"
    if name == "map":
        key, item = kind.children[0][1], kind.children[1][1]
        pairs = value.items() if isinstance(value, dict) else value
        return "{" + ", ".join(f"{_inner(k, key)}={_inner(v, item)}" for k, v in pairs) + "}"
    if name in ("struct", "tuple"):
        children = kind.children
        if isinstance(value, dict):
            return "{" + ", ".join(f"{_field(n)}={_inner(value[n], t)}" for n, t in children) + "}"
        return "{" + ", ".join(
            f"field{i}={_inner(v, t)}" for i, (v, (_, t)) in enumerate(zip(value, children))) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, datetime.datetime):
        out = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
        return out + " UTC" if value.tzinfo else out
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex(" ")
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return str(value)


def _field(name):
    """Trino's name of a field without one; the translation calls it `_0`."""
    return "field" + name[1:] if name[:1] == "_" and name[1:].isdigit() else name


def _inner(value, kind):
    text = cell(value, kind)
    return "null" if text is None else text


NAMES = {
    "VARCHAR": "varchar", "BIGINT": "bigint", "HUGEINT": "bigint", "UBIGINT": "bigint", "UHUGEINT": "bigint",
    "UINTEGER": "bigint", "INTEGER": "integer", "SMALLINT": "smallint", "TINYINT": "tinyint", "DOUBLE": "double",
    "FLOAT": "float", "BOOLEAN": "boolean", "DATE": "date", "JSON": "json", "BLOB": "varbinary", "TIME": "time",
    "TIMESTAMP": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp", "TIMESTAMP_S": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone", "INTERVAL": "interval day to second",
    '"NULL"': "unknown", "NULL": "unknown", "UUID": "uuid",
}


def type_name(kind):
    name = kind.id
    if name in ("list", "array"):
        return "array"
    if name == "map":
        return "map"
    if name in ("struct", "tuple"):
        return "row"
    if name == "decimal":
        return "decimal"
    return NAMES.get(str(kind), str(kind).lower())


def column_info(label, kind):
    name = type_name(kind)
    precision = {"varchar": 2147483647, "bigint": 19, "integer": 10, "double": 17, "timestamp": 3}.get(name, 0)
    return {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": label, "Label": label, "Type": name,
            "Precision": precision, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": name == "varchar"}
