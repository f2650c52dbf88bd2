"""What all engines have to know of a lake and of the questions."""

import argparse
import datetime
import glob
import json
import os

# Types that belong to no Region, whatever Region's recorder delivers them.
GLOBAL_TYPES = ("AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy")

NOT_RECORDED = ("ResourceNotRecorded", "ResourceDeletedNotRecorded")

# The fields that are kept when everything is kept.
SCALARS = (
    "awsAccountId",
    "awsRegion",
    "availabilityZone",
    "resourceType",
    "resourceId",
    "resourceName",
    "ARN",
    "configurationItemStatus",
    "configurationItemCaptureTime",
    "configurationStateId",
    "resourceCreationTime",
    "configurationItemVersion",
    "recordingFrequency",
)
BODIES = ("configuration", "supplementaryConfiguration", "tags", "relationships")

# What read_json_objects of DuckDB takes without being told.
USUAL_OBJECT = 16 * 1024 * 1024


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lake", required=True)
    parser.add_argument("--question", required=True)
    parser.add_argument("--month", required=True)
    parser.add_argument("--resource")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--work", required=True, help="folder for Parquet and temporary files")
    parser.add_argument("--answer", required=True)
    return parser.parse_args()


def bounds(month):
    """The first days of a month and of the next one: times as text sort like times."""
    year, number = (int(part) for part in month.split("-"))
    first = datetime.date(year, number, 1)
    after = datetime.date(year + number // 12, number % 12 + 1, 1)
    return first, after


def month_patterns(lake, month):
    """The history of the folders that can hold a month's items: one day before to two after."""
    first, after = bounds(month)
    day = datetime.timedelta(days=1)
    days = [first - day, after, after + day]
    folders = [f"{first.year}/{first.month}/*"]
    folders += [f"{day.year}/{day.month}/{day.day}" for day in days]
    patterns = [f"{lake}/AWSLogs/*/Config/*/{folder}/ConfigHistory" for folder in folders]
    return [f"{pattern}/*.json.gz" for pattern in patterns if next(glob.iglob(pattern), None)]


def all_patterns(lake):
    """All history and all snapshots."""
    kinds = ("ConfigHistory", "ConfigSnapshot")
    patterns = [f"{lake}/AWSLogs/*/Config/*/*/*/*/{kind}" for kind in kinds]
    return [f"{pattern}/*.json.gz" for pattern in patterns if next(glob.iglob(pattern), None)]


def files(patterns):
    return [path for pattern in patterns for path in glob.iglob(pattern)]


def largest_object(patterns):
    """Room for the largest file once it is inflated. Only snapshots grow beyond what is usual."""
    largest = USUAL_OBJECT
    for path in files([pattern for pattern in patterns if "/ConfigSnapshot/" in pattern]):
        if os.path.getsize(path) > 512 * 1024:
            with open(path, "rb") as file:
                file.seek(-4, os.SEEK_END)
                largest = max(largest, int.from_bytes(file.read(4), "little") + 1)
    return largest


def is_global(resource_type):
    return resource_type in GLOBAL_TYPES


def coarse_kind(resource_type, status, before, same):
    """What an item means, as far as texts can tell. `before` is the status of the item before it of
    the same resource, `same` whether both have the same bodies."""
    if resource_type.startswith("AWS::Config::") and resource_type.endswith("Compliance"):
        return "compliance"
    if status in NOT_RECORDED:
        return "not_recorded"
    if status == "ResourceDeleted":
        return "deleted"
    if status == "ResourceDiscovered" or before in (None, "ResourceDeleted", *NOT_RECORDED):
        return "first"
    return "same" if same else "differs"


def write_answer(path, rows):
    """Answers are compared as text: rows in one order, one a line."""
    lines = sorted(json.dumps(list(row)) for row in rows)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
