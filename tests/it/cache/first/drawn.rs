//! States drawn at random, delivered at random: past the cache they mean what they mean in it.

use std::collections::BTreeMap;

use config_history::{
    domain::{Column, ItemFilter, Measure, Period, Shape},
    store::{CallContext, EmbeddedStore, HistoryStore as _},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{november, store_of};
use crate::support::{
    lake::{document, gzip, item, with},
    states::{ACCOUNT, later},
};

/// One state of one of a few resources, and where it is delivered.
#[derive(Debug, Clone)]
struct Drawn {
    resource: usize,
    /// Days since the first of October.
    day: i64,
    status: usize,
    has: [bool; 3],
    /// Whether its state id is told, and its own.
    state_id: usize,
    deliveries: Vec<Delivery>,
}

/// Where a state is delivered.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    /// Days after the capture.
    days: i64,
    in_snapshot: bool,
    /// In which file of the day.
    file: usize,
    /// Whether it is delivered for another account than its own.
    elsewhere: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let delivery = (0i64..40, any::<bool>(), 0usize..2, 0usize..8);
    let delivery = delivery.prop_map(|(days, in_snapshot, file, account)| Delivery {
        days,
        in_snapshot,
        file,
        elsewhere: account == 0,
    });
    let deliveries = proptest::collection::vec(delivery, 1..3);
    // Few days, so that many states have one time: then it counts where they were delivered.
    let state = (
        0usize..4,
        25i64..40,
        0usize..4,
        any::<[bool; 3]>(),
        0usize..12,
        deliveries,
    );
    state.prop_map(|(resource, day, status, has, state_id, deliveries)| Drawn {
        resource,
        day,
        status,
        has,
        state_id,
        deliveries,
    })
}

impl Drawn {
    /// The `n`th of all.
    fn item(&self, n: usize, with_twins: bool) -> Value {
        let first: Timestamp = "2024-10-01T10:00:00Z".parse().unwrap();
        let time = first + SignedDuration::from_hours(24 * self.day);
        let said = |has: bool, value: Value| if has { value } else { Value::Null };
        let status = [
            "OK",
            "ResourceDiscovered",
            "ResourceDeleted",
            "ResourceDeleted",
        ];
        let is_tagged = self.has[2];
        with(
            later(
                &item(
                    &format!("vpc-{}", self.resource % 3),
                    "2024-10-01T10:00:00Z",
                ),
                &time.to_string(),
                json!({}),
            ),
            json!({
                "configurationStateId": match self.state_id {
                    0 => Value::Null,
                    1..11 if with_twins => json!(n % 3),
                    _ => json!(n),
                },
                "configurationItemStatus": status[self.status],
                "awsRegion": if self.resource == 3 { "eu-west-1" } else { "us-east-1" },
                "resourceName": said(self.has[0], json!(format!("name {n}"))),
                "ARN": said(self.has[1], json!(format!("arn:{n}"))),
                "tags": if is_tagged { json!({"n": n.to_string()}) } else { json!({}) },
            }),
        )
    }
}

/// Files by key, each with what was delivered there.
fn delivered(drawn: &[Drawn], with_twins: bool) -> BTreeMap<String, Vec<Value>> {
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (n, one) in drawn.iter().enumerate() {
        for to in &one.deliveries {
            let day = jiff::civil::date(2024, 10, 1)
                .checked_add(SignedDuration::from_hours(24 * (one.day + to.days)))
                .unwrap();
            let kind = if to.in_snapshot {
                "ConfigSnapshot"
            } else {
                "ConfigHistory"
            };
            let account = if to.elsewhere {
                "444455556666"
            } else {
                ACCOUNT
            };
            let day = format!("{}/{}/{}", day.year(), day.month(), day.day());
            let file = to.file;
            let key = format!("AWSLogs/{account}/Config/us-east-1/{day}/{kind}/{file}.json.gz");
            files.entry(key).or_default().push(one.item(n, with_twins));
        }
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// However states follow one another, wherever they are delivered, however often, and also where
    /// two of them say that they are one: the first question, past the cache, has the answer and the
    /// evidence of the cached way.
    #[test]
    fn past_the_cache_the_answer_is_the_same(
        drawn in proptest::collection::vec(drawn(), 1..40),
        by_name in proptest::option::of(0usize..40),
        is_deleted in proptest::option::of(any::<bool>()),
        shape in 0usize..4,
        in_tokyo in any::<bool>(),
        twins in 0usize..3,
    ) {
        let files = delivered(&drawn, twins == 0).into_iter();
        let files: BTreeMap<_, _> = files
            .map(|(key, items)| (key, gzip(&document(&items))))
            .collect();
        let statuses = is_deleted.map(|is| if is { "resourcedeleted" } else { "OK" });
        let mut query = november(ItemFilter {
            names: by_name.map(|n| format!("name {n}")).into_iter().collect(),
            statuses: statuses.map(str::to_owned).into_iter().collect(),
            ..ItemFilter::default()
        });
        query.shape = shape_of(shape).unwrap_or(query.shape);
        if in_tokyo {
            let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
            query.period = Period::of_month("2024-11".parse().unwrap(), tokyo).unwrap();
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let ask = |store: &EmbeddedStore| {
            let cx = CallContext::default();
            let answer = runtime.block_on(store.query(&query, &cx)).unwrap();
            (answer.value.rows, answer.value.total, serde_json::to_value(answer.evidence).unwrap())
        };
        let cached = store_of(files.clone());
        runtime.block_on(cached.warm(&ItemFilter::default(), &CallContext::default())).unwrap();
        prop_assert_eq!(ask(&store_of(files)), ask(&cached));
    }
}

/// Other shapes than that of all columns.
fn shape_of(drawn: usize) -> Option<Shape> {
    let groups = |by: Vec<Column>| Shape::Groups {
        by,
        measures: vec![Measure::Items, Measure::Cost],
    };
    match drawn {
        0 => Some(groups(vec![Column::ResourceName, Column::Status])),
        1 => Some(groups(vec![Column::Arn])),
        2 => Some(Shape::Items {
            columns: vec![Column::ResourceName, Column::StateId, Column::Configuration],
        }),
        _ => None,
    }
}
