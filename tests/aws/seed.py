"""Fills an emulated AWS: a bucket with a lake, Glue tables over it, a workgroup with an output location.

Usage: seed.py STORE ATHENA LAKE DATABASE BUCKET, with the endpoints of moto and of the double. The keys in the bucket are the
paths in the lake, so that both engines name the same files.
"""

import concurrent.futures
import pathlib
import sys

import boto3
from botocore.config import Config

RESULTS = "athena-results"
HIVE = "org.apache.hive.hcatalog.data.JsonSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
SCALARS = [
    ("configurationItemVersion", "string"),
    ("configurationItemCaptureTime", "string"),
    ("configurationStateId", "bigint"),
    ("awsAccountId", "string"),
    ("configurationItemStatus", "string"),
    ("resourceType", "string"),
    ("resourceId", "string"),
    ("resourceName", "string"),
    ("ARN", "string"),
    ("awsRegion", "string"),
    ("availabilityZone", "string"),
    ("configurationStateMd5Hash", "string"),
    ("resourceCreationTime", "string"),
]
BODIES = [(name, "string") for name in ("configuration", "supplementaryConfiguration", "relationships")]
RECOMMENDED = SCALARS + [("recordingFrequency", "string"), ("tags", "string")] + BODIES


def items_of(fields):
    return "array<struct<" + ",".join(f"{name.lower()}:{kind}" for name, kind in fields) + ">>"


def openx_parameters(fields):
    names = ["fileVersion", "configSnapshotId", "configurationItems"] + [name for name, _ in fields]
    return {"case.insensitive": "false"} | {f"mapping.{name.lower()}": name for name in names}


def create(glue, database, name, fields, keys, serde, serde_parameters, parameters, location):
    columns = [("fileversion", "string"), ("configurationitems", items_of(fields))]
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE"} | parameters,
            "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in keys],
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
                "Location": location,
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_parameters},
            },
        },
    )


def main(store, double, lake, database, bucket):
    lake = pathlib.Path(lake)
    config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3})
    client = lambda service, endpoint: boto3.client(service, endpoint_url=endpoint, config=config)
    s3, glue, athena = client("s3", store), client("glue", store), client("athena", double)
    for name in (bucket, RESULTS):
        s3.create_bucket(Bucket=name)
    files = [path for path in sorted(lake.rglob("*")) if path.is_file()]
    keys = [path.relative_to(lake).as_posix() for path in files]
    upload = lambda path, key: s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, files, keys))
    athena.update_work_group(
        WorkGroup="primary",
        ConfigurationUpdates={"ResultConfigurationUpdates": {"OutputLocation": f"s3://{RESULTS}/"}},
    )
    delivered = [key.split("/") for key in keys if "/Config/" in key and "AWSLogs" in key]
    roots = {"/".join(parts[: parts.index("AWSLogs") + 1]) for parts in delivered}
    places = [parts[parts.index("AWSLogs") + 1 :] for parts in delivered]
    accounts = sorted({place[0] for place in places})
    regions = sorted({place[2] for place in places if len(place) > 4})
    (root,) = roots
    root = f"s3://{bucket}/{root}"
    glue.create_database(DatabaseInput={"Name": database})

    def enum(key, values):
        return {f"projection.{key}.type": "enum", f"projection.{key}.values": ",".join(values)}

    def integer(key, bounds):
        return {f"projection.{key}.type": "integer", f"projection.{key}.range": bounds}

    places = {"projection.enabled": "true"} | enum("account_id", accounts) | enum("region", regions)
    numbers = integer("year", "2021,2999") | integer("month", "1,12") | integer("day", "1,31")
    by_number = [(key, "string") for key in ("account_id", "region", "year", "month", "day")]
    stem = root + "/${account_id}/Config/${region}/"
    article = SCALARS + [("tags", "map<string,string>")]
    template = {"storage.location.template": stem + "${year}/${month}/${day}/"}
    create(glue, database, "article", article, by_number, HIVE, {}, places | numbers | template, root)
    kinds = enum("type", ["ConfigHistory", "ConfigSnapshot"])
    template = {"storage.location.template": stem + "${year}/${month}/${day}/${type}"}
    create(
        glue,
        database,
        "recommended",
        RECOMMENDED,
        by_number + [("type", "string")],
        OPENX,
        openx_parameters(RECOMMENDED),
        places | numbers | kinds | template,
        root,
    )
    dates = {
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy/M/d",
        "projection.dt.range": "2020/1/1,NOW",
        "storage.location.template": stem + "${dt}/",
    }
    create(
        glue,
        database,
        "dated",
        RECOMMENDED,
        [("account_id", "string"), ("region", "string"), ("dt", "string")],
        OPENX,
        openx_parameters(RECOMMENDED),
        places | dates,
        root,
    )
    print(f"{len(files)} files in s3://{bucket}")


if __name__ == "__main__":
    main(*sys.argv[1:])
