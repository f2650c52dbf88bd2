//! The demo's digest, to the byte. After a wanted change: `cargo insta review`.

use crate::support::cli::run;

#[test]
fn the_demo_in_english_text() {
    insta::assert_snapshot!(run(["summarize", "2024-11", "--demo"]).ok());
}

#[test]
fn the_demo_in_japanese_markdown() {
    let asked = [
        "summarize",
        "2024-11",
        "--demo",
        "--language",
        "ja",
        "--format",
        "markdown",
    ];
    insta::assert_snapshot!(run(asked).ok());
}

#[test]
fn the_demo_in_json() {
    insta::assert_snapshot!(run(["summarize", "2024-11", "--demo", "--format", "json"]).ok());
}
