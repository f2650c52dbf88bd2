"""One statement from text to rows: Glue, partitions, objects, DuckDB."""

import re
import threading

import duckdb
from botocore.exceptions import ClientError
from sqlglot import exp

from . import functions, names, partitions, text, translate
from .errors import Cancelled, Failed
from .hive import Serde, duckdb_type, parse_type, quote
from .store import Store, list_objects


class Outcome:
    def __init__(self, columns, rows, scanned, objects):
        self.columns, self.rows, self.scanned, self.objects = columns, rows, scanned, objects


class Source:
    """One mention of a physical table in the statement."""

    def __init__(self, node, table, number):
        self.table, self.number = table, number
        self.alias = node.alias or node.name
        select = node.find_ancestor(exp.Select)
        where = select.args.get("where") if select is not None else None
        self.where = where.this.copy() if where is not None else None
        self.serde = Serde(table.serde_library, table.serde_parameters, table.columns)


class Engine:
    def __init__(self):
        self.base = duckdb.connect(":memory:")
        functions.install(self.base)
        self.store = Store(self.base)
        self.patterns, self.lock = {}, threading.Lock()

    def re2(self, pattern):
        with self.lock:
            if pattern not in self.patterns:
                try:
                    self.base.cursor().execute("SELECT regexp_matches('', ?)", [pattern]).fetchall()
                    self.patterns[pattern] = True
                except duckdb.Error:
                    self.patterns[pattern] = False
            return self.patterns[pattern]

    def connect(self):
        connection = self.base.cursor()
        for setting in ("TimeZone = 'UTC'", "integer_division = true", "default_null_order = 'nulls_last'"):
            connection.execute("SET " + setting)
        return connection

    def render(self, tree):
        return translate.Rewriter(self.re2).run(tree).sql("duckdb", unsupported_level=translate.IGNORE)

    def run(self, query, connection, glue, s3, cutoff, account_of):
        """`query` offers tree, database, catalog, scanned, objects and stopped()."""
        tree = query.tree.copy()
        # `"db"."table".column` means `table.column`, here and in the predicates of partitions.
        owned = {((n.text("db") or query.database or "default").lower(), n.name.lower()) for n in names.physical_tables(tree)}
        for column in tree.find_all(exp.Column):
            if (column.text("db").lower(), column.text("table").lower()) in owned:
                column.set("db", None)
                column.set("catalog", None)
        sources, listed = [], {}
        for node in names.physical_tables(tree):
            table = find_table(node, query, glue, account_of)
            source = Source(node, table, len(sources))
            partitions.check_types(source.where, table, source.alias)
            sources.append(source)
            listed[id(node)] = [n for n, _ in table.columns + table.keys]
        names.check_aliases(tree, listed)
        path = any(c.name.lower() == "$path" for c in tree.find_all(exp.Column))
        nodes = names.physical_tables(tree)
        for node, source in zip(nodes, sources):
            select = node.find_ancestor(exp.Select)
            if path and select is not None:
                names.subtle_star(select)
            if not node.args.get("alias"):
                node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
            node.set("db", None)
            node.set("catalog", None)
            node.set("this", exp.to_identifier(f"__t{source.number}", quoted=True))
        names.name_outputs(tree)
        for source in sources:
            self._view(source, connection, path)
        try:
            rewritten = translate.Rewriter(self.re2).run(tree)
            self._types(rewritten, connection)
            sql = rewritten.sql("duckdb", unsupported_level=translate.IGNORE)
            query.duckdb_sql = sql
            connection.execute("EXPLAIN " + sql)
            self._read(query, sources, connection, glue, s3, cutoff)
            connection.execute(sql)
            description = connection.description or []
            rows = connection.fetchall()
        except duckdb.InterruptException:
            raise Cancelled("Query cancelled") from None
        except duckdb.Error as error:
            raise failed(error) from None
        kinds = [d[1] for d in description]
        bare = isinstance(query.tree, exp.Values)
        columns = [text.column_info(f"_col{i}" if bare or d[0].startswith(names.UNNAMED) else d[0].lower(), d[1])
                   for i, d in enumerate(description)]
        cell = text.cell
        out = []
        for row in rows:
            out.append([cell(v, k) for v, k in zip(row, kinds)])
            if len(out) % 4096 == 0:
                query.stopped()
        return Outcome(columns, out, query.scanned, query.objects)

    def _view(self, source, connection, path):
        table, n = source.table, source.number
        held = self.store.table(source.serde)
        keys = "".join(f", {quote(name)} {duckdb_type(parse_type(kind))}" for name, kind in table.keys)
        connection.execute(f'CREATE TEMP TABLE __f{n} (__file BIGINT, "$path" VARCHAR{keys})')
        shown = [f"c.{quote(name)}" for name, _ in table.columns] + [f"f.{quote(name)}" for name, _ in table.keys]
        if path:
            shown.append('f."$path"')
        connection.execute(f"CREATE TEMP VIEW __t{n} AS SELECT {', '.join(shown)} FROM {held} c "
                           f"JOIN __f{n} f ON c.__file = f.__file")

    def _types(self, tree, connection):
        """Binds a stricter twin of the statement, for the mixtures of types that Trino refuses."""
        try:
            connection.execute("EXPLAIN " + translate.strict(tree).sql("duckdb", unsupported_level=translate.IGNORE))
        except duckdb.Error as error:
            found = re.search(r"Cannot mix values of type (\S+) and (\S+) in (COALESCE|CASE|IF)", str(error))
            if found:
                left, right = (x.replace("_LITERAL", "").lower() for x in found.groups()[:2])
                raise Failed("TYPE_MISMATCH", f"line 1:1: Cannot apply operator: {left} = {right}") from None
            if re.search(r"argument types 'lower\(", str(error)):
                raise Failed("TYPE_MISMATCH", "line 1:1: Unexpected parameters for function concat") from None

    def _read(self, query, sources, connection, glue, s3, cutoff):
        plans, sizes = [], {}
        for source in sources:
            query.stopped()
            table = source.table
            chosen = partitions.resolve(table, source.where, source.alias, glue, connection, self.render)
            objects = list_objects(chosen, s3)
            sizes.update({(b, k): size for _, b, k, _, size in objects})
            plans.append((source, chosen, objects))
        query.scanned = sum(sizes.values())
        query.objects = sorted(f"s3://{b}/{k}" for b, k in sizes)
        if cutoff and query.scanned > cutoff:
            query.scanned = cutoff
            raise Cancelled("Bytes scanned limit was exceeded")
        for source, chosen, objects in plans:
            numbers = self.store.load(source.serde, [(b, k, e) for _, b, k, e, _ in objects], s3, query.stopped)
            if not objects:
                continue
            arrays = [numbers, [f"s3://{b}/{k}" for _, b, k, _, _ in objects]]
            marks = "unnest(?::BIGINT[]), unnest(?::VARCHAR[])"
            for i, (_, kind) in enumerate(source.table.keys):
                arrays.append([chosen[o[0]][0][i] for o in objects])
                marks += f", unnest(?::VARCHAR[])::{duckdb_type(parse_type(kind))}"
            connection.execute(f"INSERT INTO __f{source.number} SELECT {marks}", arrays)


def find_table(node, query, glue, account_of):
    database = (node.text("db") or query.database or "default").lower()
    catalog = node.text("catalog") or query.catalog
    name = node.name.lower()
    arguments = {"DatabaseName": database, "Name": name}
    account = account_of(catalog)
    if account is False:
        raise Failed("CATALOG_NOT_FOUND", f"line 1:1: Catalog '{catalog}' not found")
    if account:
        arguments["CatalogId"] = account
    if database == "information_schema":
        raise Failed("NOT_SUPPORTED", "information_schema is not in this double")
    try:
        raw = glue.get_table(**arguments)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise Failed("HIVE_METASTORE_ERROR", str(error)) from None
        try:
            glue.get_database(Name=database)
        except ClientError:
            raise Failed("SCHEMA_NOT_FOUND", f"line 1:1: Schema '{database}' does not exist") from None
        raise Failed("TABLE_NOT_FOUND",
                     f"line 1:1: Table '{catalog.lower()}.{database}.{name}' does not exist") from None
    raw.setdefault("DatabaseName", database)
    if raw.get("TableType") == "VIRTUAL_VIEW":
        raise Failed("NOT_SUPPORTED", "views are not in this double")
    return partitions.Table(raw)


def failed(error):
    """DuckDB's words -> Athena's code; the text stays DuckDB's where it says more."""
    message = str(error)
    first = message.split("\n", 1)[0]
    coded = re.search(r"(?:Could not convert string '|ValueError: )([A-Z_]{6,}: .*?)(?:' to INT32|\n|$)", message, re.S)
    if coded:
        code, words = coded.group(1).split(": ", 1)
        return Failed(code, words)
    missing = (re.search(r'Referenced column "(.+?)" not found', message)
               or re.search(r'Could not find key "(.+?)" in struct', message)
               or re.search(r'does not have a column named "(.+?)"', message)
               or re.search(r'Referenced table "(.+?)" not found', message)
               or re.search(r'column "(.+?)" must appear in the GROUP BY', message))
    if missing and "GROUP BY" in message and "must appear" in message:
        return Failed("EXPRESSION_NOT_AGGREGATE", f"line 1:1: '{missing.group(1)}' must be an aggregate expression or appear in GROUP BY clause")
    if missing:
        return Failed("COLUMN_NOT_FOUND", f"line 1:1: Column '{missing.group(1)}' cannot be resolved")
    unknown = re.search(r"Function with name (\S+) does not exist", message)
    if unknown:
        # The names were checked against Trino's before: this one is real, only missing here.
        return Failed("NOT_SUPPORTED", f"the function {unknown.group(1)} is not in this double")
    if isinstance(error, duckdb.CatalogException):
        return Failed("TABLE_NOT_FOUND", first)
    if "Division by zero" in message:
        return Failed("DIVISION_BY_ZERO", "Division by zero")
    if isinstance(error, duckdb.OutOfRangeException):
        return Failed("NUMERIC_VALUE_OUT_OF_RANGE", first)
    if isinstance(error, duckdb.ConversionException):
        return Failed("INVALID_CAST_ARGUMENT", first)
    if "Ambiguous reference" in message:
        return Failed("AMBIGUOUS_NAME", first)
    if isinstance(error, duckdb.BinderException):
        return Failed("TYPE_MISMATCH", first)
    if isinstance(error, duckdb.InvalidInputException):
        return Failed("INVALID_FUNCTION_ARGUMENT", message.split("Invalid Input Error: ", 1)[-1].split("\n")[0])
    if isinstance(error, duckdb.ParserException):
        return Failed("SYNTAX_ERROR", first)
    return Failed("GENERIC_INTERNAL_ERROR", message, category=1)
