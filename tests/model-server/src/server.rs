//! The server: a thread of its own, a port of its own, gone when dropped.

use crate::reply::Desk;
use crate::script::Script;
use crate::seen::{Log, Seen};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// A running server of scripted answers.
pub struct ModelServer {
    address: SocketAddr,
    desk: Arc<Desk>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ModelServer {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Errors
    /// The port or the thread could not be had.
    pub fn start(script: Script) -> io::Result<Self> {
        Self::start_at(script, 0)
    }

    /// Starts on the given port of the loopback interface; 0 is any.
    ///
    /// # Errors
    /// The port or the thread could not be had.
    pub fn start_at(script: Script, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk {
            script,
            log: Log::default(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let ours = Arc::clone(&desk);
        let thread = std::thread::Builder::new()
            .name("model-server".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        end = accept(listener, ours) => if let Err(problem) = end {
                            eprintln!("the model server stopped: {problem}");
                        },
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            desk,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the server is: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests since the start, or since [`reset`](Self::reset), in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.desk.log.all()
    }

    /// Only the requests for an answer to a prompt: no title calls, no pings.
    #[must_use]
    pub fn prompts(&self) -> Vec<Seen> {
        let mut seen = self.requests();
        seen.retain(|seen| !seen.api.is_empty() && !seen.tools.is_empty());
        seen
    }

    /// Forgets the requests and which failures were already played.
    pub fn reset(&self) {
        self.desk.log.clear();
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, desk: Arc<Desk>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        // Small pieces must arrive as pieces.
        stream.set_nodelay(true)?;
        let desk = Arc::clone(&desk);
        let service = service_fn(move |request| {
            let desk = Arc::clone(&desk);
            async move { desk.answer(request).await }
        });
        // A connection that breaks is the client's affair, or a scripted cut.
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async { drop(connection.await) });
    }
}
