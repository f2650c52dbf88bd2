//! Rows of a table: what a column counts stands in its header.

use super::{
    Outcome,
    key::{How, Key, Ledger, fits_unit},
    measures::{Base, Cue, Measure, Month},
    names::{Name, shown},
    subject::Subject,
    token::{Token, What},
};
use crate::summary::proof::words::WordClass;

/// What a column has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    measure: Option<Measure>,
    how: Option<How>,
}

impl Column {
    /// Reads a cell of the header.
    pub(super) fn of(tokens: &[Token]) -> Self {
        let mut column = Self {
            measure: None,
            how: Some(How::Level(Month::Now)),
        };
        for token in tokens {
            match &token.what {
                What::Measure(measure) if column.measure.is_none() => {
                    column.measure = Some(*measure);
                }
                What::Month(month, _) => column.how = Some(How::Level(*month)),
                What::Plain
                | What::Break(_)
                | What::Cue(Cue::Of)
                | What::Word(WordClass::Whole) => {}
                _ => column.how = None,
            }
        }
        column
    }
}

/// Holds the numbers of a row against the facts.
pub(super) fn row(
    ledger: &mut Ledger<'_>,
    context: &Subject,
    header: &[Column],
    cells: &[Vec<Token>],
) -> Outcome {
    let mut out = Outcome::default();
    let mut subject = context.clone();
    for token in cells.iter().flatten() {
        match &token.what {
            What::Name(Name::Known(subjects)) => match subjects.as_slice() {
                [one] if subject.agrees(one) || context.agrees(one) => {
                    subject.narrow(one);
                    out.proved += 1;
                }
                _ => out.unproved.push(format!(
                    "{}: what the row is about cannot be told",
                    shown(&token.text)
                )),
            },
            What::Name(Name::Wrong(finding) | Name::Unseen(finding)) => {
                out.contradicted.push(finding.clone());
            }
            What::Name(Name::Obscure(finding)) => out.unproved.push(finding.clone()),
            What::Name(Name::Title(_))
            | What::Strange
            | What::Word(_)
            | What::Elsewhere
            | What::Time(_) => {
                out.unproved
                    .push(format!("{}: not held against any fact", shown(&token.text)));
            }
            _ => {}
        }
    }
    for (at, cell) in cells.iter().enumerate() {
        let numbers = cell.iter().filter_map(|token| match &token.what {
            What::Number(number) => Some((number.as_ref(), shown(&token.text))),
            _ => None,
        });
        for (number, text) in numbers {
            let column = header.get(at);
            let key = column.and_then(|column| {
                Some(Key {
                    subject: subject.clone(),
                    // A column of a month alone counts items.
                    measure: column.measure.or_else(|| {
                        (column.how == Some(How::Level(Month::Before)))
                            .then(|| Measure::of(Base::Items))
                    })?,
                    how: column.how.clone()?,
                })
            });
            let (Some(number), Some(key)) = (number, key) else {
                out.unproved
                    .push(format!("{text}: what the column counts cannot be told"));
                continue;
            };
            match ledger.value(&key) {
                Ok(_) if !fits_unit(number, &key) || number.sign.is_some() => {
                    out.unproved
                        .push(format!("{text}: its unit is not that of the column"));
                }
                Ok(value) if value.is(number) => out.proved += 1,
                Ok(value) => {
                    let said = ledger.say(&key, value);
                    out.contradicted
                        .push(format!("{text}: the facts say {said}"));
                }
                Err(why) => out.unproved.push(format!("{text}: {why}")),
            }
        }
    }
    out
}
