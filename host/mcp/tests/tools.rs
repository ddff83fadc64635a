//! A real client and the server.

use cm_mcp::{McpError, call, list};
use rmcp::{model::CallToolRequestParams, service::serve_client};
use serde_json::{Map, Value, json};
use tokio::net::UnixStream;

use crate::support::{House, soon};

fn arguments(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[tokio::test]
async fn the_list_has_what_the_toolbox_has() {
    let house = House::open();
    let tools = soon(list(&house.socket())).await.unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["echo", "wait"]);
    assert_eq!(tools[0].description, "Does echo.");
    assert_eq!(
        tools[0].schema,
        json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]})
    );
    assert_eq!(tools[1].schema, json!({"type": "object"}));
}

#[tokio::test]
async fn values_and_errors_come_back_as_they_are() {
    let house = House::open();
    let socket = house.socket();
    let object = arguments(json!({"text": "ü\n", "more": [1, null, {"deep": 0.1}]}));
    let answer = soon(call(&socket, "echo", object.clone())).await.unwrap();
    assert_eq!(answer, Ok(Value::Object(object)));
    for value in [
        json!("plain"),
        json!(null),
        json!(7),
        json!("7"),
        json!([1]),
    ] {
        let said = arguments(json!({"text": value}));
        assert_eq!(soon(call(&socket, "say", said)).await.unwrap(), Ok(value));
    }
    let answer = soon(call(&socket, "fail", Map::new())).await.unwrap();
    assert_eq!(answer, Err("the disk is full; remove something".into()));
}

#[tokio::test]
async fn the_toolbox_says_why_there_is_no_such_tool() {
    let house = House::open();
    let answer = soon(call(&house.socket(), "decide", Map::new()))
        .await
        .unwrap();
    assert_eq!(
        answer,
        Err("`decide` needs the grant `decide` in `tools:`".into())
    );
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_an_error() {
    let house = House::open();
    let size = |bytes: usize| arguments(json!({"bytes": bytes}));
    let answer = soon(call(&house.socket(), "size", size(7 << 20)))
        .await
        .unwrap();
    assert_eq!(answer.unwrap().as_str().map(str::len), Some(7 << 20));
    let answer = soon(call(&house.socket(), "size", size(9 << 20)))
        .await
        .unwrap();
    let message = answer.unwrap_err();
    assert!(message.contains("ask for less"), "{message}");
}

#[tokio::test]
async fn a_client_may_call_many_tools_at_the_same_time() {
    let house = House::open();
    let stream = UnixStream::connect(house.socket()).await.unwrap();
    let client = soon(serve_client((), stream)).await.unwrap();
    let info = client.peer_info().unwrap();
    assert_eq!(
        info.server_info.as_ref().map(|info| info.name.as_str()),
        Some("cm")
    );

    let calls: Vec<_> = (0..20)
        .map(|_| {
            let peer = client.peer().clone();
            tokio::spawn(async move { peer.call_tool(CallToolRequestParams::new("wait")).await })
        })
        .collect();
    house.waiting(20).await;
    // None of them holds up another connection, or this one.
    house.works().await;
    let listed = soon(client.list_all_tools()).await.unwrap();
    assert_eq!(listed.len(), 2);

    house.fake.let_go.add_permits(20);
    for call in calls {
        let result = soon(call).await.unwrap().unwrap();
        assert_eq!(result.is_error, Some(false), "{result:?}");
    }
}

#[tokio::test]
async fn nobody_is_there() {
    let house = House::open();
    let elsewhere = house.directory.path().join("nobody");
    let error = soon(list(&elsewhere)).await.unwrap_err();
    assert!(matches!(error, McpError::Connect { .. }), "{error}");
    assert!(error.to_string().contains("CM_MCP"), "{error}");
}
