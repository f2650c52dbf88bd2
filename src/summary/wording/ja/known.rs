//! What is not known, in Japanese.

use crate::{
    analysis::{GapCause, RecorderEventKind, RecordingMode},
    summary::{
        number::grouped,
        wording::known::{Completeness, Known},
    },
};

pub(super) const KNOWN: Known = Known {
    heading: "わからないこと",
    no_recorders: "配信がまったくないため、変更の有無はわかりません。",
    complete,
    gap: |cause, from, to| {
        let to = to.unwrap_or("期間の終わり");
        match cause {
            GapCause::Stopped => {
                format!("{from} ～ {to} にレコーダーが停止。この間の変更は記録されていません")
            }
            GapCause::Silent => format!(
                "{from} ～ {to} に配信なし（普段より大幅に長い空白）。\
                 記録が止まっていた可能性があります"
            ),
        }
    },
    gaps_before: |gaps| {
        format!(
            "比較対象の過去の月にも、このような欠落が {} 件あります。",
            grouped(gaps)
        )
    },
    event: |event, all| match event {
        RecorderEventKind::Started => "レコーダーが開始",
        RecorderEventKind::Stopped => "レコーダーが停止",
        RecorderEventKind::TypesBegan => "記録対象に追加",
        RecorderEventKind::TypesCeased => "記録対象から除外",
        RecorderEventKind::DailyBegan if all => {
            "日次記録に変更（個別の頻度設定がないすべてのタイプ）"
        }
        RecorderEventKind::DailyBegan => "日次記録に変更",
        RecorderEventKind::DailyCeased if all => {
            "継続的な記録に変更（個別の頻度設定がないすべてのタイプ）"
        }
        RecorderEventKind::DailyCeased => "継続的な記録に変更",
        RecorderEventKind::ScopeChanged => {
            "記録対象の範囲が変更（増減したタイプはレコーダーの設定からは不明）"
        }
    },
    switched: |to, since, before, after| {
        let items = format!(
            "当月の件数: 切り替え前 {}、以後 {}",
            grouped(before),
            grouped(after)
        );
        match to {
            RecordingMode::Daily => format!(
                "{since} から日次記録（それまでは継続的な記録）。件数の減少は変更の減少ではありません（{items}）"
            ),
            RecordingMode::Continuous => format!(
                "{since} から継続的な記録（それまでは日次記録）。件数の増加は変更の増加ではありません（{items}）"
            ),
        }
    },
    daily: "日次記録のタイプ（1 日分の変更が 1 件にまとまる）: ",
    more: |more| format!("ほか {} 件", grouped(more)),
};

fn complete(known: &Completeness) -> String {
    let recorders = format!(
        "レコーダー {} 個（アカウントとリージョンの組）",
        grouped(known.recorders)
    );
    let absence = if known.unreadable {
        "読み込めなかったファイルを除けば、構成アイテムがないことは変更がなかったことを意味します。"
    } else {
        "記録対象のタイプについて、構成アイテムがないことは変更がなかったことを意味します。"
    };
    match known.complete {
        0 if known.recorders == 1 => format!("{recorders}の配信は完全ではありません。\n{NO_PROOF}"),
        0 => format!("{recorders}のいずれも配信が完全ではありません。\n{NO_PROOF}"),
        complete if complete == known.recorders => {
            let all = if complete == 1 { "" } else { "すべて" };
            format!("{recorders}の配信は{all}完全です。{absence}")
        }
        complete => format!(
            "{recorders}のうち {} 個は配信が完全です。そこでは、{absence}\n\
             残りでは、構成アイテムがなくても変更がなかったとは言えません（記録停止の可能性があります）。",
            grouped(complete)
        ),
    }
}

const NO_PROOF: &str =
    "構成アイテムがなくても、変更がなかったとは言えません（記録停止の可能性があります）。";
