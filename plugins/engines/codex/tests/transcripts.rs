//! The adapter on what the real program said.

mod recorded;

use cm_engine_codex::Codex;
use cm_sdk::engine::testing::{event_json, finish, golden, joined, play, recordings_hold};
use cm_sdk::engine::{Event, Input, PermissionLevel, Request};
use recorded::{Played, Talk, case, cases, folder};
use serde_json::{Value, json};

/// The code of the failure with which it ended.
fn code(events: &[Event]) -> Option<&str> {
    let failure = finish(events).failure.as_ref();
    failure.map(|failure| failure.code.as_str())
}

fn asks(played: &Played) -> Vec<String> {
    let asks = played.events.iter().filter_map(|event| match event {
        Event::Ask(ask) => Some(format!("{} {}", ask.tool, ask.arguments)),
        _ => None,
    });
    asks.collect()
}

/// What the adapter answered to requests of the program.
fn answers(played: &Played) -> Vec<&Value> {
    let answers = played.written.iter().filter_map(|line| line.get("result"));
    answers.collect()
}

fn usage(events: &[Event]) -> (u32, u32, u32) {
    events.iter().fold((0, 0, 0), |sum, event| match event {
        Event::Usage(usage) => (
            sum.0 + usage.input,
            sum.1 + usage.cached,
            sum.2 + usage.output,
        ),
        _ => sum,
    })
}

#[test]
fn recordings_decode_to_the_same_events_as_before_whatever_happens_to_them() {
    let cases = cases();
    // Nobody stops the others.
    let whole = cases.iter().filter(|case| case.cancelled_after.is_none());
    let recordings: Vec<_> = whole.map(recorded::Case::recording).collect();
    recordings_hold::<Codex>(&recordings, &folder().join("events"));
}

/// What is in `written` is what the program was really told when it was recorded.
#[test]
fn the_program_is_told_the_same_as_when_it_was_recorded() {
    for case in cases() {
        let played = case.play();
        let events: Vec<_> = joined(played.events).iter().map(event_json).collect();
        let name = format!("{}.jsonl", case.name);
        golden(&folder().join("events").join(&name), &events);
        if case.wrote {
            golden(&folder().join("written").join(&name), &played.written);
        }
        // An answer may come late, and is counted once all the same.
        let late = case.play_late();
        let late_events: Vec<_> = joined(late.events).iter().map(event_json).collect();
        assert_eq!(late_events, events, "{}", case.name);
        assert_eq!(late.written, played.written, "{}", case.name);
    }
}

#[test]
fn the_answer_is_the_last_message() {
    for (name, answer) in [
        ("plain", "nothing scripted"),
        ("write", "Done: wrote hello to /srv/project/a.txt."),
        ("patch", "Patched b.txt."),
        ("schema", "{\"ok\":true}"),
        ("mcp", "Noted."),
        ("flaky", "Recovered."),
    ] {
        let played = case(name).play();
        let finish = finish(&played.events);
        assert!(finish.ok && played.done, "{name}: {finish:?}");
        assert_eq!(finish.text, answer);
    }
}

#[test]
fn an_error_text_is_never_an_answer() {
    for (name, failure) in [
        ("401", "not-signed-in"),
        ("nokey", "not-signed-in"),
        ("nomodel", "bad-model"),
        ("429", "rate-limit"),
        ("529", "overloaded"),
        ("quota", "no-credit"),
        ("limited", "usage-limit"),
        ("maxtok", "max-tokens"),
        ("toolong", "prompt-too-long"),
        ("badresume", "unknown-session"),
        ("badserver", "server-failed"),
        ("badconfig", "exit-code"),
        ("badflag", "bad-flag"),
        ("cancelled", "cancelled"),
        ("killed", "killed"),
    ] {
        let played = case(name).play();
        assert_eq!(code(&played.events), Some(failure), "{name}");
        assert_eq!(finish(&played.events).text, "", "{name}");
    }
}

#[test]
fn success_needs_the_end_of_the_turn() {
    let plain = case("plain");
    let request = || plain.request.clone();
    // Who has said all and does not leave is stopped.
    for (exit, ok) in [
        (Some(0), true),
        (None, true),
        (Some(143), true),
        (Some(1), false),
    ] {
        let events = play::<Codex>(request(), &[plain.stdout()], b"", exit);
        assert_eq!(finish(&events).ok, ok, "{exit:?}");
    }
    let whole = plain.stdout();
    let end = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    let events = play::<Codex>(request(), &[&whole[..end]], b"", Some(0));
    assert_eq!(code(&events), Some("no-terminal-event"));
}

#[test]
fn usage_is_that_of_the_turn_and_not_of_the_session() {
    for (name, used) in [
        ("write", (2500, 1400, 57)),
        // In both, what the session had used before is told first.
        ("resume", (100, 0, 20)),
        ("fork", (100, 0, 20)),
        // What Codex calls the last tokens is nothing here.
        ("maxtok", (100, 0, 20)),
        ("mcp", (300, 0, 60)),
        ("429", (0, 0, 0)),
    ] {
        assert_eq!(usage(&case(name).play().events), used, "{name}");
    }
}

#[test]
fn the_same_session_goes_on_and_a_copy_has_another_name() {
    let session = |name: &str| {
        let events = case(name).play().events;
        let told = events.iter().find_map(|event| match event {
            Event::Session(session) => Some(session.clone()),
            _ => None,
        });
        told.expect("a session")
    };
    assert_eq!(session("resume"), session("write"));
    assert_ne!(session("fork"), session("write"));
}

#[test]
fn what_leaves_the_sandbox_is_asked_for() {
    let yes = json!({ "decision": "accept" });
    let no = json!({ "decision": "decline" });
    for (name, tool) in [
        ("granted", "commandExecution {\"command\""),
        ("denied", "commandExecution {\"command\""),
        ("patchdenied", "fileChange {\"changes\":[{\"diff\":\"hello"),
    ] {
        let recorded = case(name).play();
        assert!(
            asks(&recorded)[0].starts_with(tool),
            "{recorded:?}",
            recorded = asks(&recorded)
        );
        for grants in [true, false] {
            let played = case(name).play_as(grants);
            assert_eq!(
                answers(&played),
                [if grants { &yes } else { &no }],
                "{name}"
            );
        }
    }
    let denied = ("denied".to_owned(), "1".to_owned());
    assert!(
        finish(&case("denied").play().events)
            .options
            .contains(&denied)
    );
    let granted = case("granted").play();
    assert!(!finish(&granted.events).options.contains(&denied));
    // A word for everything like it: without the reason, which is another one each time.
    let pattern = granted.events.iter().find_map(|event| match event {
        Event::Ask(ask) => ask.options.first().cloned(),
        _ => None,
    });
    let kind = "/bin/bash -lc 'touch /srv/outside1' (in /srv/project)";
    assert_eq!(pattern, Some(("pattern".to_owned(), kind.to_owned())));
}

#[test]
fn tools_of_servers_that_were_not_granted_are_asked_for() {
    let served = case("mcpdenied").play();
    assert_eq!(asks(&served), ["notes.add {\"text\":\"milk\"}"]);
    assert_eq!(answers(&served), [&json!({ "action": "decline" })]);
    let once = ("denied".to_owned(), "1".to_owned());
    assert!(finish(&served.events).options.contains(&once));
    let given = case("mcpdenied").play_as(true);
    let yes = json!({ "action": "accept", "content": {} });
    assert_eq!(answers(&given), [&yes]);
    assert!(asks(&case("mcp").play()).is_empty());
}

#[test]
fn who_may_do_everything_is_not_asked() {
    let mut full = case("denied");
    full.request.permissions = PermissionLevel::Full;
    let played = full.play();
    assert!(asks(&played).is_empty());
    assert_eq!(answers(&played), [&json!({ "decision": "accept" })]);
}

/// A turn that has begun, in the thread `t`.
fn begun(request: Request) -> Talk {
    let mut talk = Talk::new(request, true);
    talk.say(&json!({ "id": 1, "result": {} }));
    talk.say(&json!({ "id": 2, "result": { "thread": { "id": "t" } } }));
    talk.say(&json!({ "id": 3, "result": { "turn": { "id": "u" } } }));
    talk
}

fn completed(status: &str, error: &Value) -> Value {
    json!({ "method": "turn/completed", "params": {
        "threadId": "t", "turn": { "id": "u", "status": status, "error": error },
    } })
}

fn item(method: &str, item: &Value) -> Value {
    json!({ "method": method, "params": { "threadId": "t", "turnId": "u", "item": item } })
}

#[test]
fn a_turn_is_interrupted_when_it_is_to_end() {
    let interrupt = |id: u64| {
        json!({ "id": id, "method": "turn/interrupt",
            "params": { "threadId": "t", "turnId": "u" } })
    };
    let mut talk = begun(Request::new("x"));
    talk.put(Input::Cancelled);
    assert_eq!(talk.last(), &interrupt(4));
    talk.say(&json!({ "id": 4, "result": {} }));
    talk.say(&completed("interrupted", &Value::Null));
    let played = talk.end(Some(0));
    assert!(played.done);
    assert_eq!(code(&played.events), Some("cancelled"));

    // It was not known yet what is to be interrupted.
    let mut talk = Talk::new(Request::new("x"), true);
    talk.say(&json!({ "id": 1, "result": {} }));
    talk.say(&json!({ "id": 2, "result": { "thread": { "id": "t" } } }));
    talk.put(Input::Cancelled);
    assert_eq!(talk.last()["method"], "turn/start");
    talk.say(&json!({ "id": 3, "result": { "turn": { "id": "u" } } }));
    assert_eq!(talk.last(), &interrupt(4));

    // Nothing was asked yet, and nothing is.
    let mut talk = Talk::new(Request::new("x"), true);
    talk.put(Input::Cancelled);
    talk.say(&json!({ "id": 1, "result": {} }));
    assert_eq!(talk.last()["method"], "initialize");
    assert_eq!(code(&talk.end(None).events), Some("cancelled"));
}

#[test]
fn a_service_that_cannot_be_reached_is_not_waited_for_without_end() {
    let mut talk = begun(Request::new("x"));
    let waits = json!({ "method": "error", "params": {
        "threadId": "t", "turnId": "u", "willRetry": true,
        "error": {
            "message": "Reconnecting... waiting for network",
            "additionalDetails": "Connection failed: error sending request",
        },
    } });
    for _ in 0..4 {
        talk.say(&waits);
    }
    // It was there again.
    talk.say(&item(
        "item/started",
        &json!({ "type": "reasoning", "id": "r" }),
    ));
    for _ in 0..4 {
        talk.say(&waits);
    }
    assert_eq!(talk.last()["method"], "turn/start");
    talk.say(&waits);
    assert_eq!(talk.last()["method"], "turn/interrupt");
    let played = talk.end(Some(0));
    assert!(played.done);
    let failure = finish(&played.events).failure.as_ref().expect("a failure");
    assert!(failure.code == "network" && failure.retry, "{failure:?}");
}

#[test]
fn a_usage_limit_says_when_it_ends() {
    let limits = |primary: u32, secondary: u32| {
        json!({ "method": "account/rateLimits/updated", "params": { "rateLimits": {
            "primary": { "usedPercent": primary, "resetsAt": 1_800_000_000_u32 },
            "secondary": { "usedPercent": secondary, "resetsAt": 1_900_000_000_u32 },
        } } })
    };
    let error = json!({ "message": "No more for now.", "codexErrorInfo": "usageLimitExceeded" });
    for (told, until) in [
        (limits(100, 40), Some(1.8e12)),
        (limits(100, 100), Some(1.9e12)),
        (limits(30, 40), None),
    ] {
        let mut talk = begun(Request::new("x"));
        talk.say(&told);
        // A later word that has none of them.
        talk.say(&json!({ "method": "account/rateLimits/updated",
            "params": { "rateLimits": { "primary": null, "secondary": null } } }));
        talk.say(&completed("failed", &error));
        let events = talk.end(Some(0)).events;
        let limit = events.iter().find_map(|event| match event {
            Event::Limit(limit) => Some(limit),
            _ => None,
        });
        let limit = limit.unwrap_or_else(|| panic!("no limit in {events:?}"));
        assert_eq!((limit.until_ms, limit.scope.as_str()), (until, "account"));
        assert_eq!(code(&events), Some("usage-limit"));
    }
}

#[test]
fn errors_are_told_apart_by_their_names() {
    let at = |name: &str, status: u16| json!({ name: { "httpStatusCode": status } });
    for (info, failure) in [
        (json!("contextWindowExceeded"), "prompt-too-long"),
        (json!("rateLimitExceeded"), "rate-limit"),
        (json!("serverOverloaded"), "overloaded"),
        (json!("modelNotFound"), "bad-model"),
        (json!("unauthorized"), "not-signed-in"),
        (json!("internalServerError"), "api-error"),
        (json!("cyberPolicy"), "refused"),
        (json!("other"), "api-error"),
        (at("httpConnectionFailed", 403), "not-signed-in"),
        (at("responseTooManyFailedAttempts", 429), "rate-limit"),
        (at("responseStreamDisconnected", 503), "overloaded"),
        (json!({ "newKind": null }), "api-error"),
        (Value::Null, "api-error"),
    ] {
        let mut talk = begun(Request::new("x"));
        let error = json!({ "message": "It went wrong.", "codexErrorInfo": info });
        talk.say(&completed("failed", &error));
        let events = talk.end(Some(0)).events;
        assert_eq!(code(&events), Some(failure), "{info}");
    }
}

#[test]
fn all_kinds_of_tools_are_told() {
    let mut talk = begun(Request::new("x"));
    let search = json!({ "type": "webSearch", "id": "a", "query": "cats", "action": null });
    talk.say(&item("item/started", &search));
    talk.say(&item("item/completed", &search));
    talk.say(&item(
        "item/completed",
        &json!({ "type": "commandExecution", "id": "b",
        "command": "false", "cwd": "/", "status": "completed", "exitCode": 1,
        "aggregatedOutput": "no", "commandActions": [], "processId": "7" }),
    ));
    talk.say(&item(
        "item/completed",
        &json!({ "type": "newTool", "id": "c", "what": 1,
        "status": "failed" }),
    ));
    talk.say(&item(
        "item/started",
        &json!({ "type": "fileChange", "id": "d", "changes": [] }),
    ));
    talk.say(&item(
        "item/completed",
        &json!({ "type": "contextCompaction", "id": "e" }),
    ));
    // A helper's tools are its own affair.
    talk.say(
        &json!({ "method": "item/started", "params": { "threadId": "other",
        "item": { "type": "commandExecution", "id": "f", "command": "ls" } } }),
    );
    talk.say(&completed("completed", &Value::Null));
    let events = talk.end(Some(0)).events;
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Call(call) => Some(format!("{} {} {}", call.id, call.name, call.arguments)),
            Event::Outcome(outcome) => {
                Some(format!("{} {} {}", outcome.id, outcome.ok, outcome.output))
            }
            Event::Other(other) => Some(other.kind.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            r#"a webSearch {"query":"cats"}"#,
            "a true ",
            r#"b commandExecution {"command":"false","cwd":"/"}"#,
            "b false no",
            r#"c newTool {"what":1}"#,
            "c false ",
            r#"d fileChange {"changes":[]}"#,
            "compaction",
            "d false Codex did not tell how this ended.",
        ]
    );
}

#[test]
fn what_is_said_aside_is_not_the_answer() {
    let mut talk = begun(Request::new("x"));
    let said = |id: &str, text: &str, phase: Value| {
        item(
            "item/completed",
            &json!({ "type": "agentMessage", "id": id, "text": text, "phase": phase }),
        )
    };
    // A piece that was told is not told again, and what was missing is.
    talk.say(&json!({ "method": "item/agentMessage/delta", "params": {
        "threadId": "t", "turnId": "u", "itemId": "a", "delta": "It is " } }));
    talk.say(&said("a", "It is done.", json!("final_answer")));
    talk.say(&said("b", "Now I rest.", json!("commentary")));
    talk.say(&completed("completed", &Value::Null));
    let events = joined(talk.end(Some(0)).events);
    assert_eq!(finish(&events).text, "It is done.");
    assert!(events.contains(&Event::Text("It is done.\n\nNow I rest.".to_owned())));
}

#[test]
fn questions_that_nobody_can_answer_are_answered_all_the_same() {
    let mut talk = begun(Request::new("x"));
    talk.say(
        &json!({ "id": 7, "method": "item/tool/requestUserInput", "params": {
        "threadId": "t", "questions": [{ "id": "q", "question": "Tabs or spaces?" }] } }),
    );
    let answer = &talk.last()["result"]["answers"]["q"]["answers"][0];
    assert!(
        answer
            .as_str()
            .is_some_and(|answer| answer.contains("decide"))
    );
    talk.say(&json!({ "id": 8, "method": "mcpServer/elicitation/request", "params": {
        "threadId": "t", "serverName": "s", "mode": "form", "message": "Your name?",
        "requestedSchema": { "type": "object", "properties": { "name": { "type": "string" } } } } }));
    assert_eq!(
        talk.last(),
        &json!({ "id": 8, "result": { "action": "decline" } })
    );
    talk.say(&json!({ "id": "x", "method": "attestation/generate", "params": {} }));
    assert_eq!(talk.last()["error"]["code"], -32601);
    // More rights than the sandbox has, for this turn alone.
    talk.say(&json!({ "id": 9, "method": "item/permissions/requestApproval", "params": {
        "threadId": "t", "itemId": "i", "cwd": "/", "permissions": { "network": { "enabled": true } } } }));
    assert_eq!(
        talk.last(),
        &json!({ "id": 9, "result": {
            "permissions": { "network": { "enabled": true } }, "scope": "turn" } })
    );
}
