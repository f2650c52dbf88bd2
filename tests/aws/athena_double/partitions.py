"""Which partitions of a Glue table a WHERE clause leaves, and where they lie."""

import datetime
import re

from sqlglot import exp

from .errors import Failed
from .hive import duckdb_type, parse_type, quote

LIMIT = 1_000_000
COMPARE = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)


class Table:
    """One Glue table, as far as a query needs it."""

    def __init__(self, raw):
        storage = raw.get("StorageDescriptor") or {}
        serde = storage.get("SerdeInfo") or {}
        self.database, self.name = raw.get("DatabaseName"), raw["Name"]
        self.kind = raw.get("TableType")
        self.columns = [(c["Name"].lower(), c.get("Type") or "string") for c in storage.get("Columns") or []]
        self.keys = [(c["Name"].lower(), c.get("Type") or "string") for c in raw.get("PartitionKeys") or []]
        self.location = storage.get("Location") or ""
        self.parameters = raw.get("Parameters") or {}
        self.serde_library = serde.get("SerializationLibrary")
        self.serde_parameters = serde.get("Parameters") or {}

    def projected(self):
        return self.parameters.get("projection.enabled", "false").lower() == "true"


def implied(node, table, alias, only, simple=False):
    """The part of a predicate that follows for the keys in `only`, or None.

    With `simple` only what an engine turns into a set of values of one key counts:
    comparisons of the bare key with literals.
    """
    if isinstance(node, exp.Paren):
        return implied(node.this, table, alias, only, simple)
    if isinstance(node, exp.And):
        both = [implied(x, table, alias, only, simple) for x in (node.left, node.right)]
        both = [x for x in both if x is not None]
        return exp.and_(*both, copy=False) if both else None
    if isinstance(node, exp.Or):
        both = [implied(x, table, alias, only, simple) for x in (node.left, node.right)]
        return None if None in both else exp.or_(*both, copy=False)
    if node.find(exp.Query) or node.find(exp.Placeholder):
        return None
    columns = list(node.find_all(exp.Column))
    if not columns or any(key_of(c, table, alias) not in only for c in columns):
        return None
    if simple and not _simple(node):
        return None
    node = node.copy()
    for column in [node] if isinstance(node, exp.Column) else list(node.find_all(exp.Column)):
        bare = exp.column(exp.to_identifier(column.name.lower(), quoted=True))
        if column is node:
            return bare
        column.replace(bare)
    return node


def _simple(node):
    if isinstance(node, exp.Not):
        return _simple(node.this)
    if isinstance(node, exp.Paren):
        return _simple(node.this)
    if isinstance(node, COMPARE):
        sides = (node.this, node.expression)
        return any(isinstance(s, exp.Column) for s in sides) and any(isinstance(s, exp.Literal) for s in sides)
    if isinstance(node, exp.In):
        return isinstance(node.this, exp.Column) and all(isinstance(x, exp.Literal) for x in node.expressions)
    if isinstance(node, exp.Between):
        return isinstance(node.this, exp.Column) and all(
            isinstance(node.args[x], exp.Literal) for x in ("low", "high"))
    return False


def key_of(column, table, alias):
    """The partition key a column names, or None."""
    if len(column.parts) > 2 or (column.table and column.table.lower() != alias.lower()):
        return None
    name = column.name.lower()
    return name if any(name == key for key, _ in table.keys) else None


def check_types(where, table, alias):
    """A text key compared with a number is refused before anything is read."""
    kinds = dict(table.keys)
    for node in where.find_all(*COMPARE, exp.In, exp.Between) if where is not None else ():
        sides = [node.this]
        sides += node.expressions if isinstance(node, exp.In) else []
        sides += [node.args["low"], node.args["high"]] if isinstance(node, exp.Between) else []
        sides += [node.expression] if isinstance(node, COMPARE) else []
        keys = [key_of(s, table, alias) for s in sides if isinstance(s, exp.Column)]
        keys = [k for k in keys if k and parse_type(kinds[k])[0] in ("string", "varchar", "char")]
        if keys and any(isinstance(s, exp.Literal) and not s.is_string for s in sides):
            word = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}.get(
                type(node).__name__, type(node).__name__.upper())
            raise Failed("TYPE_MISMATCH", f"line 1:1: Cannot apply operator: varchar {word} integer")


def resolve(table, where, alias, glue, connection, render):
    """[(values, location)] of the partitions that a scan reads; values are text in key order."""
    if not table.keys:
        return [((), table.location)]
    names = [name for name, _ in table.keys]
    if not table.projected():
        found = []
        for page in glue.get_paginator("get_partitions").paginate(DatabaseName=table.database, TableName=table.name):
            for item in page["Partitions"]:
                found.append((tuple(item["Values"]), (item.get("StorageDescriptor") or {}).get("Location") or ""))
        whole = implied(where, table, alias, set(names)) if where is not None else None
        return found if whole is None else _filter_rows(table, found, whole, connection, render)
    domains, limit_domains = [], []
    for name, kind in table.keys:
        values = _domain(table, name, where, alias)
        kind = duckdb_type(parse_type(kind))
        if where is not None:
            narrow = implied(where, table, alias, {name}, simple=True)
            if narrow is not None:
                values = _filter_values(name, kind, values, narrow, connection, render)
        limit_domains.append(len(values))
        if where is not None:
            narrow = implied(where, table, alias, {name})
            if narrow is not None:
                values = _filter_values(name, kind, values, narrow, connection, render)
        domains.append(values)
    total = 1
    for size in limit_domains:
        total *= size
    if total > LIMIT:
        raise Failed("HIVE_EXCEEDED_PARTITION_LIMIT",
                     f"Query over table '{table.database}.{table.name}' can potentially read more than {LIMIT} partitions")
    whole = implied(where, table, alias, set(names)) if where is not None else None
    rows = _product(table, domains, whole, connection, render)
    template = table.parameters.get("storage.location.template")
    if not template:
        template = table.location.rstrip("/") + "/" + "".join(f"{n}=${{{n}}}/" for n in names)
    found = []
    for row in rows:
        values = dict(zip(names, row))
        found.append((row, re.sub(r"\$\{([^}]+)\}", lambda m: values.get(m.group(1).lower(), m.group(0)), template)))
    return found


def _filter_values(name, kind, values, predicate, connection, render):
    sql = f"SELECT __t FROM (SELECT __t, CAST(__t AS {kind}) AS {quote(name)} FROM (SELECT unnest(?::VARCHAR[]) AS __t)) WHERE {render(predicate)}"
    return [row[0] for row in connection.execute(sql, [values]).fetchall()]


def _product(table, domains, predicate, connection, render):
    parts = [f"(SELECT __t AS __t{i}, CAST(__t AS {duckdb_type(parse_type(kind))}) AS {quote(name)} FROM (SELECT unnest(?::VARCHAR[]) AS __t))"
             for i, (name, kind) in enumerate(table.keys)]
    sql = "SELECT " + ", ".join(f"__t{i}" for i in range(len(parts))) + " FROM " + " CROSS JOIN ".join(parts)
    if predicate is not None:
        sql += f" WHERE {render(predicate)}"
    return connection.execute(sql, domains).fetchall()


def _filter_rows(table, found, predicate, connection, render):
    columns = [[row[0][i] for row in found] for i in range(len(table.keys))]
    inner = ", ".join(f"unnest(?::VARCHAR[]) AS __v{i}" for i in range(len(columns)))
    casts = ", ".join(f"CAST(__v{i} AS {duckdb_type(parse_type(kind))}) AS {quote(name)}"
                      for i, (name, kind) in enumerate(table.keys))
    sql = f"SELECT __i FROM (SELECT __i, {casts} FROM (SELECT unnest(range({len(found)})) AS __i, {inner})) WHERE {render(predicate)}"
    return [found[row[0]] for row in sorted(connection.execute(sql, columns).fetchall())]


def _domain(table, name, where, alias):
    get = lambda what, default=None: table.parameters.get(f"projection.{name}.{what}", default)
    kind = (get("type") or "").lower()
    if kind == "enum":
        return [v.strip() for v in (get("values") or "").split(",") if v.strip()]
    if kind == "integer":
        low, high = (int(x) for x in get("range").split(","))
        digits = int(get("digits") or 0)
        return [str(v).zfill(digits) for v in range(low, high + 1, int(get("interval") or 1))]
    if kind == "date":
        return _dates(get)
    if kind == "injected":
        values = _literals(where, table, alias, name) if where is not None else None
        if values is None:
            raise Failed("CONSTRAINT_VIOLATION",
                         f"For the injected projected partition column {name}, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.")
        return values
    raise Failed("INVALID_TABLE_PROPERTY", f"Column {name} has no usable projection type ({kind!r})")


def _literals(node, table, alias, name):
    """The values of an injected key: literal = or IN in a conjunct."""
    if isinstance(node, exp.Paren):
        return _literals(node.this, table, alias, name)
    if isinstance(node, exp.And):
        left, right = (_literals(x, table, alias, name) for x in (node.left, node.right))
        if left is not None and right is not None:
            return [v for v in left if v in right]
        return left if left is not None else right
    if isinstance(node, exp.Or):
        left, right = (_literals(x, table, alias, name) for x in (node.left, node.right))
        return None if left is None or right is None else list(dict.fromkeys(left + right))
    if isinstance(node, exp.EQ):
        for a, b in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(a, exp.Column) and key_of(a, table, alias) == name and isinstance(b, exp.Literal):
                return [b.this]
    if isinstance(node, exp.In) and isinstance(node.this, exp.Column) and key_of(node.this, table, alias) == name:
        if node.expressions and all(isinstance(x, exp.Literal) for x in node.expressions):
            return list(dict.fromkeys(x.this for x in node.expressions))
    return None


UNITS = {"YEARS": "years", "MONTHS": "months", "WEEKS": "weeks", "DAYS": "days",
         "HOURS": "hours", "MINUTES": "minutes", "SECONDS": "seconds"}


def _dates(get):
    pattern = get("format") or "yyyy-MM-dd"
    low, high = (_date(x.strip(), pattern) for x in get("range").split(","))
    unit = (get("interval.unit") or _smallest(pattern)).upper().rstrip("S") + "S"
    step, out, index = int(get("interval") or 1), [], 0
    while True:
        at = _plus(low, UNITS[unit], step * index)
        if at > high or len(out) > LIMIT:
            return list(dict.fromkeys(out))
        out.append(_show(at, pattern))
        index += 1


def _smallest(pattern):
    bare = re.sub(r"'[^']*'", "", pattern)
    for letters, unit in (("s", "SECONDS"), ("m", "MINUTES"), ("Hh", "HOURS"), ("d", "DAYS"), ("M", "MONTHS")):
        if any(x in bare for x in letters):
            return unit
    return "YEARS"


def _plus(at, unit, count):
    if unit in ("years", "months"):
        months = at.year * 12 + at.month - 1 + (count * 12 if unit == "years" else count)
        year, month = divmod(months, 12)
        for day in range(at.day, 27, -1):
            try:
                return at.replace(year=year, month=month + 1, day=day)
            except ValueError:
                continue
        return at.replace(year=year, month=month + 1)
    return at + datetime.timedelta(**{unit: count})


def _date(text, pattern):
    if text.upper().startswith("NOW"):
        at = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        moved = re.fullmatch(r"NOW\s*([+-])\s*(\d+)\s*([A-Z]+)", text.upper())
        if moved:
            unit = UNITS[moved.group(3).rstrip("S") + "S"]
            at = _plus(at, unit, int(moved.group(2)) * (1 if moved.group(1) == "+" else -1))
        return at
    shape, names = "", []
    for letter, run in _tokens(pattern):
        if letter is None:
            shape += re.escape(run)
        else:
            names.append(letter)
            shape += r"(\d{%d})" % len(run) if len(run) > 1 else r"(\d{1,4})"
    found = re.fullmatch(shape, text)
    if not found:
        raise Failed("INVALID_TABLE_PROPERTY", f"projection range {text!r} does not match the format {pattern!r}")
    part = dict(zip(names, (int(x) for x in found.groups())))
    return datetime.datetime(part.get("y", 1970), part.get("M", 1), part.get("d", 1),
                             part.get("H", 0), part.get("m", 0), part.get("s", 0))


def _show(at, pattern):
    value = {"y": at.year, "M": at.month, "d": at.day, "H": at.hour, "m": at.minute, "s": at.second}
    return "".join(run if letter is None else str(value[letter]).zfill(len(run)) for letter, run in _tokens(pattern))


def _tokens(pattern):
    for found in re.finditer(r"'([^']*)'|([yMdHms])\2*|[^yMdHms']+", pattern):
        text = found.group(0)
        yield (None, found.group(1)) if text.startswith("'") else (found.group(2), text)
