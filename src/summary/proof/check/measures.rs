//! Words for what is counted, and for how a number stands to it.

use crate::summary::Language;
use crate::summary::proof::phrases::Phrases;
use std::{ops::Range, sync::LazyLock};

use crate::{
    domain::ChangeKind,
    summary::{facts::EntityKind, proof::words::WordClass},
};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Base {
    Items,
    Changes,
    Resources,
    Accounts,
    Regions,
    Types,
    Cost,
    CostOfChanges,
    CostOfEchoes,
    CostOfCompliance,
    Departures,
    Security,
    Recorders,
    IncompleteRecorders,
    Gaps,
    Days,
}

/// Which items count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kinds {
    Any,
    One(ChangeKind),
    Echoes,
}

/// What is counted, of which items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Measure {
    pub(super) base: Base,
    pub(super) kinds: Kinds,
}

impl Measure {
    pub(super) const fn of(base: Base) -> Self {
        Self {
            base,
            kinds: Kinds::Any,
        }
    }

    const fn kind(kind: ChangeKind) -> Self {
        Self {
            base: Base::Items,
            kinds: Kinds::One(kind),
        }
    }

    /// The kind of entity that the word stands beside: "account 111122223333".
    pub(super) fn label_of(self) -> Option<EntityKind> {
        match self.base {
            Base::Accounts => Some(EntityKind::Account),
            Base::Regions => Some(EntityKind::Region),
            Base::Types => Some(EntityKind::Type),
            Base::Resources => Some(EntityKind::Resource),
            Base::Days => Some(EntityKind::Day),
            _ => None,
        }
    }
}

/// Which month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Month {
    Now,
    Before,
}

/// How a number stands to what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    By,
    From,
    To,
    Than,
    Of,
    /// Of what was counted before.
    OfThem,
    /// What follows is compared with.
    Compared,
    Expected,
}

/// What a phrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phrase {
    Measure(Measure),
    Cue(Cue),
    Word(WordClass),
    Month(Month),
    /// Parts two clauses.
    Break,
    /// Stands for something named elsewhere.
    Pronoun,
    /// Claims nothing.
    Plain,
    /// Bounds, leaves out or supposes what it stands beside.
    Limit,
    /// Ranked by real changes where a rank is claimed; nothing else.
    Changed,
}

/// Finds phrases, the longest first.
pub(super) fn find(text: &str, language: Language) -> Vec<(Range<usize>, Phrase)> {
    match language {
        Language::En => EN_PHRASES.find(text),
        Language::Ja => JA_PHRASES.find(text),
    }
}

static EN_PHRASES: LazyLock<Phrases<Phrase>> = LazyLock::new(|| {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'');
    Phrases::of(EN, Some(is_part))
});
static JA_PHRASES: LazyLock<Phrases<Phrase>> = LazyLock::new(|| Phrases::of(JA, None));

type List = (Phrase, &'static [&'static str]);

const fn measure(base: Base) -> Phrase {
    Phrase::Measure(Measure::of(base))
}

const fn kind(kind: ChangeKind) -> Phrase {
    Phrase::Measure(Measure::kind(kind))
}

const ECHOES: Phrase = Phrase::Measure(Measure {
    base: Base::Items,
    kinds: Kinds::Echoes,
});

#[rustfmt::skip] // a word a line would be hundreds of lines
const EN: &[List] = &[
    (measure(Base::Items), &["configuration items", "configuration item", "config items",
        "config item", "recorded items", "items", "item"]),
    (measure(Base::Changes), &["real changes", "real change", "actual changes", "actual change",
        "changes", "change"]),
    (measure(Base::Resources), &["aws resources", "resources", "resource"]),
    (measure(Base::Accounts), &["aws accounts", "accounts", "account"]),
    (measure(Base::Regions), &["aws regions", "regions", "region"]),
    (measure(Base::Types), &["resource types", "resource type", "types", "type"]),
    (measure(Base::Days), &["days", "day"]),
    (measure(Base::Cost), &["estimated recording cost", "estimated cost of recording",
        "estimated cost", "recording costs", "recording cost", "cost of recording", "costs",
        "cost"]),
    (measure(Base::CostOfChanges), &["cost of real changes", "cost of the real changes"]),
    (measure(Base::CostOfEchoes), &["cost of echoes", "cost of the echoes"]),
    (measure(Base::CostOfCompliance), &["cost of compliance results", "cost of compliance"]),
    (measure(Base::Departures), &["departures", "departure", "anomalies", "anomaly"]),
    (measure(Base::Security), &["security events", "security event"]),
    (measure(Base::Recorders), &["recorders", "recorder"]),
    (measure(Base::IncompleteRecorders), &["incomplete recorders", "incomplete recorder"]),
    (measure(Base::Gaps), &["recorder gaps", "recording gaps", "gaps", "gap"]),
    (kind(ChangeKind::Deleted), &["deletions", "deletion"]),
    (kind(ChangeKind::Created), &["creations", "creation"]),
    (kind(ChangeKind::Recreated), &["re-creations", "re-creation", "recreations",
        "recreation"]),
    (kind(ChangeKind::FirstSeen), &["first sightings", "first sighting"]),
    (kind(ChangeKind::Settings), &["settings changes", "setting changes", "changes of settings",
        "change of settings"]),
    (kind(ChangeKind::Tags), &["tag changes", "tag change", "changes of tags"]),
    (kind(ChangeKind::Relationships), &["relationship changes", "relationship echoes"]),
    (kind(ChangeKind::Volatile), &["volatile items"]),
    (kind(ChangeKind::Identical), &["identical items"]),
    (kind(ChangeKind::Compliance), &["compliance results", "compliance result",
        "compliance items"]),
    (ECHOES, &["echoes", "echo"]),
    (Phrase::Cue(Cue::By), &["by"]),
    (Phrase::Cue(Cue::From), &["from"]),
    (Phrase::Cue(Cue::To), &["to"]),
    (Phrase::Cue(Cue::Than), &["than"]),
    (Phrase::Cue(Cue::Of), &["of"]),
    (Phrase::Cue(Cue::OfThem), &["of which", "of them", "of these", "of those", "among them"]),
    (Phrase::Cue(Cue::Compared), &["compared with", "compared to", "in comparison with",
        "in comparison to", "against", "versus", "vs"]),
    (Phrase::Cue(Cue::Expected), &["expected"]),
    (Phrase::Word(WordClass::Majority), &["most of", "the bulk of", "bulk of",
        "more than half of", "more than half", "over half of"]),
    (Phrase::Word(WordClass::Next), &["followed by"]),
    (Phrase::Word(WordClass::Approximate), &["up to", "close to"]),
    (Phrase::Word(WordClass::Cause), &["due to", "owing to", "thanks to", "led to",
        "because of", "as a result of", "caused by", "triggered by", "resulted from",
        "resulting from"]),
    (Phrase::Word(WordClass::New), &["new to"]),
    (Phrase::Word(WordClass::Absent), &["free of"]),
    (Phrase::Word(WordClass::Up), &["up", "plus"]),
    (Phrase::Word(WordClass::Down), &["down", "minus"]),
    (Phrase::Break, &["and", "but", "while", "whereas", "although", "though"]),
    (Phrase::Pronoun, &["it", "its", "they", "their", "this account", "that account",
        "the account", "this region", "that region", "the region", "this type", "that type",
        "the type", "this resource", "that resource", "the resource", "that day", "this day",
        "the day", "the same day", "same account", "he", "she", "his", "her", "this one",
        "that one"]),
    (Phrase::Month(Month::Now), &["this month", "the month"]),
    (Phrase::Month(Month::Before), &["last month", "the previous month", "previous month",
        "the prior month", "prior month", "the preceding month", "the month before", "month before",
        "a month earlier", "the month earlier", "one month earlier", "a month ago",
        "one month ago", "a month before", "one month before"]),
    (Phrase::Changed, &["changed"]),
    (Phrase::Limit, &["all but", "in all but", "nothing but", "anything but", "everything but",
        "as of", "on top of", "the last", "in the last", "over the last", "had it been", "had they been", "had there been",
        "were it", "were there", "to be", "is being", "are being", "was being", "were being"]),
    (Phrase::Plain, &["recorded", "recording", "delivered", "in all", "most recently", "at all",
        "over the month", "over the course of", "a total of", "the number of", "number of",
        "when it comes to", "there was", "there were", "not only", "as well as", "monthly report", "monthly summary",
        "monthly overview", "monthly digest", "monthly total"]),
];

#[rustfmt::skip] // a word a line would be hundreds of lines
const JA: &[List] = &[
    (measure(Base::Items), &["構成アイテム数", "構成アイテム", "アイテム数", "アイテム", "件数"]),
    (measure(Base::Changes), &["実際の変更件数", "実際の変更", "変更件数", "変更"]),
    (measure(Base::Resources), &["リソース数", "リソース"]),
    (measure(Base::Accounts), &["アカウント数", "アカウント"]),
    (measure(Base::Regions), &["リージョン数", "リージョン"]),
    (measure(Base::Types), &["リソースタイプ数", "リソースタイプ", "タイプ数", "タイプ"]),
    (measure(Base::Cost), &["推定記録コスト", "推定コスト", "記録コスト", "記録のコスト", "記録費用", "コスト", "費用"]),
    (measure(Base::CostOfChanges), &["実際の変更のコスト", "実際の変更の費用"]),
    (measure(Base::CostOfEchoes), &["エコーのコスト", "エコーの費用"]),
    (measure(Base::CostOfCompliance), &["コンプライアンスの評価結果のコスト", "コンプライアンスのコスト"]),
    (measure(Base::Departures), &["普段と異なる点", "過去の月との差異", "異常"]),
    (measure(Base::Security), &["セキュリティイベント"]),
    (measure(Base::Recorders), &["レコーダー"]),
    (measure(Base::IncompleteRecorders), &["不完全なレコーダー"]),
    (measure(Base::Gaps), &["記録の欠落", "欠落"]),
    (kind(ChangeKind::FirstSeen), &["初回記録", "初回の記録", "初めて記録された項目"]),
    (kind(ChangeKind::Settings), &["設定の変更", "設定変更"]),
    (kind(ChangeKind::Tags), &["タグの変更", "タグ変更"]),
    (kind(ChangeKind::Relationships), &["関連付けの変化", "関連付けの変更"]),
    (kind(ChangeKind::Compliance), &["コンプライアンスの評価結果", "コンプライアンス結果"]),
    (ECHOES, &["エコー"]),
    (Phrase::Cue(Cue::From), &["から"]),
    (Phrase::Cue(Cue::Than), &["より"]),
    (Phrase::Cue(Cue::Compared), &["と比較して", "と比べて", "と比べ", "に比べて", "に比べ", "に対して", "に対し", "比"]),
    (Phrase::Cue(Cue::OfThem), &["そのうち", "このうち", "うち"]),
    (Phrase::Cue(Cue::Expected), &["想定", "予想"]),
    (Phrase::Word(WordClass::Up), &["プラス"]),
    (Phrase::Word(WordClass::Down), &["マイナス"]),
    (Phrase::Break, &["一方で", "一方", "しかし", "ただし", "および", "及び"]),
    (Phrase::Pronoun, &["同アカウント", "当該アカウント", "このアカウント", "そのアカウント", "同リージョン", "このリージョン",
        "そのリージョン", "同日", "この日", "その日", "このタイプ", "同タイプ", "このリソース", "同リソース", "それ", "これら", "それら"]),
    (Phrase::Plain, &["割合", "記録", "配信", "全体を通して", "一覧", "構成比", "内訳", "関して"]),
    (Phrase::Limit, &["ほか", "以外", "を除", "までに", "によって", "により"]),
    (Phrase::Month(Month::Now), &["当月", "今月"]),
    (Phrase::Month(Month::Before), &["先月", "前月"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phrase_is_listed_twice() {
        for lists in [EN, JA] {
            let mut all: Vec<&str> = lists
                .iter()
                .flat_map(|(_, texts)| *texts)
                .copied()
                .collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count);
        }
    }

    #[test]
    fn the_longest_phrase_counts() {
        let texts = |text: &'static str, lexicon| {
            find(text, lexicon)
                .into_iter()
                .map(|(range, _)| text.get(range).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            texts("Real changes of 3 itemsets by items", Language::En),
            ["Real changes", "of", "by", "items"]
        );
        assert_eq!(
            texts("構成アイテムは前月より", Language::Ja),
            ["構成アイテム", "前月", "より"]
        );
    }
}
