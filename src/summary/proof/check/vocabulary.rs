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

static HIRAGANA_ENDS: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| HIRAGANA.split_whitespace().collect());

/// Says whether a run of hiragana consists of particles and endings that claim nothing: どまり, ずつ,
/// なら and かも make another statement of what they stand beside.
pub(super) fn is_plain_hiragana(run: &str) -> bool {
    if MISLEADING.iter().any(|word| run.contains(word)) {
        return false;
    }
    // Whether the run up to each character can be made of words of the list.
    let ends: Vec<usize> = run
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .collect();
    let mut reached = vec![0];
    for end in ends {
        let is_end = reached.iter().any(|from| {
            run.get(*from..end)
                .is_some_and(|word| HIRAGANA_ENDS.contains(word))
        });
        if is_end {
            reached.push(end);
        }
    }
    reached.last() == Some(&run.len())
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

/// Left out on purpose: words that bound a time ("since", "before", "first"), leave something out
/// ("besides") or say what stayed. What they stand beside is another number than that of a key.
const ENGLISH: &str = "
a an the this that these those there here is are was were be been being am
has have had having do does did done in on at into onto across among amongst during
for with as than so also still yet too then once when where which who whose what how
i we our ours us you your my me
account accounts accounted accounting make makes made making up come comes came coming contribute
contributes contributed contributing represent represents represented constitute constituted
comprise comprises comprised include includes included including contain contains contained
see saw seen show shows showed shown record records recorded recording count counts counted
report reports reported reporting happen happens happened occur occurs occurred occurring
take took taken place places stand stands stood amount amounts amounted reach reaches reached
number numbers figure figures total totals totalled totaled totalling sum value values result
list listed lists note noted notes observe observed find found detected captured register registered
registers become became go goes went
month months day organisation organization org estate environment history summary digest
overview aws config configuration service services region's account's month's
estimate estimates estimated estimation usd us
active activity respectively namely i.e. e.g. however meanwhile moreover furthermore
additionally further overall
compared comparison
real actual configuration recorded delivered unique distinct different separate
share shares part portion proportion percentage contribution
quite very slightly notably significantly considerably markedly sharply substantially clearly
visible notable significant considerable marked sharp slight moderate remarkable
way ways thing kind kinds
quiet calm busy hello thanks thank dear team everyone's regards best welcome good morning report
section table details detail information
now
";

const JAPANESE: &str = "
月 日 件 個 分 中 内 際 数 計 合計 総数 総計 全体 対象 期間 当該 本 組織 環境 今回 状況
推移 内訳 記録 発生 確認 占 行 見 有 在 合 上 名 当社 弊社 概要 要約 集計 統計 情報 値
割合 比率 構成 構成比 推定 推計 見積 概算 合算 実績 履歴 サマリー レポート 全 該当 対応 活動 実際
示 達 到達 比較 全般 各種 下記 上記 前述 サービス タイプ 種類 種別
月間 月次 今 方 点 回 実施 検出 観測 計上 大幅 大 小 顕著 著 若干 皆様 様 世話 世 話 お世話
";

const HIRAGANA: &str = "
の が を に は で と も や へ まで て た
として という といった について に対し に対して において における にて とともに
し した して する しました しています していました している していた しており
され された されて される されました されています されていました されている されていた されており
です でした でして である であり であった でしたが ですが だ だった だったが
ある あり あった あって あります ありました ありましたが いる いて います いました いた おり おります
なり なった なって なる なります なりました なっています くなった くなり くなりました くなって くなっています
りました ります った って っている っています っていました ました ます ましたが ており ています ていました ている ていた
めた めて めました める めます めています めていました めており めている
いて いた いました いている いています われた われ われて われました われています
られた られ られて られました られています れた れ れて れました れています
えた えて えました えています みました んだ んで きました けた けて けました けています げた げて げました
また まず さらに なお そして ここ この その こちら もの こと きく きな
おける ください
";

/// What the words above can be put together to, and means another thing.
const MISLEADING: &[&str] = &["ので", "ても", "とされ", "でき", "されます", "します"];

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
