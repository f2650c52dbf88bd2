//! Values as people read them: with what they count, in the languages that have words for it.

use super::{Aspect, Facts, Field, Quantity, Value};
use crate::{
    domain::ChangeKind,
    summary::{
        Language,
        number::{grouped, money},
    },
};

impl Facts {
    /// Says a field's value. In a language without words of ours the bare number: what it counts
    /// is for the sentence around it to say.
    pub(in crate::summary) fn say(&self, field: &Field, language: Option<Language>) -> String {
        let month = match (field.aspect, self.before) {
            (Aspect::Before, Some(before)) => Some(before.to_string()),
            _ => None,
        };
        let number = number(field);
        match language {
            None => number,
            Some(Language::En) => in_english(field, &number, month.as_deref()),
            Some(Language::Ja) => in_japanese(field, &number, month.as_deref()),
        }
    }

    /// Says a whole fact, for people who look up what a claim rests on.
    pub(in crate::summary) fn say_fact(&self, fact: &super::Fact) -> String {
        let about = fact.subject.iter().filter_map(|id| self.entities.get(*id));
        let about: Vec<String> = about
            .map(|entity| crate::domain::visible(&entity.name).into_owned())
            .collect();
        let values: Vec<String> = fact
            .fields
            .iter()
            .map(|field| {
                let said = self.say(field, Some(Language::En));
                match (field.quantity, field.aspect) {
                    (Quantity::When | Quantity::What, _) => said,
                    (_, Aspect::Expected) => format!("{said} expected"),
                    (_, Aspect::LargestBefore) => format!("{said} at most before"),
                    _ => said,
                }
            })
            .collect();
        let about = if about.is_empty() {
            String::new()
        } else {
            format!(" {}", about.join(", "))
        };
        format!("{}{about}: {}", fact.label, values.join(", "))
    }
}

/// The number alone.
fn number(field: &Field) -> String {
    let signed = |n: i64, text: String| match n.cmp(&0) {
        std::cmp::Ordering::Less => format!("-{text}"),
        std::cmp::Ordering::Equal => text,
        std::cmp::Ordering::Greater => format!("+{text}"),
    };
    match &field.value {
        Value::Count(n) => grouped(*n),
        Value::Delta(n) => signed(*n, grouped(n.unsigned_abs())),
        Value::Percent(tenths) => {
            let text = format!(
                "{}.{}%",
                grouped(tenths.unsigned_abs() / 10),
                tenths.unsigned_abs() % 10
            );
            match field.aspect {
                Aspect::Share => text,
                _ => signed(*tenths, text),
            }
        }
        Value::Tenths(n) => format!("{}.{}", grouped(n / 10), n % 10),
        Value::Usd(amount) if field.aspect == Aspect::Delta && amount.micros() > 0 => {
            format!("+{}", money(*amount))
        }
        Value::Usd(amount) => money(*amount),
        Value::What(en, _) => (*en).to_owned(),
        Value::When(when) => when.clone(),
    }
}

fn in_english(field: &Field, number: &str, month: Option<&str>) -> String {
    let (one, many) = nouns(field.quantity);
    let noun = if matches!(field.value, Value::Count(1)) {
        one
    } else {
        many
    };
    let said = match (&field.value, field.aspect) {
        (Value::What(en, _), _) => return (*en).to_owned(),
        (Value::When(_), _) => return number.to_owned(),
        (_, Aspect::Share) => format!("{number} of the items"),
        (Value::Percent(_), _) => number.to_owned(),
        _ if noun.is_empty() => number.to_owned(),
        (Value::Usd(_), _) => format!("{number} ({noun})"),
        _ => format!("{number} {noun}"),
    };
    match month {
        Some(month) => format!("{said} in {month}"),
        None => said,
    }
}

fn in_japanese(field: &Field, number: &str, month: Option<&str>) -> String {
    let (noun, counter) = japanese(field.quantity);
    let said = match (&field.value, field.aspect) {
        (Value::What(_, ja), _) => return (*ja).to_owned(),
        (Value::When(_), _) => return number.to_owned(),
        (_, Aspect::Share) => format!("構成アイテムの {number}"),
        (Value::Percent(_), _) => number.to_owned(),
        (Value::Usd(_), _) if noun.is_empty() => number.to_owned(),
        (Value::Usd(_), _) => format!("{noun} {number}"),
        _ => format!("{noun} {number} {counter}"),
    };
    match month {
        Some(month) => format!("{month} の{said}"),
        None => said,
    }
}

/// One, and several.
fn nouns(quantity: Quantity) -> (&'static str, &'static str) {
    match quantity {
        Quantity::Items => ("item", "items"),
        Quantity::Changes => ("real change", "real changes"),
        Quantity::Echoes => ("echo", "echoes"),
        Quantity::Resources => ("resource", "resources"),
        Quantity::Accounts => ("account", "accounts"),
        Quantity::Regions => ("Region", "Regions"),
        Quantity::Types => ("resource type", "resource types"),
        Quantity::OfKind(kind) => kind_nouns(kind),
        Quantity::ResourcesOf(kind) => match kind {
            ChangeKind::Created => ("created resource", "created resources"),
            ChangeKind::Deleted => ("deleted resource", "deleted resources"),
            ChangeKind::Recreated => ("re-created resource", "re-created resources"),
            _ => (
                "resource seen for the first time",
                "resources seen for the first time",
            ),
        },
        Quantity::Departures => (
            "departure from earlier months",
            "departures from earlier months",
        ),
        Quantity::SecurityEvents => ("security event", "security events"),
        Quantity::Months => ("month", "months"),
        Quantity::Recorders => ("recorder", "recorders"),
        Quantity::Days => ("day with items", "days with items"),
        Quantity::Gaps => ("recorder gap", "recorder gaps"),
        Quantity::CostOfChanges => ("real changes", "real changes"),
        Quantity::CostOfEchoes => ("echoes", "echoes"),
        Quantity::CostOfCompliance => ("compliance results", "compliance results"),
        Quantity::Cost | Quantity::What | Quantity::When => ("", ""),
    }
}

fn kind_nouns(kind: ChangeKind) -> (&'static str, &'static str) {
    match kind {
        ChangeKind::Created => ("creation", "creations"),
        ChangeKind::FirstSeen => ("first sighting", "first sightings"),
        ChangeKind::Deleted => ("deletion", "deletions"),
        ChangeKind::Recreated => ("re-creation", "re-creations"),
        ChangeKind::Settings => ("change of settings", "changes of settings"),
        ChangeKind::Tags => ("change of tags", "changes of tags"),
        ChangeKind::Relationships => ("echo of relationships", "echoes of relationships"),
        ChangeKind::Volatile => ("echo of volatile values", "echoes of volatile values"),
        ChangeKind::Identical => ("identical item", "identical items"),
        ChangeKind::NotRecorded => (
            "item of what is not recorded",
            "items of what is not recorded",
        ),
        ChangeKind::Compliance => ("compliance result", "compliance results"),
        ChangeKind::Unknown => ("item of unknown kind", "items of unknown kind"),
    }
}

/// The noun before the number, and the counter after it.
fn japanese(quantity: Quantity) -> (&'static str, &'static str) {
    match quantity {
        Quantity::Items => ("構成アイテム", "件"),
        Quantity::Changes => ("実際の変更", "件"),
        Quantity::Echoes => ("エコー", "件"),
        Quantity::Resources => ("リソース", "個"),
        Quantity::Accounts => ("アカウント", "個"),
        Quantity::Regions => ("リージョン", "個"),
        Quantity::Types => ("リソースタイプ", "個"),
        Quantity::OfKind(kind) => (japanese_kind(kind), "件"),
        Quantity::ResourcesOf(kind) => match kind {
            ChangeKind::Created => ("作成されたリソース", "個"),
            ChangeKind::Deleted => ("削除されたリソース", "個"),
            ChangeKind::Recreated => ("再作成されたリソース", "個"),
            _ => ("初めて記録されたリソース", "個"),
        },
        Quantity::Departures => ("過去の月との差異", "件"),
        Quantity::SecurityEvents => ("セキュリティイベント", "件"),
        Quantity::Months => ("比較対象", "か月"),
        Quantity::Recorders => ("レコーダー", "個"),
        Quantity::Days => ("構成アイテムのある日", "日"),
        Quantity::Gaps => ("記録の欠落", "件"),
        Quantity::CostOfChanges => ("実際の変更の費用", ""),
        Quantity::CostOfEchoes => ("エコーの費用", ""),
        Quantity::CostOfCompliance => ("コンプライアンス結果の費用", ""),
        Quantity::Cost | Quantity::What | Quantity::When => ("", ""),
    }
}

fn japanese_kind(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "作成",
        ChangeKind::FirstSeen => "初めての記録",
        ChangeKind::Deleted => "削除",
        ChangeKind::Recreated => "再作成",
        ChangeKind::Settings => "設定の変更",
        ChangeKind::Tags => "タグの変更",
        ChangeKind::Relationships => "リレーションのみの反映",
        ChangeKind::Volatile => "AWS による値の更新",
        ChangeKind::Identical => "差異のない構成アイテム",
        ChangeKind::NotRecorded => "記録対象外の構成アイテム",
        ChangeKind::Compliance => "コンプライアンス結果",
        ChangeKind::Unknown => "種類の不明な構成アイテム",
    }
}
