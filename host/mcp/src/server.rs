//! The socket on which a toolbox is offered.

use std::{
    fs, io,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};

use rmcp::service::serve_server;
use tokio::{
    net::{UnixListener, UnixStream},
    task::{AbortHandle, JoinSet},
};

use crate::{McpError, Toolbox, connection::Connection, session::Session};

/// The socket's name: short, because its whole path must be.
const NAME: &str = "m";

/// What fits into a socket's address on every system, with the zero at its end.
const LONGEST_PATH: usize = 103;

/// How many clients may be connected at the same time.
const CONNECTIONS: usize = 32;

/// After an `accept` that failed, for example because no file can be opened.
const PATIENCE: Duration = Duration::from_millis(100);

/// Offers a toolbox on a unix socket, until it is dropped: then the file is removed,
/// calls that are at work are dropped, and all connections are closed.
pub struct Server {
    socket: PathBuf,
    accepting: AbortHandle,
    // Connections have weak references only.
    _toolbox: Arc<dyn Toolbox>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Opens the socket in `directory`, which nobody else may enter, and which holds
    /// no other server. A tokio runtime must be running.
    pub fn open(directory: &Path, toolbox: Arc<dyn Toolbox>) -> Result<Self, McpError> {
        let socket = directory.join(NAME);
        let length = socket.as_os_str().as_bytes().len();
        if length > LONGEST_PATH {
            return Err(McpError::LongPath {
                path: socket,
                length,
                longest: LONGEST_PATH,
            });
        }
        let listener = match UnixListener::bind(&socket) {
            Ok(listener) => listener,
            Err(source) => {
                return Err(McpError::Open {
                    path: socket,
                    source,
                });
            }
        };
        let accepting = tokio::spawn(accept(listener, Arc::downgrade(&toolbox))).abort_handle();
        let server = Self {
            socket,
            accepting,
            _toolbox: toolbox,
        };
        match fs::set_permissions(&server.socket, fs::Permissions::from_mode(0o600)) {
            Ok(()) => Ok(server),
            Err(source) => Err(McpError::Open {
                path: server.socket.clone(),
                source,
            }),
        }
    }

    /// Where clients connect.
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        // The directory goes with the turn; there is nobody to tell.
        let _ = fs::remove_file(&self.socket);
    }
}

/// Ends only by being aborted; all connections end with it.
async fn accept(listener: UnixListener, toolbox: Weak<dyn Toolbox>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted: io::Result<_> = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) if connections.len() < CONNECTIONS => {
                connections.spawn(serve(stream, Session::new(toolbox.clone())));
            }
            Ok((stream, _)) => drop(stream),
            Err(_) => tokio::time::sleep(PATIENCE).await,
        }
    }
}

/// One connection, from the first message to the last. A client that breaks the
/// protocol is not worth a report: it is told so, or it is gone.
async fn serve(stream: UnixStream, session: Session) {
    if let Ok(running) = serve_server(session, Connection::new(stream)).await {
        let _ = running.waiting().await;
    }
}
