//! The server is dropped.

use std::{sync::Arc, time::Instant};

use cm_mcp::{McpError, call};
use serde_json::Map;

use crate::support::{House, PATIENCE, Raw, soon, until};

#[tokio::test]
async fn everything_ends_with_the_server() {
    let house = House::open();
    let socket = house.socket();
    let silent = Raw::connect(&socket).await;
    let idle = Raw::greeted(&socket).await;
    let mut busy = Raw::greeted(&socket).await;
    busy.call(1, "wait").await;
    let client = tokio::spawn({
        let socket = socket.clone();
        async move { call(&socket, "wait", Map::new()).await }
    });
    house.waiting(2).await;

    let House { fake, server, .. } = house;
    drop(server);
    assert!(!socket.exists());
    until(|| Arc::strong_count(&fake) == 1).await;

    assert_eq!(silent.rest().await, "");
    assert_eq!(idle.rest().await, "");
    // Who waits is told, if there is time.
    let said = busy.rest().await;
    assert!(said.is_empty() || said.contains("is over"), "{said}");
    match soon(client).await.unwrap() {
        Ok(answer) => assert!(answer.unwrap_err().contains("is over")),
        Err(error) => assert!(matches!(error, McpError::Lost { .. }), "{error}"),
    }
    let error = call(&socket, "say", Map::new()).await.unwrap_err();
    assert!(matches!(error, McpError::Connect { .. }), "{error}");
}

#[tokio::test]
async fn a_client_that_does_not_listen_does_not_keep_it() {
    let house = House::open();
    let mut deaf = Raw::greeted(&house.socket()).await;
    for id in 0..4 {
        deaf.say(&format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"size","arguments":{{"bytes":4000000}}}}}}"#
        ))
        .await;
    }
    house.works().await;
    let start = Instant::now();
    let House { fake, server, .. } = house;
    drop(server);
    until(|| Arc::strong_count(&fake) == 1).await;
    assert!(start.elapsed() < PATIENCE);
    // Closed in the middle of a message, which is the client's own fault.
    deaf.rest().await;
}

#[test]
fn a_runtime_that_ends_takes_it_along() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let house = runtime.block_on(async {
        let house = House::open();
        house.works().await;
        house
    });
    drop(runtime);
    let socket = house.socket();
    let House { fake, server, .. } = house;
    drop(server);
    assert!(!socket.exists());
    assert_eq!(Arc::strong_count(&fake), 1);
}
