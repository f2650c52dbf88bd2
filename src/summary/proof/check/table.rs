//! Tables: what a column counts stands in its header, what a row is about in its cells.

mod row;

use super::{
    counted::of_kind,
    key::How,
    measures::{Base, Cue, Kinds, Measure, Month},
    saying::kinds_of,
    token::{Token, What},
};
use crate::summary::proof::words::WordClass;

pub(super) use row::{Cell, row};

/// What a column has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// Names of what the measure counts, or numbers of them: "Resources".
    Entity(Measure),
    /// Kinds of change by their names, and what these mean.
    Kind,
    Meaning,
    /// What the numbers of a row count: "Real changes".
    Label,
    /// Numbers of one thing.
    Value(Measure, How),
    /// Numbers of a month, of what the row or the rest of the table counts.
    Month(Month),
    /// What the month has more or less than the one before.
    Difference,
    /// Resources, each with a number in brackets.
    List(Measure),
    Unknown,
}

impl Column {
    /// Reads a cell of the header.
    pub(super) fn of(tokens: &[Token]) -> Self {
        let title: String = tokens
            .iter()
            .map(|token| token.text.to_ascii_lowercase())
            .collect();
        match title.as_str() {
            "" | "metric" | "指標" | "項目" => return Self::Label,
            "changekind" | "kind" | "kindofchange" | "変更種別" | "種別" => {
                return Self::Kind;
            }
            "meaning" | "意味" => return Self::Meaning,
            "difference" | "delta" | "前月比" | "増減" => return Self::Difference,
            "date" | "日付" => return Self::Entity(Measure::of(Base::Days)),
            _ => {}
        }
        let mut measures = Vec::new();
        let (mut months, mut kinds, mut brackets) = (Vec::new(), Vec::<Kinds>::new(), false);
        for token in tokens {
            match &token.what {
                What::Measure(measure) => measures.push(*measure),
                What::Month(month, _) => months.push(*month),
                What::Word(class) if kinds_of(*class, &token.text).is_some() => {
                    kinds.extend(kinds_of(*class, &token.text));
                }
                What::Break('(') => brackets = true,
                What::Plain
                | What::Break(_)
                | What::Cue(Cue::Of)
                | What::Word(WordClass::Whole | WordClass::Majority) => {}
                _ if ["id", "ids", "name", "names"]
                    .contains(&token.text.to_ascii_lowercase().as_str()) => {}
                _ => return Self::Unknown,
            }
        }
        let level = |month| How::Level(month);
        match (measures.as_slice(), months.as_slice(), kinds.as_slice()) {
            ([measure], [], []) if measure.label_of().is_some() => Self::Entity(*measure),
            ([measure], [], []) => Self::Value(*measure, level(Month::Now)),
            ([measure], [month], []) => Self::Value(*measure, level(*month)),
            ([measure], [], [kind]) => match of_kind(*measure, Some(*kind)) {
                Ok(measure) => Self::Value(measure, level(Month::Now)),
                Err(_) => Self::Unknown,
            },
            ([], [month], []) => Self::Month(*month),
            ([resources, of], [], []) if brackets && resources.base == Base::Resources => {
                Self::List(*of)
            }
            _ => Self::Unknown,
        }
    }
}

/// What a table counts where a column does not say: items, or the only thing it has numbers of.
fn counted(header: &[Column]) -> Option<Measure> {
    let mut values = header.iter().filter_map(|column| match column {
        Column::Value(measure, How::Level(Month::Now)) => Some(*measure),
        _ => None,
    });
    let items = Measure::of(Base::Items);
    let first = values.next()?;
    let rest: Vec<Measure> = values.collect();
    if first == items || rest.contains(&items) {
        return Some(items);
    }
    rest.is_empty().then_some(first)
}
