//! Months, totals, signs, shares and tables.

use super::*;

#[test]
fn percentages_are_of_what_they_are_said_to_be() {
    expect(
        &facts(true),
        "en",
        &[
            ("33.3% of the resources were deleted.", V),
            ("48.7% of the real changes were items.", U),
            ("15.8% of the items were resources.", U),
            ("100% of the accounts had items.", U),
            ("55.3% of the real changes were in account 111122223333.", C),
            (
                "In October, account 111122223333 accounted for 55.3% of the items.",
                U,
            ),
            ("Items fell by 7.3 percentage points.", U),
        ],
    );
}

#[test]
fn two_months_are_told_apart() {
    expect(
        &facts(true),
        "en",
        &[
            ("November had 76 items and October had 82.", V),
            ("November had 82 items and October had 76.", C),
            ("October had 82 items and November had 76.", V),
            (
                "In November there were 76 items, compared with 82 in October.",
                V,
            ),
            ("In November there were 76 items, and in October 82.", V),
            (
                "In November there were 76 items; in October there were 82.",
                V,
            ),
            ("Items went from 82 in October to 76 in November.", V),
            ("Items went from 76 in October to 82 in November.", C),
            ("From 82 in October, items fell to 76 in November.", U),
            ("In November, items fell to 76 from 82 in October.", V),
            (
                "There were 37 real changes in November against 19 in October.",
                V,
            ),
            ("There were 37 real changes in November (19 in October).", V),
            (
                "There were 76 items in November, 6 fewer than in October (82).",
                V,
            ),
            (
                "There were 76 items in November, 6 fewer than in October (81).",
                C,
            ),
            ("In October and November there were 158 items.", U),
            ("In October and November there were 76 items.", U),
            ("A month ago there were 82 items.", V),
            ("In October, account 111122223333 had the most items.", U),
            ("In October, items fell by 6.", U),
            (
                "In October most of the items came from account 111122223333.",
                U,
            ),
        ],
    );
    expect(
        &facts(true),
        "ja",
        &[
            ("11月の構成アイテムは76件、10月は82件でした。", V),
            ("11月の構成アイテムは82件、10月は76件でした。", C),
            ("10月の構成アイテムは82件で、11月は76件でした。", V),
            ("構成アイテムは10月の82件から11月の76件に減少しました。", V),
            ("構成アイテムは10月の82件から11月は76件になりました。", V),
            ("構成アイテムは76件で、10月の82件から6件減少しました。", V),
            ("10月と11月の構成アイテムは76件でした。", U),
            ("2024年11月、前月より実際の変更は18件増加しました。", V),
        ],
    );
}

#[test]
fn totals_are_of_what_was_named() {
    expect(
        &facts(true),
        "en",
        &[
            ("37 real changes in total.", V),
            ("36 real changes in total.", C),
            ("In total, 76 items were recorded.", V),
            ("In total, there were 77 items.", C),
            ("A total of 76 items were recorded.", V),
            ("A total of 77 items were recorded.", C),
            ("Account 111122223333 had 42 items in total.", V),
            ("In total, account 111122223333 had 42 items.", V),
            (
                "Account 111122223333 had 42 items, of which 22 were real changes in total.",
                U,
            ),
            (
                "Account 111122223333 had 42 items and account 444455556666 had 29, 76 in total.",
                V,
            ),
        ],
    );
    expect(
        &facts(true),
        "ja",
        &[
            ("構成アイテムは合計76件でした。", V),
            ("構成アイテムは合計77件でした。", C),
            ("構成アイテムは全部で76件でした。", V),
            ("構成アイテムの総計は76件でした。", V),
            (
                "アカウント 111122223333 の構成アイテムは合計 42 件でした。",
                V,
            ),
        ],
    );
    // Below a heading it may be the account's total: then it is not false.
    let text = "## Account 111122223333\n\n- 42 items in total\n- 22 real changes in total\n\
                - 99 items in total\n";
    let check = check_text(&facts(true), text, None);
    let verdicts: Vec<_> = check.sentences.iter().map(|line| line.verdict).collect();
    assert_eq!(verdicts, [V, U, U, C], "{:?}", check.sentences);
}

#[test]
fn signs_make_differences() {
    expect(
        &facts(true),
        "ja",
        &[
            ("構成アイテムは76件（前月比-6件）でした。", V),
            ("構成アイテムは76件（前月比−6件）でした。", V),
            ("構成アイテムは76件（前月比 −6 件）でした。", V),
            ("構成アイテムは76件（前月比+6件）でした。", C),
            ("実際の変更は37件（前月比+18件）でした。", V),
            ("実際の変更は37件（前月比＋18件）でした。", V),
            ("実際の変更は37件（前月比+17件）でした。", C),
            ("構成アイテム: 前月比-6件", V),
        ],
    );
    expect(
        &facts(true),
        "en",
        &[
            ("76 items, -6 compared with October.", V),
            ("76 items, +6 compared with October.", C),
            ("Items: -6 compared with October", V),
            ("76 items (-6)", V),
            ("76 items (−6)", V),
            ("76 items (–6)", V),
            ("37 real changes (+18)", V),
            ("37 real changes (+19)", C),
            ("37 real changes (+18, +94.7%)", V),
        ],
    );
}

#[test]
fn more_than_expected_is_said_of_the_departure_that_has_an_expectation() {
    expect(
        &facts(true),
        "en",
        &[
            ("`web-server` had more real changes than expected.", V),
            ("`web-server` had fewer real changes than expected.", C),
            ("`web-server` had more items than expected.", U),
            ("`worker-1` had more real changes than expected.", U),
            (
                "Account 444455556666 in ap-northeast-1 had more deletions than expected.",
                U,
            ),
        ],
    );
}

#[test]
fn a_name_is_false_only_where_the_rest_is_understood() {
    expect(
        &facts(true),
        "en",
        &[
            ("Account 999900001111 had 42 items.", C),
            ("A role now trusts another account (`999900001111`).", U),
            (
                "Account 999900001111 had 42 items because of a migration.",
                U,
            ),
        ],
    );
    let (verdict, findings) = checked(
        &facts(true),
        "A role now trusts account 999900001111.",
        "en",
    );
    assert_eq!(verdict, U);
    assert!(
        findings.iter().any(|f| f.contains("no account")),
        "{findings:?}"
    );
    assert_eq!(checked(&facts(true), "Thanks and regards.", "en").0, N);
}

#[test]
fn rows_of_a_table_are_about_what_their_cells_name() {
    let verdicts = |text: &str| -> Vec<Verdict> {
        let check = check_text(&facts(true), text, Some("en"));
        check.sentences.iter().map(|line| line.verdict).collect()
    };
    let totals = "| | 2024-11 | 2024-10 | Difference |\n|---|---|---|---|\n\
                  | Items | 76 | 82 | -6 (-7.3%) |\n| Items | 76 | 82 | +6 (-7.3%) |\n\
                  | Real changes | 37 | 19 | +18 (+94.7%) |\n| Real changes | 37 | 82 | |\n\
                  | Resources deleted | 4 | | |\n| Resources deleted | 3 | | |\n\
                  | Passwords | 76 | 82 | -6 |\n";
    assert_eq!(verdicts(totals), [N, V, C, V, C, V, C, U]);
    let kinds = "| Change kind | Meaning | Items | Real changes |\n|---|---|---|---|\n\
                 | `deleted` | the resource is gone | 4 | 4 |\n\
                 | `deleted` | the resource is gone | 26 | 26 |\n\
                 | `deleted` | the account is gone | 4 | 4 |\n\
                 | `relationships` | echo: only relationships changed | 31 | 0 |\n\
                 | `leaked` | the resource is gone | 4 | 4 |\n";
    assert_eq!(verdicts(kinds), [N, V, C, U, V, U]);
    // What a row leaves open, and what is left out of a list, is nobody's number.
    let rest = "| Account | Items | 2024-10 |\n|---|---|---|\n| 111122223333 | 42 | 50 |\n\
                | and 2 more | 34 | 32 |\n| Total | 76 | 82 |\n| Total | 77 | 82 |\n\
                | 999900001111 | 42 | 50 |\n";
    assert_eq!(verdicts(rest), [N, V, U, V, C, C]);
    let status = "| Status | Items |\n|---|---|\n| `OK` | 70 |\n| `ResourceDeleted` | 76 |\n";
    assert_eq!(verdicts(status), [N, U, U]);
    let lists = "| Resource type | Items | Regions | Which resources (items) |\n|---|---|---|---|\n\
                 | `AWS::S3::Bucket` | 24 | `ap-northeast-1`, `us-east-1` | `logs` (19), `orders-bucket` (5) |\n\
                 | `AWS::S3::Bucket` | 24 | `ap-northeast-1`, `us-east-1` | `logs` (19) and 1 more |\n\
                 | `AWS::S3::Bucket` | 24 | `ap-northeast-1`, `us-east-1` | `logs` (18) and 1 more |\n\
                 | `AWS::S3::Bucket` | 24 | `ap-northeast-1`, `us-east-1` | `logs` (19) and 2 more |\n\
                 | `AWS::S3::Bucket` | 24 | `ap-northeast-1`, `eu-west-1` | `logs` (19) and 1 more |\n";
    assert_eq!(verdicts(lists), [N, V, V, C, U, U]);
}

#[test]
fn a_report_between_fences_is_read_and_a_chart_is_not() {
    let check = |text: &str| check_text(&facts(true), text, Some("en"));
    let report = check("```markdown\nThere were 76 items.\n\nThere were 77 items.\n```\n");
    assert_eq!((report.verified, report.contradicted), (1, 1));
    let chart = check("```text\n..▃▁  76 items\n1  8  15\n```\nThere were 76 items.\n");
    assert_eq!((chart.verified, chart.unproved), (1, 1));
}
