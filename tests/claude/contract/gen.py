"""Writes JSON Schemas of Anthropic's Messages API from the types of its official SDK.

Run by hand, in an empty virtual environment, when the SDK is to be followed to a newer version:

    pip install -r requirements.txt
    python gen.py

The SDK's request types are typed dictionaries, which pydantic lets pass with keys they do not have:
`temperature`, or `max_token` for `max_tokens`. The API refuses both. So every object that does not
say that it is open is closed here. Answers are open in the SDK, because the API adds to them within
a version; they are closed as well, so that a slip of the pen in a fixture shows. Failures stay open:
the SDK's types lack the `details` that its own code reads.
"""

import json
from importlib.metadata import version
from pathlib import Path

from anthropic import types
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from pydantic import TypeAdapter

FOLDER = Path(__file__).parent

# Name, type, whether what the type calls open is closed.
SCHEMAS = [
    ("request", MessageCreateParamsStreaming, False),
    ("message", types.Message, True),
    ("event", types.RawMessageStreamEvent, True),
    ("model", types.ModelInfo, True),
    ("count", types.MessageTokensCount, True),
    ("error", types.ErrorResponse, False),
]

# Words for people, which double the size.
PROSE = {"title", "description", "default"}


def rewritten(schema, close):
    """Returns a schema without prose, with its objects closed."""
    if isinstance(schema, list):
        return [rewritten(item, close) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            # Keys are names here, of which `title` may be one.
            result[key] = {name: rewritten(part, close) for name, part in value.items()}
        elif key not in PROSE:
            result[key] = rewritten(value, close)
    if "properties" in result:
        if close or "additionalProperties" not in result:
            result["additionalProperties"] = False
    return result


def main():
    release = version("anthropic")
    for old in FOLDER.glob("*-*.json"):
        old.unlink()
    for name, type_, close in SCHEMAS:
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$comment": f"Made by gen.py from anthropic {release}, Copyright 2023 Anthropic, PBC, "
            "Apache-2.0 (see NOTICE); objects closed, prose left out.",
            **rewritten(TypeAdapter(type_).json_schema(), close),
        }
        text = json.dumps(schema, indent=1, sort_keys=True, ensure_ascii=False)
        (FOLDER / f"{name}-{release}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
