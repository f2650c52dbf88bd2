//! Totals, shares and places.

use super::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table of sentences")]
fn totals_shares_and_places() {
    let facts = facts(true);
    let mut tally = Tally::default();
    let totals: &[(&str, u64, &str, &str)] = &[
        (
            "items",
            76,
            "There were {} configuration items.",
            "構成アイテムは {} 件でした。",
        ),
        (
            "changes",
            37,
            "There were {} real changes.",
            "実際の変更は {} 件でした。",
        ),
        (
            "resources",
            12,
            "{} resources had items.",
            "リソースは {} 個でした。",
        ),
        (
            "accounts",
            3,
            "{} accounts were active.",
            "{} アカウントで記録がありました。",
        ),
        (
            "Regions",
            4,
            "{} Regions were active.",
            "{} リージョンで記録がありました。",
        ),
        (
            "types",
            6,
            "There were {} resource types.",
            "{} 種類のリソースタイプがありました。",
        ),
        (
            "deleted",
            4,
            "{} resources were deleted.",
            "{} 個のリソースが削除されました。",
        ),
        (
            "created",
            3,
            "{} resources were created.",
            "{} 個のリソースが作成されました。",
        ),
        (
            "tags",
            4,
            "There were {} tag changes.",
            "タグの変更は {} 件でした。",
        ),
        ("days", 5, "There were items on {} days.", "30 日"),
        (
            "departures",
            5,
            "There were {} departures.",
            "普段と異なる点は {} 件でした。",
        ),
        (
            "events",
            2,
            "There were {} security events.",
            "セキュリティイベントは {} 件でした。",
        ),
    ];
    for (name, n, en, ja) in totals {
        for (language, text) in [en, ja].into_iter().enumerate() {
            // Neither has all of them.
            if !text.contains("{}") || (*name == "resources" && language == 0) {
                continue;
            }
            let text = |n: u64| text.replace("{}", &n.to_string());
            tally.holds(language, &text(*n));
            for (how, n) in numbers_beside(*n) {
                tally.fails(language, &text(n), how);
            }
            for (_, other, ..) in totals.iter().filter(|(_, other, ..)| other != n) {
                tally.fails(language, &text(*other), "value of another total");
            }
        }
    }
    let shares = [(fixture::A, 553), (fixture::B, 382), (fixture::C, 66)];
    for (account, tenths) in shares {
        let texts: [fn(&str, u64) -> String; 2] = [
            |account, n| {
                format!(
                    "Account {account} accounted for {}.{}% of the items.",
                    n / 10,
                    n % 10
                )
            },
            |account, n| {
                format!(
                    "アカウント {account} は構成アイテムの {}.{}% を占めました。",
                    n / 10,
                    n % 10
                )
            },
        ];
        for (language, text) in texts.iter().enumerate() {
            tally.holds(language, &text(account, tenths));
            for (how, n) in numbers_beside(tenths) {
                tally.fails(language, &text(account, n), how);
            }
            for (other, _) in shares.iter().filter(|(other, _)| *other != account) {
                tally.fails(language, &text(other, tenths), "entity swapped");
            }
        }
    }
    let lists: &[(&str, &[&str], [&str; 2])] = &[
        (
            fixture::A,
            &[fixture::B, fixture::C, fixture::D],
            [
                "Account {} had the most items.",
                "構成アイテムが最も多いアカウントは {} でした。",
            ],
        ),
        (
            "us-east-1",
            &["ap-northeast-1", "eu-west-1", "global"],
            [
                "The Region with the most items was {}.",
                "構成アイテムが最も多いリージョンは {} でした。",
            ],
        ),
        (
            "ap-northeast-1",
            &["us-east-1", "eu-west-1", "global"],
            [
                "{} had the most real changes.",
                "実際の変更が最も多いリージョンは {} でした。",
            ],
        ),
        (
            "AWS::S3::Bucket",
            &[
                "AWS::EC2::Instance",
                "AWS::IAM::Role",
                "AWS::Lambda::Function",
            ],
            [
                "{} had the most items.",
                "構成アイテムが最も多いリソースタイプは {} でした。",
            ],
        ),
        (
            "`web-server`",
            &["`worker-1`", "`logs`", "`carts-table`"],
            [
                "{} had the most real changes.",
                "実際の変更が最も多いリソースは {} でした。",
            ],
        ),
    ];
    for (first, others, texts) in lists {
        for (language, text) in texts.iter().enumerate() {
            tally.holds(language, &text.replace("{}", first));
            for other in *others {
                tally.fails(language, &text.replace("{}", other), "entity swapped");
            }
        }
    }
    tally.done(&facts, "totals, shares and places");
}
