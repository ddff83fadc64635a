//! The bridge, in a process of its own, as an agent's program starts it.

use std::process::Stdio;

use cm_mcp::{McpError, bridge, bridge_between};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::support::{House, soon};

const SOCKET: &str = "CM_MCP_TEST_SOCKET";

/// Not a test, but the process that the tests start: this program, again.
#[tokio::test]
async fn the_process() {
    let Some(socket) = std::env::var_os(SOCKET) else {
        return;
    };
    match bridge(socket.as_ref()).await {
        Ok(()) => std::process::exit(0),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(7)
        }
    }
}

struct Bridge {
    child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Bridge {
    fn start(house: &House) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "bridge::the_process", "--nocapture"])
            .env(SOCKET, house.server.socket())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            lines: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    async fn say(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }

    /// The next message; what the test's own frame prints is none.
    async fn hear(&mut self) -> Option<Value> {
        while let Some(line) = soon(self.lines.next_line()).await.unwrap() {
            if line.starts_with('{') {
                return Some(serde_json::from_str(&line).unwrap());
            }
        }
        None
    }

    async fn greet(&mut self) {
        self.say(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}"#,
        )
        .await;
        assert_eq!(self.hear().await.unwrap()["id"], 0);
    }

    async fn call(&mut self, id: usize, tool: &str, arguments: &str) {
        self.say(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
        ))
        .await;
    }

    async fn code(mut self) -> Option<i32> {
        soon(self.child.wait()).await.unwrap().code()
    }
}

#[tokio::test]
async fn messages_pass_in_both_directions() {
    let house = House::open();
    let mut bridge = Bridge::start(&house);
    bridge.greet().await;
    bridge.call(1, "size", r#"{"bytes":3000000}"#).await;
    let answer = bridge.hear().await.unwrap();
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(text.len(), 3_000_000);

    // The input ends; what was asked before is answered.
    bridge.call(2, "wait", "{}").await;
    house.waiting(1).await;
    bridge.input = None;
    house.fake.let_go.add_permits(1);
    assert_eq!(
        bridge.hear().await.unwrap()["result"]["content"][0]["text"],
        "waited"
    );
    assert_eq!(bridge.hear().await, None);
    assert_eq!(bridge.code().await, Some(0));
}

#[tokio::test]
async fn the_process_ends_with_the_server_though_its_input_is_open() {
    let house = House::open();
    let mut bridge = Bridge::start(&house);
    bridge.greet().await;
    drop(house);
    assert_eq!(bridge.hear().await, None);
    assert!(bridge.input.is_some());
    assert_eq!(bridge.code().await, Some(0));
}

#[tokio::test]
async fn the_call_ends_when_the_process_is_killed() {
    let house = House::open();
    let mut bridge = Bridge::start(&house);
    bridge.greet().await;
    bridge.call(1, "wait", "{}").await;
    house.waiting(1).await;
    soon(bridge.child.kill()).await.unwrap();
    house.waiting(0).await;
    house.works().await;
}

#[tokio::test]
async fn there_is_no_server() {
    let house = House::open();
    let elsewhere = house.directory.path().join("nobody");
    let error = bridge_between(&elsewhere, std::io::empty(), std::io::sink())
        .await
        .unwrap_err();
    assert!(matches!(error, McpError::Connect { .. }), "{error}");
}
