"""The questions in Polars, lazily and with its streaming engine. Its reader gives bodies in its own
words (other blanks, another order of keys): equal ones stay equal, but their bytes are not those that
were delivered."""

import os
import sys

import lake

PARQUET = "polars.parquet"


def read(paths, scalars, bodies=()):
    """The items of files with the fields that are named."""
    fields = {field: pl.String for field in (*scalars, *bodies)}
    files = pl.scan_ndjson(
        paths,
        schema={"configurationItems": pl.List(pl.Struct(fields))},
        include_file_paths="path",
    )
    items = files.explode("configurationItems").unnest("configurationItems")
    history = pl.col("path").str.contains("/ConfigHistory/", literal=True).alias("history")
    return items.with_columns(history).drop("path")


def month_files(args):
    return lake.files(lake.month_patterns(args.lake, args.month))


def all_files(args):
    return lake.files(lake.all_patterns(args.lake))


def keyed(items):
    region = (
        pl.when(pl.col("resourceType").is_in(lake.GLOBAL_TYPES))
        .then(pl.lit("global"))
        .otherwise("awsRegion")
    )
    return items.with_columns(region.alias("region")).rename(
        {
            "resourceType": "type",
            "awsAccountId": "account",
            "resourceId": "id",
            "configurationStateId": "state",
            "configurationItemCaptureTime": "captured",
            "configurationItemStatus": "status",
        }
    )


KEY_FIELDS = (
    "resourceType",
    "awsAccountId",
    "awsRegion",
    "resourceId",
    "configurationStateId",
    "configurationItemCaptureTime",
    "configurationItemStatus",
)
RESOURCE = ["type", "account", "region", "id"]


def period(args):
    first, after = (str(day) for day in lake.bounds(args.month))
    return (pl.col("captured") >= first) & (pl.col("captured") < after)


def rows(frame):
    return frame.collect(engine="streaming").rows()


def month(args):
    items = keyed(read(month_files(args), KEY_FIELDS))
    counted = (
        items.filter(period(args))
        .select(*RESOURCE, "state")
        .unique()
        .group_by("type", "account", "region")
        .len()
    )
    return rows(counted)


def names(args):
    fields = (*KEY_FIELDS, "resourceName", "ARN", "tags")
    items = keyed(read(all_files(args), fields))
    is_card = (
        pl.col("resourceName").is_not_null()
        | pl.col("ARN").is_not_null()
        | (pl.col("tags").is_not_null() & (pl.col("tags") != "{}"))
    )
    time = pl.col("captured").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ").alias("time")
    narrow = (
        items.select(
            *RESOURCE, "state", "captured", "status", "history", time, is_card.alias("is_card"),
            pl.col("resourceName").alias("name"),
        )
        .collect(engine="streaming")
        .lazy()
    )
    wanted = narrow.filter(period(args) & pl.col("history")).unique([*RESOURCE, "state"])
    deleted = pl.col("status") == "ResourceDeleted"
    nameless = deleted & pl.col("name").is_null()
    cards = narrow.filter(pl.col("is_card") & ~deleted).select(*RESOURCE, "time", "name")
    found = (
        wanted.filter(nameless)
        .drop("name")
        .sort("time")
        .join_asof(
            cards.sort("time"),
            on="time",
            by=RESOURCE,
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
    )
    columns = ["type", "name", "account", "region"]
    both = pl.concat([wanted.filter(~nameless).select(columns), found.select(columns)])
    return rows(both.group_by(columns).len())


def kinds_of(items):
    """Type, time, status and kind of the items of the history."""
    before, same = pl.col("before"), pl.col("bodies") == pl.col("bodies_before")
    ended = ["ResourceDeleted", *lake.NOT_RECORDED]
    status = pl.col("status")
    compliance = pl.col("type").str.contains("^AWS::Config::.*Compliance$")
    kind = (
        pl.when(compliance)
        .then(pl.lit("compliance"))
        .when(status.is_in(lake.NOT_RECORDED))
        .then(pl.lit("not_recorded"))
        .when(status == "ResourceDeleted")
        .then(pl.lit("deleted"))
        .when((status == "ResourceDiscovered") | before.is_null() | before.is_in(ended))
        .then(pl.lit("first"))
        .when(same)
        .then(pl.lit("same"))
        .otherwise(pl.lit("differs"))
    )
    hashed = keyed(items).select(
        *RESOURCE, "state", "captured", "status", "history", pl.struct(lake.BODIES).hash().alias("bodies")
    )
    once = hashed.group_by(*RESOURCE, "state", "captured", "status").agg(
        pl.col("bodies").first(), pl.col("history").any()
    )
    ordered = once.sort(*RESOURCE, "captured").with_columns(
        status.shift(1).over(RESOURCE).alias("before"),
        pl.col("bodies").shift(1).over(RESOURCE).alias("bodies_before"),
    )
    return ordered.with_columns(kind.alias("kind")).filter(pl.col("history"))


def kinds(args):
    items = read(all_files(args), KEY_FIELDS, lake.BODIES)
    return rows(kinds_of(items).filter(period(args)).group_by("type", "kind").len())


def timeline(args):
    """Looks for the id in the lines, then parses the files that have it: json_decode of a line does
    not take an object for a text, as the reader of files does."""
    lines = pl.scan_lines(
        all_files(args), name="line", include_file_paths="path"
    )
    hits = lines.filter(pl.col("line").str.contains(args.resource, literal=True)).select("path")
    paths = hits.collect(engine="streaming")["path"].to_list()
    mine = read(paths, KEY_FIELDS, lake.BODIES).filter(pl.col("resourceId") == args.resource)
    return rows(kinds_of(mine).select("captured", "status", "kind"))


def fill(args):
    path = os.path.join(args.work, PARQUET)
    items = read(all_files(args), lake.SCALARS, lake.BODIES)
    ordered = items.sort("resourceType", "resourceId", "configurationItemCaptureTime")
    ordered.sink_parquet(path, compression="zstd", row_group_size=16384)
    return [("bytes", os.path.getsize(path))]


def fill_check(args):
    items = pl.scan_parquet(os.path.join(args.work, PARQUET))
    length = pl.col("configuration").str.len_bytes().sum()
    count, size = items.select(pl.len(), length).collect().row(0)
    return [("rows", count), ("bytes of its own words", size)]


QUESTIONS = {
    "month": month,
    "names": names,
    "kinds": kinds,
    "timeline": timeline,
    "fill": fill,
    "fill-check": fill_check,
}


def main(args):
    lake.write_answer(args.answer, QUESTIONS[args.question](args))


if __name__ == "__main__":
    arguments = lake.arguments()
    # Read when the module is loaded.
    os.environ["POLARS_MAX_THREADS"] = str(arguments.threads)
    import polars as pl

    sys.exit(main(arguments))
