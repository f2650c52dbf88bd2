"""The catalogue operations, answered from the Glue tables of the upstream."""

import re

from botocore.exceptions import ClientError

from .errors import Refused


class Metadata:
    """Mixed into the service, which brings client() and account_of()."""

    def _check_catalog(self, name):
        if self.account_of(name) is False:
            raise Refused(f"Catalog {name} does not exist", kind="MetadataException")

    def op_gettablemetadata(self, body, who):
        self._check_catalog(body.get("CatalogName"))
        glue = self.client("glue", who)
        try:
            raw = glue.get_table(DatabaseName=body["DatabaseName"].lower(), Name=body["TableName"].lower())["Table"]
        except ClientError as error:
            raise Refused(f"EntityNotFoundException: {error.response['Error']['Message']}", kind="MetadataException") from None
        return {"TableMetadata": _metadata(raw)}

    def op_listtablemetadata(self, body, who):
        self._check_catalog(body.get("CatalogName"))
        glue = self.client("glue", who)
        try:
            tables = [t for page in glue.get_paginator("get_tables").paginate(DatabaseName=body["DatabaseName"].lower())
                      for t in page["TableList"]]
        except ClientError as error:
            raise Refused(f"EntityNotFoundException: {error.response['Error']['Message']}", kind="MetadataException") from None
        if body.get("Expression"):
            tables = [t for t in tables if re.fullmatch(body["Expression"].replace("*", ".*"), t["Name"])]
        return _page("TableMetadataList", [_metadata(t) for t in tables], body, 50)

    def op_listdatabases(self, body, who):
        self._check_catalog(body.get("CatalogName"))
        found = [d for page in self.client("glue", who).get_paginator("get_databases").paginate() for d in page["DatabaseList"]]
        return _page("DatabaseList", [_database(d) for d in found], body, 50)

    def op_getdatabase(self, body, who):
        self._check_catalog(body.get("CatalogName"))
        try:
            return {"Database": _database(self.client("glue", who).get_database(Name=body["DatabaseName"].lower())["Database"])}
        except ClientError as error:
            raise Refused(f"EntityNotFoundException: {error.response['Error']['Message']}", kind="MetadataException") from None

    def op_listdatacatalogs(self, body, who):
        return {"DataCatalogsSummary": [{"CatalogName": n, "Type": "GLUE"} for n in ["AwsDataCatalog", *self.settings["catalogs"]]]}

    def op_getdatacatalog(self, body, who):
        self._check_catalog(body.get("Name"))
        account = self.account_of(body.get("Name"))
        return {"DataCatalog": {"Name": body["Name"], "Type": "GLUE", "Parameters": {"catalog-id": account} if account else {}}}


def _page(name, items, body, size):
    start = int(body.get("NextToken") or 0)
    size = body.get("MaxResults") or size
    out = {name: items[start : start + size]}
    if start + size < len(items):
        out["NextToken"] = str(start + size)
    return out


def _database(raw):
    return {"Name": raw["Name"], "Description": raw.get("Description", ""), "Parameters": raw.get("Parameters") or {}}


def _metadata(raw):
    storage = raw.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    parameters = dict(raw.get("Parameters") or {})
    for name, value in (("location", storage.get("Location")), ("inputformat", storage.get("InputFormat")),
                        ("outputformat", storage.get("OutputFormat")),
                        ("serde.serialization.lib", serde.get("SerializationLibrary"))):
        if value:
            parameters[name] = value
    for name, value in (serde.get("Parameters") or {}).items():
        parameters["serde.param." + name] = value
    columns = lambda items: [{"Name": c["Name"], "Type": c.get("Type", "string"), **({"Comment": c["Comment"]} if c.get("Comment") else {})}
                             for c in items or []]
    out = {"Name": raw["Name"], "TableType": raw.get("TableType", "EXTERNAL_TABLE"), "Columns": columns(storage.get("Columns")),
           "PartitionKeys": columns(raw.get("PartitionKeys")), "Parameters": parameters}
    for name, source in (("CreateTime", "CreateTime"), ("LastAccessTime", "LastAccessTime")):
        if raw.get(source):
            out[name] = raw[source].timestamp()
    return out
