"""Checks the double against plain Python over the same files. Exit code 1 on any difference.

Run with the interpreter of the environment that requirements.txt fills.
"""

import collections
import contextlib
import datetime
import gzip
import hashlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = pathlib.Path(__file__).resolve().parent
LAKE = HERE.parent.parent / "examples" / "lake"
BUCKET, RESULTS = "config-bucket", "athena-results"
ROOT = f"s3://{BUCKET}/org/o-exampleorg1/AWSLogs"
FAILURES, PASSED = [], 0

FIELDS = [("configurationItemVersion", "string"), ("configurationItemCaptureTime", "string"),
          ("configurationStateId", "bigint"), ("awsAccountId", "string"), ("configurationItemStatus", "string"),
          ("resourceType", "string"), ("resourceId", "string"), ("resourceName", "string"), ("ARN", "string"),
          ("awsRegion", "string"), ("availabilityZone", "string"), ("resourceCreationTime", "string"),
          ("tags", "map<string,string>"), ("configuration", "string"),
          ("supplementaryConfiguration", "map<string,string>"),
          ("relationships", "array<struct<resourceType:string,resourceId:string,resourceName:string,name:string>>")]
ITEMS = "array<struct<" + ",".join(f"{n.lower()}:{t}" for n, t in FIELDS) + ">>"
COLUMNS = [{"Name": "fileversion", "Type": "string"}, {"Name": "configsnapshotid", "Type": "string"},
           {"Name": "configurationitems", "Type": ITEMS}]
HIVE = "org.apache.hive.hcatalog.data.JsonSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"


def check(name, got, want):
    global PASSED
    if got == want:
        PASSED += 1
    else:
        FAILURES.append(name)
        print(f"FAIL {name}\n  got  {str(got)[:600]}\n  want {str(want)[:600]}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def servers():
    port = free_port()
    bin_ = pathlib.Path(sys.executable).parent
    started = time.time()
    moto = subprocess.Popen([bin_ / "moto_server", "-H", "127.0.0.1", "-p", str(port)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    double = subprocess.Popen([sys.executable, "-m", "athena_double", "--upstream", f"http://127.0.0.1:{port}", "--port", "0"],
                              cwd=HERE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    try:
        line = double.stdout.readline().strip()
        print(f"double ready after {time.time() - started:.1f} s ({line})")
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=1)
                break
            except OSError:
                if time.time() - started > 60:
                    raise
                time.sleep(0.1)
        print(f"moto ready after {time.time() - started:.1f} s")
        yield "http://" + line.split()[-1]
    finally:
        for process in (double, moto):
            process.terminate()
            process.wait()


class Bench:
    def __init__(self, url):
        self.url = url
        make = lambda name: boto3.client(name, endpoint_url=url, region_name="us-east-1", aws_access_key_id="test",
                                         aws_secret_access_key="test", config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
        self.athena, self.glue, self.s3, self.sts = map(make, ("athena", "glue", "s3", "sts"))
        self.slowest = (0, "")

    def control(self, path, value=None):
        data = None if value is None else json.dumps(value).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + "/_double/" + path, data=data)) as got:
            return json.load(got)

    def start(self, sql, **more):
        more.setdefault("QueryExecutionContext", {"Database": "lake"})
        more.setdefault("ResultConfiguration", {"OutputLocation": f"s3://{RESULTS}/out/"})
        return self.athena.start_query_execution(QueryString=sql, **more)["QueryExecutionId"]

    def wait(self, identifier):
        while True:
            got = self.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
            if got["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return got
            time.sleep(0.01)

    def run(self, sql, **more):
        started = time.time()
        identifier = self.start(sql, **more)
        got = self.wait(identifier)
        took = time.time() - started
        self.slowest = max(self.slowest, (took, sql[:100]))
        self.last = got
        if got["Status"]["State"] != "SUCCEEDED":
            return got["Status"]["StateChangeReason"]
        rows, self.columns = [], None
        for page in self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier):
            self.columns = self.columns or [(c["Name"], c["Type"]) for c in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
            rows += [[d.get("VarCharValue") for d in r["Data"]] for r in page["ResultSet"]["Rows"]]
        self.header = rows[0]
        return rows[1:]

    def rows(self, sql, **more):
        got = self.run(sql, **more)
        if isinstance(got, str):
            raise SystemExit(f"this query must succeed: {sql}\n{got}")
        return got

    def code(self, sql, **more):
        got = self.run(sql, **more)
        return got.split(":")[0] if isinstance(got, str) else got

    def refused(self, sql, **more):
        try:
            return self.run(sql, **more)
        except ClientError as error:
            return (error.response["Error"]["Code"], error.response.get("AthenaErrorCode"))


def load_lake():
    """[(key below the bucket, stored bytes, [items])], read with nothing of the double."""
    out = []
    for path in sorted(LAKE.rglob("*")):
        if path.is_file() and path.name != "README.md":
            raw = path.read_bytes()
            plain = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
            items = json.loads(plain).get("configurationItems") or [] if plain else []
            out.append(("org/" + path.relative_to(LAKE).as_posix(), raw, items))
    return out


def create(bench, name, keys, parameters, serde=HIVE, serde_parameters=None, location=ROOT, columns=None):
    bench.glue.create_table(DatabaseName="lake", TableInput={
        "Name": name, "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": k, "Type": t} for k, t in keys],
        "Parameters": {"EXTERNAL": "TRUE", **parameters},
        "StorageDescriptor": {"Columns": columns or COLUMNS, "Location": location,
                              "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                              "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                              "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_parameters or {}}}})


def set_up(bench, lake):
    for bucket in (BUCKET, RESULTS):
        bench.s3.create_bucket(Bucket=bucket)
    for key, raw, _ in lake:
        bench.s3.put_object(Bucket=BUCKET, Key=key, Body=raw)
    bench.glue.create_database(DatabaseInput={"Name": "lake"})
    accounts = "111122223333,444455556666,777788889999"
    regions = "ap-northeast-1,us-east-1,eu-west-1"
    base = {"projection.enabled": "true", "projection.account_id.type": "enum", "projection.account_id.values": accounts,
            "projection.region.type": "enum", "projection.region.values": regions}
    article = {**base, **{f"projection.{k}.type": "integer" for k in ("year", "month", "day")},
               "projection.year.range": "2021,2999", "projection.month.range": "1,12", "projection.day.range": "1,31"}
    keys = [(k, "string") for k in ("account_id", "region", "year", "month", "day")]
    stem = ROOT + "/${account_id}/Config/${region}/"
    template = {"storage.location.template": stem + "${year}/${month}/${day}/"}
    create(bench, "article", keys, {**article, **template})
    typed = {**article, "projection.type.type": "enum", "projection.type.values": "ConfigHistory,ConfigSnapshot",
             "projection.year.range": "2023,2025", "storage.location.template": stem + "${year}/${month}/${day}/${type}/"}
    openx = {"case.insensitive": "false", "mapping.fileversion": "fileVersion", "mapping.configsnapshotid": "configSnapshotId",
             "mapping.configurationitems": "configurationItems", **{f"mapping.{n.lower()}": n for n, _ in FIELDS}}
    create(bench, "awsconfig", keys, {**article, **template}, OPENX, openx)
    create(bench, "typed", keys + [("type", "string")], typed, OPENX, openx)
    dated = {**base, "projection.dt.type": "date", "projection.dt.format": "yyyy/M/d", "projection.dt.range": "2023/1/1,NOW",
             "storage.location.template": stem + "${dt}/"}
    create(bench, "dated", [("account_id", "string"), ("region", "string"), ("dt", "string")], dated, OPENX, openx)
    injected = {**dated, "projection.account_id.type": "injected"}
    create(bench, "injected", [("account_id", "string"), ("region", "string"), ("dt", "string")], injected)
    create(bench, "registered", [("account_id", "string"), ("d", "string")], {})
    for account, day in (("111122223333", "5"), ("444455556666", "5"), ("444455556666", "6")):
        bench.glue.create_partition(DatabaseName="lake", TableName="registered", PartitionInput={
            "Values": [account, day], "StorageDescriptor": {
                "Location": f"{ROOT}/{account}/Config/ap-northeast-1/2024/11/{day}/", "Columns": COLUMNS,
                "SerdeInfo": {"SerializationLibrary": HIVE}}})
    mapped = COLUMNS[:2] + [{"Name": "configurationitems", "Type": "array<struct<resourceid:string,tags:map<string,string>>>"}]
    items = {"fileVersion": "1.0", "configurationItems": [{"resourceId": "r", "tags": {"Env": "a", "env": "b"}}]}
    line = json.dumps(items).encode()
    for name, raw in (("twice", gzip.compress(line)), ("cut", gzip.compress(line * 50)[:-20]), ("pretty", json.dumps(items, indent=1).encode()),
                      ("long", b'{"fileVersion":"' + b"x" * (32 << 20) + b'"}'), ("fine", line.replace(b'"env"', b'"other"'))):
        bench.s3.put_object(Bucket=BUCKET, Key=f"bad/{name}/x.json.gz", Body=raw)
        bench.s3.put_object(Bucket=BUCKET, Key=f"bad/{name}/_hidden", Body=b"no JSON")
        create(bench, "bad_" + name, [], {}, location=f"s3://{BUCKET}/bad/{name}/", columns=mapped)
    create(bench, "case_openx", [], {}, OPENX, {}, f"s3://{BUCKET}/bad/twice/", mapped)
    create(bench, "case_kept", [], {}, OPENX, {"case.insensitive": "false", "mapping.configurationitems": "configurationItems",
           "mapping.resourceid": "resourceId"}, f"s3://{BUCKET}/bad/twice/", mapped)
    create(bench, "case_unmapped", [], {}, OPENX, {"case.insensitive": "false"}, f"s3://{BUCKET}/bad/twice/", mapped)


def where_of(key):
    found = re.search(r"AWSLogs/(\d+)/Config/([^/]+)/(\d+)/(\d+)/(\d+)/([^/]+)/", key)
    return found.groups() if found else None


def queries(bench, lake):
    parts = [(where_of(key), key, raw, items) for key, raw, items in lake if where_of(key)]
    november = [p for p in parts if p[0][2:4] == ("2024", "11")]
    items = [i for p in november for i in p[3]]
    every = [i for p in parts for i in p[3]]
    start = 'FROM "lake"."awsconfig" CROSS JOIN UNNEST("configurationitems") AS u(ci) WHERE year = \'2024\' AND month = \'11\''
    count = collections.Counter

    got = bench.rows(f"SELECT ci.resourceType, count(*) {start} GROUP BY 1")
    check("article's query", dict((k, int(v)) for k, v in got), dict(count(i["resourceType"] for i in items)))
    # A bucket of the demo lake is tagged `Environment` and `environment`: the case trap of JsonSerDe.
    check("JsonSerDe and tags that differ by case", bench.code("SELECT count(*) FROM article WHERE year = '2024' AND month = '11'"), "HIVE_CURSOR_ERROR")
    fifth = [p for p in november if p[0][4] == "5"]
    got = bench.rows("SELECT ci.resourceType, count(*) FROM article CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE year = '2024' AND month = '11' AND day = '5' GROUP BY 1")
    check("JsonSerDe", dict((k, int(v)) for k, v in got), dict(count(i["resourceType"] for p in fifth for i in p[3])))
    got = bench.rows(f"SELECT ci.resourceType, count(*) {start} GROUP BY 1")
    check("labels", bench.columns, [("resourcetype", "varchar"), ("_col1", "bigint")])
    check("header row", bench.header, ["resourcetype", "_col1"])
    check("bytes", bench.last["Statistics"]["DataScannedInBytes"], sum(len(p[2]) for p in november))
    check("objects", bench.control("queries")[-1]["objects"], sorted(f"s3://{BUCKET}/{p[1]}" for p in november))
    location = bench.last["ResultConfiguration"]["OutputLocation"]
    text = bench.s3.get_object(Bucket=RESULTS, Key=location.split("/", 3)[3])["Body"].read().decode()
    check("result object", text.splitlines()[0], '"resourcetype","_col1"')
    check("result object rows", len(text.splitlines()), len(got) + 1)
    started = time.time()
    bench.run(f"SELECT count(*) {start}")
    print(f"warm query over {len(november)} files: {time.time() - started:.3f} s")

    one = "year = '2024' AND month = '11' AND day IN ('5', '6') AND account_id = '444455556666'"
    chosen = [p for p in parts if p[0][2:4] == ("2024", "11") and p[0][4] in ("5", "6") and p[0][0] == "444455556666"]
    bench.run(f"SELECT count(*) FROM awsconfig WHERE {one}")
    check("IN and =", bench.last["Statistics"]["DataScannedInBytes"], sum(len(p[2]) for p in chosen))
    bench.run("SELECT count(*) FROM awsconfig a WHERE (a.year = '2024' AND a.month = '11' AND a.day = '5') OR (year = '2024' AND month = '12' AND day IN ('1'))")
    chosen = [p for p in parts if p[0][2:5] in (("2024", "11", "5"), ("2024", "12", "1"))]
    check("OR of ANDs", bench.last["Statistics"]["DataScannedInBytes"], sum(len(p[2]) for p in chosen))
    bench.run("SELECT count(*) FROM awsconfig WHERE year = '2024' AND month = '11' AND CAST(day AS integer) BETWEEN 9 AND 11 AND NOT region = 'us-east-1'")
    chosen = [p for p in november if 9 <= int(p[0][4]) <= 11 and p[0][1] != "us-east-1"]
    check("BETWEEN on CAST, NOT", bench.last["Statistics"]["DataScannedInBytes"], sum(len(p[2]) for p in chosen))
    bench.run("SELECT count(*) FROM awsconfig WHERE year = '2024' AND month = '11' AND day > '28'")
    chosen = [p for p in november if p[0][4] > "28"]
    check("text comparison", bench.last["Statistics"]["DataScannedInBytes"], sum(len(p[2]) for p in chosen))
    check("padded month finds nothing", bench.run("SELECT count(*) FROM awsconfig WHERE year = '2024' AND month = '01'"), [["0"]])
    check("all partitions: too many", bench.code("SELECT count(*) FROM awsconfig"), "HIVE_EXCEEDED_PARTITION_LIMIT")
    check("number against text key", bench.code("SELECT count(*) FROM awsconfig WHERE year = 2024"), "TYPE_MISMATCH")
    history = [p for p in november if p[0][5] == "ConfigHistory"]
    got = bench.rows("SELECT count(*) FROM typed CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE type = 'ConfigHistory' AND year = '2024' AND month = '11'")
    check("type key, OpenX", got, [[str(sum(len(p[3]) for p in history))]])
    check("type key bytes", bench.last["Statistics"]["DataScannedInBytes"], sum(len(p[2]) for p in history))
    got = bench.rows("SELECT count(*) FROM dated CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE dt IN ('2024/11/5', '2024/11/12')")
    check("date key", got, [[str(sum(len(p[3]) for p in november if p[0][4] in ("5", "12")))]])
    check("injected without equality", bench.code("SELECT count(*) FROM injected WHERE dt = '2024/11/5'"), "CONSTRAINT_VIOLATION")
    got = bench.rows("SELECT count(*) FROM injected CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE account_id IN ('444455556666') AND dt = '2024/11/5'")
    check("injected", got, [[str(sum(len(p[3]) for p in november if p[0][4] == "5" and p[0][0] == "444455556666"))]])
    got = bench.rows("SELECT account_id, d, count(*) FROM registered CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE d = '5' GROUP BY 1, 2 ORDER BY 1")
    want = count((p[0][0], "5") for p in november if p[0][4] == "5" and p[0][1] == "ap-northeast-1" for _ in p[3])
    check("registered partitions", got, [[a, d, str(want[a, d])] for a, d in sorted(want) if a != "777788889999"])
    got = bench.rows(f"SELECT \"$path\", count(*) {start} AND \"$path\" LIKE '%/ConfigHistory/%' AND regexp_like(\"$path\", '_1\\.json\\.gz$') AND strpos(\"$path\", 'ConfigSnapshot') = 0 GROUP BY 1 ORDER BY 1")
    check("$path", got, [[f"s3://{BUCKET}/{p[1]}", str(len(p[3]))] for p in sorted(history, key=lambda p: p[1]) if p[3]])
    got = bench.rows("SELECT * FROM dated WHERE dt = '2024/11/5' AND \"$path\" LIKE '%x%' LIMIT 1")
    check("* hides $path", [c for c, _ in bench.columns], ["fileversion", "configsnapshotid", "configurationitems", "account_id", "region", "dt"])

    # items
    got = bench.rows(f"SELECT ci.configurationstateid, ci.resourceid, ci.\"configuration\", ci.resourcename, ci.arn, ci.configurationitemcapturetime {start}")
    text = lambda v: v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False, separators=(",", ":"))
    want = [[str(i["configurationStateId"]), i["resourceId"], text(i.get("configuration")), i.get("resourceName"), i.get("ARN"), i["configurationItemCaptureTime"]] for i in items]
    check("scalars, JSON text, NULLs", sorted(got, key=str), sorted(want, key=str))
    got = bench.rows(f"SELECT ci.resourceid, ci.tags, ci.supplementaryconfiguration {start} AND cardinality(ci.tags) > 0")
    row = lambda m: "{" + ", ".join(f"{k}={text(v) if v is not None else 'null'}" for k, v in m.items()) + "}"
    want = [[i["resourceId"], row(i["tags"]), row(i.get("supplementaryConfiguration") or {}) if i.get("supplementaryConfiguration") is not None else None] for i in items if i.get("tags")]
    check("maps", sorted(got, key=str), sorted(want, key=str))
    got = bench.rows(f"SELECT t.k, t.v, count(*) {start.replace(' WHERE', ' CROSS JOIN UNNEST(ci.tags) AS t(k, v) WHERE')} GROUP BY t.k, t.v")
    check("UNNEST of a map", {(k, v): int(n) for k, v, n in got}, dict(count(kv for i in items for kv in (i.get("tags") or {}).items())))
    got = bench.rows(f"SELECT r.resourceid, count(*) {start.replace(' WHERE', ' CROSS JOIN UNNEST(ci.relationships) AS t(r) WHERE')} GROUP BY 1")
    check("UNNEST of rows keeps one column", {k: int(n) for k, n in got}, dict(count(r.get("resourceId") for i in items for r in i.get("relationships") or [])))
    got = bench.rows(f"SELECT count(*) {start} AND any_match(ci.relationships, r -> r.resourcetype = 'AWS::EC2::VPC')")
    check("any_match", got, [[str(sum(any(r.get("resourceType") == "AWS::EC2::VPC" for r in i.get("relationships") or []) for i in items))]])
    got = bench.rows(f"SELECT json_extract_scalar(ci.configuration, '$.vpcId') AS v, count(*) {start} GROUP BY json_extract_scalar(ci.configuration, '$.vpcId')")
    pick = lambda i: i["configuration"].get("vpcId") if isinstance(i.get("configuration"), dict) else None
    want = count(v if v is None or isinstance(v, str) else None for v in map(pick, items))
    check("json_extract_scalar", {k: int(n) for k, n in got}, dict(want))
    got = bench.rows(f"SELECT to_hex(md5(to_utf8(ci.configuration))), to_hex(sha256(to_utf8(ci.resourceid))) {start} AND ci.configuration IS NOT NULL")
    digest = lambda f, s: f(s.encode()).hexdigest().upper()
    check("hashes", sorted(got), sorted([digest(hashlib.md5, text(i["configuration"])), digest(hashlib.sha256, i["resourceId"])] for i in items if i.get("configuration") is not None))

    # a statement as the product writes it: first/last of each resource, previous item, change or not
    long = f"""WITH raw AS (SELECT "account_id", "region" AS folder, u.ci.awsaccountid AS account, ci."awsregion" AS region, ci.resourcetype AS type,
        ci.resourceid AS id, ci.configurationstateid AS state, ci.configurationitemstatus AS status,
        CAST(TRY(from_iso8601_timestamp(ci.configurationitemcapturetime)) AT TIME ZONE 'UTC' AS timestamp(3)) AS at,
        ci.configuration AS configuration, ci.tags AS tags, "$path" AS path {start}),
      dedup AS (SELECT *, row_number() OVER (PARTITION BY account, type, id, state ORDER BY path, folder) AS n FROM raw),
      marked AS (SELECT d.*, lag(d.configuration) IGNORE NULLS OVER (PARTITION BY account, type, id ORDER BY at, state) AS before,
        lag(state) OVER (PARTITION BY account, type, id ORDER BY at, state) AS previous,
        max(at) OVER (PARTITION BY account, type, id) AS last FROM dedup AS d WHERE d.n = 1)
      SELECT type, count(*) AS items, count(DISTINCT id) AS resources, count(CASE WHEN previous IS NOT NULL AND configuration IS DISTINCT FROM before THEN 1 END) AS changed,
        min(at) AS first, sum(if(status = 'ResourceDeleted', 1, 0)) AS gone
      FROM marked WHERE at >= TIMESTAMP '2024-11-01 00:00:00.000' AND at < TIMESTAMP '2024-12-01 00:00:00.000'
      GROUP BY type ORDER BY items DESC, type OFFSET 0 LIMIT 500"""
    got = bench.rows(long)
    held = {}
    for (account, folder, *_), key, _, inner in sorted(november, key=lambda p: (p[1], p[0][1])):
        for i in inner:
            held.setdefault((i["awsAccountId"], i["resourceType"], i["resourceId"], i["configurationStateId"]), i)
    lines = collections.defaultdict(list)
    for (account, kind, name, state), i in held.items():
        lines[account, kind, name].append((i["configurationItemCaptureTime"], state, i))
    table = collections.defaultdict(lambda: [0, set(), 0, None, 0])
    for (account, kind, name), row_ in lines.items():
        before = None
        for n, (at, state, i) in enumerate(sorted(row_, key=lambda x: x[:2])):
            now = text(i.get("configuration"))
            if "2024-11-01" <= at < "2024-12-01":
                t = table[kind]
                t[0] += 1
                t[1].add(name)
                t[2] += n > 0 and now != before
                t[3] = min(t[3] or at, at)
                t[4] += i["configurationItemStatus"] == "ResourceDeleted"
            before = now if now is not None else before
    want = [[k, str(a), str(len(b)), str(c), d.replace("T", " ").rstrip("Z"), str(e)] for k, (a, b, c, d, e) in table.items()]
    check("long WITH chain", got, sorted(want, key=lambda r: (-int(r[1]), r[0])))
    got = bench.rows(f"SELECT year(t AT TIME ZONE 'Asia/Tokyo'), month(t AT TIME ZONE 'Asia/Tokyo'), day(t AT TIME ZONE 'Asia/Tokyo'), count(*) FROM (SELECT from_iso8601_timestamp(ci.configurationitemcapturetime) AS t {start}) GROUP BY 1, 2, 3")
    tokyo = [datetime.datetime.fromisoformat(i["configurationItemCaptureTime"].replace("Z", "+00:00")) + datetime.timedelta(hours=9) for i in items]
    check("days in Tokyo", sorted(map(tuple, got)), sorted((str(y), str(m), str(d), str(n)) for (y, m, d), n in count((t.year, t.month, t.day) for t in tokyo).items()))
    got = bench.rows(f"SELECT account_id, ci.resourcetype, count(*), grouping(ci.resourcetype), grouping(account_id) {start} GROUP BY GROUPING SETS ((account_id, ci.resourcetype), (account_id), ()) ORDER BY 1 DESC NULLS LAST, 2 NULLS LAST")
    pairs = [(p[0][0], i["resourceType"]) for p in november for i in p[3]]
    want = [[a, t, str(n), "0", "0"] for (a, t), n in count(pairs).items()] + [[a, None, str(n), "1", "0"] for a, n in count(a for a, _ in pairs).items()] + [[None, None, str(len(pairs)), "1", "1"]]
    check("grouping sets", sorted(got, key=str), sorted(want, key=str))
    got = bench.rows("SELECT ci.resourceid FROM dated CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE dt LIKE '20%'")
    check("pages of 1,000", sorted(r[0] for r in got), sorted(i["resourceId"] for i in every))
    got = bench.rows(f"WITH k AS (SELECT CAST(ROW(ci.resourcename, ci.arn, ci.tags) AS ROW(name varchar, arn varchar, tags map(varchar, varchar))) AS r, ci.resourceid AS id {start}) SELECT k.r.name, k.r.arn, element_at(k.r.tags, 'Env'), id FROM k")
    check("row fields", sorted(got, key=str), sorted([[i.get("resourceName"), i.get("ARN"), (i.get("tags") or {}).get("Env"), i["resourceId"]] for i in items], key=str))
    got = bench.rows(f"SELECT max_by(ci.resourceid, ci.configurationitemcapturetime), approx_distinct(ci.resourceid) {start} AND (account_id, region) IN (('444455556666', 'ap-northeast-1')) AND starts_with(lower(ci.resourcetype), 'aws::ec2::')")
    mine = [i for p in november if p[0][:2] == ("444455556666", "ap-northeast-1") for i in p[3] if i["resourceType"].lower().startswith("aws::ec2::")]
    last = max(i["configurationItemCaptureTime"] for i in mine)
    check("max_by", got[0][0] in [i["resourceId"] for i in mine if i["configurationItemCaptureTime"] == last], True)
    check("approx_distinct", got[0][1], str(len({i["resourceId"] for i in mine})))
    check("parameters in the order of the text", bench.run("WITH a AS (SELECT ? AS x) SELECT x, ? FROM a WHERE ? = 3", ExecutionParameters=["'1'", "2", "3"]), [["1", "2"]])
    check("too few parameters", bench.refused("SELECT ?"), ("InvalidRequestException", "INVALID_INPUT"))
    got = bench.rows("SELECT count(*) FROM awsconfig WHERE year = ? AND month = ? AND day = ?", ExecutionParameters=["'2024'", "'11'", "'5'"])
    check("parameters", got, [[str(sum(1 for p in november if p[0][4] == "5"))]])


LITERALS = [
    ("SELECT 7/2, CAST(7 AS DOUBLE)/1000000, CAST(null AS varchar), -7/2, '' AS Empty", ["3", "7.0E-6", None, "-3", ""]),
    ("SELECT k, v FROM (VALUES ('a','b')) AS r(k, v)", ["a", "b"]),
    ("SELECT CAST(ROW('n','a',MAP(ARRAY['k'],ARRAY['v'])) AS ROW(name varchar, arn varchar, tags map(varchar, varchar)))", ["{name=n, arn=a, tags={k=v}}"]),
    ("SELECT TRY(from_iso8601_timestamp('bad')), from_iso8601_timestamp('2024-11-05T03:12:01.556Z')", [None, "2024-11-05 03:12:01.556 UTC"]),
    ("SELECT CAST(TRY(from_iso8601_timestamp('2024-11-05T03:12:01.556+09:00')) AT TIME ZONE 'UTC' AS timestamp(3))", ["2024-11-04 18:12:01.556"]),
    ("SELECT day(TIMESTAMP '2024-10-31 15:00:00' AT TIME ZONE 'Asia/Tokyo')", ["1"]),
    ("SELECT to_unixtime(TIMESTAMP '2024-11-01 00:00:00.500'), to_iso8601(from_iso8601_timestamp('2024-11-05T03:12:01.556Z'))", ["1.7304192005E9", "2024-11-05T03:12:01.556Z"]),
    ("SELECT date_format(TIMESTAMP '2024-11-01 03:04:05.678', '%Y-%m-%dT%H:%i:%s.%fZ'), format_datetime(TIMESTAMP '2024-11-01 03:04:05.678', 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z''')", ["2024-11-01T03:04:05.678000Z", "2024-11-01T03:04:05.678Z"]),
    ("SELECT CAST(json_parse('{\"b\":\"1\",\"a\":\"x\"}') AS map(varchar, varchar)), json_format(CAST(MAP(ARRAY['b','a'],ARRAY['1',null]) AS json))", ["{a=x, b=1}", '{"a":null,"b":"1"}']),
    ("SELECT json_extract_scalar('{\"a\":{\"b\":1}}', '$.a.b'), json_extract_scalar('{\"a\":{\"b\":1}}', '$.a'), json_extract('{\"a\":{\"b\":1}}', '$.a'), json_extract_scalar('no JSON', '$.a')", ["1", None, '{"b":1}', None]),
    ("SELECT element_at(m, 'z'), m['a'], cardinality(m), map_keys(m), map_filter(m, (k, v) -> k <> 'a') FROM (SELECT MAP(ARRAY['a','b'],ARRAY['1','2']) AS m)", [None, "1", "2", "[a, b]", "{b=2}"]),
    ("SELECT any_match(ARRAY[1,2], x -> x > 1), contains(ARRAY['a','b'], 'b'), ARRAY['a', null]", ["true", "true", "[a, null]"]),
    ("SELECT regexp_like('abc', '(?i)B'), regexp_extract('abc', '(b)(c)', 2), regexp_extract('abc', 'z'), regexp_replace('password=\"x\" Password=\"y\"', '(?i)(password=)\"[^\"]*\"', '$1\"***\"')", ["true", "c", None, 'password="***" Password="***"']),
    ("SELECT regexp_like('foobar', '(?<=foo)bar'), regexp_replace('foobar', '(?<=foo)(bar)', '<$1>')", ["true", "foo<bar>"]),
    ("SELECT strpos('abc', 'c'), substr('abcdef', 2, 3), split_part('a/b', '/', 2), split_part('a/b', '/', 3), length('é'), concat('a', 'b', null), 'a' || 'b'", ["3", "bcd", "b", None, "1", None, "ab"]),
    ("SELECT to_hex(md5(to_utf8('x'))), to_hex(xxhash64(to_utf8('x')))", ["9DD4E461268C8034F5C8564E155C67A6", "5C80C09683041123"]),
    ("SELECT coalesce(null, 'b'), nullif('a', 'a'), CASE WHEN false THEN 1 END, if(true, 'a', 'b')", ["b", None, None, "a"]),
    ("SELECT x FROM (VALUES 1, 2, null) AS t(x) ORDER BY x DESC OFFSET 1 LIMIT 1", ["1"]),
    ("SELECT x FROM (VALUES 1, 2, null) AS t(x) ORDER BY x OFFSET 2 ROWS FETCH FIRST 1 ROWS ONLY", [None]),
    ("SELECT 1 IS NOT DISTINCT FROM null, 'a' IS DISTINCT FROM 'b'", ["false", "true"]),
    ("SELECT date_diff('day', TIMESTAMP '2024-01-01 12:00:00', TIMESTAMP '2024-01-03 11:00:00')", ["1"]),
    ("SELECT 1e7, 123456.789e0, 0.001e0, true, DATE '2024-02-01', TIMESTAMP '2024-02-01 01:02:03'", ["1.0E7", "123456.789", "0.001", "true", "2024-02-01", "2024-02-01 01:02:03.000"]),
    ("SELECT CAST(TIMESTAMP '2024-02-01 01:02:03.5' AS varchar), CAST(1e0 AS varchar), CAST(5 AS varchar)", ["2024-02-01 01:02:03.500", "1.0", "5"]),
    ("SELECT max_by(a, b), sum(b), count(*), count(DISTINCT a), array_agg(a ORDER BY b) FROM (VALUES ('x', 1), ('y', 2)) AS t(a, b)", ["y", "3", "2", "2", "[x, y]"]),
    ("SELECT lag(x) IGNORE NULLS OVER (ORDER BY o) FROM (VALUES (5, 1), (null, 2), (6, 3)) AS t(x, o) ORDER BY o OFFSET 2 LIMIT 1", ["5"]),
    ("SELECT ARRAY['a','b'][1], x[n], element_at(x, -1), element_at(x, 9) FROM (VALUES (ARRAY['p','q'], 2)) AS t(x, n)", ["a", "q", "q", None]),
    ("SELECT u.n FROM (SELECT MAP(ARRAY['a'],ARRAY[1]) AS m) CROSS JOIN UNNEST(m) WITH ORDINALITY AS u(k, v, n)", ["1"]),
]

CODES = [
    ("SELECT lower(a) AS z, count(*) FROM (VALUES 'x') AS t(a) GROUP BY z", "COLUMN_NOT_FOUND"),
    ("SELECT nope FROM dated WHERE dt = '2024/11/5'", "COLUMN_NOT_FOUND"),
    ("SELECT ci.nope FROM dated CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE dt = '2024/11/5'", "COLUMN_NOT_FOUND"),
    ("SELECT 1 FROM missing", "TABLE_NOT_FOUND"), ("SELECT 1 FROM nowhere.missing", "SCHEMA_NOT_FOUND"),
    ("SELECT count(*) FROM dated CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE dt = '2024/11/5' AND ci.configurationstateid = '1'", "TYPE_MISMATCH"),
    ("SELECT count(*) FROM dated CROSS JOIN UNNEST(configurationitems) AS t(ci) WHERE dt = '2024/11/5' AND ci.resourceid = 1", "TYPE_MISMATCH"),
    ("SELECT TIMESTAMP '2024-01-01 00:00:00' > '2024'", "TYPE_MISMATCH"), ("SELECT 'a' || 1", "TYPE_MISMATCH"),
    ("SELECT from_iso8601_timestamp('bad')", "INVALID_FUNCTION_ARGUMENT"), ("SELECT MAP(ARRAY['a'],ARRAY[1])['b']", "INVALID_FUNCTION_ARGUMENT"),
    ("SELECT CAST('2024-11-05T03:12:01Z' AS timestamp)", "INVALID_CAST_ARGUMENT"), ("SELECT 1/0", "DIVISION_BY_ZERO"),
    ("SELECT strftime(now(), 'x')", "FUNCTION_NOT_FOUND"),
    *[(sql, "NOT_SUPPORTED") for sql in ("DELETE FROM dated", "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'JSON')",
      "CREATE TABLE x AS SELECT 1", "INSERT INTO dated SELECT 1", "DROP TABLE dated", "SHOW TABLES", "EXPLAIN ANALYZE SELECT 1")],
    *[("SELECT * FROM bad_" + n, "HIVE_CURSOR_ERROR") for n in ("twice", "cut", "pretty", "long")],
    ("SELECT * FROM case_openx", "HIVE_CURSOR_ERROR"),
]

SYNTAX = ["SELEC 1", "SELECT 1; SELECT 2", "SELECT 'a'::varchar", "SELECT [1]", "SELECT 1 LIMIT 1 OFFSET 1", "SELECT a, FROM dated",
          "SELECT 1 FROM dated QUALIFY true", "SELECT a b c", "", "WITH x AS (SELECT 1) DELETE FROM x", "SELECT * EXCEPT (a) FROM dated"]


def protocol(bench):
    for sql, want in LITERALS:
        check(sql, bench.run(sql), [want])
    for sql, want in CODES:
        check(sql, bench.code(sql), want)
    for sql in SYNTAX[:8] + SYNTAX[9:]:
        check("syntax: " + sql, bench.refused(sql), ("InvalidRequestException", "MALFORMED_QUERY"))
    check("names the file", f"s3://{BUCKET}/bad/cut/x.json.gz" in bench.run("SELECT * FROM bad_cut"), True)
    check("one line is fine", bench.run("SELECT ci.tags FROM bad_fine CROSS JOIN UNNEST(configurationitems) AS t(ci)"), [["{Env=a, other=b}"]])
    check("case kept", bench.run("SELECT ci.tags FROM case_kept CROSS JOIN UNNEST(configurationitems) AS t(ci)"), [["{Env=a, env=b}"]])
    check("no mapping, no column", bench.run("SELECT configurationitems FROM case_unmapped"), [[None]])
    bench.run("SELECT 1 FROM missing")
    check("AthenaError", {k: bench.last["Status"]["AthenaError"][k] for k in ("ErrorCategory", "Retryable")}, {"ErrorCategory": 2, "Retryable": False})
    check("statements stay in the log", any(c["operation"] == "StartQueryExecution" and c["body"]["QueryString"] == "DROP TABLE dated" for c in bench.control("calls")), True)

    token = uuid.uuid4().hex
    first = bench.start("SELECT 1", ClientRequestToken=token)
    check("token again", bench.start("SELECT 1", ClientRequestToken=token), first)
    check("token with another text", bench.refused("SELECT 2", ClientRequestToken=token)[0], "InvalidRequestException")
    reuse = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}
    sql = "SELECT count(*), 'reuse' FROM dated WHERE dt = '2024/11/5'"
    bench.run(sql, ResultReuseConfiguration=reuse)
    check("first is no reuse", bench.last["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"], False)
    bench.run(sql, ResultReuseConfiguration=reuse)
    check("reuse", (bench.last["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"], bench.last["Statistics"]["DataScannedInBytes"]), (True, 0))

    bench.control("settings", {"queued_ms": 200, "running_ms": 600})
    identifier = bench.start("SELECT 1")
    check("QUEUED", bench.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]["State"], "QUEUED")
    time.sleep(0.4)
    check("RUNNING", bench.athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]["State"], "RUNNING")
    try:
        bench.athena.get_query_results(QueryExecutionId=identifier)
        check("results while RUNNING", "given", "refused")
    except ClientError as error:
        check("results while RUNNING", error.response["Error"]["Code"], "InvalidRequestException")
    bench.athena.stop_query_execution(QueryExecutionId=identifier)
    check("stopped", bench.wait(identifier)["Status"]["State"], "CANCELLED")
    bench.control("settings", {"queued_ms": 0, "running_ms": 0})
    identifier = bench.start("SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 100000)) AS b(y) WHERE (x * y) % 7 = 3")
    time.sleep(0.5)
    started = time.time()
    bench.athena.stop_query_execution(QueryExecutionId=identifier)
    check("a long query is interrupted", (bench.wait(identifier)["Status"]["State"], time.time() - started < 3), ("CANCELLED", True))
    bench.control("fail-next", {"state_change_reason": "GENERIC_INTERNAL_ERROR: chosen", "error_category": 1, "error_type": 233, "retryable": True})
    check("fail-next", bench.run("SELECT 1"), "GENERIC_INTERNAL_ERROR: chosen")
    check("fail-next is retryable", bench.last["Status"]["AthenaError"]["Retryable"], True)
    check("and only once", bench.run("SELECT 1"), [["1"]])

    groups = bench.athena
    check("primary", groups.get_work_group(WorkGroup="primary")["WorkGroup"]["State"], "ENABLED")
    check("unknown workgroup", bench.refused("SELECT 1", WorkGroup="nope")[0], "InvalidRequestException")
    check("no output location", bench.refused("SELECT 1", ResultConfiguration={})[0], "InvalidRequestException")
    check("no such bucket", bench.refused("SELECT 1", ResultConfiguration={"OutputLocation": "s3://nothing-here/"})[0], "InvalidRequestException")
    groups.create_work_group(Name="own", Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/own/"}, "EnforceWorkGroupConfiguration": True, "BytesScannedCutoffPerQuery": 10_000_000})
    bench.run("SELECT 1", WorkGroup="own")
    check("enforced location", bench.last["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{RESULTS}/own/"), True)
    bench.s3.put_object(Bucket=BUCKET, Key="bad/fine/pad.json", Body=b" " * 11_000_000)
    check("cutoff", bench.run("SELECT count(*) FROM bad_fine", WorkGroup="own"), "Bytes scanned limit was exceeded")
    check("cutoff state", bench.last["Status"]["State"], "CANCELLED")
    groups.update_work_group(WorkGroup="own", State="DISABLED")
    check("disabled", bench.refused("SELECT 1", WorkGroup="own")[0], "InvalidRequestException")
    groups.create_work_group(Name="managed", Configuration={"ManagedQueryResultsConfiguration": {"Enabled": True}})
    check("managed refuses a location", bench.refused("SELECT 1", WorkGroup="managed")[0], "InvalidRequestException")
    check("managed", bench.run("SELECT 1", WorkGroup="managed", ResultConfiguration={}), [["1"]])
    check("managed has no object", "OutputLocation" in bench.last.get("ResultConfiguration", {}), False)

    got = bench.athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="lake", TableName="awsconfig")["TableMetadata"]
    check("metadata", ([k["Name"] for k in got["PartitionKeys"]], got["Parameters"]["location"], got["Parameters"]["serde.serialization.lib"], got["Parameters"]["projection.enabled"]),
          (["account_id", "region", "year", "month", "day"], ROOT, OPENX, "true"))
    try:
        bench.athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="lake", TableName="missing")
        check("missing metadata", "given", "refused")
    except ClientError as error:
        check("missing metadata", error.response["Error"]["Code"], "MetadataException")
    check("databases", [d["Name"] for d in bench.athena.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]], ["lake"])
    check("tables", "typed" in [t["Name"] for t in bench.athena.list_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="lake")["TableMetadataList"]], True)
    check("STS through the double", bench.sts.get_caller_identity()["Account"], "123456789012")
    role = bench.sts.assume_role(RoleArn="arn:aws:iam::111122223333:role/reader", RoleSessionName="self-test")["Credentials"]
    other = boto3.client("athena", endpoint_url=bench.url, region_name="us-east-1", aws_access_key_id=role["AccessKeyId"],
                         aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"])
    check("another account sees its own catalogue", [d["Name"] for d in other.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]], [])
    running = [bench.start(f"SELECT {n}, count(*) FROM dated WHERE dt LIKE '2024/%'") for n in range(8)]
    check("eight at once", {bench.wait(i)["Status"]["State"] for i in running}, {"SUCCEEDED"})


def volume(bench):
    """100,000 items, once read and once from what is held."""
    item = {"configurationItemCaptureTime": "2024-11-05T03:12:01.556Z", "configurationStateId": 1, "awsAccountId": "111122223333",
            "configurationItemStatus": "OK", "resourceType": "AWS::EC2::Instance", "tags": {"Name": "x"}, "relationships": [],
            "configuration": {"a": "b" * 800, "c": {"d": [1, 2, 3]}}, "supplementaryConfiguration": {}}
    for n in range(20):
        body = {"fileVersion": "1.0", "configurationItems": [{**item, "resourceId": f"i-{n}-{k}"} for k in range(5000)]}
        bench.s3.put_object(Bucket=BUCKET, Key=f"big/{n}.json.gz", Body=gzip.compress(json.dumps(body).encode(), 1))
    create(bench, "big", [], {}, location=f"s3://{BUCKET}/big/")
    sql = "SELECT ci.resourcetype, count(DISTINCT ci.resourceid) FROM big CROSS JOIN UNNEST(configurationitems) AS t(ci) GROUP BY 1"
    for word in ("cold", "warm"):
        started = time.time()
        check("100,000 items " + word, bench.run(sql), [["AWS::EC2::Instance", "100000"]])
        print(f"100,000 items, {word}: {time.time() - started:.2f} s")


def main():
    started = time.time()
    lake = load_lake()
    with servers() as url:
        bench = Bench(url)
        at = time.time()
        set_up(bench, lake)
        print(f"set-up ({len(lake)} objects): {time.time() - at:.1f} s")
        queries(bench, lake)
        protocol(bench)
        if "--volume" in sys.argv:
            volume(bench)
    print(f"slowest query {bench.slowest[0]:.2f} s: {bench.slowest[1]}")
    print(f"{PASSED} passed, {len(FAILURES)} failed, {time.time() - started:.1f} s")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
