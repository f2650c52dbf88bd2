//! Figures of the HTTP front for Prometheus, on an address of their own.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::ListenerSettings;
use crate::service::Noted;

/// Bounds of durations in seconds: from a kept answer to a question that runs into its limit.
const SECONDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0,
];

/// The figures. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Figures>);

#[derive(Debug)]
struct Figures {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
    running: Gauge,
    asked: Family<Asked, Counter>,
    failures: Family<Code, Counter>,
    scanned: Counter,
    usd: Counter<f64, AtomicU64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    path: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    asked: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("config_history");
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program", Info::new(version));
        let seconds: Family<Route, Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let figures = Figures {
            requests: Family::default(),
            seconds,
            running: Gauge::default(),
            asked: Family::default(),
            failures: Family::default(),
            scanned: Counter::default(),
            usd: Counter::default(),
            registry: Registry::default(),
        };
        registry.register("requests", "Requests answered", figures.requests.clone());
        registry.register_with_unit(
            "request_duration",
            "Time until the answer, of streams until their end",
            Unit::Seconds,
            figures.seconds.clone(),
        );
        registry.register(
            "requests_running",
            "Requests being answered",
            figures.running.clone(),
        );
        registry.register(
            "questions",
            "Tools and use cases asked",
            figures.asked.clone(),
        );
        registry.register("failures", "Failures by code", figures.failures.clone());
        registry.register_with_unit(
            "scanned",
            "Bytes of deliveries that answers rest on",
            Unit::Bytes,
            figures.scanned.clone(),
        );
        registry.register(
            "cost_usd",
            "Estimated price of questions in US dollars",
            figures.usd.clone(),
        );
        Self(Arc::new(Figures {
            registry,
            ..figures
        }))
    }
}

impl Metrics {
    /// Counts a request that begins.
    pub(super) fn begun(&self) {
        self.0.running.inc();
    }

    /// Counts a request that has ended.
    pub(super) fn ended(
        &self,
        path: &str,
        status: u16,
        took: Duration,
        noted: &Noted,
        code: Option<&'static str>,
    ) {
        let figures = &self.0;
        figures.running.dec();
        let path = path.to_owned();
        let route = Route { path: path.clone() };
        figures
            .requests
            .get_or_create(&Answered { path, status })
            .inc();
        figures
            .seconds
            .get_or_create(&route)
            .observe(took.as_secs_f64());
        if let Some(code) = code {
            figures.failures.get_or_create(&Code { code }).inc();
        }
        if let Some(asked) = noted.asked {
            let outcome = if code.is_some() { "failed" } else { "answered" };
            figures.asked.get_or_create(&Asked { asked, outcome }).inc();
        }
        figures.scanned.inc_by(noted.bytes_scanned);
        figures.usd.inc_by(noted.cost_usd);
    }

    /// Returns the figures as Prometheus reads them.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.0.registry) {
            tracing::error!(%error, "the metrics cannot be written");
        }
        text
    }
}

/// Serves the figures under `/metrics` until `shutdown`. They name tools, codes and statuses, and
/// nothing that was asked.
pub async fn serve_metrics(listener: TcpListener, metrics: Metrics, shutdown: CancellationToken) {
    let router = Router::new()
        .route("/metrics", get(show))
        .with_state(metrics);
    let stop = CancellationToken::new();
    super::serve(
        listener,
        router,
        ListenerSettings::default(),
        shutdown,
        stop,
    )
    .await;
}

async fn show(State(metrics): State<Metrics>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics.text()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_path_and_status() {
        let metrics = Metrics::default();
        metrics.begun();
        metrics.begun();
        let noted = Noted {
            asked: Some("run_sql"),
            bytes_scanned: 7,
            cost_usd: 0.5,
            ..Noted::default()
        };
        let code = Some("time_limit");
        metrics.ended("/mcp", 200, Duration::from_millis(20), &noted, code);
        let text = metrics.text();
        for line in [
            "config_history_requests_total{path=\"/mcp\",status=\"200\"} 1",
            "config_history_requests_running 1",
            "config_history_questions_total{asked=\"run_sql\",outcome=\"failed\"} 1",
            "config_history_failures_total{code=\"time_limit\"} 1",
            "config_history_scanned_bytes_total 7",
            "config_history_cost_usd_total 0.5",
            "config_history_request_duration_seconds_count{path=\"/mcp\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
