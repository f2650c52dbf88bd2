//! JSON Schemas of tools, without what only costs room or troubles clients.

use rmcp::model::JsonObject;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::domain::Column;

/// Returns the whole schema of a tool's arguments.
pub(crate) fn input_schema<T: JsonSchema>() -> JsonObject {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let mut schema = into_object(settings, T::json_schema);
    // What a request is for stands in the tool's own description.
    schema.shift_remove("description");
    schema
}

/// Returns the short schema of a tool's arguments that goes into the listing: every model pays for
/// every word of it.
pub(crate) fn compact_input(input: &JsonObject) -> JsonObject {
    let mut schema = input.clone();
    let arguments = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, argument) in arguments.into_iter().flatten() {
        let Some(argument) = argument.as_object_mut() else {
            continue;
        };
        argument.shift_remove("description");
        argument.shift_remove("pattern");
        argument.shift_remove("minimum");
        argument.shift_remove("maximum");
        argument.shift_remove("maxLength");
        if let Some(items) = argument.get_mut("items").and_then(Value::as_object_mut) {
            items.shift_remove("description");
            if name == "columns" {
                // Twenty names that `group_by` has already.
                items.shift_remove("enum");
            }
            if name == "group_by" {
                let groupable = Column::ALL
                    .into_iter()
                    .filter(|column| column.is_groupable());
                let names: Vec<&str> = groupable.map(Column::short_name).collect();
                items.insert("enum".to_owned(), json!(names));
            }
        }
        if let Some(about) = wording(name).filter(|about| !about.is_empty()) {
            argument.insert("description".to_owned(), json!(about));
        }
    }
    schema
}

/// Returns what models read about an argument. Arguments of one name mean the same in every tool.
fn wording(argument: &str) -> Option<&'static str> {
    Some(match argument {
        // What a region is, the server's instructions tell once for all tools.
        "account" | "region" | "narrative" | "measure" | "table" | "layout" | "accounts"
        | "regions" | "adopt" | "apply" => "",
        "group_by" => "One row a group",
        "month" => "YYYY-MM",
        "from" => "Day or RFC 3339",
        "to" => "Last day or end",
        "timezone" => "IANA",
        "type" => "e.g. AWS::EC2::*",
        "resource" => "ARN, id; resource_history: also type/id, name",
        "at" => "RFC 3339, or a day's end",
        "echoes" => "Each echo on its own",
        "baseline" => "Earlier months; default 6",
        "by_tag" => "Tag key",
        "name" => "Exact",
        "tag" => "KEY or KEY=VALUE",
        "status" => "e.g. ResourceDeleted",
        "kind" => "e.g. deleted",
        "columns" => {
            "One row an item: as group_by, also tags, configuration, \
             supplementary_configuration, relationships"
        }
        "order_by" => "e.g. items desc",
        "limit" => "Default 100",
        "cursor" => "next_cursor, alone",
        "language" => "en, ja; narrative: any BCP 47 tag",
        "handle" => "Of a pending narrative",
        "verify" => "Your text, to be checked",
        "top" => "Default 10",
        "sql" => "One SELECT, WITH or VALUES",
        "location" => "s3://bucket/prefix",
        _ => return None,
    })
}

/// Returns the whole schema of a tool's answer.
pub(crate) fn answer_schema<T: JsonSchema>() -> JsonObject {
    into_object(
        SchemaSettings::draft2020_12().for_serialize(),
        T::json_schema,
    )
}

/// What every answer has besides, which the server's instructions tell once for all tools.
const ENVELOPE: [&str; 5] = ["returned", "total", "next_cursor", "warnings", "notice"];

/// Returns the short schema of an answer that goes into the listing: the names of its own members.
/// Their types stand in the whole one, under `schemas/`: it is several times as long as all the
/// rest of the listing, and no model gets to read it.
///
/// Nothing is required: clients hold error reports against the same schema.
pub(crate) fn compact_answer(answer: &JsonObject) -> JsonObject {
    let members: Map<String, Value> = answer
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, _)| !ENVELOPE.contains(&name.as_str()))
        .map(|(name, _)| (name.clone(), json!({})))
        .collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), Value::Object(members));
    schema
}

fn into_object(
    settings: SchemaSettings,
    root: impl FnOnce(&mut SchemaGenerator) -> schemars::Schema,
) -> JsonObject {
    let mut generator = settings.with(|s| s.meta_schema = None).into_generator();
    let mut schema = root(&mut generator).to_value();
    let definitions = generator.take_definitions(true);
    if let Value::Object(object) = &mut schema {
        if !definitions.is_empty() {
            object.insert("$defs".to_owned(), Value::Object(definitions));
        }
        tame(object);
        return std::mem::take(object);
    }
    JsonObject::new()
}

/// Drops titles, empty defaults and number formats that no validator knows; writes a documented
/// enumeration as a plain one.
fn tame(schema: &mut JsonObject) {
    schema.shift_remove("title");
    let is_empty_default = schema.get("default").is_some_and(|default| match default {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    });
    if is_empty_default {
        schema.shift_remove("default");
    }
    if schema
        .get("type")
        .is_some_and(|kind| kind == "integer" || kind == "number")
    {
        schema.shift_remove("format");
        if schema.get("minimum").is_some_and(|minimum| minimum == 0) {
            schema.shift_remove("minimum");
        }
    }
    flatten_enumeration(schema);
    for (keyword, value) in schema.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties" | "$defs", Value::Object(named)) => {
                named
                    .values_mut()
                    .filter_map(Value::as_object_mut)
                    .for_each(tame);
            }
            ("items" | "additionalProperties", Value::Object(inner)) => tame(inner),
            ("anyOf" | "oneOf" | "allOf", Value::Array(several)) => {
                several
                    .iter_mut()
                    .filter_map(Value::as_object_mut)
                    .for_each(tame);
            }
            _ => {}
        }
    }
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(Value::String(about)) = schema.get_mut("description") {
        *about = plain(about);
    }
}

fn flatten_enumeration(schema: &mut JsonObject) {
    let values: Option<Vec<Value>> =
        schema
            .get("oneOf")
            .and_then(Value::as_array)
            .and_then(|cases| {
                cases
                    .iter()
                    .map(|case| case.get("const").cloned())
                    .collect()
            });
    if let Some(values) = values {
        schema.shift_remove("oneOf");
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("enum".to_owned(), Value::Array(values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mcp::tools::HistoryTool,
        service::{
            AnomalyReport, BillReport, GlueTableAnswer, HistoryDescription, MonthSummary,
            QueryAnswer, QueryRequest, ResourceHistory,
        },
    };

    #[test]
    fn inputs_are_plain() {
        let schema = Value::Object(input_schema::<QueryRequest>());
        let text = schema.to_string();
        for noise in [
            "$schema", "title", "null", "uint64", "int64", "$ref", "oneOf",
        ] {
            assert!(!text.contains(noise), "{noise} in {text}");
        }
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(
            schema["properties"]["measure"]["items"]["enum"],
            json!(["items", "changes", "cost"])
        );
        assert_eq!(schema["properties"]["limit"]["maximum"], 1000);
    }

    #[test]
    fn every_argument_has_its_wording() {
        for tool in HistoryTool::ALL {
            let whole = (tool.facts().input)();
            let compact = compact_input(&whole);
            for (name, argument) in whole["properties"].as_object().unwrap() {
                let about = wording(name).unwrap_or_else(|| panic!("no wording for `{name}`"));
                let listed = &compact["properties"][name];
                assert_eq!(listed["type"], argument["type"]);
                assert_eq!(listed["description"].as_str().unwrap_or_default(), about);
            }
        }
    }

    #[test]
    fn every_member_of_an_answer_is_listed() {
        fn check<T: JsonSchema>() {
            let whole = answer_schema::<T>();
            let compact = compact_answer(&whole);
            let names = |schema: &JsonObject| -> Vec<String> {
                let members = schema["properties"].as_object().unwrap();
                members.keys().cloned().collect()
            };
            let mut own = names(&whole);
            for member in ENVELOPE {
                assert!(own.contains(&member.to_owned()), "{member}");
            }
            own.retain(|name| !ENVELOPE.contains(&name.as_str()));
            assert_eq!(names(&compact), own);
            for member in ["evidence", "truncated"] {
                assert!(own.contains(&member.to_owned()), "{member}");
            }
        }
        check::<HistoryDescription>();
        check::<MonthSummary>();
        check::<QueryAnswer>();
        check::<ResourceHistory>();
        check::<AnomalyReport>();
        check::<BillReport>();
        check::<GlueTableAnswer>();
    }
}
