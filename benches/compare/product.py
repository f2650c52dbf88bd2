"""How this product is asked, and how its answers read."""

import collections
import datetime
import json

# What the product tells apart and texts cannot.
COARSE = {
    "settings": "differs",
    "tags": "differs",
    "relationships": "differs",
    "volatile": "differs",
    "identical": "same",
    "created": "first",
    "first_seen": "first",
    "recreated": "first",
    "unknown": "first",
}


COLUMNS = {
    "month": ("resource_type", "account", "region"),
    "names": ("resource_type", "resource_name", "account", "region"),
    "kinds": ("resource_type", "change_kind"),
}


def command(binary, question, lake, month, resource, cache):
    """The command line of a question."""
    source = ["--lake", lake, "--cache-dir", cache]

    def query(question):
        columns = ",".join(COLUMNS[question])
        what = ["--month", month, "--group-by", columns, "--measure", "items"]
        return ["query", *what, "--limit", "0", "--format", "json"]

    sql = "SELECT resourcetype, count(*) AS items FROM configuration_items GROUP BY 1 ORDER BY 2 DESC"
    commands = {
        "month": query("month"),
        "names": query("names"),
        "kinds": query("kinds"),
        # Each item a row of its own, as the other engines give it.
        "timeline": ["resource", resource or "", "--echoes", "--limit", "0", "--format", "json"],
        "fill": ["cache", "warm"],
        "fill-check": ["cache", "status", "--format", "json"],
        "summarize": ["summarize", month, "--format", "json"],
        "months": ["months", "--format", "json"],
        "sql": ["query", "--month", month, "--sql", sql, "--format", "json"],
    }
    return [binary, *commands[question.removeprefix("warm-").removeprefix("again-")], *source]


def rows(question, path):
    """The rows of an answer as the other engines give them; `None` where only this product is asked."""
    question = question.removeprefix("warm-")
    if question not in (*COLUMNS, "timeline", "fill-check"):
        return None
    with open(path, encoding="utf-8") as file:
        answer = json.load(file)
    if question == "fill-check":
        return [("rows", items_of_status(answer))]
    if question == "timeline":
        return [
            (in_milliseconds(entry["at"]), entry["status"], coarse(entry["kind"]))
            for entry in answer["timeline"]
        ]
    columns = COLUMNS[question]
    counts = collections.Counter()
    for row in answer["rows"]:
        key = [row.get(column) for column in columns]
        if question == "kinds":
            key[1] = coarse(key[1])
        counts[tuple(key)] += row["items"]
    return [(*key, count) for key, count in counts.items()]


def items_of_status(answer):
    """How many items the cache says it holds, wherever in its answer it says so."""
    waiting = [answer]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            if isinstance(value.get("items"), int):
                return value["items"]
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return None


def coarse(kind):
    return COARSE.get(kind, kind)


def in_milliseconds(text):
    """`2024-11-05T03:10:07.123Z` of any RFC 3339 time."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    moment = moment.astimezone(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
