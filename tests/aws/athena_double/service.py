"""The Athena operations: queries and their states, workgroups, table metadata."""

import base64
import csv
import io
import json
import threading
import time
import traceback
import uuid

import boto3
import duckdb
from botocore.config import Config
from botocore.exceptions import ClientError

from . import grammar
from .engine import Engine
from .errors import Cancelled, Failed, Refused
from .metadata import Metadata

DONE = ("SUCCEEDED", "FAILED", "CANCELLED")


class Query:
    def __init__(self, identifier, body, tree, early):
        self.id, self.body, self.tree, self.early = identifier, body, tree, early
        context = body.get("QueryExecutionContext") or {}
        self.database = context.get("Database")
        self.catalog = context.get("Catalog") or "AwsDataCatalog"
        self.state, self.reason, self.error = "QUEUED", None, None
        self.submitted, self.completed, self.started = time.time(), None, None
        self.scanned, self.objects, self.outcome = 0, [], None
        self.reused, self.location, self.managed = False, None, False
        self.cancel, self.connection, self.duckdb_sql = threading.Event(), None, None

    def stopped(self):
        if self.cancel.is_set():
            raise Cancelled("Query cancelled")
        return False


class Service(Metadata):
    def __init__(self, upstream):
        self.upstream, self.lock = upstream, threading.RLock()
        self.engine = Engine()
        self.clients, self.queries, self.tokens, self.calls = {}, {}, {}, []
        self.settings = {"queued_ms": 0, "running_ms": 0, "catalogs": {}}
        self.fail_next = []
        self.workgroups = {"primary": self._group("primary", {}, "Primary workgroup")}

    # -- plumbing
    def client(self, service, who):
        """A client of the upstream with the caller's key id and region; moto looks at no signature."""
        key, region = who
        with self.lock:
            if (service, key, region) not in self.clients:
                self.clients[service, key, region] = boto3.session.Session().client(
                    service, endpoint_url=self.upstream, region_name=region, aws_access_key_id=key,
                    aws_secret_access_key="unused", config=Config(
                        max_pool_connections=16, s3={"addressing_style": "path"}, retries={"max_attempts": 2}))
            return self.clients[service, key, region]

    def account_of(self, catalog):
        """None: the caller's own catalog; False: unknown; else the account id given in the settings."""
        if not catalog or catalog.lower() == "awsdatacatalog":
            return None
        return {k.lower(): v for k, v in self.settings["catalogs"].items()}.get(catalog.lower(), False)

    def call(self, operation, body, who):
        with self.lock:
            self.calls.append({"time": time.time(), "operation": operation, "body": body})
        method = getattr(self, "op_" + operation.lower(), None)
        if method is None:
            raise Refused(f"{operation} is not in this double", kind="UnknownOperationException")
        return method(body, who)

    # -- workgroups
    def _group(self, name, configuration, description=""):
        engine = configuration.get("EngineVersion") or {}
        whole = {"EnforceWorkGroupConfiguration": name != "primary", "PublishCloudWatchMetricsEnabled": False,
                 "RequesterPaysEnabled": False, "ResultConfiguration": {}, **configuration}
        whole["EngineVersion"] = {"SelectedEngineVersion": engine.get("SelectedEngineVersion", "AUTO"),
                                  "EffectiveEngineVersion": engine.get("EffectiveEngineVersion", "Athena engine version 3")}
        _check_group(whole)
        return {"Name": name, "State": "ENABLED", "Description": description, "Configuration": whole,
                "CreationTime": time.time()}

    def group(self, name):
        found = self.workgroups.get(name)
        if found is None:
            raise Refused(f"WorkGroup {name} is not found.", "WORKGROUP_NOT_FOUND")
        return found

    def op_getworkgroup(self, body, who):
        return {"WorkGroup": self.group(body.get("WorkGroup", ""))}

    def op_listworkgroups(self, body, who):
        return {"WorkGroups": [{"Name": g["Name"], "State": g["State"], "Description": g["Description"],
                                "CreationTime": g["CreationTime"],
                                "EngineVersion": g["Configuration"]["EngineVersion"]} for g in self.workgroups.values()]}

    def op_createworkgroup(self, body, who):
        with self.lock:
            if body["Name"] in self.workgroups:
                raise Refused("WorkGroup is already created")
            self.workgroups[body["Name"]] = self._group(body["Name"], body.get("Configuration") or {}, body.get("Description", ""))
        return {}

    def op_updateworkgroup(self, body, who):
        with self.lock:
            group = self.group(body.get("WorkGroup", ""))
            updates = dict(body.get("ConfigurationUpdates") or {})
            whole = json.loads(json.dumps(group["Configuration"]))
            result = updates.pop("ResultConfigurationUpdates", None) or {}
            target = whole.setdefault("ResultConfiguration", {})
            if result.pop("RemoveOutputLocation", False):
                target.pop("OutputLocation", None)
            target.update({k: v for k, v in result.items() if not k.startswith("Remove")})
            managed = updates.pop("ManagedQueryResultsConfigurationUpdates", None)
            if managed is not None:
                whole["ManagedQueryResultsConfiguration"] = managed
            if updates.pop("RemoveBytesScannedCutoffPerQuery", False):
                whole.pop("BytesScannedCutoffPerQuery", None)
            engine = updates.pop("EngineVersion", None)
            if engine:
                whole["EngineVersion"].update(engine)
            whole.update({k: v for k, v in updates.items() if not k.startswith("Remove")})
            _check_group(whole)
            group["Configuration"] = whole
            group["State"] = body.get("State", group["State"])
            group["Description"] = body.get("Description", group["Description"])
        return {}

    def op_deleteworkgroup(self, body, who):
        self.group(body.get("WorkGroup", ""))
        with self.lock:
            del self.workgroups[body["WorkGroup"]]
        return {}

    # -- queries
    def op_startqueryexecution(self, body, who):
        token = body.get("ClientRequestToken")
        if token is not None and not 32 <= len(token) <= 128:
            raise Refused("ClientRequestToken must have 32 to 128 characters", "INVALID_INPUT")
        sql = body.get("QueryString") or ""
        if not 1 <= len(sql.encode()) <= 262144:
            raise Refused("QueryString must have 1 to 262144 bytes", "INVALID_INPUT")
        same = json.dumps(body, sort_keys=True)
        with self.lock:
            if token in self.tokens:
                identifier, before = self.tokens[token]
                if before != same:
                    raise Refused("Idempotent parameters do not match", "INVALID_INPUT")
                return {"QueryExecutionId": identifier}
        group = self.group(body.get("WorkGroup") or "primary")
        if group["State"] != "ENABLED":
            raise Refused(f"WorkGroup {group['Name']} is disabled.", "INVALID_INPUT")
        location, managed = self._location(group, body, who)
        tree, early = None, None
        try:
            tree = grammar.parse(sql, body.get("ExecutionParameters") or [])
        except Failed as error:
            early = error
        query = Query(str(uuid.uuid4()), body, tree, early)
        query.managed = managed
        if location:
            query.location = f"{location.rstrip('/')}/{query.id}.csv"
        with self.lock:
            if token in self.tokens:  # another call of the same token was faster
                identifier, before = self.tokens[token]
                if before != same:
                    raise Refused("Idempotent parameters do not match", "INVALID_INPUT")
                return {"QueryExecutionId": identifier}
            if token:
                self.tokens[token] = (query.id, same)
            self.queries[query.id] = query
            fault = self.fail_next.pop(0) if self.fail_next else None
        threading.Thread(target=self._run, args=(query, group, who, fault), daemon=True).start()
        return {"QueryExecutionId": query.id}

    def _location(self, group, body, who):
        whole = group["Configuration"]
        own = (whole.get("ResultConfiguration") or {}).get("OutputLocation")
        asked = (body.get("ResultConfiguration") or {}).get("OutputLocation")
        if (whole.get("ManagedQueryResultsConfiguration") or {}).get("Enabled"):
            if asked:
                raise Refused("OutputLocation cannot be specified: the workgroup manages query results.", "INVALID_INPUT")
            return None, True
        location = own if whole.get("EnforceWorkGroupConfiguration") and own else asked or own
        if not location:
            raise Refused("No output location provided. An output location is required either through the Workgroup "
                          "result configuration setting or as an API input.", "INVALID_INPUT")
        if not location.startswith("s3://"):
            raise Refused("outputLocation is not a valid S3 path.", "INVALID_INPUT")
        bucket = location[5:].split("/", 1)[0]
        try:
            self.client("s3", who).head_bucket(Bucket=bucket)
        except ClientError:
            raise Refused(f"Unable to verify/create output bucket {bucket}", "INVALID_INPUT") from None
        return location, False

    def _run(self, query, group, who, fault):
        try:
            if query.cancel.wait(self.settings["queued_ms"] / 1000):
                raise Cancelled("Query cancelled")
            query.started, query.state = time.time(), "RUNNING"
            if fault is not None:
                query.cancel.wait(self.settings["running_ms"] / 1000)
                query.stopped()
                error = Failed("FAULT", "", fault.get("error_category", 1), fault.get("error_type", 100),
                               bool(fault.get("retryable", False)))
                error.reason = fault.get("state_change_reason", "Internal error")
                raise error
            if query.early is not None:
                raise query.early
            outcome = self._reusable(query)
            if outcome is None:
                query.connection = self.engine.connect()
                query.stopped()
                outcome = self.engine.run(query, query.connection, self.client("glue", who), self.client("s3", who),
                                          group["Configuration"].get("BytesScannedCutoffPerQuery"), self.account_of)
            else:
                query.reused = True
            left = self.settings["running_ms"] / 1000 - (time.time() - query.started)
            if left > 0:
                query.cancel.wait(left)
            query.stopped()
            if query.location:
                self._write(query, outcome, who)
            query.outcome = outcome
            self._end(query, "SUCCEEDED")
        except Cancelled as error:
            self._end(query, "CANCELLED", error.reason)
        except Failed as error:
            query.error = {"ErrorCategory": error.category, "ErrorType": error.error_type,
                           "Retryable": error.retryable, "ErrorMessage": error.reason}
            self._end(query, "FAILED", error.reason)
        except duckdb.InterruptException:
            self._end(query, "CANCELLED", "Query cancelled")
        except Exception as error:  # a fault of the double itself: show it
            if query.cancel.is_set():
                self._end(query, "CANCELLED", "Query cancelled")
                return
            traceback.print_exc()
            query.error = {"ErrorCategory": 1, "ErrorType": 233, "Retryable": False, "ErrorMessage": repr(error)}
            self._end(query, "FAILED", f"GENERIC_INTERNAL_ERROR: in the double: {error!r}")
        finally:
            if query.connection is not None:
                query.connection.close()

    def _end(self, query, state, reason=None):
        with self.lock:
            query.reason, query.completed = reason, time.time()
            query.state = state

    def _reusable(self, query):
        wish = ((query.body.get("ResultReuseConfiguration") or {}).get("ResultReuseByAgeConfiguration") or {})
        if not wish.get("Enabled"):
            return None
        oldest = time.time() - 60 * wish.get("MaxAgeInMinutes", 60)
        same = lambda q: [q.body.get(k) for k in ("QueryString", "ExecutionParameters", "QueryExecutionContext")] + [
            q.body.get("WorkGroup") or "primary"]
        with self.lock:
            for other in reversed(list(self.queries.values())):
                if (other is not query and other.state == "SUCCEEDED" and not other.reused
                        and other.completed >= oldest and same(other) == same(query)):
                    return other.outcome
        return None

    def _write(self, query, outcome, who):
        out = io.StringIO()
        line = lambda cells: out.write(",".join(
            "" if c is None else '"' + c.replace('"', '""') + '"' for c in cells) + "\n")
        line([c["Label"] for c in outcome.columns])
        for row in outcome.rows:
            line(row)
        bucket, _, key = query.location[5:].partition("/")
        self.client("s3", who).put_object(Bucket=bucket, Key=key, Body=out.getvalue().encode("utf-8", "replace"))

    def find(self, identifier):
        found = self.queries.get(identifier)
        if found is None:
            raise Refused(f"QueryExecution {identifier} was not found", "INVALID_QUERY_EXECUTION_ID")
        return found

    def op_getqueryexecution(self, body, who):
        return {"QueryExecution": self._describe(self.find(body.get("QueryExecutionId")))}

    def op_batchgetqueryexecution(self, body, who):
        ids = body.get("QueryExecutionIds") or []
        return {"QueryExecutions": [self._describe(self.queries[i]) for i in ids if i in self.queries],
                "UnprocessedQueryExecutionIds": [{"QueryExecutionId": i, "ErrorCode": "INVALID_QUERY_EXECUTION_ID"}
                                                 for i in ids if i not in self.queries]}

    def op_listqueryexecutions(self, body, who):
        group = body.get("WorkGroup") or "primary"
        ids = [q.id for q in reversed(list(self.queries.values())) if (q.body.get("WorkGroup") or "primary") == group]
        return {"QueryExecutionIds": ids[: body.get("MaxResults") or 50]}

    def _describe(self, query):
        with self.lock:
            body, end = query.body, query.completed or time.time()
            status = {"State": query.state, "SubmissionDateTime": query.submitted}
            if query.completed:
                status["CompletionDateTime"] = query.completed
            if query.reason:
                status["StateChangeReason"] = query.reason
            if query.error and query.state == "FAILED":
                status["AthenaError"] = query.error
            took = int(1000 * (end - query.started)) if query.started else 0
            out = {"QueryExecutionId": query.id, "Query": body["QueryString"],
                   "StatementType": "DML" if query.early is None else "DDL", "Status": status,
                   "QueryExecutionContext": body.get("QueryExecutionContext") or {},
                   "WorkGroup": body.get("WorkGroup") or "primary",
                   "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
                   "ResultConfiguration": {k: v for k, v in (body.get("ResultConfiguration") or {}).items() if k != "OutputLocation"},
                   "Statistics": {"DataScannedInBytes": 0 if query.reused else query.scanned,
                                  "EngineExecutionTimeInMillis": took,
                                  "TotalExecutionTimeInMillis": int(1000 * (end - query.submitted)),
                                  "QueryQueueTimeInMillis": int(1000 * ((query.started or end) - query.submitted)),
                                  "ServiceProcessingTimeInMillis": 0,
                                  "ResultReuseInformation": {"ReusedPreviousResult": query.reused}}}
            if query.location:
                out["ResultConfiguration"]["OutputLocation"] = query.location
            if query.managed:
                out["ManagedQueryResultsConfiguration"] = {"Enabled": True}
            if body.get("ExecutionParameters"):
                out["ExecutionParameters"] = body["ExecutionParameters"]
            if body.get("ResultReuseConfiguration"):
                out["ResultReuseConfiguration"] = body["ResultReuseConfiguration"]
            return out

    def op_getqueryresults(self, body, who):
        query = self.find(body.get("QueryExecutionId"))
        size = body.get("MaxResults") or 1000
        if size > 1000:
            raise Refused("MaxResults is more than maximum allowed length 1000.", "INVALID_INPUT")
        if query.state not in DONE:
            raise Refused(f"Query has not yet finished. Current state: {query.state}", "INVALID_QUERY_STATE")
        if query.state != "SUCCEEDED":
            raise Refused(f"Query did not finish successfully. Final query state: {query.state}", "INVALID_QUERY_STATE")
        start = 0
        if body.get("NextToken"):
            try:
                owner, start = json.loads(base64.urlsafe_b64decode(body["NextToken"]))
                if owner != query.id:
                    raise ValueError
            except ValueError:
                raise Refused("Invalid NextToken", "INVALID_INPUT") from None
        columns, rows = query.outcome.columns, query.outcome.rows
        datum = lambda c: {} if c is None else {"VarCharValue": c}
        page = []
        if start == 0:
            page.append({"Data": [{"VarCharValue": c["Label"]} for c in columns]})
        first = max(start - 1, 0)
        taken = rows[first : start + size - 1]
        page += [{"Data": [datum(c) for c in row]} for row in taken]
        out = {"UpdateCount": 0, "ResultSet": {"Rows": page, "ResultSetMetadata": {"ColumnInfo": columns}}}
        if start + size < len(rows) + 1:
            out["NextToken"] = base64.urlsafe_b64encode(json.dumps([query.id, start + size]).encode()).decode()
        return out

    def op_stopqueryexecution(self, body, who):
        query = self.find(body.get("QueryExecutionId"))
        query.cancel.set()
        if query.state not in DONE and query.connection is not None:
            try:
                query.connection.interrupt()
            except duckdb.Error:
                pass
        return {}


def _check_group(whole):
    cutoff = whole.get("BytesScannedCutoffPerQuery")
    if cutoff is not None and cutoff < 10_000_000:
        raise Refused("BytesScannedCutoffPerQuery must be at least 10000000 bytes", "INVALID_INPUT")
    managed = (whole.get("ManagedQueryResultsConfiguration") or {}).get("Enabled")
    if managed and (whole.get("ResultConfiguration") or {}).get("OutputLocation"):
        raise Refused("ResultConfiguration cannot be set when managed query results are enabled", "INVALID_INPUT")
