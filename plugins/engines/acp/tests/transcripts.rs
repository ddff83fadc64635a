//! The adapter against what real agents said.

#[allow(dead_code)]
mod dialogue;

use cm_engine_acp::Acp;
use cm_sdk::engine::testing::{cut, event_json, finish, golden, joined, play};
use cm_sdk::engine::{Event, PermissionLevel, Request};
use dialogue::{Played, first, folder, request, second, stderr};
use proptest::prelude::*;

const WRITE: PermissionLevel = PermissionLevel::WorkspaceWrite;
const READ: PermissionLevel = PermissionLevel::ReadOnly;

/// An agent, a recording of it, and how far the agent may go.
const CASES: &[(&str, &str, PermissionLevel)] = &[
    ("claude", "plain", WRITE),
    ("claude", "401", WRITE),
    ("codex", "plain", WRITE),
    ("copilot", "plain", WRITE),
    ("copilot", "deny", READ),
    ("copilot", "401", WRITE),
    ("gemini", "plain", WRITE),
    ("gemini", "deny", READ),
    ("gemini", "401", WRITE),
    ("opencode", "plain", WRITE),
    ("opencode", "deny", WRITE),
    ("opencode", "401", WRITE),
    ("qwen", "deny", READ),
    ("qwen", "401", WRITE),
    ("vibe", "plain", WRITE),
    ("vibe", "deny", READ),
    ("vibe", "401", WRITE),
];

fn played(at: usize) -> Played {
    let (agent, case, level) = CASES[at];
    first(agent, case, request(agent, level), true)
}

fn code(events: &[Event]) -> Option<String> {
    finish(events)
        .failure
        .as_ref()
        .map(|failure| failure.code.clone())
}

fn usage(events: &[Event]) -> (u32, u32, u32, Option<f64>) {
    let mut sum = (0, 0, 0, None);
    for event in events {
        if let Event::Usage(usage) = event {
            sum.0 += usage.input;
            sum.1 += usage.cached;
            sum.2 += usage.output;
            sum.3 = usage
                .cost_usd
                .map(|cost| (cost * 1e6).round() / 1e6)
                .or(sum.3);
        }
    }
    sum
}

#[test]
fn recordings_decode_to_the_same_events_and_are_answered_in_the_same_way() {
    for (at, (agent, case, _)) in CASES.iter().enumerate() {
        let played = played(at);
        let events: Vec<_> = joined(played.events.clone())
            .iter()
            .map(event_json)
            .collect();
        let name = format!("{agent}-{case}.jsonl");
        golden(&folder().join("events").join(&name), &events);
        golden(&folder().join("written").join(&name), &played.written);
        golden(&folder().join("received").join(&name), &played.received);
    }
}

#[test]
fn the_answer_is_the_last_message() {
    for (agent, path) in [
        ("claude", "/tmp/engines/w/claude/acp.txt"),
        ("codex", "/tmp/engines/w/codex/acp.txt"),
        ("copilot", "/tmp/engines/w/copilot/acp.txt"),
        ("gemini", "/tmp/engines/w/gemini/acp.txt"),
        ("opencode", "/tmp/engines/w/opencode/acp.txt"),
        ("vibe", "/srv/project/vibe/acp.txt"),
    ] {
        let played = first(agent, "plain", request(agent, WRITE), true);
        let finish = finish(&played.events);
        assert!(finish.ok, "{agent}: {finish:?}");
        assert_eq!(
            finish.text,
            format!("Done: wrote hello to {path}."),
            "{agent}"
        );
    }
}

#[test]
fn an_error_is_never_an_answer() {
    for agent in ["claude", "copilot", "gemini", "opencode", "qwen", "vibe"] {
        let played = first(agent, "401", request(agent, WRITE), true);
        let finish = finish(&played.events);
        assert!(!finish.ok && finish.text.is_empty(), "{agent}: {finish:?}");
        let failure = finish.failure.as_ref().expect("a failure");
        assert_eq!(failure.code, "not-signed-in", "{agent}: {failure:?}");
        assert!(
            !failure.retry && failure.message.contains("run `"),
            "{failure:?}"
        );
    }
}

#[test]
fn usage_is_that_of_the_turn_whatever_the_numbers_mean() {
    let turns = [
        (
            "claude",
            (2500, 1400, 57, Some(0.00592)),
            (100, 0, 20, Some(0.0009)),
        ),
        // The counts of its last step are all that it tells; the money is right.
        (
            "opencode",
            (1300, 1200, 12, Some(0.004155)),
            (100, 0, 20, Some(0.0006)),
        ),
        (
            "vibe",
            (2500, 1400, 57, Some(0.008355)),
            (100, 0, 20, Some(0.0006)),
        ),
    ];
    for (agent, one, two) in turns {
        let played = first(agent, "plain", request(agent, WRITE), true);
        assert_eq!(usage(&played.events), one, "{agent}");
        let mut next = request(agent, WRITE);
        let given: serde_json::Map<_, _> = finish(&played.events)
            .options
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect();
        let previous = serde_json::Value::Object(given).to_string();
        next.options.push(("previous".to_owned(), previous));
        let again = second(agent, "plain", next);
        assert_eq!(usage(&again.events), two, "{agent} again");
        assert!(finish(&again.events).ok);
        assert!(
            finish(&again.events)
                .text
                .starts_with("Earlier user messages")
        );
    }
    // It counts anew in every program, as a turn of a resumed session showed.
    let copilot = first("copilot", "plain", request("copilot", WRITE), true);
    assert_eq!(usage(&copilot.events), (2500, 1400, 57, None));
    let gemini = first("gemini", "plain", request("gemini", WRITE), true);
    assert_eq!(usage(&gemini.events), (2500, 0, 57, None));
    let qwen = first("qwen", "deny", request("qwen", READ), true);
    assert_eq!(usage(&qwen.events), (100, 0, 20, None));
}

#[test]
fn what_a_resumed_session_had_used_before_is_marked_when_it_is_not_known() {
    let again = second("vibe", "plain", request("vibe", WRITE));
    let marked = again.events.iter().any(|event| {
        matches!(event, Event::Usage(usage)
            if usage.input == 2600 && usage.options.iter().any(|(name, _)| name == "cumulative"))
    });
    assert!(marked, "{:?}", again.events);
}

#[test]
fn what_is_refused_is_counted_and_not_done() {
    for (agent, option) in [
        ("copilot", "reject_once"),
        ("gemini", "cancel"),
        ("qwen", "cancel"),
        ("vibe", "reject_once"),
    ] {
        let played = first(agent, "deny", request(agent, READ), true);
        let refusal = played.answers()[0];
        assert_eq!(refusal["result"]["outcome"]["optionId"], option, "{agent}");
        let asked = played
            .events
            .iter()
            .any(|event| matches!(event, Event::Ask(_)));
        assert!(
            !asked,
            "{agent}: nobody is asked about a write at `read-only`"
        );
        let denied = ("denied".to_owned(), "1".to_owned());
        assert!(finish(&played.events).options.contains(&denied), "{agent}");
        let outcome = played.events.iter().find_map(|event| match event {
            Event::Outcome(outcome) => Some(outcome.ok),
            _ => None,
        });
        assert_eq!(outcome, Some(false), "{agent}");
    }
}

#[test]
fn what_lies_outside_is_asked_about() {
    for (grant, option) in [(true, "allow-once"), (false, "reject")] {
        let mut outside = request("claude", WRITE);
        outside.directory = "/srv/project/clau".to_owned();
        let played = first("claude", "plain", outside, grant);
        let ask = played.events.iter().find_map(|event| match event {
            Event::Ask(ask) => Some(ask),
            _ => None,
        });
        let ask = ask.expect("a question");
        assert_eq!(ask.tool, "Write");
        assert!(ask.arguments.contains("/srv/project/claude/acp.txt"));
        assert_eq!(played.answers()[0]["result"]["outcome"]["optionId"], option);
    }
}

#[test]
fn a_request_that_is_not_known_is_answered() {
    let played = first("qwen", "deny", request("qwen", READ), true);
    let unknown = played.answers()[1];
    assert_eq!(
        (unknown["id"].as_u64(), unknown["error"]["code"].as_i64()),
        (Some(1), Some(-32601))
    );
}

#[test]
fn a_turn_that_is_over_is_over_however_the_agent_leaves() {
    let played = played(0);
    for code in [Some(0), Some(143), None] {
        let events = play::<Acp>(request("claude", WRITE), &[&played.bytes()], b"", code);
        assert!(finish(&events).ok);
    }
    let bytes = played.bytes();
    let end = bytes[..bytes.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap_or(0);
    let events = play::<Acp>(request("claude", WRITE), &[&bytes[..end]], b"", Some(0));
    assert_eq!(code(&events).as_deref(), Some("no-terminal-event"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_of_the_bytes_gives_the_same_events(at in 0..CASES.len(), places in prop::collection::vec(any::<usize>(), 0..40)) {
        let (agent, case, level) = CASES[at];
        let played = played(at);
        let bytes = played.bytes();
        let pieces = cut(&bytes, &places);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let events = play::<Acp>(request(agent, level), &pieces, &stderr(agent, case), None);
        prop_assert_eq!(events, played.events);
    }

    #[test]
    fn what_is_cut_off_is_no_success(at in 0..CASES.len(), end in any::<usize>(), code in prop::option::of(-1..300_i32)) {
        let (agent, _, level) = CASES[at];
        let bytes = played(at).bytes();
        let last = bytes.trim_ascii_end().len();
        let events = play::<Acp>(request(agent, level), &[&bytes[..end % last]], b"", code);
        prop_assert!(!finish(&events).ok);
    }

    #[test]
    fn damaged_bytes_end_in_one_finish(at in 0..CASES.len(), damage in prop::collection::vec((any::<usize>(), any::<u8>()), 1..30), code in prop::option::of(-1..300_i32)) {
        let (agent, _, level) = CASES[at];
        let mut bytes = played(at).bytes();
        let length = bytes.len();
        for (place, byte) in damage {
            bytes[place % length] = byte;
        }
        finish(&play::<Acp>(request(agent, level), &[&bytes], b"", code));
    }

    #[test]
    fn garbage_is_a_failure(bytes in prop::collection::vec(any::<u8>(), 0..2000), code in prop::option::of(-1..300_i32)) {
        let asked = Request { options: vec![("engine".to_owned(), "acp-vibe".to_owned())], ..Request::new("x") };
        prop_assert!(!finish(&play::<Acp>(asked, &[&bytes], &bytes, code)).ok);
    }
}
