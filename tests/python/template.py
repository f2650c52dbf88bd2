"""Holds examples/lambda/template.yaml to the linter, and its rights to docs/iam.md.

template.py REPOSITORY
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ["SAM_CLI_TELEMETRY"] = "0"

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(sys.argv[1])
TEMPLATE = ROOT / "examples/lambda/template.yaml"
GUIDE = ROOT / "docs/iam.md"
KNOWN = load_resource(AdditionalSpecs, "Policies.json")


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


def lint(path: Path) -> None:
    linter = "import sys; from cfnlint.runner import main; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", linter, "-t", str(path), "--non-zero-exit-code", "informational"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{path.name}: {ran.stdout}{ran.stderr}"


def transformed(parameters: dict) -> dict:
    """The template as CloudFormation gets it, once the code has been uploaded."""
    template = yaml_parse(TEMPLATE.read_text())
    template["Resources"]["History"]["Properties"]["CodeUri"] = "s3://artifacts/code.zip"
    declared = template["Parameters"].items()
    values = {name: of["Default"] for name, of in declared if "Default" in of}
    return Translator({}, Parser()).translate(template, values | parameters)


def statements(value: object) -> list:
    """Every statement that allows, wherever it stands: also within `Fn::If`."""
    if isinstance(value, list):
        return [found for each in value for found in statements(each)]
    if not isinstance(value, dict):
        return []
    if "Effect" in value and "Action" in value:
        return [value]
    return [found for each in value.values() for found in statements(each)]


def actions(found: list) -> set:
    return {action for statement in found for action in listed(statement["Action"])}


def text_of(resource: object) -> str:
    """A resource's ARN; of what is named elsewhere, where."""
    if isinstance(resource, dict):
        if "Fn::Sub" not in resource:
            return f"arn:of:{resource}"
        resource = resource["Fn::Sub"]
    return resource.replace("${AWS::", "${AWS.")


def scoped(found: list) -> None:
    """Nothing is allowed on everything that AWS can tell apart."""
    for statement in found:
        assert statement["Effect"] == "Allow", statement
        assert "NotAction" not in statement and "NotResource" not in statement, statement
        for action in listed(statement["Action"]):
            service, name = action.split(":")
            assert "*" not in action and "?" not in action, action
            assert name.lower() in KNOWN[service]["Actions"], f"AWS has no action {action}"
            can_be_scoped = KNOWN[service]["Actions"][name.lower()].get("Resources")
            if "Resource" not in statement:
                assert "Principal" in statement, statement
                continue
            for resource in map(text_of, listed(statement["Resource"])):
                wide = re.fullmatch(r"[*:]*|arn:[^:]*:s3:::\*.*", resource)
                assert not (can_be_scoped and wide), f"{action} on {resource}"
                if resource.startswith("arn:of:"):
                    continue
                owner = "iam" if action == "sts:AssumeRole" else service
                assert resource.split(":")[2] == owner, f"{action} on {resource}"
        if statement["Action"] == "s3:ListBucket":
            prefixes = statement["Condition"]["StringLike"]["s3:prefix"]
            assert text_of(prefixes) != "*", statement


def sections() -> dict:
    """The statements of the guide by the heading that they stand under."""
    found: dict = {}
    for part in re.split(r"^## ", GUIDE.read_text(), flags=re.M)[1:]:
        heading, _, body = part.partition("\n")
        policies = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", body, re.S)]
        for policy in policies:
            assert policy["Version"] == "2012-10-17", heading
        found[heading] = statements(policies)
    return found


def check_guide(role: dict) -> None:
    guide = sections()
    for found in guide.values():
        scoped(found)
    by_name: dict = {}
    for policy in role["Properties"]["Policies"]:
        policy = policy["Fn::If"][1] if "Fn::If" in policy else policy
        by_name[policy["PolicyName"]] = statements(policy)
    assert set(by_name) == {"log", "athena", "bedrock"}, by_name.keys()
    for policy, heading in [("athena", "Amazon Athena"), ("bedrock", "Amazon Bedrock")]:
        ours, told = actions(by_name[policy]), actions(guide[heading])
        assert ours == told, f"{heading}: {ours ^ told}"
    assert len(actions(by_name["athena"])) > 10
    # What may be written is results alone, and no rights can be given to others.
    writes = {"s3:PutObject", "s3:AbortMultipartUpload", "kms:GenerateDataKey"}
    changing = re.compile(r":(Create|Update|Delete|Put|Abort|Generate|Pass|Attach)")
    found = {action for action in actions(by_name["athena"]) if changing.search(action)}
    assert found == writes, found


def check_urls() -> None:
    """Only where nobody signs may anybody call, and then a token is asked for."""
    template = transformed({"AuthType": "NONE"})
    public = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Permission"
    ]
    assert {of["Properties"]["Action"] for of in public} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    assert {of["Condition"] for of in public} == {"UsesTokens"}, public
    assert template["Parameters"]["AuthType"]["Default"] == "AWS_IAM"
    rule = template["Rules"]["TokensWhereNobodySigns"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "AuthType"}, "NONE"]}
    settings = template["Resources"]["History"]["Properties"]["Environment"]["Variables"]
    condition, tokens, otherwise = settings["CONFIG_HISTORY_TOKENS"]["Fn::If"]
    assert condition == "UsesTokens" and otherwise == {"Ref": "AWS::NoValue"}
    assert tokens["Fn::Sub"].startswith("{{resolve:secretsmanager:"), tokens
    assert "INSECURE" not in json.dumps(template)


def check_settings() -> None:
    """Every setting is one that the program reads."""
    template = transformed({})
    settings = template["Resources"]["History"]["Properties"]["Environment"]["Variables"]
    read = (ROOT / "src/config/env.rs").read_text()
    for name in settings:
        assert f'"{name}"' in read, name


def main() -> None:
    lint(TEMPLATE)
    plain = transformed({})
    # The linter looks at rights only where no transform is left.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transformed.json"
        path.write_text(json.dumps(plain))
        lint(path)
    scoped(statements(plain["Resources"]["Role"]["Properties"]["Policies"]))
    check_guide(plain["Resources"]["Role"])
    check_urls()
    check_settings()


main()
