//! The engine guest, the same in every language that has one.

use cm_contract_tests::guest;
use cm_runtime::EngineAdapter;
use cm_types::{Action, Command, Finish, Framing, Input, Permissions, TurnEvent, TurnRequest};

fn engine(name: &str) -> Option<EngineAdapter> {
    guest(name).map(|component| {
        component
            .engine()
            .expect("it is an engine and imports nothing")
    })
}

fn request(prompt: &str, exit: &str) -> TurnRequest {
    TurnRequest {
        prompt: prompt.into(),
        model: None,
        effort: Some("low".into()),
        session: None,
        new_session: "b3c1".into(),
        permissions: Permissions::WorkspaceWrite,
        mcp_servers: Vec::new(),
        directory: "/tmp".into(),
        scratch: "/tmp".into(),
        instructions: None,
        schema: None,
        max_turns: None,
        fork: false,
        tools: Vec::new(),
        directories: Vec::new(),
        options: vec![("exit".into(), exit.into())],
    }
}

/// All actions of a turn that is told all of this.
fn turn(engine: &EngineAdapter, inputs: Vec<Input>) -> Vec<Action> {
    let mut turn = engine
        .turn(request("prompt é", "0"))
        .expect("the turn begins");
    inputs
        .into_iter()
        .flat_map(|input| turn.next(input).unwrap_or_else(|error| panic!("{error:?}")))
        .collect()
}

fn line(text: &str) -> Input {
    Input::Line(text.into())
}

fn events(actions: Vec<Action>) -> Vec<TurnEvent> {
    let event = |action| match action {
        Action::Emit(event) => Some(event),
        _ => None,
    };
    actions.into_iter().filter_map(event).collect()
}

fn finish(engine: &EngineAdapter, inputs: Vec<Input>) -> Finish {
    let Some(TurnEvent::Finish(finish)) = events(turn(engine, inputs)).pop() else {
        panic!("the last event must be `finish`");
    };
    finish
}

fn every_promise(guest: &str, id: &str) {
    let Some(engine) = engine(guest) else { return };
    let info = engine.describe().expect("it describes itself");
    assert_eq!(
        (info.id.as_str(), info.programs[0].name.as_str()),
        (id, "sh")
    );
    assert!(engine.diagnose(Vec::new()).expect("it diagnoses").installed);
    spawns_by_lines(&engine);
    decodes_lines(&engine);
    succeeds_only_with_a_code_and_a_last_line(&engine);
    survives_anything_that_a_program_prints(&engine);
}

fn spawns_by_lines(engine: &EngineAdapter) {
    let expected = Command {
        program: "sh".into(),
        arguments: vec!["-c".into(), "cat; exit \"$0\"".into(), "0".into()],
        environment: Vec::new(),
        stdin: Some("prompt é".into()),
        interactive: false,
        framing: Framing::Lines,
        files: Vec::new(),
        collect: Vec::new(),
        options: Vec::new(),
    };
    assert_eq!(turn(engine, vec![Input::Begin]), [Action::Spawn(expected)]);
}

fn decodes_lines(engine: &EngineAdapter) {
    let lines = [
        r#"{"type":"session","id":"s-1"}"#,
        r#"{"type":"text","text":"né 🙂"}"#,
        r#"{"type":"call","id":"c","name":"read","arguments":{"path":"a"}}"#,
        r#"{"type":"usage","input":2000000000,"output":7,"cost":0.25}"#,
        "no json",
        "",
    ];
    let events = events(turn(engine, lines.map(line).to_vec()));
    let [session, text, call, usage, notice] = events.as_slice() else {
        panic!("five events, not {events:?}");
    };
    assert_eq!(*session, TurnEvent::Session("s-1".into()));
    assert_eq!(*text, TurnEvent::Text("né 🙂".into()));
    assert!(
        matches!(call, TurnEvent::Call(call) if call.arguments == r#"{"path":"a"}"#),
        "{call:?}"
    );
    let TurnEvent::Usage(usage) = usage else {
        panic!("usage, not {usage:?}");
    };
    assert_eq!(
        (usage.input, usage.output, usage.cost_usd),
        (2_000_000_000, 7, Some(0.25))
    );
    assert!(
        matches!(notice, TurnEvent::Other(other) if other.kind == "notice"),
        "{notice:?}"
    );
}

fn succeeds_only_with_a_code_and_a_last_line(engine: &EngineAdapter) {
    let end = || line(r#"{"type":"end","text":"bye"}"#);
    let done = finish(engine, vec![Input::Begin, end(), Input::Exited(Some(0))]);
    assert_eq!(
        (done.ok, done.text.as_str(), done.failure),
        (true, "bye", None)
    );
    for (inputs, code) in [
        (vec![end(), Input::Exited(Some(3))], "exit"),
        (vec![end(), Input::Exited(None)], "exit"),
        (vec![Input::Exited(Some(0))], "cut"),
        (vec![Input::Cancelled, Input::Exited(None)], "cancelled"),
    ] {
        let finish = finish(engine, inputs);
        assert!(!finish.ok);
        assert_eq!(finish.failure.expect("a reason").code, code);
    }
}

fn survives_anything_that_a_program_prints(engine: &EngineAdapter) {
    for text in [
        "null",
        "[]",
        "1e999",
        r#"{"type":7}"#,
        r#"{"type":"text"}"#,
        r#"{"type":"session","id":{}}"#,
        r#"{"type":"call","id":null,"arguments":[1]}"#,
        r#"{"type":"usage","input":-1,"output":1.5,"cost":"much"}"#,
        r#"{"type":"end","text":[]}"#,
        "\u{fffd}\u{0}\u{2028}",
    ] {
        turn(
            engine,
            vec![
                line(text),
                Input::Stderr(vec![0xff, 0]),
                Input::Exited(Some(0)),
            ],
        );
    }
}

#[test]
fn javascript() {
    every_promise("js-engine", "echo-js");
}

#[test]
fn python() {
    every_promise("py-engine", "echo-py");
}
