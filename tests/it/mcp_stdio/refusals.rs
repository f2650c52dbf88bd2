//! A bad question is answered with what to do, and the next question is answered as well.

use serde_json::{Value, json};

use crate::support::{
    process::{SdkClient, protocol_error},
    wire::Era,
};

/// A tool, a bad question, the code of the refusal and what it says.
type Bad = (&'static str, Value, &'static str, &'static str);

fn month(mut question: Value) -> Value {
    question["month"] = json!("2024-11");
    question
}

fn bad() -> Vec<Bad> {
    let invalid = "invalid_argument";
    vec![
        (
            "summarize_month",
            json!({"month": "2024-13"}),
            invalid,
            "2024-13",
        ),
        (
            "summarize_month",
            json!({"month": "2024-1"}),
            invalid,
            "YYYY-MM",
        ),
        (
            "summarize_month",
            json!({"mnth": "2024-11"}),
            invalid,
            "`mnth`",
        ),
        (
            "summarize_month",
            month(json!({"language": "tlh"})),
            invalid,
            "tlh",
        ),
        (
            "summarize_month",
            month(json!({"top": 0})),
            invalid,
            "1 to 100",
        ),
        (
            "describe_history",
            json!({"timezone": "Mars"}),
            invalid,
            "Mars",
        ),
        ("query_changes", json!({}), invalid, "no period"),
        (
            "query_changes",
            json!({"month": "2024-13"}),
            invalid,
            "2024-13",
        ),
        (
            "query_changes",
            month(json!({"mnth": 1})),
            invalid,
            "`mnth`",
        ),
        (
            "query_changes",
            month(json!({"limit": 9999})),
            invalid,
            "1 to 1000",
        ),
        (
            "query_changes",
            month(json!({"limit": 0})),
            invalid,
            "1 to 1000",
        ),
        (
            "query_changes",
            month(json!({"limit": -1})),
            invalid,
            "limit",
        ),
        (
            "query_changes",
            month(json!({"account": "1"})),
            invalid,
            "12 digits",
        ),
        (
            "query_changes",
            month(json!({"kind": "edited"})),
            invalid,
            "settings",
        ),
        (
            "query_changes",
            month(json!({"group_by": "tags"})),
            invalid,
            "resource_type",
        ),
        (
            "query_changes",
            month(json!({"order_by": "nothing"})),
            invalid,
            "nothing",
        ),
        (
            "query_changes",
            json!({"cursor": "AAAA"}),
            "invalid_cursor",
            "cursor",
        ),
    ]
}

fn bad_sql() -> Vec<Bad> {
    let sql = |text: &str| month(json!({ "sql": text }));
    let not_allowed = "sql_not_allowed";
    let invalid = "invalid_argument";
    vec![
        (
            "run_sql",
            sql("DELETE FROM configuration_items"),
            not_allowed,
            "DELETE",
        ),
        (
            "run_sql",
            sql("DROP TABLE configuration_items"),
            not_allowed,
            "DROP",
        ),
        (
            "run_sql",
            sql("SELECT 1; SELECT 2"),
            not_allowed,
            "one statement",
        ),
        (
            "run_sql",
            sql("SELECT * FROM users"),
            not_allowed,
            "`users`",
        ),
        (
            "run_sql",
            sql("SELECT * FROM information_schema.tables"),
            not_allowed,
            "only configuration_items",
        ),
        (
            "run_sql",
            sql("SELECT (1 FROM configuration_items"),
            "invalid_sql",
            "",
        ),
        ("run_sql", sql(""), not_allowed, "one statement"),
        (
            "run_sql",
            sql("SELECT nope FROM configuration_items"),
            "invalid_sql",
            "nope",
        ),
        ("run_sql", json!({"sql": "SELECT 1"}), invalid, "no period"),
        (
            "run_sql",
            month(json!({"sql": "SELECT 1", "limit": 9999})),
            invalid,
            "1 to 1000",
        ),
    ]
}

#[tokio::test]
async fn a_bad_question_is_refused_and_the_next_is_answered() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        for (tool, question, code, said) in bad().into_iter().chain(bad_sql()) {
            let report = sdk.refusal(tool, question.clone()).await;
            assert_eq!(report["code"], code, "{tool} {question}: {report}");
            assert!(
                report.to_string().contains(said),
                "{tool} {question}: {report}"
            );
            assert!(
                !report.to_string().contains("panicked"),
                "{tool} {question}: {report}"
            );
            let next = json!({"month": "2024-11", "measure": "items"});
            let next = sdk.answer("query_changes", next).await;
            assert_eq!(next["rows"][0]["items"], 206);
        }
    }
}

#[tokio::test]
async fn an_unknown_month_lists_the_months() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        for (tool, question) in [
            ("summarize_month", json!({"month": "2031-01"})),
            (
                "query_changes",
                json!({"month": "2031-01", "group_by": "account"}),
            ),
            (
                "run_sql",
                json!({"month": "2031-01", "sql": "SELECT count(*) FROM configuration_items"}),
            ),
        ] {
            let report = sdk.refusal(tool, question).await;
            assert_eq!(report["code"], "unknown_month", "{tool}: {report}");
            let months = report["choices"].as_array().unwrap();
            assert_eq!(
                (months.len(), &months[12]),
                (13, &json!("2024-11")),
                "{tool}"
            );
        }
    }
}

#[tokio::test]
async fn an_edited_cursor_is_refused() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let question = json!({"month": "2024-11", "group_by": "resource_id", "limit": 5});
        let page = sdk.answer("query_changes", question).await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let middle = cursor.len() / 2;
        let (head, tail) = cursor.split_at(middle);
        let other = if tail.starts_with('A') { 'B' } else { 'A' };
        let edited = format!("{head}{other}{}", tail.get(1..).unwrap());
        for bad in [edited.as_str(), head, "", "ü", &"A".repeat(100_000)] {
            let report = sdk.refusal("query_changes", json!({ "cursor": bad })).await;
            assert_eq!(report["code"], "invalid_cursor", "{report}");
        }
        // A good cursor, but for another tool or beside another question.
        for (tool, question) in [
            ("run_sql", json!({ "cursor": cursor })),
            (
                "query_changes",
                json!({ "cursor": cursor, "month": "2024-10" }),
            ),
        ] {
            let report = sdk.refusal(tool, question).await;
            assert_eq!(report["code"], "invalid_cursor", "{report}");
        }
        sdk.answer("query_changes", json!({ "cursor": cursor }))
            .await;
    }
}

#[tokio::test]
async fn an_unknown_tool_and_a_bad_prompt_are_protocol_errors() {
    for era in Era::BOTH {
        let sdk = SdkClient::of_demo(era).await;
        let error = sdk.call("drop_table", json!({})).await.unwrap_err();
        assert_eq!(protocol_error(error)["code"], -32602);
        for (name, arguments) in [
            ("poem", json!({})),
            ("monthly_report", json!({"month": "2024-13"})),
            ("monthly_report", json!({})),
        ] {
            let error = sdk.prompt(name, arguments).await.unwrap_err();
            assert_eq!(protocol_error(error)["code"], -32602, "{name}");
        }
    }
}
