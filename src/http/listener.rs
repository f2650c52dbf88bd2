//! Accepts connections: so many, none for ever, and to a good end. axum's own `serve` bounds
//! neither connections nor the time that one takes to say what it wants.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

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
    /// Connections of one address of another machine; further ones are closed.
    pub of_one_address: usize,
    /// Time for the head of a request, and between two requests of a connection. Longer than load
    /// balancers keep an idle connection: one that is closed here while they use it again is a 502.
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
            of_one_address: 512,
            head_timeout: Duration::from_secs(75),
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

/// Serves `router` on `listener` until `shutdown`. Requests that run then have the time of grace,
/// unless `stop` is cancelled before; after that it is cancelled here, which ends what they are
/// doing, and their connections close.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ListenerSettings,
    shutdown: CancellationToken,
    stop: CancellationToken,
) {
    let connections = Arc::new(Semaphore::new(settings.connections));
    let peers = Peers::default();
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
        let Some(counted) = peers.enter(peer.ip(), settings.of_one_address) else {
            tracing::debug!(peer = %peer.ip(), "too many connections of one address");
            continue;
        };
        let connection = connection(stream, Peer(peer.ip()), router.clone(), settings);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop((free, counted));
        });
    }
    drop(listener);
    let ended = graceful.shutdown();
    tokio::pin!(ended);
    let in_time = tokio::select! {
        in_time = timeout(settings.grace, &mut ended) => in_time.is_ok(),
        () = stop.cancelled() => false,
    };
    if !in_time {
        tracing::info!("requests are cancelled: the time of grace is over");
        stop.cancel();
        drop(timeout(TO_NOTICE, ended).await);
    }
    stop.cancel();
}

/// Connections by the address of the other machine.
#[derive(Debug, Clone, Default)]
struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection that is counted for as long as this lives.
#[derive(Debug)]
struct Counted(Peers, IpAddr);

impl Peers {
    /// Counts a connection, unless its address has as many as it may. Proxies on this machine
    /// connect for everybody: they are not held to it.
    fn enter(&self, ip: IpAddr, most: usize) -> Option<Counted> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = all.entry(ip).or_default();
        if *connections >= most && !ip.is_loopback() {
            return None;
        }
        *connections += 1;
        drop(all);
        Some(Counted(self.clone(), ip))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut all = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connections) = all.get_mut(&self.1) {
            *connections -= 1;
            if *connections == 0 {
                all.remove(&self.1);
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_so_many_connections_and_no_more() {
        let peers = Peers::default();
        let (here, there): (IpAddr, IpAddr) =
            ("127.0.0.1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        let first = peers.enter(there, 1);
        assert!(first.is_some());
        assert!(peers.enter(there, 1).is_none());
        let held: Vec<_> = (0..3).map(|_| peers.enter(here, 1)).collect();
        assert!(held.iter().all(Option::is_some));
        drop(first);
        assert!(peers.enter(there, 1).is_some());
        drop(held);
        assert!(peers.0.lock().unwrap().is_empty());
    }
}
