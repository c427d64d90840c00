//! Connections: taken, served by HTTP/1.1 or HTTP/2, and closed when a client keeps one and sends nothing of use.
//!
//! Poem has a server of its own, but one that waits for ever for a request's headers, and that calls a client alive
//! which sends a byte now and then.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use poem::Endpoint;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep, timeout};

/// How long taking connections pauses when the system has none to give, which is so until some are closed.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a client may be quiet once Styr is stopping.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Takes connections until `stopped`, and then finishes what is under way, for `shutdown` at most.
pub(super) async fn serve<E: Endpoint + 'static>(
    listener: TcpListener,
    endpoint: E,
    patience: Duration,
    stopped: watch::Receiver<bool>,
    shutdown: Duration,
) {
    let endpoint = Arc::new(endpoint);
    let mut end = stopped.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = end.wait_for(|stop| *stop) => break,
            Some(ended) = connections.join_next() => note(ended),
            (stream, peer) = take(&listener) => {
                let endpoint = Arc::clone(&endpoint);
                connections.spawn(serve_one(stream, peer, endpoint, patience, stopped.clone()));
            }
        }
    }
    drop(listener);
    let all = async {
        while let Some(ended) = connections.join_next().await {
            note(ended);
        }
    };
    if timeout(shutdown, all).await.is_err() {
        tracing::warn!(connections = connections.len(), "cut off, since they were not finished in time");
        connections.shutdown().await;
    }
}

async fn take(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(taken) => return taken,
            Err(error) => tracing::warn!(%error, "a connection could not be taken"),
        }
        sleep(PAUSE).await;
    }
}

fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection panicked");
    }
}

async fn serve_one<E: Endpoint + 'static>(
    stream: TcpStream,
    peer: SocketAddr,
    endpoint: Arc<E>,
    mut patience: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    // Without it, the end of an answer may wait for the client to confirm its beginning.
    let _ = stream.set_nodelay(true);
    let remote = RemoteAddr(peer.into());
    let local = LocalAddr(stream.local_addr().map(Into::into).unwrap_or_default());
    let activity = Arc::new(Activity::default());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let under_way = UnderWay::new(&activity);
        let endpoint = Arc::clone(&endpoint);
        let request = poem::Request::from((request, local.clone(), remote.clone(), Scheme::HTTP));
        async move {
            let response = endpoint.get_response(request).await;
            drop(under_way);
            Ok::<hyper::Response<_>, Infallible>(response.into())
        }
    });
    let io = TokioIo::new(Watched { stream, activity: Arc::clone(&activity) });
    let server = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(server.serve_connection(io, service));
    let mut seen = activity.steps();
    let mut stopping = false;
    let mut check = interval_at(Instant::now() + patience, patience);
    loop {
        tokio::select! {
            // A broken connection is the client's affair.
            _ = connection.as_mut() => return,
            _ = stopped.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
                patience = patience.min(LAST_PATIENCE);
                check = interval_at(Instant::now() + patience, patience);
            }
            _ = check.tick() => {
                let steps = activity.steps();
                if steps == seen && activity.under_way.load(Ordering::Acquire) == 0 {
                    tracing::debug!("a quiet connection is closed");
                    return;
                }
                seen = steps;
            }
        }
    }
}

/// What becomes of a connection.
#[derive(Default)]
struct Activity {
    /// Requests whose headers are here and whose answer has not begun. Their bodies have a limit of their own.
    under_way: AtomicUsize,
    /// Moves with every request, and with every piece of an answer that goes out. What comes in does not count: a
    /// client could send headers byte by byte.
    steps: AtomicU64,
}

impl Activity {
    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Release);
    }

    fn steps(&self) -> u64 {
        self.steps.load(Ordering::Acquire)
    }
}

/// Counts a request for as long as it lives.
struct UnderWay(Arc<Activity>);

impl UnderWay {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.under_way.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(activity))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.step();
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A stream that notes what goes out.
struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl Watched {
    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.activity.step();
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.noted(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
