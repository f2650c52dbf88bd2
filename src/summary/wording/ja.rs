//! Japanese.

mod attention;
mod cost;
mod known;

use std::cmp::Ordering;

use super::{AccountWords, Compared, Headings, Labels, NarrativeWords, Pair, Sentences, Wording};
use crate::{
    analysis::{Totals, Warning},
    domain::ChangeKind,
    summary::number::{grouped, percent, signed_difference},
};

pub(super) const WORDING: Wording = Wording {
    labels: LABELS,
    headings: HEADINGS,
    sentences: SENTENCES,
    attention: attention::ATTENTION,
    cost: cost::COST,
    known: known::KNOWN,
    narrative: NARRATIVE,
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

const NARRATIVE: NarrativeWords = NarrativeWords {
    heading: |model, made, verified, dropped| {
        format!("{model} による要約（主張 {made} 件、検証済み {verified} 件、除外 {dropped} 件）")
    },
    pending: "要約を作成中です。次のハンドルを指定して再度お問い合わせください: ",
    unavailable: "要約はありません。代わりに定型の報告を示します。理由: ",
};

const LABELS: Labels = Labels {
    period: "対象期間",
    source: "データソース",
    accounts: "アカウント",
    regions: "リージョン",
    resource_types: "リソースタイプ",
    items: "件数",
    real_changes: "実際の変更",
    echoes: "エコー",
    unknown: "未判定",
    resources: "リソース",
    created: "作成されたリソース",
    first_seen: "初めて記録されたリソース",
    recreated: "再作成されたリソース",
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
    most_changed: |n| format!("実際の変更の多いリソース（全 {} 個）", grouped(n)),
    created: |n| format!("作成されたリソース（{} 個）", grouped(n)),
    recreated: |n| format!("同じ ID で再作成されたリソース（{} 個）", grouped(n)),
    first_seen: |n| {
        format!(
            "初めて記録されたリソース（当月の作成ではないもの、{} 個）",
            grouped(n)
        )
    },
    deleted: |n| format!("削除されたリソース（{} 個）", grouped(n)),
    unreadable: |n| format!("読み込めなかったファイル（{} 個）", grouped(n)),
    source: "集計の元データ",
};

const SENTENCES: Sentences = Sentences {
    period: |start, end, zone| format!("{start} ～ {end}（{zone}）"),
    headline: |_, totals| headline(totals),
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
    echoes: |n| {
        format!(
            "{} 件はエコーです（関連リソースの変更の反映や AWS による値の更新で、設定は変わっていません）。",
            grouped(n)
        )
    },
    unknown: |n| {
        format!(
            "{} 件は比較できる直前の構成アイテムがなく、実際の変更かどうか判定できません。",
            grouped(n)
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
    changes_of: |changes, items| match changes {
        0 => format!("{} 件（実際の変更なし）", grouped(items)),
        _ if changes == items => format!("実際の変更 {} 件", grouped(changes)),
        _ => format!(
            "実際の変更 {} 件（全 {} 件）",
            grouped(changes),
            grouped(items)
        ),
    },
    more_files: |more| format!("ほか {} 個", grouped(more)),
    active_days: |active, days| format!("{days} 日中 {active} 日に記録があります。"),
    peak_days: |peaks| format!("多い日: {peaks}"),
    peak_changes: |peaks| format!("実際の変更の多い日: {peaks}"),
    peak: |day, items| format!("{day}（{items} 件）"),
    watermark: |at, zone| format!("最新の配信は {at}（{zone}）です。"),
    more_recorders: |more| format!("ほか {} 個（配信日数は上記以上）", grouped(more)),
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

fn headline(totals: &Totals) -> String {
    let real = match totals.real_changes {
        0 if totals.unknown > 0 => "実際の変更と確認できたもの 0 件".to_owned(),
        0 => "実際の変更 0 件".to_owned(),
        real if real == totals.items => "すべて実際の変更".to_owned(),
        real => format!("うち実際の変更 {} 件", grouped(real)),
    };
    format!(
        "構成アイテム {} 件、{real}（リソース {} 個、{} アカウント、{} リージョン）。",
        grouped(totals.items),
        grouped(totals.resources),
        grouped(totals.accounts),
        grouped(totals.regions),
    )
}

fn account(words: &AccountWords) -> String {
    let (items, changes, resources) = (words.items, words.changes, words.resources);
    let counted = format!(
        "{} 件、うち実際の変更 {} 件、リソース {} 個",
        grouped(items),
        grouped(changes),
        grouped(resources)
    );
    let Some((month, before)) = words.before else {
        return counted;
    };
    match before {
        0 => format!("{counted}（前月 {month} は 0 件）"),
        _ if before == items => format!("{counted}（前月 {month} と同じ件数）"),
        _ => format!(
            "{counted}（件数は前月 {month} 比 {}）",
            signed_difference(items, before)
        ),
    }
}

fn warning(warning: Warning) -> String {
    match warning {
        Warning::UnknownKinds => {
            "一部の構成アイテムは直前の構成アイテムと比較できず、変更かどうか判定できません。"
                .to_owned()
        }
        Warning::TableLacksFields => {
            "Glue テーブルに項目が足りないため、判定できない変更があります。\
             推奨レイアウトの `config-history table apply` で追加できます。"
                .to_owned()
        }
        Warning::OlderMonthsLeftOut => "これより前の月は集計していません。".to_owned(),
        Warning::SeveralResources(n) => format!("{} 個のリソースが該当します。", grouped(n)),
        Warning::NoBaseline => {
            "比較できる前の月がないため、異常の判定は行っていません。".to_owned()
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

fn compared(both: &Compared) -> String {
    let (month, items, changes) = (both.month, both.items, both.changes);
    match (items.before, items.now) {
        (0, 0) => format!("前月（{month}）もありませんでした。"),
        (0, _) => format!("前月（{month}）は 0 件でした。"),
        (before, 0) => format!(
            "前月（{month}）は {} 件、うち実際の変更は {} 件でした。",
            grouped(before),
            grouped(changes.before)
        ),
        _ => format!(
            "前月（{month}）と比べ、構成アイテムは{}、実際の変更は{}です。",
            against(items),
            against(changes)
        ),
    }
}

fn against(pair: Pair) -> String {
    let more = match pair.now.cmp(&pair.before) {
        Ordering::Equal => return "同数".to_owned(),
        Ordering::Less => "減",
        Ordering::Greater => "増",
    };
    let difference = grouped(pair.now.abs_diff(pair.before));
    let note = percent(pair.now, pair.before).unwrap_or_else(|| "前月は 0 件".to_owned());
    format!(" {difference} 件{more}（{note}）")
}

fn kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "新しいリソースの作成",
        ChangeKind::FirstSeen => "初回の記録（作成は以前か不明）",
        ChangeKind::Deleted => "リソースの削除",
        ChangeKind::Recreated => "同じ ID での再作成",
        ChangeKind::Settings => "設定の変更",
        ChangeKind::Tags => "タグのみの変更",
        ChangeKind::Relationships => "エコー: 関連付けのみの変化",
        ChangeKind::Volatile => "エコー: AWS が自動更新する値のみ",
        ChangeKind::Identical => "エコー: 差分なし",
        ChangeKind::NotRecorded => "記録対象外のリソースタイプ",
        ChangeKind::Compliance => "コンプライアンスの評価結果",
        ChangeKind::Unknown => "比較できる直前のアイテムなし",
    }
}
