"""Trino functions that DuckDB lacks or answers otherwise, as macros and Python functions.

A macro that must fail does so with CAST('CODE: text' AS INTEGER): DuckDB's error() may not
stand inside TRY(). The engine finds the code in the message again.
"""

import hashlib
import json
import re
import urllib.parse
import zlib

import xxhash

from .text import java_double

# Every function name a statement may use; anything else is FUNCTION_NOT_FOUND, so that DuckDB's
# own functions do not pass for Trino's.
TRINO = set("""
abs acos all_match any_match approx_distinct approx_percentile arbitrary array_agg array_concat array_distinct
array_except array_intersect array_join array_max array_min array_position array_remove array_sort array_union
arrays_overlap asin at_timezone atan atan2 avg bit_count bitwise_and bitwise_not bitwise_or bitwise_xor bool_and bool_or
cardinality cast cbrt ceil ceiling chr coalesce codepoint concat concat_ws contains corr cos count count_if covar_pop
covar_samp crc32 cume_dist current_date current_timestamp date date_add date_diff date_format date_parse date_trunc day
day_of_month day_of_week day_of_year degrees dense_rank dow doy e element_at every exists exp extract filter first_value
flatten floor format_datetime from_base64 from_hex from_iso8601_date from_iso8601_timestamp from_unixtime from_utf8
geometric_mean greatest grouping histogram hour if infinity is_finite is_infinite is_nan json_array_contains
json_array_get json_array_length json_extract json_extract_scalar json_format json_parse json_size kurtosis lag
last_day_of_month last_value lead least length levenshtein_distance listagg ln log log10 log2 lower lpad ltrim map map_agg
map_concat map_entries map_filter map_from_entries map_keys map_union map_values max max_by md5 millisecond min min_by
minute mod month nan none_match normalize now nth_value ntile nullif parse_datetime percent_rank pi position pow power
quarter radians rand random rank reduce regexp_count regexp_extract regexp_extract_all regexp_like regexp_position
regexp_replace regexp_split repeat replace reverse round row row_number rpad rtrim second sequence sha1 sha256 sha512 sign
sin slice split split_part sqrt starts_with stddev stddev_pop stddev_samp strpos substr substring sum tan to_base64 to_hex
to_iso8601 to_unixtime to_utf8 transform transform_keys transform_values translate trim truncate try try_cast typeof unnest
upper url_decode url_encode uuid values var_pop var_samp variance week week_of_year with_timezone xxhash64 year year_of_week yow zip
""".split())

# Names that neither sqlglot nor DuckDB knows, but that DuckDB has under another one.
RENAME = {
    "every": "bool_and", "day_of_month": "day", "day_of_year": "dayofyear", "doy": "dayofyear", "dow": "isodow",
    "day_of_week": "isodow", "week_of_year": "week", "year_of_week": "isoyear", "yow": "isoyear",
    "codepoint": "unicode", "array_position": "trino_array_position", "array_max": "list_max", "array_min": "list_min",
    "array_union": "trino_array_union", "array_except": "trino_array_except", "arrays_overlap": "list_has_any",
    "array_remove": "trino_array_remove", "from_iso8601_date": "trino_from_iso8601_date",
    "to_iso8601": "trino_to_iso8601", "map_agg": "trino_map_agg", "json_size": "trino_json_size",
    "millisecond": "trino_millisecond", "truncate": "trunc", "is_nan": "isnan",
    "is_infinite": "isinf", "is_finite": "isfinite", "levenshtein_distance": "levenshtein", "mod": "fmod",
    "from_hex": "unhex", "regexp_split": "string_split_regex", "json_array_length": "trino_json_array_length",
    "split_part": "trino_split_part", "date": "trino_date", "url_decode": "trino_url_decode",
    "url_encode": "trino_url_encode", "crc32": "trino_crc32", "regexp_position": "trino_regexp_position", "zip": "list_zip",
}

MACROS = r"""
trino_fail(message) AS CAST(message AS INTEGER)
trino_from_iso8601_timestamp(x) AS CASE WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z') THEN date_trunc('millisecond', CAST(x AS TIMESTAMPTZ)) WHEN regexp_full_match(x, '\d{4}(-\d{1,2}(-\d{1,2}(T\d{1,2}(:\d{2}(:\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?)?)?') THEN date_trunc('millisecond', CAST(trino_iso(x) AS TIMESTAMPTZ)) WHEN CAST('INVALID_FUNCTION_ARGUMENT: Invalid format: "' || x || '"' AS INTEGER) = 0 THEN NULL END
trino_from_iso8601_date(x) AS CASE WHEN x IS NULL THEN NULL WHEN regexp_full_match(x, '\d{4}-\d{2}-\d{2}') THEN CAST(x AS DATE) WHEN CAST('INVALID_FUNCTION_ARGUMENT: Invalid date: "' || x || '"' AS INTEGER) = 0 THEN NULL END
trino_to_iso8601(x) AS CASE typeof(x) WHEN 'DATE' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d') WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ') ELSE strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') END
trino_varchar(x) AS CASE WHEN typeof(x) IN ('TIMESTAMP', 'TIMESTAMP_MS', 'TIMESTAMP_NS', 'TIMESTAMP_S') THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g') WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g UTC') WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN trino_java_double(TRY_CAST(x AS DOUBLE)) WHEN typeof(x) = 'JSON' THEN trino_json_scalar(CAST(x AS VARCHAR)) ELSE CAST(x AS VARCHAR) END
trino_timestamp(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), '\s*\d{4,}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?( [A-Za-z0-9_/+:-]+)?\s*') AND CAST('INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ' || CAST(x AS VARCHAR) AS INTEGER) = 0 THEN NULL ELSE CAST(x AS TIMESTAMP) END
trino_date(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), '\s*\d{4,}-\d{1,2}-\d{1,2}\s*') AND CAST('INVALID_CAST_ARGUMENT: Value cannot be cast to date: ' || CAST(x AS VARCHAR) AS INTEGER) = 0 THEN NULL ELSE CAST(x AS DATE) END
trino_integer(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND NOT regexp_full_match(CAST(x AS VARCHAR), '[+-]?\d+') AND CAST('INVALID_CAST_ARGUMENT: Cannot cast ''' || CAST(x AS VARCHAR) || ''' to a whole number' AS INTEGER) = 0 THEN NULL ELSE x END
trino_to_json(x) AS CASE WHEN x IS NULL THEN NULL WHEN typeof(x) LIKE 'MAP(%' THEN CAST(trino_sorted_json(CAST(to_json(x) AS VARCHAR)) AS JSON) ELSE to_json(x) END
trino_json_parse(x) AS CASE WHEN x IS NULL THEN NULL WHEN json_valid(x) THEN CAST(trino_sorted_json(x) AS JSON) WHEN CAST('INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: ''' || x || '''' AS INTEGER) = 0 THEN NULL END
trino_json_extract(x, p) AS CASE WHEN json_valid(CAST(x AS VARCHAR)) THEN json_extract(CAST(x AS VARCHAR), p) END
trino_json_extract_scalar(x, p) AS CASE WHEN json_valid(CAST(x AS VARCHAR)) THEN CASE WHEN json_type(CAST(x AS VARCHAR), p) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(CAST(x AS VARCHAR), p) END END
trino_json_array_length(x) AS CASE WHEN json_valid(CAST(x AS VARCHAR)) AND json_type(CAST(x AS VARCHAR)) = 'ARRAY' THEN CAST(json_array_length(CAST(x AS VARCHAR)) AS BIGINT) END
trino_json_size(x, p) AS CASE WHEN json_valid(CAST(x AS VARCHAR)) THEN CASE json_type(CAST(x AS VARCHAR), p) WHEN 'ARRAY' THEN CAST(json_array_length(CAST(x AS VARCHAR), p) AS BIGINT) WHEN 'OBJECT' THEN len(json_keys(CAST(x AS VARCHAR), p)) WHEN NULL THEN NULL ELSE 0 END END
trino_cardinality(x) AS CAST(cardinality(x) AS BIGINT)
trino_subscript(x, k) AS CASE WHEN x IS NULL OR k IS NULL OR x[k] IS NOT NULL THEN x[k] WHEN CASE json_type(to_json(x)) WHEN 'OBJECT' THEN list_contains(json_keys(to_json(x)), CAST(k AS VARCHAR)) ELSE TRY_CAST(k AS BIGINT) BETWEEN 1 AND json_array_length(to_json(x)) END THEN NULL WHEN CAST('INVALID_FUNCTION_ARGUMENT: ' || CASE json_type(to_json(x)) WHEN 'OBJECT' THEN 'Key not present in map: ' ELSE 'Array subscript must be within the array: ' END || CAST(k AS VARCHAR) AS INTEGER) = 0 THEN NULL END
trino_split_part(x, d, n) AS string_split(x, d)[n]
trino_regexp_extract(x, p, g) AS CASE WHEN regexp_matches(x, p) THEN regexp_extract(x, p, g) END
trino_map_agg(k, v) AS map_from_entries(list_transform(list_distinct(list(k)), lambda d: {'key': d, 'value': list(v)[list_position(list(k), d)]}))
trino_array_position(a, x) AS CAST(coalesce(list_position(a, x), 0) AS BIGINT)
trino_array_union(a, b) AS list_distinct(a || b)
trino_array_except(a, b) AS list_distinct(list_filter(a, lambda e: NOT coalesce(list_contains(b, e), false)))
trino_array_remove(a, x) AS list_filter(a, lambda e: e IS DISTINCT FROM x)
trino_millisecond(x) AS CAST(extract('millisecond' FROM x) % 1000 AS BIGINT)
trino_unixtime(x) AS epoch(x)
"""


def _iso(text):
    """Forms that DuckDB does not take: a missing month, day or minute, a comma, a short offset."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:T(\d{1,2}))?(?::(\d{2}))?(?::(\d{2}))?"
                         r"(?:[.,](\d+))?(Z|[+-]\d{2}(?::?\d{2})?)?", text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    zone = "+00:00" if zone in (None, "Z") else zone
    return (f"{year}-{int(month or 1):02d}-{int(day or 1):02d} {int(hour or 0):02d}:{minute or '00'}:{second or '00'}"
            f".{(fraction or '0')[:6]}{zone}")


def _sorted_json(text):
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _json_scalar(text):
    value = json.loads(text)
    if isinstance(value, (dict, list)):
        raise ValueError("INVALID_CAST_ARGUMENT: Cannot cast a JSON object or array to varchar")
    return value if isinstance(value, str) else text


def java_pattern(pattern):
    """A Java pattern for Python's re: named groups; whatever else fails, fails loudly."""
    return re.compile(re.sub(r"\(\?<([A-Za-z]\w*)>", r"(?P<\1>", pattern))


def java_replacement(text):
    """`$1`, `${name}` and `\\x` of a Java replacement -> [literal | group number | group name]."""
    out, i = [], 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            out.append(text[i + 1])
            i += 2
        elif text[i] == "$":
            found = re.match(r"\$(?:(\d)|\{(\w+)\})", text[i:])
            if not found:
                raise ValueError("INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence")
            out.append(int(found.group(1)) if found.group(1) else (found.group(2),))
            i += found.end()
        else:
            out.append(text[i])
            i += 1
    return out


def _replace(text, pattern, replacement):
    parts = java_replacement(replacement)

    def one(found):
        return "".join(p if isinstance(p, str) else found.group(p if isinstance(p, int) else p[0]) or "" for p in parts)

    return java_pattern(pattern).sub(one, text)


def _extract(text, pattern, group):
    found = java_pattern(pattern).search(text)
    return found.group(group) if found else None


def _extract_all(text, pattern, group):
    return [m.group(group) for m in java_pattern(pattern).finditer(text)]


def install(connection):
    """Once a database: its other connections see them too."""
    def add(name, function, arguments, result):
        connection.create_function(name, function, arguments, result)

    add("trino_iso", _iso, ["VARCHAR"], "VARCHAR")
    add("trino_sorted_json", _sorted_json, ["VARCHAR"], "VARCHAR")
    add("trino_json_scalar", _json_scalar, ["VARCHAR"], "VARCHAR")
    add("trino_java_double", java_double, ["DOUBLE"], "VARCHAR")
    add("trino_re_like", lambda x, p: java_pattern(p).search(x) is not None, ["VARCHAR", "VARCHAR"], "BOOLEAN")
    add("trino_re_extract", _extract, ["VARCHAR", "VARCHAR", "BIGINT"], "VARCHAR")
    add("trino_re_extract_all", _extract_all, ["VARCHAR", "VARCHAR", "BIGINT"], "VARCHAR[]")
    add("trino_re_replace", _replace, ["VARCHAR", "VARCHAR", "VARCHAR"], "VARCHAR")
    add("trino_re_count", lambda x, p: len(_extract_all(x, p, 0)), ["VARCHAR", "VARCHAR"], "BIGINT")
    add("trino_regexp_position", lambda x, p: (lambda m: m.start() + 1 if m else -1)(java_pattern(p).search(x)),
        ["VARCHAR", "VARCHAR"], "BIGINT")
    add("xxhash64", lambda b: xxhash.xxh64(bytes(b)).digest(), ["BLOB"], "BLOB")
    add("trino_sha1", lambda b: hashlib.sha1(bytes(b)).digest(), ["BLOB"], "BLOB")
    add("trino_sha512", lambda b: hashlib.sha512(bytes(b)).digest(), ["BLOB"], "BLOB")
    add("trino_crc32", lambda b: zlib.crc32(bytes(b)), ["BLOB"], "BIGINT")
    add("trino_url_decode", lambda x: urllib.parse.unquote_plus(x), ["VARCHAR"], "VARCHAR")
    add("trino_url_encode", lambda x: urllib.parse.quote_plus(x, safe="*-._"), ["VARCHAR"], "VARCHAR")
    for line in MACROS.strip().splitlines():
        connection.execute("CREATE MACRO " + line)
