//! Differences, and which way they went.

use super::*;

#[test]
#[expect(
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a table of sentences"
)]
fn differences() {
    let facts = facts(true);
    let subjects = subjects();
    let mut tally = Tally::default();
    let texts: &[fn(&About, [&str; 2], u64, bool) -> (usize, String)] = &[
        |a, words, n, up| {
            let way = if up { "rose" } else { "fell" };
            (
                0,
                format!(
                    "The number of {} in {} {way} by {n}.",
                    words[0], a.called[0]
                ),
            )
        },
        |a, words, n, up| {
            let way = if up { "more" } else { "fewer" };
            (
                0,
                format!(
                    "{} had {n} {way} {} than in October.",
                    a.called[0], words[0]
                ),
            )
        },
        |a, words, n, up| {
            let way = if up { "増加" } else { "減少" };
            (
                1,
                format!(
                    "{}の{}は前月より {n} 件{way}しました。",
                    a.called[1], words[1]
                ),
            )
        },
        |a, words, n, up| {
            let sign = if up { "+" } else { "-" };
            (
                1,
                format!("{}の{}（前月比 {sign}{n} 件）", a.called[1], words[1]),
            )
        },
    ];
    for counted in COUNTED.iter().filter(|counted| counted.kinds.is_empty()) {
        for about in &subjects {
            let of = |about: &About| {
                let now = about.sums(&facts, &[], When::Now).map(counted.take)?;
                let last = about.sums(&facts, &[], When::Before).map(counted.take)?;
                (now != last).then(|| (now.abs_diff(last), now > last, now, last))
            };
            let Some((by, up, now, last)) = of(about) else {
                continue;
            };
            for text in texts {
                let (language, said) = text(about, counted.words, by, up);
                tally.holds(language, &said);
                let (_, said) = text(about, counted.words, by, !up);
                tally.fails(language, &said, "direction flipped");
                for (how, n) in numbers_beside(by) {
                    let (_, said) = text(about, counted.words, n, up);
                    tally.fails(language, &said, how);
                }
                for level in [now, last].into_iter().filter(|level| *level != by) {
                    let (_, said) = text(about, counted.words, level, up);
                    tally.fails(language, &said, "level for difference");
                }
                let others = subjects.iter().filter(|other| other.like == about.like);
                let others =
                    others.filter(|other| of(other).is_none_or(|(n, u, ..)| (n, u) != (by, up)));
                for other in others.take(2) {
                    let (_, said) = text(other, counted.words, by, up);
                    tally.fails(language, &said, "entity swapped");
                }
            }
            let moves = |from: u64, to: u64, up: bool| {
                let (en, ja) = if up {
                    ("rose", "増加")
                } else {
                    ("fell", "減少")
                };
                [
                    format!(
                        "{} in {} {en} from {from} to {to}.",
                        counted.words[0], about.called[0]
                    ),
                    format!(
                        "{}の{}は {from} 件から {to} 件に{ja}しました。",
                        about.called[1], counted.words[1]
                    ),
                ]
            };
            for (language, text) in moves(last, now, up).iter().enumerate() {
                tally.holds(language, text);
            }
            for (from, to, up, how) in [
                (last, now, !up, "direction flipped"),
                (now, last, up, "months swapped"),
                (last + 1, now, up, "one more"),
                (last, now + 1, up, "one more"),
            ] {
                for (language, text) in moves(from, to, up).iter().enumerate() {
                    tally.fails(language, text, how);
                }
            }
        }
    }
    tally.done(&facts, "differences");
}
