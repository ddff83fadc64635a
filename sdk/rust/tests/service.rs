//! What adapters to services are made of.

use cm_sdk::engine::testing::{Said, cut, echo, finish, hold};
use cm_sdk::engine::{
    Action, Answered, Dialogue, Error, Event, Events, HostTool, HttpRequest, HttpResponse, Info,
    Input, LONGEST_EVENT, Performed, PermissionLevel, Request, Service, Sse, SseEvent, ToolResult,
    Wanted, closed_schema, json,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn all(pieces: &[Vec<u8>]) -> Vec<SseEvent> {
    let mut sse = Sse::default();
    let mut events: Vec<_> = pieces.iter().flat_map(|piece| sse.push(piece)).collect();
    events.extend(sse.finish());
    events
}

fn whole(text: &str) -> Vec<(String, String)> {
    let events = all(&[text.as_bytes().to_vec()]);
    events
        .into_iter()
        .map(|event| (event.name, event.data))
        .collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, data): &(&str, &str)| ((*name).to_owned(), (*data).to_owned());
    wanted.iter().map(owned).collect()
}

#[test]
fn events_are_read_as_the_standard_says() {
    let text = "\u{feff}: a comment\r\nevent: one\r\ndata: a\r\ndata:b\r\nid: 7\r\nretry: 1\r\n\r\n\
                data\n\nevent: nothing\n\ndata:  two\rdata: lines\r\revent: last\ndata: no end";
    assert_eq!(
        whole(text),
        pairs(&[
            ("one", "a\nb"),
            ("", ""),
            ("", " two\nlines"),
            ("last", "no end")
        ])
    );
    assert_eq!(whole("\n\n\n"), pairs(&[]));
    assert_eq!(whole("data: caf\u{e9}\n\n"), pairs(&[("", "café")]));
}

#[test]
fn an_event_without_an_end_costs_no_more_than_the_limit() {
    let mut sse = Sse::default();
    for _ in 0..20 {
        assert!(sse.push(&vec![b'x'; 1 << 20]).is_empty());
    }
    assert!(sse.push(b"\n\n").is_empty());
    assert_eq!(sse.dropped(), 1);
    // The next one is whole again.
    assert_eq!(sse.push(b"data: ok\n\n")[0].data, "ok");
    let mut sse = Sse::default();
    let large = [
        b"data: ".to_vec(),
        vec![b'y'; LONGEST_EVENT / 2],
        b"\n\n".to_vec(),
    ]
    .concat();
    assert_eq!(sse.push(&large).len(), 1);
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_events(
        parts in prop::collection::vec(
            "(event: [a-z]{0,3}|data: [a-zé{}:]{0,6}|data|: x|id: 1|\u{feff})?(\n|\r\n|\r)", 0..20),
        places in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let bytes = parts.concat().into_bytes();
        prop_assert_eq!(all(&cut(&bytes, &places)), all(&[bytes]));
    }

    #[test]
    fn no_bytes_break_it(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..20)) {
        let events = all(&pieces);
        prop_assert_eq!(events, all(&[pieces.concat()]));
    }
}

#[test]
fn the_tools_are_described() {
    let all = HostTool::all();
    let names: Vec<_> = all.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["read", "write", "edit", "list", "search", "run"]);
    for tool in &all {
        assert!(tool.description.len() > 20);
        assert_eq!(json::text(&tool.parameters, "/type"), "object");
        let properties = tool.parameters["properties"]
            .as_object()
            .expect("properties");
        for needed in json::list(&tool.parameters, "/required") {
            assert!(properties.contains_key(needed.as_str().unwrap_or_default()));
        }
    }
    let changes: Vec<_> = all
        .iter()
        .filter(|tool| tool.changes)
        .map(|tool| &*tool.name)
        .collect();
    assert_eq!(changes, ["write", "edit", "run"]);
    let looks = Request {
        permissions: PermissionLevel::ReadOnly,
        ..Request::new("x")
    };
    assert_eq!(HostTool::of(&looks).expect("tools").len(), 3);
}

#[test]
fn only_schemas_without_loose_ends_are_closed() {
    let closed = |schema: Value| {
        let request = Request {
            schema: Some(schema.to_string()),
            ..Request::new("x")
        };
        closed_schema(&request).is_some()
    };
    let inner = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let outer = |inner: Value| {
        json!({ "type": "object", "properties": { "list": { "type": "array", "items": inner } },
            "additionalProperties": false })
    };
    assert!(closed(outer(inner)));
    assert!(!closed(outer(
        json!({ "type": "object", "properties": {} })
    )));
    assert!(!closed(outer(json!({ "$ref": "#/$defs/x" }))));
    assert!(!closed(json!({ "type": "array", "items": {} })));
    assert!(closed_schema(&Request::new("x")).is_none());
}

/// Says what it is told to: a list of JSON events.
#[derive(Default)]
struct Parrot {
    said: Vec<Value>,
    calls: Vec<Wanted>,
    text: String,
    done: bool,
}

impl Service for Parrot {
    const NAME: &'static str = "Parrot";
    const SIGN_IN: &'static str = "set PARROT";

    fn describe() -> Info {
        Info::service("parrot", Self::NAME)
    }

    fn begin(request: &Request, said: Vec<Value>, _: &mut Events) -> Result<Self, Error> {
        let mut parrot = Self {
            said,
            ..Self::default()
        };
        parrot.said.push(json!(request.prompt));
        Ok(parrot)
    }

    fn ask(&mut self) -> HttpRequest {
        self.calls.clear();
        HttpRequest::post("", "https://parrot.example", "/say", &json!(self.said))
    }

    fn on_event(&mut self, name: &str, data: &Value, events: &mut Events) {
        match name {
            "call" => self.calls.push(Wanted {
                id: "same".to_owned(),
                name: "read".to_owned(),
                arguments: data.to_string(),
            }),
            "done" => self.done = true,
            _ => {
                self.text = json::text(data, "/text").to_owned();
                events.text(&self.text);
            }
        }
    }

    fn on_answered(&mut self, _: &mut Events) -> Answered {
        Answered {
            complete: std::mem::take(&mut self.done),
            text: std::mem::take(&mut self.text),
            calls: std::mem::take(&mut self.calls),
            ..Answered::default()
        }
    }

    fn on_performed(&mut self, results: &[Performed]) {
        self.said.extend(
            results
                .iter()
                .map(|result| json!([result.id, result.output])),
        );
    }

    fn conversation(&self) -> &[Value] {
        &self.said
    }
}

#[test]
fn calls_are_told_apart_and_answered_in_their_order() {
    let two =
        Said::stream("event: call\ndata: 1\n\nevent: call\ndata: 2\n\nevent: done\ndata: 0\n\n");
    let end = Said::stream("data: {\"text\":\"ok\"}\n\nevent: done\ndata: 0\n\ndata: [DONE]\n\n");
    let held = hold::<Parrot>(Request::new("x"), &[two.clone(), two, end], echo).expect("a turn");
    let ids: Vec<_> = held.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["same", "same-2", "same-3", "same-4"]);
    assert_eq!(
        held.body(1),
        json!(["x", ["same", "read 1"], ["same", "read 2"]])
    );
    assert_eq!(finish(&held.events).text, "ok");
}

#[test]
fn answers_come_in_any_order_and_strange_ones_are_passed_over() {
    let mut dialogue = Dialogue::<Parrot>::new(Request::new("x"));
    let head = HttpResponse {
        status: 200,
        headers: Vec::new(),
    };
    let body = b"event: call\ndata: 1\n\nevent: call\ndata: 2\n\nevent: done\ndata: 0\n\n";
    for input in [
        Input::Begin,
        Input::Response(head),
        Input::Body(body.to_vec()),
        Input::Responded,
    ] {
        dialogue.next(input).expect("actions");
    }
    let result = |id: &str| {
        Input::Performed(ToolResult {
            id: id.to_owned(),
            ok: true,
            output: id.to_owned(),
            options: vec![("denied".to_owned(), "true".to_owned())],
        })
    };
    assert!(
        dialogue
            .next(result("nothing"))
            .expect("actions")
            .is_empty()
    );
    assert_eq!(dialogue.next(result("same-2")).expect("actions").len(), 1);
    assert!(
        dialogue.next(result("same-2")).expect("actions").is_empty(),
        "only once"
    );
    let actions = dialogue.next(result("same")).expect("actions");
    let Some(Action::Request(request)) = actions.last() else {
        panic!("it asks: {actions:?}");
    };
    let asked: Value = serde_json::from_slice(&request.body).expect("JSON");
    assert_eq!(asked, json!(["x", ["same", "same"], ["same", "same-2"]]));
    let ended = dialogue.next(Input::Cancelled).expect("actions");
    let Some(Action::Emit(Event::Finish(finish))) = ended.last() else {
        panic!("it ends: {ended:?}");
    };
    assert!(
        finish
            .options
            .contains(&("denied".to_owned(), "2".to_owned()))
    );
    assert!(
        dialogue.next(Input::Responded).expect("nothing").is_empty(),
        "and that is all"
    );
}

proptest! {
    #[test]
    fn whatever_the_order_there_is_at_most_one_finish(steps in prop::collection::vec(0..9_u8, 0..40)) {
        let mut dialogue = Dialogue::<Parrot>::new(Request::new("x"));
        let (mut finishes, mut asked, mut requests) = (0, false, 0);
        let begin = std::iter::once(Input::Begin);
        let input = |step: &u8| match step {
            0 => Input::Begin,
            1 => Input::Response(HttpResponse { status: 200, headers: Vec::new() }),
            2 => Input::Response(HttpResponse { status: 500, headers: Vec::new() }),
            3 => Input::Body(b"event: call\ndata: 1\n\nevent: done\ndata: 0\n\n".to_vec()),
            4 => Input::Body(b"event: done\ndata: 0\n\n".to_vec()),
            5 => Input::Responded,
            6 => Input::Performed(echo(&cm_sdk::engine::ToolCall {
                id: "same".to_owned(), name: String::new(), arguments: String::new(), options: Vec::new(),
            })),
            7 => Input::Exited(Some(0)),
            _ => Input::Cancelled,
        };
        for input in begin.chain(steps.iter().map(input)) {
            for action in dialogue.next(input).expect("actions") {
                prop_assert_eq!(finishes, 0, "nothing after the end");
                match action {
                    Action::Emit(Event::Finish(finish)) => {
                        finishes += 1;
                        prop_assert_eq!(finish.ok, finish.failure.is_none());
                    }
                    Action::Request(_) => { asked = true; requests += 1; }
                    _ => {}
                }
            }
        }
        prop_assert!(asked && requests < 60);
    }
}
