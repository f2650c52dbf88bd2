//! What to look at first, in Japanese.

use crate::{
    analysis::{
        AnomalyKind,
        security::{EventKind, Severity},
    },
    summary::{
        number::grouped,
        wording::attention::{Attention, Numbers, Past},
    },
};

pub(super) const ATTENTION: Attention = Attention {
    heading: "まず確認すべき点",
    no_baseline: "比較できる過去の月がないため、異常の判定は行っていません。",
    departures: |total, past| {
        let total = grouped(total);
        format!(
            "{}と比べて普段と異なる点: {total} 件。{}",
            months(past),
            doubt(past)
        )
    },
    nothing: |past, is_complete| {
        let known = if is_complete {
            ""
        } else {
            "記録された範囲では、"
        };
        let months = months(past);
        format!(
            "{known}{months}と比べて普段と異なる点はありません。{}",
            doubt(past)
        )
    },
    label,
    detail,
    accounts: "アカウント: ",
    types: "タイプ: ",
    resources: "リソース: ",
    more: |more| format!("ほか {} 件", grouped(more)),
    security: |events| format!("セキュリティイベント（{} 件）", grouped(events)),
    no_security: "記録された構成アイテムに、ルールに該当するセキュリティイベントはありません。",
    severity: |severity| match severity {
        Severity::High => "重大度 高",
        Severity::Medium => "重大度 中",
        Severity::Low => "重大度 低",
    },
    title: |rule| rule.title_ja,
    event: |event, at| match event {
        EventKind::Began => format!("{at} に発生"),
        EventKind::CreatedSo => format!("{at} にこの状態で作成"),
        EventKind::FirstSeenSo => format!("{at} の初回記録時点で該当"),
        EventKind::Ended => format!("{at} に解消"),
    },
};

fn months(past: &Past) -> String {
    match past.months {
        1 => format!("前月（{}）", past.range),
        months => format!("過去 {} か月（{}）", grouped(months), past.range),
    }
}

fn doubt(past: &Past) -> &'static str {
    if past.is_short {
        "比較できる期間が短いため、差の大きいものだけを挙げています。"
    } else {
        ""
    }
}

fn label(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::FirstSeenAccount => "新しいアカウント",
        AnomalyKind::FirstSeenRegion => "新しいリージョン",
        AnomalyKind::FirstSeenType => "新しいリソースタイプ",
        AnomalyKind::FirstSeenAccountType => "アカウントで初めてのリソースタイプ",
        AnomalyKind::MassDeletion => "大量削除",
        AnomalyKind::Recreation => "再作成",
        AnomalyKind::Woke => "久しぶりの変更",
        AnomalyKind::UnusualHours => "普段と異なる時間帯の変更",
        AnomalyKind::ResourceBurst => "急増",
        AnomalyKind::GroupBurst => "リソースタイプの急増",
        AnomalyKind::DayBurst => "1 日の急増",
        AnomalyKind::GroupDrop => "急減",
    }
}

fn detail(n: &Numbers) -> String {
    let said = match n.kind {
        AnomalyKind::FirstSeenAccount
        | AnomalyKind::FirstSeenRegion
        | AnomalyKind::FirstSeenType => format!("{}、{}は記録なし", sightings(n), past(n)),
        AnomalyKind::FirstSeenAccountType => first_in_account(n),
        AnomalyKind::MassDeletion => mass_deletion(n),
        AnomalyKind::Recreation => format!(
            "同じ ID での再作成 {} 回、{}は 0 回",
            grouped(n.seen),
            past(n)
        ),
        AnomalyKind::Woke => format!("{}、{}は変更なし", changes(n), past(n)),
        AnomalyKind::UnusualHours => unusual_hours(n),
        AnomalyKind::ResourceBurst | AnomalyKind::GroupBurst => {
            format!("{}{}", changes(n), expected(n))
        }
        AnomalyKind::DayBurst => burst_day(n),
        AnomalyKind::GroupDrop => return drop(n),
    };
    let hours = if n.at_unusual_hours {
        "（普段と異なる時間帯）"
    } else {
        ""
    };
    format!("{said}、{}{hours}", n.when)
}

fn sightings(n: &Numbers) -> String {
    format!(
        "変更または初回記録 {} 件（リソース {} 個）",
        grouped(n.seen),
        grouped(n.resources)
    )
}

fn first_in_account(n: &Numbers) -> String {
    let others = n.accounts_before.map_or_else(String::new, |accounts| {
        format!("（ほかの {} アカウントには記録あり）", grouped(accounts))
    });
    format!("{}、{}は記録なし{others}", sightings(n), past(n))
}

fn mass_deletion(n: &Numbers) -> String {
    let deleted = format!("{} 件の削除", grouped(n.seen));
    match n.largest_before {
        Some(0) => format!("{deleted}、{}は削除なし", past(n)),
        Some(most) => format!(
            "{deleted}、{}は 1 時間あたり最大 {} 件",
            past(n),
            grouped(most)
        ),
        None => deleted,
    }
}

fn unusual_hours(n: &Numbers) -> String {
    if n.usual_hours.is_empty() {
        let never = "このアカウントがこのタイプをほとんど変更しない時間帯";
        return format!("{}（{never}）", changes(n));
    }
    format!("{}（普段は {} 時台）", changes(n), n.usual_hours)
}

fn burst_day(n: &Numbers) -> String {
    let most = n.largest_before.map_or_else(String::new, |most| {
        format!("、{}は 1 日最大 {} 件", past(n), grouped(most))
    });
    let expected = n.expected.as_ref();
    let expected = expected.map_or_else(String::new, |usual| format!("、想定 {usual} 件"));
    format!("{}{expected}{most}", changes(n))
}

fn drop(n: &Numbers) -> String {
    match n.seen {
        0 => format!("実際の変更なし{}、最後の変更は {}", expected(n), n.when),
        _ => format!("{}のみ{}、{}", changes(n), expected(n), n.when),
    }
}

fn changes(n: &Numbers) -> String {
    format!("実際の変更 {} 件", grouped(n.seen))
}

fn expected(n: &Numbers) -> String {
    match (&n.expected, n.months) {
        (None, _) => String::new(),
        (Some(usual), 0) => format!("、想定 {usual} 件（同じタイプのほかのリソースから）"),
        (Some(usual), _) if n.counts.is_empty() => format!("、想定 {usual} 件（{}から）", past(n)),
        (Some(usual), _) => format!("、想定 {usual} 件（{}: {}）", past(n), n.counts),
    }
}

fn past(n: &Numbers) -> String {
    match n.months {
        1 => "前月".to_owned(),
        months => format!("過去 {} か月", grouped(months)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(kind: AnomalyKind, seen: u64) -> Numbers {
        Numbers {
            kind,
            seen,
            expected: Some("20.0".to_owned()),
            months: 1,
            counts: String::new(),
            when: "10-29 10:00".to_owned(),
            usual_hours: String::new(),
            at_unusual_hours: false,
            largest_before: Some(0),
            resources: 1,
            accounts_before: None,
        }
    }

    #[test]
    fn a_short_past_and_single_changes() {
        for (numbers, said) in [
            (
                numbers(AnomalyKind::GroupDrop, 0),
                "実際の変更なし、想定 20.0 件（前月から）、最後の変更は 10-29 10:00",
            ),
            (
                Numbers {
                    months: 0,
                    ..numbers(AnomalyKind::ResourceBurst, 90)
                },
                "実際の変更 90 件、想定 20.0 件（同じタイプのほかのリソースから）、10-29 10:00",
            ),
            (
                numbers(AnomalyKind::MassDeletion, 1),
                "1 件の削除、前月は削除なし、10-29 10:00",
            ),
            (
                numbers(AnomalyKind::UnusualHours, 1),
                "実際の変更 1 件（このアカウントがこのタイプをほとんど変更しない時間帯）、10-29 10:00",
            ),
            (
                numbers(AnomalyKind::Recreation, 2),
                "同じ ID での再作成 2 回、前月は 0 回、10-29 10:00",
            ),
        ] {
            assert_eq!(detail(&numbers), said);
        }
    }
}
