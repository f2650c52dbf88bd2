//! What it cost, in Japanese.

use crate::summary::{
    number::grouped,
    wording::cost::{Cost, SavingWords, Total},
};

pub(super) const COST: Cost = Cost {
    heading: "記録のコスト（推定）",
    total,
    parts: |real, echoes, compliance| {
        format!("内訳: 実際の変更 {real}、エコー {echoes}、コンプライアンスの評価結果 {compliance}")
    },
    amount: "コスト",
    echoes: "うちエコー",
    saving,
    all_daily: |types, usd| {
        format!("削減になる全 {types} タイプを日次記録にした場合の削減額: {usd}")
    },
    estimate: |day| format!("件数 × 単価（{day} 時点）による推定で、AWS の請求額ではありません。"),
};

fn total(total: &Total<'_>) -> String {
    let cost = format!("{} 件で {}", grouped(total.items), total.usd);
    let Some(before) = &total.before else {
        return format!("{cost} です。");
    };
    match &before.difference {
        None => format!("{cost} です（前月 {} と同額）。", before.month),
        Some((difference, rose)) => format!(
            "{cost} です（前月 {} の {} より {difference} {}）。",
            before.month,
            before.usd,
            if *rose { "増" } else { "減" },
        ),
    }
}

fn saving(words: &SavingWords) -> String {
    let daily = match &words.daily {
        Some((usd, items)) => format!(
            "日次記録なら {usd} 削減（{} 件 → {} 件）、",
            grouped(words.items),
            grouped(*items)
        ),
        None if words.only_continuous => "日次記録は不可、".to_owned(),
        None => "日次記録にしても削減なし、".to_owned(),
    };
    let lost = match words.lost {
        0 => "実際の変更は含まれない".to_owned(),
        lost => format!("実際の変更 {} 件が記録されなくなる", grouped(lost)),
    };
    format!("{daily}記録から除外すると {} 削減（{lost}）", words.exclude)
}
