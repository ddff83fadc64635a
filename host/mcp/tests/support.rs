//! A toolbox that does little, and a client that says whatever it is told to.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cm_mcp::{Answer, Server, Tool, Toolbox};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Semaphore,
};

/// Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what)
        .await
        .expect("it happens within a minute")
}

/// Comes true, or the test fails.
pub(crate) async fn until(what: impl Fn() -> bool) {
    soon(async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// `echo` gives back its arguments, `say` their `text`, `fail` an error, `wait` is
/// done when it is let go, `size` gives as many bytes as asked for.
pub(crate) struct Fake {
    pub(crate) listed: AtomicUsize,
    pub(crate) waiting: AtomicUsize,
    pub(crate) let_go: Semaphore,
}

struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Toolbox for Fake {
    fn tools(&self) -> Vec<Tool> {
        self.listed.fetch_add(1, Ordering::SeqCst);
        let tool = |name: &str, schema| Tool {
            name: name.into(),
            description: format!("Does {name}."),
            schema,
        };
        let text = json!({"properties": {"text": {"type": "string"}}, "required": ["text"]});
        vec![tool("echo", text), tool("wait", Value::Null)]
    }

    fn call(&self, name: &str, arguments: Map<String, Value>) -> Answer<'_> {
        let name = name.to_owned();
        Box::pin(async move {
            match name.as_str() {
                "echo" => Ok(Value::Object(arguments)),
                "say" => Ok(arguments.get("text").cloned().unwrap_or_default()),
                "fail" => Err("the disk is full; remove something".into()),
                "wait" => {
                    self.waiting.fetch_add(1, Ordering::SeqCst);
                    let _here = Waiting(&self.waiting);
                    self.let_go.acquire().await.expect("it stays open").forget();
                    Ok(json!("waited"))
                }
                "size" => {
                    let bytes = arguments.get("bytes").and_then(Value::as_u64).unwrap_or(0);
                    Ok(json!("x".repeat(usize::try_from(bytes).expect("a size"))))
                }
                _ => Err(format!("`{name}` needs the grant `{name}` in `tools:`")),
            }
        })
    }
}

/// A server with that toolbox.
pub(crate) struct House {
    pub(crate) fake: Arc<Fake>,
    pub(crate) server: Server,
    pub(crate) directory: TempDir,
}

impl House {
    pub(crate) fn open() -> Self {
        let fake = Arc::new(Fake {
            listed: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            let_go: Semaphore::new(0),
        });
        let directory = tempfile::tempdir().expect("a directory");
        let server = Server::open(directory.path(), fake.clone()).expect("a server");
        Self {
            fake,
            server,
            directory,
        }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.server.socket().to_owned()
    }

    pub(crate) async fn waiting(&self, wanted: usize) {
        until(|| self.fake.waiting.load(Ordering::SeqCst) == wanted).await;
    }

    /// An honest client is still served.
    pub(crate) async fn works(&self) {
        let arguments = Map::from_iter([("text".into(), json!("here"))]);
        let answer = soon(cm_mcp::call(self.server.socket(), "say", arguments)).await;
        assert_eq!(answer.expect("a connection"), Ok(json!("here")));
    }
}

/// Lines, as a client writes them that knows nothing of this crate.
pub(crate) struct Raw {
    pub(crate) read: BufReader<OwnedReadHalf>,
    pub(crate) write: OwnedWriteHalf,
}

impl Raw {
    pub(crate) async fn connect(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).await.expect("a connection");
        let (read, write) = stream.into_split();
        Self {
            read: BufReader::new(read),
            write,
        }
    }

    /// After the first two messages.
    pub(crate) async fn greeted(socket: &Path) -> Self {
        let mut raw = Self::connect(socket).await;
        raw.say(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}"#,
        )
        .await;
        assert_eq!(raw.hear().await["id"], 0);
        raw.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
            .await;
        raw
    }

    pub(crate) async fn say(&mut self, line: &str) {
        let line = format!("{line}\n");
        soon(self.write.write_all(line.as_bytes()))
            .await
            .expect("it is heard");
    }

    pub(crate) async fn call(&mut self, id: usize, tool: &str) {
        self.say(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}"}}}}"#
        ))
        .await;
    }

    pub(crate) async fn hear(&mut self) -> Value {
        let mut line = String::new();
        soon(self.read.read_line(&mut line)).await.expect("a line");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    /// What comes until the other side closes.
    pub(crate) async fn rest(mut self) -> String {
        let mut bytes = Vec::new();
        // A connection that is reset is closed as well.
        let _ = soon(self.read.read_to_end(&mut bytes)).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
