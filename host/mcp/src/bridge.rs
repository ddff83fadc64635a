//! Bytes between a program's pipes and the socket.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    thread,
};

use tokio::sync::oneshot;

use crate::McpError;

/// Copies between the standard input and output of this process and the socket,
/// until the server closes the connection or nobody reads the output any more. When
/// the input ends, the answers that are still to come are waited for.
pub async fn bridge(socket: &Path) -> Result<(), McpError> {
    bridge_between(socket, io::stdin(), io::stdout()).await
}

/// The same with any input and output.
///
/// Both are used by threads of their own, which nobody waits for: a read of the
/// standard input cannot be taken back, and must not keep a process alive whose
/// server is gone.
pub async fn bridge_between(
    socket: &Path,
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
) -> Result<(), McpError> {
    let connect = || {
        let stream = UnixStream::connect(socket)?;
        Ok((stream.try_clone()?, stream))
    };
    let (to_server, from_server) = connect().map_err(|source| McpError::Connect {
        path: socket.to_owned(),
        source,
    })?;
    let (ended, end) = oneshot::channel();
    let start = || {
        spawn("mcp input", move || {
            let _ = copy(input, &to_server);
            // After this the server sends what it owes, and closes.
            let _ = to_server.shutdown(Shutdown::Write);
        })?;
        spawn("mcp output", move || {
            let copied = copy(&from_server, output);
            // The other thread may never wake up: the connection must not hang on it.
            let _ = from_server.shutdown(Shutdown::Both);
            let _ = ended.send(copied);
        })
    };
    let interrupted = |source| McpError::Bridge {
        path: socket.to_owned(),
        source,
    };
    start().map_err(interrupted)?;
    match end.await {
        Ok(Err(error)) if !is_end(&error) => Err(interrupted(error)),
        _ => Ok(()),
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.into())
        .spawn(work)
        .map(drop)
}

/// Passes on what there is at once: a message must not wait for the next one.
fn copy(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(buffer.get(..length).unwrap_or_default())?;
        to.flush()?;
    }
}

/// How a connection ends when the other side just goes.
fn is_end(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionReset)
}
