use std::{
    collections::HashMap,
    convert::Infallible,
    future::{Future, pending},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use cm_distribution::Layout;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{interval, sleep, timeout},
};

use crate::{Error, Options, handler::Handler, pace::Paced, shelf::Shelf};

/// How long what is under way may take after the end was asked for.
const PARTING: Duration = Duration::from_secs(10);
/// How often what nobody needs any more is removed.
const SWEEP: Duration = Duration::from_secs(3600);

/// A registry that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    handler: Arc<Handler>,
}

/// Serves a directory until the process ends.
pub async fn serve(layout: Layout, options: Options) -> Result<(), Error> {
    Server::bind(layout, options).await?.run(pending()).await;
    Ok(())
}

impl Server {
    /// Begins to listen. The directory need not exist yet.
    pub async fn bind(layout: Layout, options: Options) -> Result<Self, Error> {
        let address = options.listen;
        if options.tokens.is_none() && !address.ip().is_loopback() {
            return Err(Error::Unguarded { address });
        }
        let shelf = Arc::new(Shelf::open(layout, options.limits.clone())?);
        let listen = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self {
            listener,
            address,
            handler: Arc::new(Handler::new(shelf, options)),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `end` is there, then finishes what is under way.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let limits = self.handler.limits().clone();
        let slots = Arc::new(Semaphore::new(limits.connections));
        let peers = Arc::new(Peers::default());
        let (stop, stopped) = watch::channel(());
        let mut sweep = interval(SWEEP);
        tokio::pin!(end);
        loop {
            // Taken first: who comes when all are taken waits outside.
            let next = async {
                let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
                let (stream, peer) = match self.listener.accept().await {
                    Ok(accepted) => accepted,
                    Err(_) => {
                        // Too many open files, for example: that passes.
                        sleep(Duration::from_millis(100)).await;
                        return None;
                    }
                };
                Some((slot, stream, peer.ip()))
            };
            tokio::select! {
                () = &mut end => break,
                _ = sweep.tick() => self.handler.sweep(),
                next = next => if let Some((slot, stream, peer)) = next
                    && let Some(seat) = Peers::sit(&peers, peer, limits.connections_of_one)
                {
                    let handler = Arc::clone(&self.handler);
                    tokio::spawn(connection(handler, stream, stopped.clone(), (slot, seat)));
                },
            }
        }
        drop(self.listener);
        drop(stop);
        let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
        let _ = timeout(PARTING, slots.acquire_many(all)).await;
    }
}

async fn connection(
    handler: Arc<Handler>,
    stream: TcpStream,
    mut stopped: watch::Receiver<()>,
    held: (OwnedSemaphorePermit, Seat),
) {
    let limits = handler.limits().clone();
    // Else small answers wait for more.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Paced::new(stream, limits.silence));
    let service = service_fn(move |request| {
        let handler = Arc::clone(&handler);
        async move { Ok::<_, Infallible>(handler.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(limits.head_bytes.max(8 << 10))
        .max_headers(64)
        .serve_connection(stream, service);
    tokio::pin!(connection);
    // A connection that breaks is the client's affair.
    tokio::select! {
        _ = &mut connection => return,
        _ = stopped.changed() => {}
        () = sleep(limits.connection) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.silence, connection).await;
    drop(held);
}

/// How many connections each other machine has.
#[derive(Default)]
struct Peers(Mutex<HashMap<IpAddr, usize>>);

/// A connection of another machine.
struct Seat(Arc<Peers>, IpAddr);

impl Peers {
    /// None when it has enough. Whatever comes from this machine may be a proxy,
    /// which speaks for many.
    fn sit(this: &Arc<Self>, peer: IpAddr, most: usize) -> Option<Seat> {
        let mut peers = this.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = peers.entry(peer).or_default();
        if *count >= most && !peer.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Seat(Arc::clone(this), peer))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut peers = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = peers.get_mut(&self.1) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                peers.remove(&self.1);
            }
        }
    }
}
