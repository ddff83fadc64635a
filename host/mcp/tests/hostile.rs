//! Clients that mean harm, or are broken. Each time an honest one is served after it.

use std::{sync::atomic::Ordering, time::Duration};

use cm_mcp::LONGEST_MESSAGE;
use tokio::io::AsyncWriteExt;

use crate::support::{House, Raw, soon};

#[tokio::test]
async fn garbage() {
    let house = House::open();
    let mut noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    let deep = "[".repeat(100_000);
    noise.extend(format!("\n{deep}\n{{\"id\":{deep}\n{{}}\n[]\nnull\n").bytes());
    let inputs: [&[u8]; 5] = [
        &noise,
        b"\n\n\r\n\0\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n",
        b"{\"jsonrpc\":\"1.0\",\"id\":{},\"method\":7}\n{\"jsonrpc\":\"2.0\",\"result\":{},\"id\":9}\n",
    ];
    for input in inputs {
        for greeted in [false, true] {
            let socket = house.socket();
            let mut raw = match greeted {
                true => Raw::greeted(&socket).await,
                false => Raw::connect(&socket).await,
            };
            // It may be closed before all of it is written, and it may answer.
            let drain = async {
                let _ = raw.write.write_all(input).await;
                let _ = raw.write.shutdown().await;
            };
            let mut sink = tokio::io::sink();
            let read = tokio::io::copy(&mut raw.read, &mut sink);
            let _ = soon(async { tokio::join!(drain, read) }).await;
            house.works().await;
        }
    }
}

#[tokio::test]
async fn a_line_without_end() {
    let house = House::open();
    for greeted in [false, true] {
        let socket = house.socket();
        let mut raw = match greeted {
            true => Raw::greeted(&socket).await,
            false => Raw::connect(&socket).await,
        };
        let mut written = 0;
        let piece = vec![b'x'; 1 << 20];
        while written < 3 * LONGEST_MESSAGE && soon(raw.write.write_all(&piece)).await.is_ok() {
            written += piece.len();
        }
        assert!(written < 2 * LONGEST_MESSAGE, "{written} bytes were taken");
        house.works().await;
        let said = raw.rest().await;
        assert!(
            said.is_empty() || said.contains("longer than 8388608 bytes"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_long_message_is_no_harm() {
    let house = House::open();
    let mut raw = Raw::greeted(&house.socket()).await;
    let text = "x".repeat(LONGEST_MESSAGE - 200);
    raw.say(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"fail","arguments":{{"text":"{text}"}}}}}}"#
    ))
    .await;
    assert_eq!(raw.hear().await["result"]["isError"], true);
}

#[tokio::test]
async fn half_a_message() {
    let house = House::open();
    let mut raw = Raw::greeted(&house.socket()).await;
    raw.write
        .write_all(br#"{"jsonrpc":"2.0","id":1,"method":"tools/ca"#)
        .await
        .unwrap();
    house.works().await;
    drop(raw);
    house.works().await;
}

#[tokio::test]
async fn gone_in_the_middle_of_a_call() {
    let house = House::open();
    let mut raw = Raw::greeted(&house.socket()).await;
    raw.call(1, "wait").await;
    house.waiting(1).await;
    drop(raw);
    house.works().await;
    // The call does not stay at work for nobody.
    house.waiting(0).await;
    house.works().await;
}

#[tokio::test]
async fn a_call_that_is_taken_back_is_dropped() {
    let house = House::open();
    let mut raw = Raw::greeted(&house.socket()).await;
    raw.call(7, "wait").await;
    house.waiting(1).await;
    raw.say(
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"timeout"}}"#,
    )
    .await;
    house.waiting(0).await;
    raw.call(8, "fail").await;
    assert_eq!(raw.hear().await["id"], 8);
}

#[tokio::test]
async fn more_calls_than_anybody_needs() {
    let house = House::open();
    let mut raw = Raw::greeted(&house.socket()).await;
    for id in 0..100 {
        raw.call(id, "wait").await;
    }
    for _ in 0..68 {
        let answer = raw.hear().await;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        let text = &answer["result"]["content"][0]["text"];
        assert!(
            text.as_str().is_some_and(|text| text.contains("32 calls")),
            "{answer}"
        );
    }
    house.waiting(32).await;
    house.works().await;
    house.fake.let_go.add_permits(32);
    for _ in 0..32 {
        assert_eq!(raw.hear().await["result"]["isError"], false);
    }
}

#[tokio::test]
async fn more_connections_than_anybody_needs() {
    let house = House::open();
    let mut open = Vec::new();
    for _ in 0..32 {
        open.push(Raw::greeted(&house.socket()).await);
    }
    assert_eq!(Raw::connect(&house.socket()).await.rest().await, "");
    // A place is free again when somebody goes.
    open.pop();
    soon(async {
        while cm_mcp::list(&house.socket()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn questions_without_an_ear() {
    let house = House::open();
    let mut raw = Raw::greeted(&house.socket()).await;
    let ask = async {
        for id in 0..200_000 {
            let question =
                format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/list\"}}\n");
            raw.write.write_all(question.as_bytes()).await.unwrap();
        }
    };
    // It is not read to the end, however long one waits.
    let asked = tokio::time::timeout(Duration::from_secs(3), ask).await;
    let answered = house.fake.listed.load(Ordering::SeqCst);
    assert!(
        asked.is_err() && answered < 20_000,
        "{answered} were answered"
    );
    house.works().await;
}
