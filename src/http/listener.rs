//! Accepts connections: so many, none for ever, and to a good end. axum's own `serve` bounds
//! neither connections nor the time that one takes to say what it wants.

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::Peer;

/// How connections are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerSettings {
    /// Connections at once; further ones wait to be accepted.
    pub connections: usize,
    /// Time for the head of a request, and between two requests of a connection.
    pub head_timeout: Duration,
    /// Time without a byte taken by a reader after which its connection is closed.
    pub write_timeout: Duration,
    /// Time that requests have to end after the signal to shut down.
    pub grace: Duration,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            connections: 1_024,
            head_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            grace: Duration::from_secs(10),
        }
    }
}

/// Time that requests have to notice that they are cancelled.
const TO_NOTICE: Duration = Duration::from_secs(3);
/// Wait after an error of the system, which has run out of something.
const AFTER_ERROR: Duration = Duration::from_millis(100);
/// Bytes of a request's head at most.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// Serves `router` on `listener` until `shutdown`. Requests that run then have the time of grace;
/// after that `stop` is cancelled, which ends what they are doing, and their connections close.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ListenerSettings,
    shutdown: CancellationToken,
    stop: CancellationToken,
) {
    let connections = Arc::new(Semaphore::new(settings.connections));
    let graceful = GracefulShutdown::new();
    loop {
        let accepting = async {
            let free = Arc::clone(&connections).acquire_owned().await;
            (listener.accept().await, free)
        };
        let (accepted, free) = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accepting => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(AFTER_ERROR).await;
                continue;
            }
        };
        let connection = connection(stream, Peer(peer.ip()), router.clone(), settings);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(free);
        });
    }
    drop(listener);
    let ended = graceful.shutdown();
    tokio::pin!(ended);
    if timeout(settings.grace, &mut ended).await.is_err() {
        tracing::info!("requests are cancelled: the time of grace is over");
        stop.cancel();
        drop(timeout(TO_NOTICE, ended).await);
    }
    stop.cancel();
}

/// A connection on which a write does not wait for ever.
type Stream = TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>>;

fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    settings: ListenerSettings,
) -> http1::Connection<
    Stream,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = axum::response::Response,
        Error = std::convert::Infallible,
        Future: Send,
    >,
> {
    // Small answers go out at once.
    drop(stream.set_nodelay(true));
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(settings.write_timeout));
    let answering = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        router.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), answering)
}
