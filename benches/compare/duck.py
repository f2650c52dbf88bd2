"""The questions in DuckDB, as those ask them who know it: files as whole objects, from_json with the
fields that are needed and no others, day folders of the period only."""

import json
import os
import sys

import duckdb

import lake

PARQUET = "duckdb.parquet"


class Duck:
    def __init__(self, args):
        self.args = args
        self.warm = args.question.startswith("warm-")
        self.database = duckdb.connect()
        spill = os.path.join(args.work, "duckdb-spill")
        self.database.execute(f"SET threads = {args.threads}")
        self.database.execute("SET temp_directory = ?", [spill])
        # Otherwise a table made of many small files is held together in as many small pieces.
        self.database.execute("SET preserve_insertion_order = false")

    def ask(self, sql, **values):
        return self.database.execute(sql, values or None).fetchall()

    @property
    def parquet(self):
        return os.path.join(self.args.work, PARQUET)

    def items(self, scalars, bodies=(), every=True, needle=None):
        """A relation of items with the fields that are named, from the files or from Parquet."""
        fields = [*scalars, *bodies]
        columns = ", ".join(f'i."{field}"' for field in fields)
        history = "contains(filename, '/ConfigHistory/') AS history"
        if self.warm:
            narrow = ", ".join(f'"{field}"' for field in fields)
            found = f""" WHERE "resourceId" = '{needle}'""" if needle else ""
            return f"(SELECT history, {narrow} FROM read_parquet('{self.parquet}'){found})"
        patterns = (
            lake.all_patterns(self.args.lake)
            if every
            else lake.month_patterns(self.args.lake, self.args.month)
        )
        shape = {field: "VARCHAR" for field in scalars} | {body: "JSON" for body in bodies}
        shape = json.dumps({"configurationItems": [shape]})
        found = f" WHERE contains(json::VARCHAR, '{needle}')" if needle else ""
        mine = f""" WHERE i."resourceId" = '{needle}'""" if needle else ""
        return f"""(
            SELECT {history}, {columns}
            FROM (
                SELECT filename, unnest(from_json(json, '{shape}')."configurationItems") AS i
                FROM read_json_objects({patterns!r}, format = 'unstructured', filename = true,
                    maximum_object_size = {lake.largest_object(patterns)}){found}
            ){mine}
        )"""

    @property
    def period(self):
        first, after = lake.bounds(self.args.month)
        return f"captured >= '{first}' AND captured < '{after}'"


KEY = f"""
    "resourceType" AS type, "awsAccountId" AS account,
    CASE WHEN "resourceType" IN {lake.GLOBAL_TYPES} THEN 'global' ELSE "awsRegion" END AS region,
    "resourceId" AS id, "configurationStateId" AS state, "configurationItemCaptureTime" AS captured,
    "configurationItemStatus" AS status"""
KEY_FIELDS = (
    "resourceType",
    "awsAccountId",
    "awsRegion",
    "resourceId",
    "configurationStateId",
    "configurationItemCaptureTime",
    "configurationItemStatus",
)


def month(duck):
    items = duck.items(KEY_FIELDS, every=False)
    return duck.ask(f"""
        SELECT type, account, region, count(*)
        FROM (
            SELECT DISTINCT type, account, region, id, state
            FROM (SELECT history, {KEY} FROM {items})
            WHERE history AND {duck.period}
        )
        GROUP BY ALL""")


def names(duck):
    fields = (*KEY_FIELDS, "resourceName", "ARN")
    items = duck.items(fields, ("tags",))
    # Read once, into a narrow table: it is asked twice.
    duck.ask(f"""
        CREATE TEMP TABLE items AS
        SELECT history, {KEY}, "resourceName" AS name,
            name IS NOT NULL OR "ARN" IS NOT NULL OR tags::VARCHAR <> '{{}}' AS is_card
        FROM {items}""")
    return duck.ask(f"""
        WITH wanted AS (
            SELECT DISTINCT type, account, region, id, state, captured, status, name
            FROM items WHERE history AND {duck.period}
        ), cards AS (
            SELECT type, account, region, id, captured, name
            FROM items WHERE is_card AND status <> 'ResourceDeleted'
        )
        SELECT type, name, account, region, count(*)
        FROM (
            SELECT type, name, account, region FROM wanted
            WHERE status <> 'ResourceDeleted' OR name IS NOT NULL
            UNION ALL
            SELECT w.type, c.name, w.account, w.region
            FROM (FROM wanted WHERE status = 'ResourceDeleted' AND name IS NULL) w
            ASOF LEFT JOIN cards c
            ON w.type = c.type AND w.account = c.account AND w.region = c.region AND w.id = c.id
                AND w.captured > c.captured
        )
        GROUP BY ALL""")


def kinds_of(duck, needle=None):
    items = duck.items(KEY_FIELDS, lake.BODIES, needle=needle)
    bodies = ", ".join(f'"{body}"::VARCHAR' for body in lake.BODIES)
    return f"""(
        SELECT type, captured, status, history,
            CASE
                WHEN type LIKE 'AWS::Config::%Compliance' THEN 'compliance'
                WHEN status IN {lake.NOT_RECORDED} THEN 'not_recorded'
                WHEN status = 'ResourceDeleted' THEN 'deleted'
                WHEN status = 'ResourceDiscovered' OR before IS NULL
                    OR before IN ('ResourceDeleted', {repr(lake.NOT_RECORDED)[1:]} THEN 'first'
                WHEN bodies = bodies_before THEN 'same'
                ELSE 'differs'
            END AS kind
        FROM (
            SELECT *, lag(status) OVER resource AS before, lag(bodies) OVER resource AS bodies_before
            FROM (
                SELECT type, account, region, id, state, captured, status,
                    any_value(bodies) AS bodies, bool_or(history) AS history
                FROM (SELECT history, {KEY}, hash({bodies}) AS bodies FROM {items})
                GROUP BY ALL
            )
            WINDOW resource AS (PARTITION BY type, account, region, id ORDER BY captured)
        )
    )"""


def kinds(duck):
    return duck.ask(f"""
        SELECT type, kind, count(*) FROM {kinds_of(duck)}
        WHERE history AND {duck.period} GROUP BY ALL""")


def timeline(duck):
    items = kinds_of(duck, duck.args.resource)
    return duck.ask(f"SELECT captured, status, kind FROM {items} WHERE history")


def fill(duck):
    items = duck.items(lake.SCALARS, lake.BODIES)
    duck.ask(f"""
        COPY (SELECT * FROM {items}
            ORDER BY "resourceType", "resourceId", "configurationItemCaptureTime")
        TO '{duck.parquet}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384)""")
    return [("bytes", os.path.getsize(duck.parquet))]


def fill_check(duck):
    return duck.ask(f"""
        SELECT unnest([('rows', count(*)), ('configuration bytes',
            coalesce(sum(strlen(configuration::VARCHAR)), 0)::BIGINT)], recursive := true)
        FROM '{duck.parquet}'""")


QUESTIONS = {
    "month": month,
    "names": names,
    "kinds": kinds,
    "timeline": timeline,
    "fill": fill,
    "fill-check": fill_check,
    "warm-month": month,
    "warm-kinds": kinds,
    "warm-timeline": timeline,
}


def main():
    args = lake.arguments()
    lake.write_answer(args.answer, QUESTIONS[args.question](Duck(args)))


if __name__ == "__main__":
    sys.exit(main())
