//! The digest's own lines, given to the check of texts: not one of them is false.

use serde_json::{Value, json};

use crate::support::{
    author::bare_demo,
    cli::{Run, program, run},
    wire::{Era, WireClient},
};

const MONTHS: [&str; 13] = [
    "2023-11", "2023-12", "2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06",
    "2024-07", "2024-08", "2024-09", "2024-10", "2024-11",
];
/// Characters that are read at once.
const MOST: usize = 20_000;

/// The lines of a text in parts that can be read.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        let last = parts.last().unwrap();
        if last.chars().count() + line.chars().count() + 1 > MOST {
            parts.push(String::new());
        }
        let last = parts.last_mut().unwrap();
        last.push_str(line);
        last.push('\n');
    }
    parts
}

/// Sentences that a check holds to be false.
fn contradicted(check: &Value) -> Vec<String> {
    let sentences = check["sentences"].as_array().unwrap();
    sentences
        .iter()
        .filter(|line| line["verdict"] == "contradicted")
        .map(|line| format!("{}\n    {}", line["text"], line["findings"]))
        .collect()
}

#[tokio::test]
async fn no_month_contradicts_itself() {
    let mut client = WireClient::connect(bare_demo(), Era::Modern).await;
    for (at, month) in MONTHS.into_iter().enumerate() {
        // Both languages of each month would take a minute; the last has both below.
        for language in ["en", "ja"].into_iter().skip(at % 2).take(1) {
            let asked = json!({"month": month, "language": language});
            let mut told = client.call("summarize_month", asked.clone()).await.unwrap();
            let text = told["structuredContent"]["text"].take();
            for part in parts(text.as_str().unwrap()) {
                let mut checking = asked.clone();
                checking["verify"] = json!(part);
                let held = client.call("summarize_month", checking).await.unwrap();
                let check = &held["structuredContent"]["check"];
                let wrong = contradicted(check);
                assert!(wrong.is_empty(), "{month} {language}: {wrong:#?}");
                assert!(
                    check["verified"].as_u64().unwrap() > 0,
                    "{month} {language}"
                );
            }
        }
    }
}

#[test]
fn a_month_proves_most_of_its_tables_in_markdown() {
    for language in ["en", "ja"] {
        for format in ["text", "markdown"] {
            let asked = [
                "summarize",
                "2024-11",
                "--demo",
                "--language",
                language,
                "--format",
                format,
            ];
            let text = run(asked).ok();
            let mut command = program();
            command.args(["summarize", "2024-11", "--demo", "--format", "json"]);
            command.args(["--verify", "-"]);
            let held = Run::of(command.write_stdin(text).output().unwrap());
            let told = held.json();
            let check = &told["check"];
            assert_eq!(contradicted(check), Vec::<String>::new());
            let rows = check["sentences"].as_array().unwrap().iter();
            let proved = rows.filter(|line| {
                line["verdict"] == "verified" && line["text"].as_str().unwrap().starts_with('|')
            });
            let wanted = if format == "markdown" { 45 } else { 0 };
            assert!(proved.count() >= wanted, "{language}: {check}");
        }
    }
}
