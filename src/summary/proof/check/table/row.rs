//! Holds the cells of a row against the facts.

use super::{
    super::{
        Outcome,
        key::{How, Key, Ledger, fits_unit},
        measures::{Base, Kinds, Measure, Month},
        names::{Name, shown},
        numbers::INCOMPLETE,
        numerals::{Number, Unit},
        read::plain,
        saying::kinds_of,
        subject::Subject,
        token::{Token, What},
    },
    Column, counted,
};
use crate::{
    domain::ChangeKind,
    summary::{Language, facts::EntityKind, proof::words::WordClass, wording},
};

/// A cell as it is written, and as it is read.
pub(in super::super) struct Cell<'c> {
    pub(in super::super) text: &'c str,
    pub(in super::super) tokens: Vec<Token>,
}

/// Holds a row against the facts.
pub(in super::super) fn row(
    ledger: &mut Ledger<'_>,
    context: &Subject,
    header: &[Column],
    cells: &[Cell<'_>],
) -> Outcome {
    let mut row = Row {
        ledger,
        context,
        subject: context.clone(),
        kind: None,
        measure: None,
        among: Vec::new(),
        out: Outcome::default(),
        denied: Vec::new(),
    };
    let unknown = Column::Unknown;
    let column = |at: usize| header.get(at).unwrap_or(&unknown);
    // Names of resources last: of several with one name, account and type tell which.
    let is_late = |at: &usize| match column(*at) {
        Column::Entity(measure) => measure.base == Base::Resources,
        Column::Meaning => true,
        _ => false,
    };
    let (late, early): (Vec<usize>, Vec<usize>) = (0..cells.len()).partition(is_late);
    for at in early.into_iter().chain(late) {
        if let Some(cell) = cells.get(at) {
            row.about(at, column(at), cell);
        }
    }
    row.regions();
    let of_table = counted(header);
    for (at, cell) in cells.iter().enumerate() {
        row.values(at, column(at), cell, of_table);
    }
    row.done()
}

struct Row<'r, 'f> {
    ledger: &'r mut Ledger<'f>,
    context: &'r Subject,
    subject: Subject,
    kind: Option<ChangeKind>,
    /// What its numbers count, where the row says so.
    measure: Option<Measure>,
    /// Several things of a kind that it names: all that there are.
    among: Vec<Subject>,
    out: Outcome,
    denied: Vec<String>,
}

impl Row<'_, '_> {
    fn done(mut self) -> Outcome {
        // Nothing is false for sure in a row that is not understood.
        if self.out.unproved.is_empty() {
            self.out.contradicted.extend(self.denied);
        } else {
            self.out.unproved.extend(self.denied);
        }
        self.out
    }

    fn unproved(&mut self, text: &str, why: &str) {
        self.out.unproved.push(format!("{}: {why}", shown(text)));
    }

    /// Finds what the row is about, and what it counts.
    fn about(&mut self, at: usize, column: &Column, cell: &Cell<'_>) {
        let has_name = cell
            .tokens
            .iter()
            .any(|token| matches!(token.what, What::Name(_)));
        let is_whole = cell
            .tokens
            .iter()
            .all(|token| TOTALS.contains(&token.text.to_lowercase().as_str()));
        match column {
            Column::Kind => {
                let name = cell.text.trim_matches('`');
                self.kind = ChangeKind::ALL
                    .into_iter()
                    .find(|kind| kind.as_str() == name);
                if self.kind.is_none() {
                    self.unproved(cell.text, "no kind of change");
                }
            }
            Column::Meaning => {
                let means = |kind| {
                    [Language::En, Language::Ja]
                        .iter()
                        .any(|language| plain((wording::of(*language).kind)(kind)) == cell.text)
                };
                if !self.kind.is_some_and(means) {
                    self.unproved(cell.text, "not held against any fact");
                }
            }
            Column::Entity(_) | Column::Unknown | Column::Label
                if has_name && is_first(at, column) =>
            {
                self.names(cell, matches!(column, Column::Entity(_)));
            }
            Column::Label if !is_whole => self.label(cell),
            // "and 15 more"
            Column::Entity(_) | Column::Unknown if at == 0 && !is_whole => {
                self.unproved(cell.text, "what the row is about cannot be told");
            }
            Column::Unknown if !cell.tokens.is_empty() && at > 0 => {
                self.unproved(cell.text, "what the column has cannot be told");
            }
            _ => {}
        }
    }

    /// Names in one cell: of one thing, or of several of a kind.
    fn names(&mut self, cell: &Cell<'_>, is_titled: bool) {
        let mut found: Vec<Subject> = Vec::new();
        for token in &cell.tokens {
            match &token.what {
                What::Name(Name::Known(subjects)) => {
                    let fits =
                        |one: &&Subject| self.subject.agrees(one) || self.context.agrees(one);
                    let mut fitting = subjects.iter().filter(fits);
                    match (fitting.next(), fitting.next()) {
                        (Some(one), None) => found.push(one.clone()),
                        _ => self.unproved(&token.text, "what the row is about cannot be told"),
                    }
                }
                What::Name(Name::Wrong(finding) | Name::Unseen(finding)) if is_titled => {
                    self.denied.push(finding.clone());
                }
                // Under a title that is not understood it may be a name of anything.
                What::Name(
                    Name::Wrong(finding) | Name::Unseen(finding) | Name::Obscure(finding),
                ) => self.out.unproved.push(finding.clone()),
                What::Plain | What::Break(_) => {}
                What::Measure(measure) if measure.label_of().is_some() => {}
                _ => self.unproved(&token.text, "not held against any fact"),
            }
        }
        let Some(first) = found.first().cloned() else {
            return;
        };
        self.out.proved += 1;
        if found.iter().all(|one| one.agrees(&first)) {
            for one in &found {
                self.subject.narrow(one);
            }
        } else if found.iter().all(|one| one.kinds() == first.kinds()) {
            self.among = found;
        } else {
            self.unproved(cell.text, "what the row is about cannot be told");
        }
    }

    /// "Resources deleted": what the row counts.
    fn label(&mut self, cell: &Cell<'_>) {
        let (mut measures, mut kinds) = (Vec::new(), Vec::new());
        for token in &cell.tokens {
            match &token.what {
                What::Measure(measure) => measures.push(*measure),
                What::Word(class) if kinds_of(*class, &token.text).is_some() => {
                    kinds.extend(kinds_of(*class, &token.text));
                }
                What::Plain => {}
                _ => return self.unproved(cell.text, "what the row counts cannot be told"),
            }
        }
        self.measure = match (measures.as_slice(), kinds.as_slice()) {
            ([measure], []) => Some(*measure),
            ([measure], [kind]) => super::of_kind(*measure, Some(*kind)).ok(),
            _ => None,
        };
        if self.measure.is_none() {
            self.unproved(cell.text, "what the row counts cannot be told");
        }
    }

    /// Several Regions of a row are those in which the rest of it has items.
    fn regions(&mut self) {
        let among = std::mem::take(&mut self.among);
        let Some(first) = among.first() else {
            return;
        };
        let base = match first.kinds().as_slice() {
            [EntityKind::Region] => Base::Regions,
            [EntityKind::Account] => Base::Accounts,
            [EntityKind::Type] => Base::Types,
            _ => {
                return self
                    .out
                    .unproved
                    .push("the row names several things".to_owned());
            }
        };
        let level = |ledger: &mut Ledger<'_>, subject: &Subject, base| {
            let found = ledger.level(subject, Measure::of(base), Month::Now);
            found.map_or(0, |value| value.num)
        };
        let mut active = 0;
        for one in &among {
            let mut subject = self.subject.clone();
            subject.narrow(one);
            active += i128::from(level(self.ledger, &subject, Base::Items) > 0);
        }
        let all = level(self.ledger, &self.subject, base);
        if active == all && usize::try_from(all) == Ok(among.len()) {
            self.out.proved += 1;
        } else {
            self.out
                .unproved
                .push("the row names several things, and there are others".to_owned());
        }
    }

    /// Holds the numbers of a cell against the facts.
    fn values(&mut self, at: usize, column: &Column, cell: &Cell<'_>, of_table: Option<Measure>) {
        let of_row = self.measure.or(of_table);
        match column {
            Column::Entity(measure) if at > 0 => {
                let is_named = cell
                    .tokens
                    .iter()
                    .any(|token| matches!(token.what, What::Name(_)));
                if !is_named {
                    self.numbers(cell, Some(*measure), |_| Some(How::Level(Month::Now)));
                }
            }
            Column::Value(measure, how) => self.numbers(cell, Some(*measure), |number| {
                number.sign.is_none().then(|| how.clone())
            }),
            Column::Month(month) => self.numbers(cell, of_row, |number| {
                number.sign.is_none().then_some(How::Level(*month))
            }),
            Column::Difference => self.numbers(cell, of_row, |number| {
                let is_signed = number.sign.is_some() || number.mantissa == 0;
                let how = if number.unit == Unit::Percent {
                    How::Growth
                } else {
                    How::Difference
                };
                is_signed.then_some(how)
            }),
            Column::List(measure) => self.list(cell, *measure),
            _ => {}
        }
    }

    fn numbers(
        &mut self,
        cell: &Cell<'_>,
        measure: Option<Measure>,
        how: impl Fn(&Number) -> Option<How>,
    ) {
        for token in &cell.tokens {
            match &token.what {
                What::Number(Some(number)) => {
                    let key = measure.and_then(|measure| {
                        Some(Key {
                            subject: self.subject.clone(),
                            measure: self.of_kind(in_money(measure, number)),
                            how: how(number)?,
                        })
                    });
                    match key {
                        Some(key) => self.hold(number, &key, &token.text),
                        None => self.unproved(&token.text, "what the column counts cannot be told"),
                    }
                }
                What::Plain | What::Break(_) | What::Month(..) => {}
                What::Word(class @ (WordClass::New | WordClass::Absent | WordClass::Deleted)) => {
                    self.came_or_went(&token.text, *class);
                }
                _ => self.unproved(&token.text, "not held against any fact"),
            }
        }
    }

    fn of_kind(&self, measure: Measure) -> Measure {
        match self.kind {
            Some(kind) => Measure {
                kinds: Kinds::One(kind),
                ..measure
            },
            None => measure,
        }
    }

    fn hold(&mut self, number: &Number, key: &Key, text: &str) {
        let never = matches!(key.measure, Measure { base: Base::Changes, kinds: Kinds::One(kind) }
            if !kind.is_real_change());
        match self.ledger.value(key) {
            Ok(_) if !fits_unit(number, key) => {
                self.unproved(text, "its unit is not that of the column");
            }
            Ok(value) if value.is(number) => {
                let is_silent = value.num == 0 && matches!(key.how, How::Level(_));
                if is_silent && !never && !self.ledger.may_be_absent() {
                    self.unproved(text, INCOMPLETE);
                } else {
                    self.out.proved += 1;
                }
            }
            Ok(value) => {
                let said = self.ledger.say(key, value);
                self.denied
                    .push(format!("{}: the facts say {said}", shown(text)));
            }
            Err(why) => self.unproved(text, &why),
        }
    }

    /// "+8 (new)", "-3 (gone)".
    fn came_or_went(&mut self, text: &str, class: WordClass) {
        let month = if class == WordClass::New {
            Month::Before
        } else {
            Month::Now
        };
        let items = self.of_kind(Measure::of(Base::Items));
        let level = self.ledger.level(&self.subject, items, month);
        if level.is_ok_and(|value| value.num == 0) {
            self.out.proved += 1;
        } else {
            self.unproved(text, "not held against any fact");
        }
    }

    /// Resources with their numbers in brackets, and how many more there are.
    fn list(&mut self, cell: &Cell<'_>, measure: Measure) {
        let (mut named, mut listed) = (None::<Subject>, 0);
        for (at, token) in cell.tokens.iter().enumerate() {
            match &token.what {
                What::Name(Name::Known(subjects)) => {
                    let row = named.clone().unwrap_or_else(|| self.subject.clone());
                    let mut fitting = subjects.iter().filter(|one| row.agrees(one));
                    match (fitting.next(), fitting.next()) {
                        (Some(one), None) => {
                            let mut of = row;
                            of.narrow(one);
                            named = Some(of);
                        }
                        _ => self.unproved(&token.text, "what it stands for cannot be told"),
                    }
                }
                What::Number(Some(number)) => {
                    let before = at.checked_sub(1).and_then(|at| cell.tokens.get(at));
                    let in_brackets = before.is_some_and(|t| t.what == What::Break('('));
                    match named.take() {
                        Some(subject) if in_brackets => {
                            listed += 1;
                            let how = How::Level(Month::Now);
                            let key = Key {
                                subject,
                                measure,
                                how,
                            };
                            self.hold(number, &key, &token.text);
                        }
                        None if !in_brackets => self.rest(number, listed, &token.text),
                        _ => self.unproved(&token.text, "of what it is a number is not said"),
                    }
                }
                What::Plain | What::Break(_) | What::Limit | What::Word(WordClass::Up) => {}
                _ => self.unproved(&token.text, "not held against any fact"),
            }
        }
    }

    /// "and 7 more": all resources but those that are listed.
    fn rest(&mut self, number: &Number, listed: i128, text: &str) {
        let resources = Measure::of(Base::Resources);
        let all = self.ledger.level(&self.subject, resources, Month::Now);
        match all {
            Ok(all) if all.num - listed == number.mantissa && number.decimals == 0 => {
                self.out.proved += 1;
            }
            _ => self.unproved(text, "how many more there are cannot be told"),
        }
    }
}

/// An amount of money in a column of numbers is what these cost.
fn in_money(measure: Measure, number: &Number) -> Measure {
    if number.unit == Unit::Usd && measure == Measure::of(Base::Items) {
        Measure::of(Base::Cost)
    } else {
        measure
    }
}

/// Names under a title that is not understood are what a row is about where they begin it.
fn is_first(at: usize, column: &Column) -> bool {
    at == 0 || matches!(column, Column::Entity(_))
}

const TOTALS: &[&str] = &[
    "total", "all", "overall", "sum", "合計", "全体", "総計", "計",
];
