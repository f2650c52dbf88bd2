//! Typed questions and SQL: arguments to rows, page by page.

use serde_json::{Map, Value};

use super::{
    AnswerSize, DEFAULT_ROWS, ErrorCode, HistoryService, MAX_ROWS, QueryAnswer, QueryRequest,
    ServiceError, SqlRequest, UNTRUSTED_DATA_NOTICE,
    cursor::{self, Cursor, Question, other_question},
    fit::{chars_of, fit_rows},
    scope::{FilterArgs, PeriodArgs},
    warnings,
};
use crate::{
    analysis::Warning,
    domain::{
        Column, InvalidValue, ItemFilter, ItemQuery, Measure, OrderBy, OrderKey, Period, Shape,
    },
    store::{Answer, CallContext, ReadOnlySql, Rows},
};

/// Columns of a list of items unless asked otherwise.
const DEFAULT_COLUMNS: [Column; 8] = [
    Column::CaptureTime,
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
    Column::ResourceName,
    Column::Status,
    Column::ChangeKind,
];

/// Where in the answer's rows a page begins, and what was known when its cursor was made.
#[derive(Debug, Clone, Copy, Default)]
struct Page {
    offset: u64,
    expected_total: Option<u64>,
}

impl HistoryService {
    /// Answers a typed question.
    pub async fn query(
        &self,
        request: &QueryRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<QueryAnswer, ServiceError> {
        let (question, page) = match &request.cursor {
            None => (request.clone(), Page::default()),
            Some(cursor) => continue_query(request, cursor)?,
        };
        let limit = row_limit(request.limit, size)?;
        let query = item_query(&question, page.offset, limit)?;
        let answer = self.store.query(&query, cx).await?;
        self.refuse_unknown_month(&query.period, &answer.evidence, cx)
            .await?;
        let mut warnings = Vec::new();
        if tells_of_kinds(&query) && answer.evidence.unknown_items > 0 {
            warnings.push(Warning::UnknownKinds);
        }
        if needs_every_field(&query) {
            warnings.extend(warnings::of_table(&answer.evidence));
        }
        let question = QueryRequest {
            limit: None,
            cursor: None,
            ..question
        };
        let name = |column: &str| {
            column
                .parse::<Column>()
                .map_or_else(|_| column.to_owned(), |c| c.short_name().to_owned())
        };
        let paged = Paged {
            question: Question::Query(question),
            page,
            size,
            warnings,
        };
        self.page(answer, &query.period, &query.filter, paged, name, cx)
            .await
    }

    /// Answers a question in SQL.
    pub async fn run_sql(
        &self,
        request: &SqlRequest,
        size: AnswerSize,
        cx: &CallContext,
    ) -> Result<QueryAnswer, ServiceError> {
        if !self.limits.sql_allowed {
            return Err(ServiceError::new(
                ErrorCode::SqlDisabled,
                "SQL is switched off here",
            ));
        }
        let (question, page) = match &request.cursor {
            None => (request.clone(), Page::default()),
            Some(cursor) => continue_sql(request, cursor)?,
        };
        let limit = row_limit(request.limit, size)?;
        let sql = ReadOnlySql::parse(&question.sql)?;
        let period = PeriodArgs {
            month: question.month,
            from: question.from.as_deref(),
            to: question.to.as_deref(),
            timezone: question.timezone.as_deref(),
        }
        .resolve()?;
        let filter = FilterArgs {
            account: &question.account,
            region: &question.region,
            resource_type: &question.resource_type,
            ..FilterArgs::default()
        }
        .resolve()?;
        let window = (page.offset, limit);
        let answer = self
            .store
            .run_sql(&sql, &period, &filter, window, cx)
            .await?;
        if sql.reads_relation() {
            self.refuse_unknown_month(&period, &answer.evidence, cx)
                .await?;
        }
        let question = SqlRequest {
            limit: None,
            cursor: None,
            ..question
        };
        // The relation's columns get their own spelling back; names in SQL have no case.
        let name = |column: &str| {
            let known = Column::ALL
                .into_iter()
                .find(|c| c.sql_name().eq_ignore_ascii_case(column));
            known.map_or_else(|| column.to_owned(), |c| c.sql_name().to_owned())
        };
        let paged = Paged {
            question: Question::Sql(question),
            page,
            size,
            warnings: warnings::of_kinds(&answer.evidence),
        };
        self.page(answer, &period, &filter, paged, name, cx).await
    }

    async fn page(
        &self,
        answer: Answer<Rows>,
        period: &Period,
        filter: &ItemFilter,
        paged: Paged,
        name: impl Fn(&str) -> String,
        cx: &CallContext,
    ) -> Result<QueryAnswer, ServiceError> {
        let Paged {
            question,
            page,
            size,
            mut warnings,
        } = paged;
        let Answer {
            value: rows,
            evidence,
        } = answer;
        let evidence = self.with_coverage(evidence, period, filter, cx).await?;
        let total = rows.total;
        if page
            .expected_total
            .is_some_and(|expected| expected != total)
        {
            warnings.push(Warning::HistoryChanged);
        }
        if evidence.partitions.folders == 0 {
            warnings.push(Warning::NothingDelivered);
        }
        let columns = distinct(rows.columns.iter().map(|column| name(column)));
        let objects: Vec<Map<String, Value>> = rows
            .rows
            .into_iter()
            .map(|row| columns.iter().cloned().zip(row).collect())
            .collect();
        let cursor_at = |offset| {
            Cursor {
                question: question.clone(),
                offset,
                total,
            }
            .encode()
        };
        let mut answer = QueryAnswer {
            columns,
            returned: 0,
            total,
            truncated: false,
            next_cursor: Some(cursor_at(page.offset)?),
            warnings,
            notice: UNTRUSTED_DATA_NOTICE.to_owned(),
            evidence,
            rows: Vec::new(),
        };
        answer
            .warnings
            .extend(Warning::of_unreadable(answer.evidence.unreadable_files));
        let fitted = fit_rows(objects, size, chars_of(&answer) + ENVELOPE_SLACK_CHARS);
        if fitted.cells_cut {
            answer.warnings.push(Warning::CellsCut);
        }
        answer.returned = fitted.rows.len() as u64;
        let seen = page.offset + answer.returned;
        answer.truncated = seen < total || page.offset > 0;
        answer.next_cursor = if seen < total && answer.returned > 0 {
            Some(cursor_at(seen)?)
        } else {
            None
        };
        answer.rows = fitted.rows;
        Ok(answer)
    }
}

/// How a page of an answer is made.
struct Paged {
    question: Question,
    page: Page,
    size: AnswerSize,
    warnings: Vec<Warning>,
}

/// Room left for what is added after an answer's size was measured.
const ENVELOPE_SLACK_CHARS: usize = 600;

/// Returns a cursor to all resources of a month, those with most real changes and then most items
/// first, from the row `offset` on.
pub(super) fn resources_cursor(
    question: QueryRequest,
    offset: u64,
    total: u64,
) -> Result<String, ServiceError> {
    let question = QueryRequest {
        group_by: RESOURCE_KEY.to_vec(),
        measure: vec![Measure::Items, Measure::Changes],
        order_by: vec!["changes desc".to_owned(), "items desc".to_owned()],
        ..question
    };
    Cursor {
        question: Question::Query(question),
        offset,
        total,
    }
    .encode()
}

/// What makes a resource one resource.
pub(super) const RESOURCE_KEY: [Column; 4] = [
    Column::Account,
    Column::Region,
    Column::ResourceType,
    Column::ResourceId,
];

fn continue_query(
    request: &QueryRequest,
    cursor: &str,
) -> Result<(QueryRequest, Page), ServiceError> {
    let Cursor {
        question: Question::Query(question),
        offset,
        total,
    } = Cursor::decode(cursor)?
    else {
        return Err(other_question());
    };
    let beside = QueryRequest {
        cursor: None,
        limit: None,
        ..request.clone()
    };
    if !cursor::agrees(&beside, &question) {
        return Err(other_question());
    }
    Ok((
        question,
        Page {
            offset,
            expected_total: Some(total),
        },
    ))
}

fn continue_sql(request: &SqlRequest, cursor: &str) -> Result<(SqlRequest, Page), ServiceError> {
    let Cursor {
        question: Question::Sql(question),
        offset,
        total,
    } = Cursor::decode(cursor)?
    else {
        return Err(other_question());
    };
    let beside = SqlRequest {
        cursor: None,
        limit: None,
        ..request.clone()
    };
    if !cursor::agrees(&beside, &question) {
        return Err(other_question());
    }
    Ok((
        question,
        Page {
            offset,
            expected_total: Some(total),
        },
    ))
}

/// Returns how many rows are wanted; `None` for all.
pub(super) fn row_limit(asked: Option<u64>, size: AnswerSize) -> Result<Option<u64>, InvalidValue> {
    match (asked, size) {
        (None, _) => Ok(Some(DEFAULT_ROWS)),
        (Some(0), AnswerSize::Unbounded) => Ok(None),
        (Some(limit), AnswerSize::ForModel) if !(1..=MAX_ROWS).contains(&limit) => {
            let expected = format!("1 to {MAX_ROWS}; more rows come with next_cursor");
            Err(InvalidValue::new("limit", &limit.to_string(), expected))
        }
        (Some(limit), _) => Ok(Some(limit)),
    }
}

fn item_query(
    request: &QueryRequest,
    offset: u64,
    limit: Option<u64>,
) -> Result<ItemQuery, ServiceError> {
    let period = PeriodArgs {
        month: request.month,
        from: request.from.as_deref(),
        to: request.to.as_deref(),
        timezone: request.timezone.as_deref(),
    }
    .resolve()?;
    let filter = FilterArgs {
        account: &request.account,
        region: &request.region,
        resource_type: &request.resource_type,
        resource: &request.resource,
        name: &request.name,
        tag: &request.tag,
        status: &request.status,
        kind: &request.kind,
    }
    .resolve()?;
    let shape = shape_of(request)?;
    let order: Vec<OrderBy> = request
        .order_by
        .iter()
        .map(|term| term.parse())
        .collect::<Result<_, _>>()?;
    check_order(&order, &shape)?;
    Ok(ItemQuery {
        period,
        filter,
        shape,
        order,
        offset,
        limit,
    })
}

fn shape_of(request: &QueryRequest) -> Result<Shape, ServiceError> {
    if request.group_by.is_empty() && request.measure.is_empty() {
        let columns = if request.columns.is_empty() {
            &DEFAULT_COLUMNS[..]
        } else {
            &request.columns
        };
        return Ok(Shape::Items {
            columns: without_repeats(columns),
        });
    }
    if !request.columns.is_empty() {
        return Err(ServiceError::new(
            ErrorCode::InvalidArgument,
            "columns lists single items; with group_by or measure the columns are those of the groups",
        ));
    }
    if let Some(column) = request
        .group_by
        .iter()
        .find(|column| !column.is_groupable())
    {
        let groupable = Column::ALL
            .into_iter()
            .filter(|column| column.is_groupable());
        let groupable = groupable.map(Column::short_name);
        let invalid = InvalidValue::not_one_of("group_by", column.short_name(), groupable);
        return Err(invalid.into());
    }
    let measures = if request.measure.is_empty() {
        &[Measure::Items][..]
    } else {
        &request.measure
    };
    Ok(Shape::Groups {
        by: without_repeats(&request.group_by),
        measures: without_repeats(measures),
    })
}

fn check_order(order: &[OrderBy], shape: &Shape) -> Result<(), InvalidValue> {
    for term in order {
        let known = match (shape, term.key) {
            (Shape::Groups { by, .. }, OrderKey::Column(column)) => by.contains(&column),
            (Shape::Groups { measures, .. }, OrderKey::Measure(measure)) => {
                measures.contains(&measure)
            }
            (Shape::Items { .. }, OrderKey::Column(column)) => column.is_groupable(),
            (Shape::Items { .. }, OrderKey::Measure(_)) => false,
        };
        if !known {
            let expected = match shape {
                Shape::Groups { .. } => "a column of group_by or a measure that is asked for",
                Shape::Items { .. } => "a column other than tags and the bodies",
            };
            return Err(InvalidValue::new("order", &term.to_string(), expected));
        }
    }
    Ok(())
}

/// Says whether a question needs fields that an older table may lack.
fn needs_every_field(query: &ItemQuery) -> bool {
    let bodies = [
        Column::Configuration,
        Column::SupplementaryConfiguration,
        Column::Relationships,
        Column::RecordingFrequency,
    ];
    tells_of_kinds(query)
        || match &query.shape {
            Shape::Groups { by, measures } => {
                measures.contains(&Measure::Cost) || by.contains(&Column::RecordingFrequency)
            }
            Shape::Items { columns } => columns.iter().any(|column| bodies.contains(column)),
        }
}

fn tells_of_kinds(query: &ItemQuery) -> bool {
    let in_shape = match &query.shape {
        Shape::Groups { by, measures } => {
            by.contains(&Column::ChangeKind) || measures.contains(&Measure::Changes)
        }
        Shape::Items { .. } => false,
    };
    in_shape || !query.filter.kinds.is_empty()
}

/// Numbers the names that come again: a row is an object, which would lose all but the last.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|candidate| !kept.contains(candidate));
        kept.extend(free);
    }
    kept
}

fn without_repeats<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        if !kept.contains(value) {
            kept.push(*value);
        }
    }
    kept
}
