"""The two ways a statement goes wrong: refused at once, or accepted and then failed."""


class Refused(Exception):
    """An error answer to the call itself (HTTP 400)."""

    def __init__(self, message, code=None, kind="InvalidRequestException"):
        super().__init__(message)
        self.message, self.code, self.kind = message, code, kind


def malformed(message):
    return Refused(message, "MALFORMED_QUERY")


class Failed(Exception):
    """The query was accepted and ends FAILED with `CODE: text`."""

    def __init__(self, code, text, category=2, error_type=None, retryable=False):
        super().__init__(f"{code}: {text}")
        self.reason = f"{code}: {text}"
        self.category, self.retryable = category, retryable
        # AWS documents the numbers loosely; nothing may depend on them.
        self.error_type = error_type if error_type is not None else TYPES.get(code, 1000)


TYPES = {
    "TABLE_NOT_FOUND": 1003, "SCHEMA_NOT_FOUND": 1003, "COLUMN_NOT_FOUND": 1006,
    "TYPE_MISMATCH": 1007, "FUNCTION_NOT_FOUND": 1008, "HIVE_CURSOR_ERROR": 1301,
    "CONSTRAINT_VIOLATION": 1303, "HIVE_EXCEEDED_PARTITION_LIMIT": 1304, "NOT_SUPPORTED": 1305,
}


class Cancelled(Exception):
    """The query ends CANCELLED."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason
