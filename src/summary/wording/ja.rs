//! Japanese.

use std::cmp::Ordering;

use super::{Compared, Headings, Labels, Sentences, Wording};
use crate::{
    analysis::{Totals, Warning},
    domain::{ChangeKind, Month},
    summary::number::{grouped, signed_difference},
};

pub(super) const WORDING: Wording = Wording {
    labels: LABELS,
    headings: HEADINGS,
    sentences: SENTENCES,
    kind,
    warning,
    source,
    to: " ～ ",
    comma: "、",
    semicolon: "、",
    colon: ": ",
    brackets: (" (", ")"),
    new: "新規",
    gone: "当月なし",
};

const LABELS: Labels = Labels {
    period: "対象期間",
    source: "データソース",
    accounts: "アカウント",
    regions: "リージョン",
    resource_types: "リソースタイプ",
    items: "件数",
    real_changes: "実際の変更",
    unknown: "未判定",
    resources: "リソース",
    created: "作成されたリソース",
    first_seen: "初めて記録されたリソース",
    deleted: "削除されたリソース",
    difference: "前月比",
    account: "アカウント",
    region: "リージョン",
    resource_type: "リソースタイプ",
    status: "ステータス",
    kind: "変更種別",
    meaning: "意味",
    resource: "リソース",
    which: "主なリソース（件数）",
    captured: "記録日",
    history_files: "履歴",
    snapshot_files: "スナップショット",
    days: "配信日数",
    longest_silence: "最長の空白",
    newest_delivery: "最新の配信",
    files_read: "読み込み",
    delivery_days: "配信日",
    duplicates: "集計から除外",
    athena_query: "Athena クエリ",
    cost: "推定コスト",
};

const HEADINGS: Headings = Headings {
    title: |month| format!("AWS Config 変更履歴サマリー {month}"),
    warnings: "注意事項",
    totals: "全体",
    kinds: "変更種別ごとの件数",
    resource_types: "リソースタイプごとの件数",
    by_account: "アカウント別の内訳",
    regions: "リージョンごとの件数",
    statuses: "ステータスごとの件数",
    days: "日ごとの件数",
    most_changed: |n| format!("構成アイテムの多いリソース（全 {} 個）", grouped(n)),
    created: |n| format!("作成されたリソース（{} 個）", grouped(n)),
    first_seen: |n| {
        format!(
            "初めて記録されたリソース（当月の作成ではないもの、{} 個）",
            grouped(n)
        )
    },
    deleted: |n| format!("削除されたリソース（{} 個）", grouped(n)),
    coverage: "配信状況",
    unreadable: |n| format!("読み込めなかったファイル（{} 個）", grouped(n)),
    source: "集計の元データ",
};

const SENTENCES: Sentences = Sentences {
    period: |start, end, zone| format!("{start} ～ {end}（{zone}）"),
    headline,
    compared,
    nothing_before: |month| {
        month.map_or_else(
            || "比較できる前月がありません。".to_owned(),
            |month| format!("前月（{month}）は配信がないため、比較できません。"),
        )
    },
    empty: |month| format!("{month} の構成アイテムはありません。"),
    empty_but_delivered: "履歴ファイルは配信されていますが、集計対象の構成アイテムは含まれていません。",
    empty_and_silent: "履歴ファイルも配信されていないため、変更の有無はわかりません。",
    changes: |real, other| match (real, other) {
        (_, 0) => "すべて実際の変更です。".to_owned(),
        (0, _) => "実際の変更はありません（内訳は変更種別を参照）。".to_owned(),
        _ => format!(
            "実際の変更は {} 件です。残りの {} 件は実際の変更に数えません（内訳は変更種別を参照）。",
            grouped(real),
            grouped(other)
        ),
    },
    changes_unknown: |real, unknown| {
        let known = match real {
            0 => "実際の変更と確認できたものはありません。".to_owned(),
            _ => format!("実際の変更と確認できたのは {} 件です。", grouped(real)),
        };
        format!(
            "{known}\n{} 件は直前の構成アイテムと比較していないため未判定で、\
             実際の変更には数えていません。",
            grouped(unknown)
        )
    },
    open_month: "この月の集計は確定していません。今後の配信で件数が増えることがあります。",
    account,
    more_accounts: |accounts, items| {
        format!(
            "ほか {} アカウント（{} 件）",
            grouped(accounts),
            grouped(items)
        )
    },
    gone_accounts: |month| format!("前月（{month}）だけに記録のあるアカウント: "),
    more_types: |types, items| format!("ほか {} タイプ（{} 件）", grouped(types), grouped(items)),
    gone_types: |types, month| {
        format!(
            "前月（{month}）だけに記録のあるタイプ: {} 種類",
            grouped(types)
        )
    },
    more_keys: |more, gone| match gone {
        0 => format!("ほか {} 行", grouped(more)),
        _ => format!(
            "ほか {} 行（うち {} 行は前月のみ）",
            grouped(more),
            grouped(gone)
        ),
    },
    more_resources: |more| format!("ほか {} 個", grouped(more)),
    more_files: |more| format!("ほか {} 個", grouped(more)),
    active_days: |active, days| format!("{days} 日中 {active} 日に記録があります。"),
    peak_days: |peaks| format!("多い日: {peaks}"),
    peak: |day, items| format!("{day}（{items} 件）"),
    recorders: |recorders, gaps| match gaps {
        0 => format!(
            "レコーダー {} 個（アカウントとリージョンの組）は、すべて毎日履歴を配信しています。",
            grouped(recorders)
        ),
        1 if recorders == 1 => {
            "レコーダー 1 個（アカウントとリージョンの組）に、履歴の配信がない日があります。"
                .to_owned()
        }
        _ if recorders == gaps => format!(
            "レコーダー {} 個（アカウントとリージョンの組）すべてに、履歴の配信がない日があります。",
            grouped(recorders)
        ),
        _ => format!(
            "レコーダー {} 個（アカウントとリージョンの組）のうち、{} 個に履歴の配信がない日があります。",
            grouped(recorders),
            grouped(gaps)
        ),
    },
    watermark: |at, zone| format!("最新の配信は {at}（{zone}）です。"),
    no_recorders: "配信がまったくありません。",
    more_recorders: |more| format!("ほか {} 個（配信日数は上記以上）", grouped(more)),
    no_proof: "変更がなかった日に配信がないのは正常です。ただし、記録が止まっていた可能性もあります。",
    unreadable: "これらのファイルの内容は集計に含まれていません。",
    files: |files, size, folders| {
        format!(
            "{} ファイル、{size}、{} フォルダー",
            grouped(files),
            grouped(folders)
        )
    },
    duplicates: |n| format!("重複して配信された構成アイテム {} 件", grouped(n)),
};

fn headline(month: Month, totals: &Totals) -> String {
    format!(
        "{month} の構成アイテムは {} 件です（リソース {} 個、{} アカウント、{} リージョン）。",
        grouped(totals.items),
        grouped(totals.resources),
        grouped(totals.accounts),
        grouped(totals.regions),
    )
}

fn account(items: u64, resources: u64, before: Option<(Month, u64)>) -> String {
    let counted = format!("{} 件、リソース {} 個", grouped(items), grouped(resources));
    let Some((month, before)) = before else {
        return counted;
    };
    match before {
        0 => format!("{counted}（前月 {month} は 0 件）"),
        _ if before == items => format!("{counted}（前月 {month} と同じ件数）"),
        _ => format!(
            "{counted}（前月 {month} 比 {} 件）",
            signed_difference(items, before)
        ),
    }
}

fn warning(warning: Warning) -> String {
    match warning {
        Warning::UnknownKinds => {
            "直前の構成アイテムとの比較は行っていないため、変更種別の多くは未判定です。".to_owned()
        }
        Warning::UnreadableFiles(files) => format!(
            "配信されたファイルのうち {} 個を読み込めず、集計に含めていません。",
            grouped(files)
        ),
        Warning::HistoryChanged => "最初のページの取得後に履歴が更新されました。".to_owned(),
        Warning::NothingDelivered => "この期間、対象のアカウントとリージョンには配信がありません。\
             変更の有無は不明です。"
            .to_owned(),
        Warning::CellsCut => "長いテキストは省略しています。".to_owned(),
    }
}

fn source(kind: &str) -> Option<&'static str> {
    match kind {
        "demo" => Some("デモ（プログラムに内蔵した架空の組織）"),
        "lake" => Some("配信ファイル"),
        "athena" => Some("Athena テーブル"),
        _ => None,
    }
}

fn compared(before: &Compared<'_>) -> String {
    let difference = grouped(before.now.abs_diff(before.items));
    let percent = before.percent.map(|percent| format!("（{percent}）"));
    let percent = percent.unwrap_or_default();
    let month = before.month;
    match (before.items, before.now.cmp(&before.items)) {
        (0, Ordering::Equal) => format!("前月（{month}）もありませんでした。"),
        (0, _) => format!("前月（{month}）は 0 件でした。"),
        (items, _) if before.now == 0 => format!("前月（{month}）は {} 件でした。", grouped(items)),
        (_, Ordering::Equal) => format!("前月（{month}）と同じ件数です。"),
        (_, Ordering::Less) => {
            format!("前月（{month}）より {difference} 件減りました{percent}。")
        }
        (_, Ordering::Greater) => {
            format!("前月（{month}）より {difference} 件増えました{percent}。")
        }
    }
}

fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "新しいリソースの作成",
        ChangeKind::FirstSeen => "初めての記録（作成は以前、または作成日時が不明）",
        ChangeKind::Deleted => "リソースの削除",
        ChangeKind::Recreated => "同じ ID での再作成",
        ChangeKind::Settings => "設定の変更",
        ChangeKind::Tags => "タグのみの変更",
        ChangeKind::Relationships => "他リソースの変更に伴う関連付けのみの変化",
        ChangeKind::Volatile => "AWS が自動で更新する値のみの変化",
        ChangeKind::Identical => "差分なし",
        ChangeKind::NotRecorded => "記録対象外のリソースタイプ",
        ChangeKind::Compliance => "コンプライアンスの評価結果",
        ChangeKind::Unknown => "未判定",
    }
}
