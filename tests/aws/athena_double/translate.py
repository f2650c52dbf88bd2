"""A tree of Athena SQL, rewritten so that DuckDB answers as Trino would."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.generator import apply_index_offset

from .errors import Failed
from .functions import RENAME, java_replacement

COMPARE = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
IGNORE = sqlglot.ErrorLevel.IGNORE


def call(name, *arguments):
    return exp.Anonymous(this=name, expressions=[a for a in arguments])


class Rewriter:
    def __init__(self, re2):
        self.re2 = re2  # pattern -> whether DuckDB's engine takes it

    def run(self, tree):
        # A holder, so that the root can be replaced too.
        holder = exp.Paren(this=tree)
        for node in reversed(list(tree.bfs())):
            method = getattr(self, "on_" + type(node).__name__.lower(), None)
            if method is None:
                continue
            new = method(node)
            if new is not None and new is not node:
                node.replace(new)
        out = holder.this
        out.pop() if out.parent is holder else None
        return out

    # -- time
    def on_fromiso8601timestamp(self, n):
        return call("trino_from_iso8601_timestamp", n.this)

    def on_attimezone(self, n):
        instant = exp.cast(n.this.copy(), "timestamptz")
        parent = n.parent
        while isinstance(parent, (exp.Paren, exp.Try)):
            parent = parent.parent
        if isinstance(parent, exp.Cast):
            to = parent.to.this
            local = to in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.DATE, exp.DataType.Type.TIME)
        else:
            local = isinstance(parent, (exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second, exp.Quarter,
                                        exp.Week, exp.DayOfWeekIso, exp.DayOfYear, exp.DayOfMonth, exp.Extract,
                                        exp.TimeToStr, exp.TimestampTrunc, exp.DateTrunc, exp.Date)) or isinstance(
                parent, exp.Anonymous) and parent.name.lower() in (
                "format_datetime", "day_of_week", "dow", "doy", "day_of_year", "millisecond", "hour", "minute",
                "second", "date")
        if local:
            return call("timezone", n.args["zone"].copy(), instant)
        return instant

    def on_timetounix(self, n):
        return call("trino_unixtime", n.this)

    def on_datediff(self, n):
        # Trino counts whole periods, DuckDB's date_diff the boundaries between.
        unit = n.args.get("unit")
        return call("date_sub", exp.Literal.string((unit.name if unit is not None else "day").lower()), n.expression, n.this)

    def on_parsedatetime(self, n):
        return exp.cast(call("strptime", n.this, exp.Literal.string(joda(n.args["format"], parsing=True))), "timestamptz")

    def on_date(self, n):
        return call("trino_date", n.this)

    # -- casts
    def on_trycast(self, n):
        inner = self._cast(exp.Cast(this=n.this, to=n.args["to"]))
        if inner is None or isinstance(inner, exp.Cast):
            return None
        return exp.Try(this=inner)

    def on_cast(self, n):
        return self._cast(n)

    def _cast(self, n):
        if isinstance(n, exp.TryCast):
            return None
        to, kinds = n.to, exp.DataType.Type
        if to.this == kinds.JSON:
            return call("trino_to_json", n.this)
        if to.this in (kinds.VARCHAR, kinds.TEXT, kinds.CHAR):
            out = n.this if isinstance(n.this, exp.Literal) and n.this.is_string else call("trino_varchar", n.this)
            if isinstance(n.this, exp.Null):
                return exp.cast(n.this, "text")
            return call("left", out, to.expressions[0].this) if to.expressions else exp.Paren(this=out)
        if to.this == kinds.TIMESTAMP:
            return call("trino_timestamp", n.this)
        if to.this == kinds.DATE:
            return call("trino_date", n.this)
        if to.this in (kinds.BIGINT, kinds.INT, kinds.SMALLINT, kinds.TINYINT) and not isinstance(n.this, (exp.Literal, exp.Null)):
            if not (isinstance(n.this, exp.Anonymous) and n.this.name == "trino_integer"):
                return exp.Cast(this=call("trino_integer", n.this), to=to)
        return None

    # -- JSON
    def on_parsejson(self, n):
        return call("trino_json_parse", n.this)

    def on_jsonformat(self, n):
        return exp.cast(n.this, "text")

    def on_jsonextract(self, n):
        return call("trino_json_extract", n.this, self._path(n.expression))

    def on_jsonextractscalar(self, n):
        return call("trino_json_extract_scalar", n.this, self._path(n.expression))

    def _path(self, path):
        if not isinstance(path, exp.JSONPath):
            return path
        out = "$"
        for part in path.expressions:
            if isinstance(part, exp.JSONPathKey):
                out += '."' + str(part.this).replace('"', '\\"') + '"' if isinstance(part.this, str) else ".*"
            elif isinstance(part, exp.JSONPathSubscript):
                out += f"[{part.this}]" if isinstance(part.this, int) else "[*]"
            elif not isinstance(part, exp.JSONPathRoot):
                raise Failed("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: {path.sql()}")
        return exp.Literal.string(out)

    # -- maps and arrays
    def on_arraysize(self, n):
        return call("trino_cardinality", n.this)

    def on_bracket(self, n):
        if n.args.get("safe") or len(n.expressions) != 1:
            return None
        # sqlglot counts from 0 inside.
        index = apply_index_offset(n.this, n.expressions, 1 - n.args.get("offset", 0))[0]
        return call("trino_subscript", n.this, index)

    def on_reduce(self, n):
        finish = n.args.get("finish")
        folded = exp.Reduce(this=n.this, initial=n.args["initial"], merge=n.args["merge"])
        if finish is None or isinstance(finish.this, exp.Identifier):
            return folded if finish is not None else None
        for name in [x for x in finish.this.find_all(exp.Identifier) if x.name == finish.expressions[0].name]:
            name.replace(folded.copy())
        return finish.this

    def on_argmax(self, n):
        return None if n.args.get("count") else call("arg_max_null", n.this, n.expression)

    def on_argmin(self, n):
        return None if n.args.get("count") else call("arg_min_null", n.this, n.expression)

    def on_approxdistinct(self, n):
        return exp.Count(this=exp.Distinct(expressions=[n.this]))

    def on_unnest(self, n):
        alias = n.args.get("alias")
        columns = list(alias.columns) if isinstance(alias, exp.TableAlias) else []
        ordinal = n.args.get("offset")
        if isinstance(ordinal, exp.Identifier):
            columns.append(ordinal)
        values = len(columns) - (1 if ordinal else 0)
        if values == 1 and len(n.expressions) == 1:
            return None
        if len(n.expressions) == 1 and values == 2:
            lists = [call("map_keys", n.expressions[0].copy()), call("map_values", n.expressions[0].copy())]
        elif len(n.expressions) == values and values > 1:
            lists = [x.copy() for x in n.expressions]
        else:
            return None
        items = [call("unnest", x) for x in lists]
        if ordinal:
            longest = call("greatest", *[call("coalesce", call("len", x.copy()), exp.Literal.number(0)) for x in lists])
            items.append(call("unnest", call("range", exp.Literal.number(1), exp.Add(this=longest, expression=exp.Literal.number(1)))))
        return exp.Lateral(this=exp.Subquery(this=exp.Select(expressions=items)),
                           alias=exp.TableAlias(this=alias.this.copy() if alias.this else exp.to_identifier("__u"),
                                                columns=[c.copy() for c in columns]))

    # -- text
    def on_splitpart(self, n):
        return call("trino_split_part", n.this, n.args["delimiter"], n.args["part_index"])

    def _native(self, pattern):
        return isinstance(pattern, exp.Literal) and pattern.is_string and self.re2(pattern.this)

    def on_regexplike(self, n):
        return None if self._native(n.expression) else call("trino_re_like", n.this, n.expression)

    def on_regexpextract(self, n):
        group = n.args.get("group") or exp.Literal.number(0)
        name = "trino_regexp_extract" if self._native(n.expression) and group.is_int else "trino_re_extract"
        return call(name, n.this, n.expression, group)

    def on_regexpextractall(self, n):
        group = n.args.get("group") or exp.Literal.number(0)
        if self._native(n.expression) and group.is_int:
            return call("regexp_extract_all", n.this, n.expression, group)
        return call("trino_re_extract_all", n.this, n.expression, group)

    def on_regexpcount(self, n):
        return call("trino_re_count", n.this, n.expression)

    def on_regexpreplace(self, n):
        replacement = n.args.get("replacement") or exp.Literal.string("")
        if isinstance(replacement, exp.Lambda):
            raise Failed("NOT_SUPPORTED", "regexp_replace with a function is not in this double")
        if self._native(n.expression) and isinstance(replacement, exp.Literal):
            try:
                parts = java_replacement(replacement.this)
            except ValueError as error:
                raise Failed("INVALID_FUNCTION_ARGUMENT", str(error).split(": ", 1)[1]) from None
            if not any(isinstance(p, tuple) for p in parts):
                text = "".join(f"\\{p}" if isinstance(p, int) else p.replace("\\", "\\\\") for p in parts)
                return call("regexp_replace", n.this, n.expression, exp.Literal.string(text), exp.Literal.string("g"))
        return call("trino_re_replace", n.this, n.expression, replacement)

    def on_sha(self, n):
        return call("trino_sha1", n.this)

    def on_sha1digest(self, n):
        return call("trino_sha1", n.this)

    def on_sha2digest(self, n):
        return call("trino_sha512", n.this) if n.text("length") == "512" else None

    def on_unicodestring(self, n):
        raise Failed("NOT_SUPPORTED", "U& strings are not in this double")

    def on_anonymous(self, n):
        name, args = n.name.lower(), n.expressions
        if name in ("any_match", "all_match", "none_match"):
            kept = call("list_filter", args[0], args[1])
            if name == "all_match":
                return exp.EQ(this=call("len", kept), expression=call("len", args[0].copy()))
            kind = exp.GT if name == "any_match" else exp.EQ
            return exp.Paren(this=kind(this=call("len", kept), expression=exp.Literal.number(0)))
        if name in ("map_filter", "transform_values", "transform_keys"):
            return self._map_lambda(name, args[0], args[1])
        if name == "format_datetime":
            return call("strftime", args[0], exp.Literal.string(joda(args[1])))
        if name == "with_timezone":
            return call("timezone", args[1], args[0])
        if name == "at_timezone":
            return exp.cast(args[0], "timestamptz")
        if name in RENAME:
            return call(RENAME[name], *args)
        return None

    def _map_lambda(self, name, subject, function):
        key, value = (x.name for x in function.expressions)
        body = function.this
        holder = exp.Paren(this=body)
        for item in list(holder.find_all(exp.Identifier)):
            if item.name in (key, value) and not (isinstance(item.parent, exp.Dot) and item.arg_key == "expression"):
                item.replace(exp.Dot(this=exp.to_identifier("__e"),
                                     expression=exp.to_identifier("key" if item.name == key else "value")))
        body = holder.this
        entry = lambda part: exp.Dot(this=exp.to_identifier("__e"), expression=exp.to_identifier(part))
        if name == "map_filter":
            return call("map_from_entries", call("list_filter", call("map_entries", subject),
                                                 exp.Lambda(this=body, expressions=[exp.to_identifier("__e")])))
        pair = {"key": entry("key"), "value": entry("value")}
        pair["value" if name == "transform_values" else "key"] = body
        fields = [exp.PropertyEQ(this=exp.to_identifier(k), expression=v) for k, v in pair.items()]
        return call("map_from_entries", call("list_transform", call("map_entries", subject), exp.Lambda(
            this=exp.Struct(expressions=fields), expressions=[exp.to_identifier("__e")])))


JODA = {"yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m", "dd": "%d",
        "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S",
        "SSS": "%g", "SSSSSS": "%f", "EEEE": "%A", "EEE": "%a", "E": "%a", "a": "%p", "Z": "%z", "ZZ": "%z", "DDD": "%j"}


def joda(pattern, parsing=False):
    if not (isinstance(pattern, exp.Literal) and pattern.is_string):
        raise Failed("NOT_SUPPORTED", "this double wants a literal date pattern")
    out = ""
    for found in re.finditer(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+", pattern.this):
        text = found.group(0)
        if text.startswith("'"):
            out += found.group(1).replace("''", "'").replace("%", "%%") or "'"
        elif text[0].isalpha():
            if text not in JODA:
                raise Failed("INVALID_FUNCTION_ARGUMENT", f"pattern letters {text!r} are not in this double")
            out += JODA[text].replace("%-", "%") if parsing else JODA[text]
        else:
            out += text.replace("%", "%%")
    return out


def strict(tree):
    """A copy for binding only: DuckDB compares text with numbers, Trino refuses.

    COALESCE is where DuckDB refuses mixed types, so every comparison becomes one.
    """
    tree = tree.copy()
    for node in reversed(list(tree.bfs())):
        sides = None
        if isinstance(node, COMPARE):
            sides = [node.this, node.expression]
        elif isinstance(node, exp.Between):
            sides = [node.this, node.args["low"], node.args["high"]]
        elif isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
            sides = [node.this, *node.expressions]
        if sides is None and isinstance(node, (exp.Coalesce, exp.Case, exp.If, exp.Nullif)):
            for literal in list(node.iter_expressions()):
                if isinstance(literal, exp.Literal) and literal.is_string:
                    literal.replace(exp.cast(literal.copy(), "text"))
            continue
        if sides is None or any(isinstance(s, (exp.Tuple, exp.Subquery, exp.Any, exp.All, exp.Query)) for s in sides):
            continue
        if not isinstance(node.parent, (exp.Select, exp.Where, exp.And, exp.Or, exp.Not, exp.Paren, exp.Alias, exp.If,
                                        exp.Having, exp.Lambda, exp.Anonymous, exp.Case, exp.Join)):
            continue
        if isinstance(node.parent, exp.Join) and node.parent.args.get("side"):
            continue
        # Literals would adapt to the other side; the cast holds them to their type.
        sides = [exp.cast(s.copy(), "text") if isinstance(s, exp.Literal) and s.is_string else s.copy() for s in sides]
        node.replace(exp.Paren(this=exp.Is(this=exp.Coalesce(this=sides[0], expressions=sides[1:]), expression=exp.Null())))
    for chain in list(tree.find_all(exp.DPipe)):
        sides = [chain.this, chain.expression]
        if any(isinstance(s, exp.Literal) and s.is_string for s in sides):
            for side in sides:
                if not (isinstance(side, (exp.DPipe, exp.Null)) or isinstance(side, exp.Literal) and side.is_string):
                    side.replace(call("lower", side.copy()))
    return tree
