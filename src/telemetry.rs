//! The log: always on standard error, because standard output carries data or MCP only. And, with
//! the feature `otel`, spans for a collector.

#[cfg(feature = "otel")]
mod otel;

use std::io::IsTerminal as _;

use tracing::Span;
use tracing_subscriber::{
    EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config;

/// What goes to the log, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings<'a> {
    /// A level or a list of `target=level`; what does not parse is left out with a notice from the
    /// filter itself.
    pub filter: &'a str,
    /// One JSON object a line.
    pub json: bool,
    /// Where spans go over OTLP, as HTTP with protocol buffers: the collector's address without a
    /// path.
    pub otlp_endpoint: Option<&'a str>,
}

/// Why spans cannot be exported.
#[derive(Debug, thiserror::Error)]
#[error("spans cannot be exported: {0}")]
pub struct ExportError(String);

/// What was started. Spans that wait to be exported go out when it is dropped.
#[derive(Debug, Default)]
#[must_use]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    _exporter: Option<otel::Exporter>,
}

/// Starts the log, and the export of spans where an endpoint is named.
pub fn start(settings: &LogSettings<'_>) -> Result<Telemetry, ExportError> {
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(is_terminal && !config::env::is_set(config::env::NO_COLOR))
        .with_writer(std::io::stderr);
    let filter = EnvFilter::new(settings.filter);
    let lines = if settings.json {
        lines.json().flatten_event(true).with_filter(filter).boxed()
    } else {
        lines.with_filter(filter).boxed()
    };
    let mut layers = vec![lines];
    let telemetry = export(settings.otlp_endpoint, &mut layers)?;
    if let Err(error) = tracing_subscriber::registry().with(layers).try_init() {
        tracing::debug!(%error, "the log was started before");
    }
    Ok(telemetry)
}

type Layers = Vec<Box<dyn tracing_subscriber::Layer<tracing_subscriber::Registry> + Send + Sync>>;

#[cfg(feature = "otel")]
fn export(endpoint: Option<&str>, layers: &mut Layers) -> Result<Telemetry, ExportError> {
    let Some(endpoint) = endpoint else {
        return Ok(Telemetry::default());
    };
    let exporter = otel::Exporter::to(endpoint)?;
    layers.push(exporter.layer());
    Ok(Telemetry {
        _exporter: Some(exporter),
    })
}

#[cfg(not(feature = "otel"))]
fn export(endpoint: Option<&str>, _: &mut Layers) -> Result<Telemetry, ExportError> {
    match endpoint {
        None => Ok(Telemetry::default()),
        Some(_) => Err(ExportError(
            "this program was built without the feature `otel`".to_owned(),
        )),
    }
}

/// Makes a span part of the trace that a request belongs to by its headers, which `header` returns.
#[cfg(feature = "otel")]
pub fn continue_trace(span: &Span, header: impl Fn(&str) -> Option<String>) {
    otel::continue_trace(span, header);
}

/// Does nothing: without the feature `otel` there are no traces.
#[cfg(not(feature = "otel"))]
pub fn continue_trace(_: &Span, _: impl Fn(&str) -> Option<String>) {}
