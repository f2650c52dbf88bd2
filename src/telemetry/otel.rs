//! Export of spans over OTLP.

use std::{collections::HashMap, time::Duration};

use opentelemetry::{KeyValue, propagation::TextMapPropagator as _, trace::TracerProvider as _};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer, Registry, filter::Targets};

use super::ExportError;

/// Spans that are exported: those of requests. Others are the log's.
const TARGET: &str = "config_history::span";
/// Path under an endpoint (OTLP specification).
const PATH: &str = "v1/traces";
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Header of the trace context (W3C).
const TRACE_HEADERS: [&str; 2] = ["traceparent", "tracestate"];

/// Exports spans.
#[derive(Debug)]
pub(super) struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Exports to the collector at `endpoint`.
    pub(super) fn to(endpoint: &str) -> Result<Self, ExportError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/{PATH}", endpoint.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| ExportError(error.to_string()))?;
        let resource = Resource::builder()
            .with_service_name("config-history")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let spans = Targets::new().with_target(TARGET, tracing::Level::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("config-history"))
            .with_filter(spans)
            .boxed()
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "spans were lost");
        }
    }
}

pub(super) fn continue_trace(span: &Span, header: impl Fn(&str) -> Option<String>) {
    let headers: HashMap<String, String> = TRACE_HEADERS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), header(name)?)))
        .collect();
    if headers.is_empty() {
        return;
    }
    let parent = TraceContextPropagator::new().extract(&headers);
    // Fails where spans are not exported: then there is nothing to be part of.
    drop(span.set_parent(parent));
}
