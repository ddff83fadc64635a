//! One client's side of the socket.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use rmcp::{
    RoleServer,
    model::{ErrorData, ServerJsonRpcMessage},
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::{Transport, async_rw::AsyncRwTransport},
};
use tokio::{
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
};

use crate::{LONGEST_MESSAGE, limited::Limited};

/// How many answers may wait for a client that does not read them.
const UNREAD: usize = 64;

/// Messages to and from one client. It reads no further while too many answers are
/// under way: a client that asks and never listens would fill the memory.
pub(crate) struct Connection {
    inner: AsyncRwTransport<RoleServer, Limited<OwnedReadHalf>, OwnedWriteHalf>,
    exceeded: Arc<AtomicBool>,
    unread: Arc<Unread>,
}

#[derive(Default)]
struct Unread {
    answers: AtomicUsize,
    fewer: Notify,
}

/// An answer that is under way, until it is dropped.
struct UnderWay(Arc<Unread>);

impl UnderWay {
    fn new(unread: &Arc<Unread>) -> Self {
        unread.answers.fetch_add(1, Ordering::Relaxed);
        Self(unread.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.answers.fetch_sub(1, Ordering::Relaxed);
        self.0.fewer.notify_one();
    }
}

impl Connection {
    pub(crate) fn new(stream: UnixStream) -> Self {
        let (read, write) = stream.into_split();
        let (read, exceeded) = Limited::new(read, LONGEST_MESSAGE);
        Self {
            inner: AsyncRwTransport::new(read, write),
            exceeded,
            unread: Arc::default(),
        }
    }
}

impl Transport<RoleServer> for Connection {
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let under_way = UnderWay::new(&self.unread);
        let sent = self.inner.send(message);
        async move {
            let sent = sent.await;
            drop(under_way);
            sent
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        while self.unread.answers.load(Ordering::Relaxed) >= UNREAD {
            self.unread.fewer.notified().await;
        }
        let message = self.inner.receive().await;
        if message.is_none() && self.exceeded.swap(false, Ordering::Relaxed) {
            let reason = format!(
                "a message is longer than {LONGEST_MESSAGE} bytes; the connection is closed"
            );
            let error = ErrorData::invalid_request(reason, None);
            let message = ServerJsonRpcMessage::error(error, None);
            // Whoever does not listen need not be told.
            let _ = self.inner.send(message).await;
        }
        message
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.inner.close().await
    }
}
