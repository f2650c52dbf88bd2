//! What answering a request took, for a front's log and metrics.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::ErrorCode;
use crate::store::Evidence;

/// What answering a request took. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct RequestNotes(Arc<Mutex<Noted>>);

/// What was noted of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Noted {
    /// Who asked, as the front knows them.
    pub caller: Option<String>,
    /// The tool or use case; never a caller's own words.
    pub asked: Option<&'static str>,
    /// Bytes scanned.
    pub bytes_scanned: u64,
    /// Estimated price in US dollars.
    pub cost_usd: f64,
    /// Why it failed.
    pub code: Option<ErrorCode>,
}

impl RequestNotes {
    /// Notes who asks.
    pub fn caller(&self, name: &str) {
        self.change(|noted| noted.caller = Some(name.to_owned()));
    }

    /// Notes what is asked.
    pub fn asked(&self, what: &'static str) {
        self.change(|noted| noted.asked = Some(what));
    }

    /// Notes what an answer took.
    pub fn took(&self, evidence: &Evidence) {
        self.add(evidence.bytes_scanned, evidence.cost_estimate_usd);
    }

    /// Notes what an answer took that is JSON already.
    pub fn took_of(&self, answer: &Value) {
        let of = |name| {
            answer
                .get("evidence")
                .and_then(|evidence| evidence.get(name))
        };
        let bytes = of("bytes_scanned").and_then(Value::as_u64);
        let usd = of("cost_estimate_usd").and_then(Value::as_f64);
        self.add(bytes.unwrap_or_default(), usd.unwrap_or_default());
    }

    /// Notes why it failed.
    pub fn failed(&self, code: ErrorCode) {
        self.change(|noted| noted.code = Some(code));
    }

    /// Returns what was noted.
    pub fn noted(&self) -> Noted {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn add(&self, bytes: u64, usd: f64) {
        self.change(|noted| {
            noted.bytes_scanned += bytes;
            noted.cost_usd += usd;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Noted)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn clones_share_what_was_noted() {
        let notes = RequestNotes::default();
        let shared = notes.clone();
        shared.asked("run_sql");
        notes.took(&Evidence {
            bytes_scanned: 3,
            cost_estimate_usd: 0.5,
            ..Evidence::default()
        });
        notes.took_of(&json!({"evidence": {"bytes_scanned": 4, "cost_estimate_usd": 0.25}}));
        notes.took_of(&json!({"status": "planned"}));
        let seen = shared.noted();
        assert_eq!((seen.asked, seen.bytes_scanned), (Some("run_sql"), 7));
        assert!((seen.cost_usd - 0.75).abs() < 1e-9);
        notes.failed(ErrorCode::TimeLimit);
        assert_eq!(notes.noted().code, Some(ErrorCode::TimeLimit));
    }
}
