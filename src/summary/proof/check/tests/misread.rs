//! Sentences that read like ones that hold, and say something else: their numbers are those of the
//! fixture under the key that a careless reader takes them for.

mod numbers;

use super::{C, N, U, V, Verdict, check_text, checked, expect, fixture::facts};

/// All of them are unproved: nothing is certainly false where nothing is understood.
fn unproved(language: &str, texts: &[&str]) {
    let cases: Vec<(&str, Verdict)> = texts.iter().map(|text| (*text, U)).collect();
    expect(&facts(true), language, &cases);
}

#[test]
fn spans_of_days_are_not_one_day() {
    unproved(
        "en",
        &[
            "There were 31 items since November 5.",
            "Since November 5, there were 31 items.",
            "There were 31 items from November 5 to November 9.",
            "There were 31 items until November 5.",
            "There were 31 items before November 5.",
            "There were 31 items after November 5.",
            "There were 31 items through November 5.",
            "There were 31 items by November 5.",
            "By November 5, there were 31 items.",
            "As of November 5, there were 31 items.",
            "Up to November 5, there were 31 items.",
            "Starting November 5, there were 31 items.",
            "From November 5 on, there were 31 items.",
            "From November 5 onwards, there were 31 items.",
            "On or after November 5, there were 31 items.",
            "Between November 5 and November 9 there were 31 items.",
            "Between November 5 and 9 there were 31 items.",
            "November 5–9 had 31 items.",
            "From 2024-11-05 to 2024-11-09 there were 31 items.",
            "2024-11-05 to 2024-11-09: 31 items",
            "On the day before November 5 there were 31 items.",
            "The day after November 5 had 31 items.",
            "In the week of November 5 there were 31 items.",
            "There were 31 items within 5 days of November 5.",
            "There were 76 items over the last week.",
            "There were 76 items in the first 5 days.",
            "There were 76 items within 5 days.",
            "There were 76 items in 5 days.",
            "For 5 days there were 76 items.",
            "There were 76 items in the last 5 days.",
            "There were 76 items on weekends.",
            "There were 76 items on Mondays.",
            "There were 76 items daily.",
            "There were 76 items monthly.",
            "There were 76 items per day.",
            "There were 31 items a day.",
            "There were 76 items since October.",
            "There were 76 items since October, and real changes rose by 18.",
            "From October to November there were 76 items.",
            "By November there were 76 items.",
            "Until November there were 76 items.",
            "Over the last month there were 82 items.",
            "In the following month there were 76 items.",
            "In the previous months there were 76 items.",
            "In the month before October there were 82 items.",
            "In early November there were 76 items.",
            "At the start of November there were 76 items.",
            "On the first of November there were 76 items.",
            "November ended with 76 items.",
        ],
    );
    unproved(
        "ja",
        &[
            "11月5日から31件の構成アイテムがありました。",
            "11月5日までの構成アイテムは31件でした。",
            "11月5日までに31件の構成アイテムがありました。",
            "11月5日以降の構成アイテムは31件でした。",
            "11月5日以前の構成アイテムは31件でした。",
            "11月5日以後の構成アイテムは31件でした。",
            "11月5日〜9日の構成アイテムは31件でした。",
            "11月5日～9日の構成アイテムは31件でした。",
            "11月5日-9日の構成アイテムは31件でした。",
            "11月5日から11月9日までの構成アイテムは31件でした。",
            "11月5日の前の構成アイテムは31件でした。",
            "11月5日の翌日の構成アイテムは31件でした。",
            "最初の5日間の構成アイテムは76件でした。",
            "5日間で構成アイテムは76件でした。",
            "毎日76件の構成アイテムがありました。",
            "1日あたり76件の構成アイテムがありました。",
            "平均で76件の構成アイテムがありました。",
            "週末の構成アイテムは76件でした。",
            "10月から構成アイテムは76件でした。",
            "10月以降の構成アイテムは76件でした。",
            "11月までの構成アイテムは76件でした。",
            "年間の構成アイテムは76件でした。",
            "次の月の構成アイテムは76件でした。",
        ],
    );
    expect(
        &facts(true),
        "en",
        &[
            ("There were 31 items on November 5.", V),
            ("On November 5, there were 31 items.", V),
            ("November 5 was the day with the most items: 31 items.", V),
            ("There were items on 5 days.", V),
            ("There were items on only 5 days.", V),
            ("Real changes rose from October to November.", V),
            ("Real changes have been up by 18 since October.", V),
            ("Real changes fell from October to November.", C),
        ],
    );
}

#[test]
fn accounts_regions_and_types_are_no_resources() {
    unproved(
        "en",
        &[
            "Account 444455556666 was deleted.",
            "Account 111122223333 was created.",
            "Account 444455556666 has been removed.",
            "The account 444455556666 was not deleted.",
            "Region us-east-1 was deleted.",
            "us-east-1 was deleted.",
            "us-east-1 was removed in account 444455556666.",
            "AWS::S3::Bucket was created.",
            "The type AWS::EC2::Instance was deleted.",
            "Account 777788889999 was added.",
            "Account 444455556666 disappeared.",
            "Account 111122223333 came back.",
            "Account 111122223333 was tagged.",
            "The deletion of account 444455556666 took place in November.",
            "Deleted account 444455556666 had 29 items.",
            "Accounts 111122223333 and 444455556666 were deleted.",
            "Account 444455556666 and `batch-1` were deleted.",
            "2 accounts were deleted.",
            "2 accounts were deleted in November.",
            "2 deleted accounts had items.",
            "There were 2 account deletions.",
            "The deletion of 2 accounts took place.",
            "3 accounts and 4 resources were deleted.",
            "3 types were created.",
            "3 resource types were deleted.",
            "2 Regions were added.",
            "2 Regions were created.",
            "1 Region was seen for the first time.",
            "No account was deleted.",
            "Account 444455556666 was deleted with 3 resources.",
            "3 resources were deleted by account 444455556666.",
        ],
    );
    unproved(
        "ja",
        &[
            "アカウント 444455556666 は削除されました。",
            "アカウント 444455556666 が削除された。",
            "アカウント 111122223333 は作成されました。",
            "リージョン us-east-1 は削除されました。",
            "us-east-1 が追加されました。",
            "AWS::S3::Bucket が作成されました。",
            "2 個のアカウントが削除されました。",
            "アカウントは 2 個削除されました。",
            "2 アカウントを削除しました。",
            "削除されたアカウントは 2 個でした。",
            "3 個のリソースタイプが作成されました。",
            "2 リージョンが追加されました。",
            "アカウント 444455556666 によって 3 個のリソースが削除されました。",
        ],
    );
    expect(
        &facts(true),
        "en",
        &[
            ("Account 444455556666 had 3 deletions.", V),
            ("Account 444455556666 had 4 deletions.", C),
            ("Account 444455556666: 3 deletions", V),
            ("Account 444455556666: 3 deleted, 1 created", V),
            ("3 resources were deleted in account 444455556666.", V),
            ("3 resources in account 444455556666 were deleted.", V),
            ("Resources in account 444455556666 were deleted.", V),
            ("2 resources were deleted in account 444455556666.", C),
            ("In account 444455556666, 3 resources were deleted.", V),
            ("Account 444455556666 had 3 deleted resources.", V),
            ("2 EC2 instances were deleted.", V),
            ("S3 buckets were not deleted.", V),
            ("Account 777788889999 is new.", V),
        ],
    );
    expect(
        &facts(true),
        "ja",
        &[
            ("アカウント 444455556666 の削除は 3 件でした。", V),
            ("アカウント 444455556666 では削除が 3 件ありました。", V),
            ("アカウント 444455556666 では削除が発生しました。", V),
            (
                "アカウント 444455556666 では 3 個のリソースが削除されました。",
                V,
            ),
            (
                "アカウント 444455556666 では 4 個のリソースが削除されました。",
                C,
            ),
        ],
    );
}

#[test]
fn what_is_left_out_is_not_what_is_counted() {
    unproved(
        "en",
        &[
            "Besides account 111122223333, there were 42 items.",
            "Apart from account 111122223333, there were 42 items.",
            "Aside from account 111122223333, there were 42 items.",
            "Except account 111122223333, there were 42 items.",
            "There were 42 items except for account 111122223333.",
            "Excluding account 111122223333, there were 42 items.",
            "There were 42 items excluding account 111122223333.",
            "Accounts other than 111122223333 had 42 items.",
            "There were 42 items without account 111122223333.",
            "Without account 111122223333, there were 42 items.",
            "There were 42 items outside account 111122223333.",
            "In addition to account 111122223333, there were 42 items.",
            "On top of account 111122223333, there were 42 items.",
            "Instead of account 111122223333, there were 42 items.",
            "There were 42 items, not counting account 111122223333.",
            "There were 42 items including account 111122223333.",
            "Together with account 444455556666, account 111122223333 had 42 items.",
            "There were 76 items in all but one account.",
            "There were 3 accounts in all but one Region.",
            "Outside us-east-1 there were 35 items.",
            "There were 29 items elsewhere than in account 444455556666.",
            "Account 999900001111 aside, there were 76 items.",
        ],
    );
    unproved(
        "ja",
        &[
            "アカウント 111122223333 を除いて、構成アイテムは 42 件でした。",
            "アカウント 111122223333 を除く構成アイテムは 42 件でした。",
            "アカウント 111122223333 以外の構成アイテムは 42 件でした。",
            "アカウント 111122223333 のほかに、構成アイテムは 42 件でした。",
            "アカウント 111122223333 に加えて、構成アイテムは 42 件でした。",
            "アカウント 111122223333 を含む構成アイテムは 42 件でした。",
            "us-east-1 以外の構成アイテムは 35 件でした。",
        ],
    );
    expect(
        &facts(true),
        "en",
        &[
            ("Besides, there were 76 items.", V),
            (
                "There were 76 items, including 42 in account 111122223333.",
                V,
            ),
            (
                "There were 76 items, including 41 in account 111122223333.",
                C,
            ),
        ],
    );
}

#[test]
fn tags_that_changed_are_not_tags_that_are_there() {
    unproved(
        "en",
        &[
            "There were 2 tagged resources.",
            "There were 2 untagged resources.",
            "2 resources were tagged.",
            "2 resources with tags were found.",
            "2 resources have tags.",
            "2 resources had no tags.",
            "`orders-bucket` is tagged.",
            "`web-server` is compliant.",
            "`web-server` is non-compliant.",
            "Account 111122223333 was compliant.",
        ],
    );
    unproved(
        "ja",
        &[
            "タグ付きリソースは 2 件でした。",
            "タグのあるリソースは 2 個でした。",
            "タグなしのリソースは 2 個でした。",
            "タグを持つリソースは 2 個でした。",
        ],
    );
    expect(
        &facts(true),
        "en",
        &[
            ("There were 4 tag changes.", V),
            (
                "2 resources whose tags changed were in account 111122223333.",
                V,
            ),
            ("The tags of 2 resources changed.", U),
            ("`orders-bucket` had 3 tag changes.", V),
        ],
    );
}

#[test]
fn what_is_denied_bounded_or_supposed_is_not_said() {
    unproved(
        "en",
        &[
            "There were not 76 items.",
            "There were no longer 76 items.",
            "There were never 76 items.",
            "There were fewer than 76 items.",
            "There were no more than 76 items.",
            "There were at most 76 items.",
            "There were upwards of 76 items.",
            "Half of the 76 items were echoes.",
            "A third of the 76 items were echoes.",
            "Only account 111122223333 had 42 items.",
            "Each account had 42 items.",
            "Accounts had 42 items each.",
            "On average, there were 76 items.",
            "There were 76 items twice.",
            "There were 70–76 items.",
            "There were 76-80 items.",
            "There were 70 to 76 items.",
            "There were 10 to 12 resources.",
            "There were 12 or 13 resources.",
            "There were 76 items and 37 to 40 real changes.",
            "The second account had 42 items.",
            "The 3rd account had 5 items.",
            "If there were 76 items, 37 were real changes.",
            "Unless there were 76 items, nothing changed.",
            "According to some, there were 76 items.",
            "It was claimed that there were 76 items.",
            "It is false that there were 76 items.",
            "Were there 76 items?",
            "Did account 111122223333 have 42 items?",
            "There would have been 76 items.",
            "There were almost certainly 76 items, weren't there?",
            "Items remained at 76.",
            "There were 76+ items.",
            "There were nearly 76 items.",
            "There were almost 76 items.",
            "Had there been 76 items, 37 were real changes.",
            "Had account 111122223333 had 42 items, it was busy.",
            "Account 111122223333, had it been active, had 42 items.",
            "Against account 111122223333 there were 42 items.",
            "4 resources were to be deleted.",
            "4 resources have to be deleted.",
            "4 resources are being deleted.",
            "The organisation has 12 resources.",
            "Account 111122223333 has 6 resources.",
            "There are 3 accounts in the organisation.",
            "There were 76 items in 2024.",
            "Real changes rose 1.9 times.",
            "The most items were in account 444455556666 in us-east-1.",
            "There were again 76 items.",
            "There were 76 items, 76 months long.",
            "There were 76 items in 76 parts.",
            "There were 76 items in 3 months.",
            "There were 5 more types.",
            "There were 18 more real changes.",
            "The baseline was 76 items.",
            "Account 444455556666 was second, behind account 111122223333 with 29 items.",
        ],
    );
    unproved(
        "ja",
        &[
            "構成アイテムは76件ではありません。",
            "構成アイテムは76件もありませんでした。",
            "構成アイテムは76件しかありませんでした。",
            "構成アイテムは76件ずつでした。",
            "アカウントごとの構成アイテムは76件でした。",
            "構成アイテムは76件ですか。",
            "構成アイテムは76件でしたか？",
            "構成アイテムは76件だったかもしれません。",
            "構成アイテムは76件のはずです。",
            "構成アイテムは76件だそうです。",
            "構成アイテムが76件なら、実際の変更は37件です。",
            "構成アイテムが76件あれば、実際の変更は37件です。",
            "構成アイテムは70件から76件でした。",
            "構成アイテムは70〜76件でした。",
            "構成アイテムは76件ほどでした。",
            "構成アイテムは76件くらいでした。",
            "構成アイテムは76件ばかりでした。",
            "構成アイテムは76件未満でした。",
            "構成アイテムは76件までです。",
            "構成アイテムの累計は76件でした。",
            "構成アイテムは76件を超えました。",
            "構成アイテムは76件を下回りました。",
            "構成アイテムは少なくとも76件でした。",
            "構成アイテムは76件の2倍でした。",
            "構成アイテムは76件とされています。",
            "構成アイテムは減少し続けました。",
            "4 個のリソースが削除されます。",
            "4 個のリソースが削除される予定です。",
            "リソースは 12 個あります。",
            "アカウント 111122223333 より構成アイテムは 42 件でした。",
            "アカウント 111122223333 に比べて構成アイテムは 42 件でした。",
            "構成アイテムが最も多いアカウントは 444455556666 の us-east-1 です。",
            "削除があったので、構成アイテムは76件でした。",
            "アカウント 111122223333 だけで構成アイテムは 42 件でした。",
        ],
    );
}
