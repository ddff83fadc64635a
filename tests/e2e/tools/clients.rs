//! Clients of the host's tools that mean harm. The turn that they belong to is a command
//! here: what connects is this test.

use std::{
    io::{BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    process::Child,
    time::Duration,
};

use serde_json::{Value, json};

use super::command;
use crate::support::Cm;

/// More than any run here needs by far, and far less than what clients try to fill.
const MOST_MEMORY: u64 = 700 << 20;

/// A run whose step waits while its tools are open, then uses one.
struct House {
    cm: Cm,
    child: Child,
    socket: String,
}

impl House {
    fn open() -> Self {
        let read = command("read_state", &json!({ "key": "k" }));
        let cm = Cm::new().workflow(&format!(
            "name: Open\nsteps:\n  - id: open\n    tools: [state]\n    run: 'echo \"$CM_MCP\" > new; mv new socket; until test -e done; do sleep 0.02; done; {read}'\n"
        ));
        let child = cm.started(&[], "socket");
        let socket = cm.read("socket").trim().to_owned();
        Self { cm, child, socket }
    }

    fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.socket).expect("a connection");
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).expect("a limit");
        stream.set_write_timeout(patience).expect("a limit");
        stream
    }

    fn greeted(&self) -> Client {
        let mut client = Client(BufReader::new(self.connect()));
        client.say(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
        } }));
        assert_eq!(client.hear()["id"], 0);
        client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    /// The most that `cm` ever held.
    fn peak(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("it is alive");
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("VmHWM:"));
        let mut words = line.expect("a peak").split_whitespace();
        words
            .next()
            .and_then(|kib| kib.parse::<u64>().ok())
            .expect("a number")
            * 1024
    }

    /// The run goes on as if nothing had been.
    #[track_caller]
    fn close(self, wanted: &str) -> Cm {
        let peak = self.peak();
        assert!(peak < MOST_MEMORY, "{peak} bytes");
        self.cm.write("done", "");
        let ran = self.cm.finished(self.child).code(0).calm();
        let out = ran.out();
        assert!(out.contains(wanted), "{out}");
        self.cm
    }
}

struct Client(BufReader<UnixStream>);

impl Client {
    fn say(&mut self, message: &Value) {
        self.0
            .get_mut()
            .write_all(format!("{message}\n").as_bytes())
            .expect("it is heard");
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}

fn write(id: usize, key: &str, value: &str, more: Value) -> Value {
    let mut arguments = json!({ "key": key, "value": value });
    if let Some(more) = more.as_object() {
        arguments
            .as_object_mut()
            .expect("an object")
            .extend(more.clone());
    }
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "write_state", "arguments": arguments } })
}

#[test]
fn garbage_costs_its_own_connection_only() {
    let house = House::open();
    let mut good = house.greeted();
    let noise: Vec<u8> = (0..300_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    let deep = format!("{}\n", "[".repeat(200_000)).into_bytes();
    let rude = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"write_state\"}}\n";
    for bytes in [
        &noise[..],
        &deep,
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\n",
        rude,
    ] {
        let mut stream = house.connect();
        // It may be closed in the middle.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < 1 << 20, "{} bytes are said to it", rest.len());
    }
    good.say(&write(1, "k", "still here", Value::Null));
    assert_eq!(good.hear()["result"]["isError"], false);
    let _ = house.close("still here");
}

#[test]
fn a_hundred_megabytes_are_not_taken() {
    let house = House::open();
    let mut good = house.greeted();
    let mut client = house.greeted();
    let stream = client.0.get_mut();
    stream
        .write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"write_state\",\"arguments\":{\"key\":\"k\",\"value\":\"")
        .expect("the beginning is heard");
    let piece = vec![b'x'; 1 << 20];
    let taken = (0..100)
        .take_while(|_| stream.write_all(&piece).is_ok())
        .count();
    assert!(taken < 20, "{taken} MiB were taken");
    let before = house.peak();
    assert!(before < MOST_MEMORY, "{before} bytes");
    // What is long and whole is refused in words.
    good.say(&write(1, "k", &"y".repeat(5 << 20), Value::Null));
    let answer = good.hear();
    let said = answer["result"]["content"][0]["text"].to_string();
    assert!(
        answer["result"]["isError"] == true && said.contains("4194304"),
        "{answer}"
    );
    good.say(&write(2, "k", "short", Value::Null));
    assert_eq!(good.hear()["result"]["isError"], false);
    let _ = house.close("short");
}

/// A thousand calls at once, over many connections: each is answered, nothing is lost,
/// and of those that want to be the first only one is.
#[test]
fn a_thousand_calls_at_once() {
    let house = House::open();
    let (connections, each) = (20, 50);
    let clients: Vec<_> = (0..connections).map(|_| house.greeted()).collect();
    let threads = clients.into_iter().enumerate().map(|(number, mut client)| {
        std::thread::spawn(move || {
            let (mut written, mut first, mut busy) = (0, 0, 0);
            let batch = 25;
            for start in (0..each).step_by(batch) {
                for id in start..start + batch {
                    let message = match id % 2 {
                        0 => write(id, &format!("k{number}-{id}"), "v", Value::Null),
                        _ => write(id, "race", &format!("{number}"), json!({ "version": 0 })),
                    };
                    client.say(&message);
                }
                for _ in 0..batch {
                    let answer = client.hear();
                    let ok = answer["result"]["isError"] == false;
                    let id = answer["id"].as_u64().expect("an id");
                    let said = answer["result"]["content"][0]["text"].to_string();
                    match (ok, id % 2) {
                        (true, 0) => written += 1,
                        (true, _) => first += 1,
                        (false, _) if said.contains("at work already") => busy += 1,
                        (false, 0) => panic!("{answer}"),
                        (false, _) => assert!(said.contains("race"), "{answer}"),
                    }
                }
            }
            (written, first, busy)
        })
    });
    let threads: Vec<_> = threads.collect();
    let told: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().expect("it is well"))
        .collect();
    let written: usize = told.iter().map(|(written, ..)| written).sum();
    let first: usize = told.iter().map(|(_, first, _)| first).sum();
    let busy: usize = told.iter().map(|(.., busy)| busy).sum();
    assert_eq!((written, first, busy), (connections * each / 2, 1, 0));
    let cm = house.close("null");
    let state = cm.json(["state", "last", "--json"]);
    let keys = state.as_array().map_or_else(
        || state.as_object().map(serde_json::Map::len),
        |list| Some(list.len()),
    );
    assert_eq!(
        keys,
        Some(written + 1),
        "what was answered is in the journal"
    );
}
