//! Words that claim nothing: everything else that is not understood makes a sentence unproved.

use std::{collections::BTreeSet, sync::LazyLock};

static EN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| ENGLISH.split_whitespace().collect());

static JA: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut words: Vec<&str> = JAPANESE.split_whitespace().collect();
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    words
});

/// Says whether an English word claims nothing.
pub(super) fn is_plain(word: &str) -> bool {
    EN.contains(word.to_lowercase().as_str())
}

/// Says whether a run of kanji and katakana consists of words that claim nothing.
pub(super) fn is_plain_run(run: &str) -> bool {
    let mut rest = run;
    while !rest.is_empty() {
        let Some(after) = JA.iter().find_map(|word| rest.strip_prefix(word)) else {
            return false;
        };
        rest = after;
    }
    true
}

const ENGLISH: &str = "
a an the this that these those there here is are was were be been being am
has have had having do does did done in on at into onto within across among amongst between during
for with as than so also still yet too again then once when where which who whose what how
i we our ours us you your my me
account accounts accounted accounting make makes made making up come comes came coming contribute
contributes contributed contributing represent represents represented constitute constituted
comprise comprises comprised include includes included including contain contains contained
see saw seen show shows showed shown record records recorded recording count counts counted
report reports reported reporting happen happens happened occur occurs occurred occurring
take took taken place places stand stands stood amount amounts amounted reach reaches reached
number numbers figure figures total totals totalled totaled totalling sum value values result
list listed lists note noted notes observe observed find found detected captured register registered
registers remain remained stay stayed become became go goes went
month months monthly day organisation organization org estate environment history summary digest
overview aws config configuration service services region's account's month's
estimate estimates estimated estimation usd us
active activity respectively namely i.e. e.g. however meanwhile moreover furthermore besides
additionally further overall first
per-month previous before earlier prior compared comparison baseline
real actual configuration recorded delivered unique distinct different separate
share shares part portion proportion percentage contribution rate ratio
quite very slightly notably significantly considerably markedly sharply substantially clearly
visible notable significant considerable marked sharp slight moderate remarkable
way ways thing kind kinds
quiet calm busy hello thanks thank dear team everyone's regards best welcome good morning report
following below above-mentioned section table details detail information
end ended start started beginning began
now ago since
";

const JAPANESE: &str = "
の 月 年 日 件 個 分 中 内 際 間 数 計 合計 総数 総計 全体 対象 期間 当該 本 組織 環境 今回 結果 状況
推移 内訳 記録 発生 確認 占 行 見 有 在 合 上 名 以降 当社 弊社 概要 報告 要約 集計 統計 情報 値
割合 比率 構成 構成比 推定 推計 見積 概算 合算 実績 履歴 サマリー レポート 全 該当 対応 活動 実際
含 示 達 至 到達 結 続 伴 加 比較 全般 各種 次 下記 上記 前述 サービス タイプ 種類 種別
月間 月次 今 方 点 回 実施 検出 観測 計上 累計 大幅 大 小 顕著 著 若干 皆様 様 世話 世 話 お世話
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words() {
        assert!(is_plain("The"));
        assert!(!is_plain("leaked"));
        assert!(is_plain_run("記録"));
        assert!(is_plain_run("組織全体"));
        assert!(!is_plain_run("本番環境"));
    }
}
