//! The listener: accepts connections, bounds how many there are, and drains them at the end.
//!
//! # Invariants
//!
//! - Beyond [`ListenerOptions::connections_max`] a connection is told so and closed at once;
//!   nothing is queued inside the process.
//! - After `stop`, no new request starts; running ones get `drain_max` to finish.

use crate::body::{RequestBody, ResponseBody};
use crate::door::{Door, Peer};
use crate::socket::{Progress, Socket};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Largest request head. Presigned URLs with session tokens come to a few kilobytes; S3 user
/// metadata adds two.
const HEAD_BYTES_MAX: usize = 128 * 1024;

/// How long accepting rests when the process is out of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain\r\nconnection: close\r\nretry-after: 1\r\ncontent-length: 21\r\n\r\n\
    too many connections\n";

/// How the listener behaves.
#[derive(Clone, Copy, Debug)]
pub struct ListenerOptions {
    pub connections_max: u32,
    /// How long running requests may take once the listener was told to stop.
    pub drain_max: Duration,
}

/// Serves `listener` until `stop` becomes true (or its sender is gone), then drains.
pub async fn serve(
    listener: TcpListener,
    door: Arc<Door>,
    options: ListenerOptions,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(options.connections_max as usize));
    let stopped = stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told_to(&mut stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let peer = Peer(peer.ip());
                    tokio::spawn(converse(stream, peer, Arc::clone(&door), stopped.clone(), place));
                }
                Err(_no_place) => refuse(&stream, &door),
            },
            Err(error) => rest_after(&error).await,
        }
    }
    drop(listener);
    door.begin_drain();
    let everyone_left = places.acquire_many(options.connections_max);
    if tokio::time::timeout(options.drain_max, everyone_left).await.is_err() {
        tracing::warn!("some requests were still running when the time to drain ran out");
    }
}

/// One connection, from its first request to its last.
async fn converse(
    stream: TcpStream,
    peer: Peer,
    door: Arc<Door>,
    mut stop: watch::Receiver<bool>,
    place: OwnedSemaphorePermit,
) {
    // A small reply must not wait for the peer's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let metrics = Arc::clone(door.metrics());
    metrics.connections_open.fetch_add(1, Ordering::Relaxed);

    let progress = Progress::new();
    let socket = TokioIo::new(Socket::new(stream, Arc::clone(&progress)));
    let service =
        service_fn(move |request| respond(Arc::clone(&door), Arc::clone(&progress), peer, request));
    let mut builder = http1::Builder::new();
    // At most a hundred headers: hyper keeps so many on the stack, and more on the heap each time.
    builder.max_buf_size(HEAD_BYTES_MAX).half_close(false);
    let mut connection = std::pin::pin!(builder.serve_connection(socket, service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = told_to(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Peers that vanish, stall or speak nonsense are everyday events.
        tracing::debug!(%error, "connection ended early");
    }
    metrics.connections_open.fetch_sub(1, Ordering::Relaxed);
    drop(place);
}

/// Returns when `stop` is true or nobody is left to make it so.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    // The guard inside the result must not be held by a future that moves between threads.
    let _ = stop.wait_for(|stop| *stop).await.is_ok();
}

async fn respond(
    door: Arc<Door>,
    progress: Arc<Progress>,
    peer: Peer,
    mut request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    progress.start_serving();
    request.extensions_mut().insert(peer);
    let response = door.respond(request.map(RequestBody::new)).await;
    progress.finish_serving();
    Ok(response)
}

/// Tells a peer that there is no place for it. One attempt: the text fits any socket buffer.
fn refuse(stream: &TcpStream, door: &Door) {
    door.metrics().connections_refused.fetch_add(1, Ordering::Relaxed);
    let _ = stream.try_write(REFUSAL);
}

async fn rest_after(error: &io::Error) {
    // The peer was gone before we looked: nothing to wait for.
    let peer_left = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    );
    if !peer_left {
        tracing::error!(%error, "cannot accept connections; trying again");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}
