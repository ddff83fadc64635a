//! Scripts, played by the real shell.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use cm_engine_scripted::{Script, Scripted};
use cm_sdk::engine::testing::{command_json, cut, event_json, finish, golden, joined, plan, play};
use cm_sdk::engine::{Adapter, Error, Event, Finding, McpServer, PermissionLevel, Request};
use proptest::prelude::*;
use serde_json::{Value, json};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn request(script: &Value) -> Request {
    let mut request = Request::new("Fix the test\nplease");
    request.options = vec![
        ("script".to_owned(), script.to_string()),
        ("agent".to_owned(), "builder".to_owned()),
        ("occurrence".to_owned(), "1".to_owned()),
    ];
    request
}

/// Really starts what the adapter plans.
struct Played {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    code: Option<i32>,
    events: Vec<Event>,
}

fn run_in(folder: &Path, request: Request) -> Played {
    run_with(folder, request, &[])
}

fn run_with(folder: &Path, request: Request, variables: &[(&str, &Path)]) -> Played {
    let command = plan::<Scripted>(request.clone()).expect("a plan");
    let mut child = Process::new(&command.program)
        .args(&command.arguments)
        .current_dir(folder)
        .env_remove("CM_DIRECTIVE")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let text = command.stdin.unwrap_or_default();
    let writer = std::thread::spawn(move || {
        // A script that ends early closes the pipe.
        let _ = stdin.write_all(text.as_bytes());
    });
    let output = child.wait_with_output().expect("sh ends");
    writer.join().expect("the writer ends");
    let code = output.status.code();
    let events = joined(play::<Scripted>(
        request,
        &[&output.stdout],
        &output.stderr,
        code,
    ));
    Played {
        stdout: output.stdout,
        stderr: output.stderr,
        code,
        events,
    }
}

fn run(request: Request) -> Played {
    let folder = tempfile::tempdir().expect("a folder");
    run_in(folder.path(), request)
}

fn one(steps: Value) -> Value {
    json!({ "rules": [{ "do": steps }] })
}

fn failure(events: &[Event]) -> Option<String> {
    finish(events)
        .failure
        .as_ref()
        .map(|failure| failure.code.clone())
}

#[test]
fn a_script_says_thinks_writes_edits_and_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let nasty = "it's $HOME `id` \\n \"q\" %s\n\ttab é\n";
    let script = one(json!([
        { "think": "Hm, {agent}." },
        { "write": { "path": "a/b c.txt", "text": nasty } },
        { "edit": { "path": "a/b c.txt", "old": "`id` \\n", "new": "*'[x]'*" } },
        { "edit": { "path": "a/b c.txt", "old": "not there", "new": "" } },
        { "run": "cat 'a/b c.txt'; echo '{\"type\":\"end\"}'; exit 3" },
        { "tool": { "name": "search", "arguments": { "q": 1 }, "output": "none", "denied": true } },
        { "retry": "overloaded" },
        { "print": "not of the protocol" },
        { "say": "Fixed {first-line} at {occurrence}, {unknown}." }
    ]));
    let played = run_in(folder.path(), request(&script));
    let written = std::fs::read_to_string(folder.path().join("a/b c.txt")).expect("a file");
    assert_eq!(written, nasty.replace("`id` \\n", "*'[x]'*"));
    let values: Vec<Value> = played.events.iter().map(event_json).collect();
    golden(&here().join("tests/events.jsonl"), &values);
}

#[test]
fn without_a_script_the_prompt_is_echoed() {
    let played = run(Request::new("What is this?\nSay."));
    let finish = finish(&played.events);
    assert!(finish.ok);
    assert_eq!(finish.text, "You asked: What is this?");
    let values: Vec<Value> = played.events.iter().map(event_json).collect();
    golden(&here().join("tests/echo.jsonl"), &values);
}

#[test]
fn the_command_is_as_before() {
    let script = one(
        json!([{ "write": { "path": "x", "text": "it's" } }, { "sleep": 0.25 }, { "say": "ok" }]),
    );
    golden(
        &here().join("tests/commands.jsonl"),
        &[command_json(
            &plan::<Scripted>(request(&script)).expect("a plan"),
        )],
    );
}

#[test]
fn every_way_to_fail_is_a_failure_with_its_own_name() {
    let cases = [
        (json!([{ "say": "x" }, { "exit": 0 }]), "no-terminal-event"),
        (json!([{ "say": "x" }, { "exit": 7 }]), "exit-code"),
        (json!([{ "kill": "KILL" }]), "killed"),
        (
            json!([{ "fail": { "code": "api-error", "message": "m", "retry": true } }]),
            "api-error",
        ),
        (
            json!([{ "limit": { "message": "limit reached", "until-ms": 1.7e12 } }]),
            "usage-limit",
        ),
        (
            json!([{ "bytes": "ff fe 00 c3 28" }, { "exit": 1 }]),
            "exit-code",
        ),
    ];
    for (steps, code) in cases {
        let played = run(request(&one(steps.clone())));
        assert_eq!(failure(&played.events).as_deref(), Some(code), "{steps}");
        assert!(finish(&played.events).text.is_empty());
    }
    let played = run(request(&json!({ "rules": [{ "answer": "x", "exit": 2 }] })));
    assert_eq!(failure(&played.events).as_deref(), Some("exit-code"));
}

#[test]
fn a_limit_is_told_as_one() {
    let played = run(request(&one(
        json!([{ "limit": { "message": "m", "until-ms": 1.7e12, "retry-after-ms": 5 } }]),
    )));
    let limit = played.events.iter().find_map(|event| match event {
        Event::Limit(limit) => Some(limit.clone()),
        _ => None,
    });
    let limit = limit.expect("a limit");
    assert_eq!(
        (limit.until_ms, limit.scope.as_str()),
        (Some(1.7e12), "account")
    );
    assert_eq!(
        limit.options,
        [("retry-after-ms".to_owned(), "5".to_owned())]
    );
}

#[test]
fn a_limit_is_over_when_its_file_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = one(json!([
        { "limit": { "message": "m", "retry-after-ms": 5, "unless": "it's over" } },
        { "say": "Now." },
    ]));
    let played = run_in(folder.path(), request(&script));
    assert_eq!(failure(&played.events).as_deref(), Some("usage-limit"));
    std::fs::write(folder.path().join("it's over"), "").expect("a file");
    let played = run_in(folder.path(), request(&script));
    assert_eq!(finish(&played.events).text, "Now.");
}

#[test]
fn a_flood_and_broken_text_do_no_harm() {
    let script = one(json!([
        { "flood": { "lines": 20000, "width": 300 } },
        { "flood": { "lines": 1, "width": 9_000_000 } },
        { "bytes": "c3 28 ff" },
        { "stderr": "careful" },
        { "flood": { "lines": 2, "width": 3, "say": true } },
        { "say": "still here" }
    ]));
    let played = run(request(&script));
    let finish = finish(&played.events);
    assert!(finish.ok, "{finish:?}");
    assert_eq!(finish.text, "still here");
    assert!(played.events.len() < 100, "notices have an end");
    assert!(
        finish
            .options
            .contains(&("notices".to_owned(), "20002".to_owned())),
        "{finish:?}"
    );
    assert_eq!(played.stderr, b"careful\n");
}

#[test]
fn nothing_is_changed_in_a_read_only_turn() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = one(
        json!([{ "write": { "path": "x", "text": "y" } }, { "run": "touch z" }, { "say": "done" }]),
    );
    let mut request = request(&script);
    request.permissions = PermissionLevel::ReadOnly;
    let played = run_in(folder.path(), request);
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        0
    );
    assert!(
        finish(&played.events)
            .options
            .contains(&("denied".to_owned(), "2".to_owned()))
    );
    let refused = played
        .events
        .iter()
        .filter(|event| matches!(event, Event::Outcome(outcome) if !outcome.ok))
        .count();
    assert_eq!(refused, 2);
}

#[test]
fn the_first_rule_that_matches_is_played() {
    let script = json!({
        "rules": [
            { "agent": "other", "answer": "a" },
            { "contains": "nowhere", "answer": "b" },
            { "occurrence": 0, "answer": "c" },
            { "agent": "builder", "contains": "please", "occurrence": 1, "answer": { "verdict": "d" } },
            { "answer": "e" }
        ],
        "default": { "answer": "f" }
    });
    assert_eq!(
        finish(&run(request(&script)).events).text,
        r#"{"verdict":"d"}"#
    );
    let mut other = request(&script);
    other.options[2].1 = "0".to_owned();
    assert_eq!(finish(&run(other).events).text, "c");
    let none = json!({ "rules": [{ "agent": "x", "answer": "a" }], "default": { "answer": "f" } });
    assert_eq!(finish(&run(request(&none)).events).text, "f");
}

#[test]
fn a_rule_may_be_for_conversations_that_go_on() {
    let script = json!({ "rules": [
        { "session": "continued", "answer": "again" },
        { "session": "new", "answer": "first" }
    ] });
    assert_eq!(finish(&run(request(&script)).events).text, "first");
    let again = Request {
        session: Some("scripted-7".to_owned()),
        ..request(&script)
    };
    assert_eq!(finish(&run(again).events).text, "again");
    let unknown = request(&json!({ "rules": [{ "session": "old", "answer": "x" }] }));
    assert!(plan::<Scripted>(unknown).is_err());
}

/// A stand-in for `cm`: it prints what it was given, and fails when it is told to.
const HOST: &str = r#"#!/bin/sh
printf '%s|' "$CM_MCP" "$@"
case $4 in (*fail*) exit 1 ;; esac
"#;

fn outcomes(events: &[Event]) -> Vec<(bool, String)> {
    let outcomes = events.iter().filter_map(|event| match event {
        Event::Outcome(outcome) => Some((outcome.ok, outcome.output.clone())),
        _ => None,
    });
    outcomes.collect()
}

#[test]
fn a_call_really_uses_the_hosts_tool_at_every_level() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("it's cm");
    std::fs::write(&program, HOST).expect("a program");
    let script = one(json!([
        { "call": { "tool": "write_state", "arguments": { "key": "it's $HOME", "value": "`id`" } } },
        { "call": { "tool": "list_agents" } },
        { "call": { "tool": "write_state", "arguments": { "key": "fail" } } },
        { "say": "done" }
    ]));
    for permissions in [PermissionLevel::ReadOnly, PermissionLevel::WorkspaceWrite] {
        let mut request = request(&script);
        request.permissions = permissions;
        request.mcp_servers = vec![
            McpServer::new("other", "/bin/false"),
            McpServer {
                arguments: vec![program.display().to_string(), "mcp".to_owned()],
                environment: vec![
                    ("CM_MCP".to_owned(), "/run/a b/socket".to_owned()),
                    ("no name; id".to_owned(), "x".to_owned()),
                ],
                ..McpServer::new(McpServer::HOST, "/bin/sh")
            },
        ];
        let played = run_in(folder.path(), request);
        let told = [
            (
                true,
                r#"/run/a b/socket|mcp|call|write_state|{"key":"it's $HOME","value":"`id`"}|"#,
            ),
            (true, "/run/a b/socket|mcp|call|list_agents|{}|"),
            (
                false,
                r#"/run/a b/socket|mcp|call|write_state|{"key":"fail"}|"#,
            ),
        ]
        .map(|(ok, line)| (ok, format!("{line}\n")));
        assert_eq!(outcomes(&played.events), told);
        assert!(finish(&played.events).ok);
        let names = played.events.iter().filter_map(|event| match event {
            Event::Call(call) => Some(call.name.as_str()),
            _ => None,
        });
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["write_state", "list_agents", "write_state"]
        );
    }
}

#[test]
fn without_a_grant_a_call_and_a_directive_fail() {
    let script = one(json!([
        { "call": { "tool": "read_state" } }, { "directive": {} }, { "say": "x" }
    ]));
    let played = run(request(&script));
    let refused = [
        "no tools were granted",
        "no directives were granted: CM_DIRECTIVE is not set\n",
    ]
    .map(|output| (false, output.to_owned()));
    assert_eq!(outcomes(&played.events), refused);
    assert!(finish(&played.events).ok);
}

#[test]
fn a_directive_is_written_as_it_is_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("it's a directive");
    let cases = [
        (
            json!({ "directive": { "action": "loop", "reason": "it's\nred" } }),
            r#"{"action":"loop","reason":"it's\nred"}"#,
        ),
        (json!({ "directive": [] }), "[]"),
        (json!({ "directive-text": "not {JSON}\n" }), "not {JSON}\n"),
    ];
    for (step, text) in cases {
        let played = run_with(
            folder.path(),
            request(&one(json!([step, { "say": "done" }]))),
            &[("CM_DIRECTIVE", &file)],
        );
        assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
        assert!(outcomes(&played.events)[0].0);
        assert!(finish(&played.events).ok);
    }
}

#[test]
fn sessions_are_new_or_resumed() {
    let new = run(Request::new("x"));
    assert_eq!(
        new.events[0],
        Event::Session("scripted-11111111-2222-4333-8444-555555555555".to_owned())
    );
    let old = Request {
        session: Some("scripted-7".to_owned()),
        ..Request::new("x")
    };
    assert_eq!(run(old).events[0], Event::Session("scripted-7".to_owned()));
    let foreign = Request {
        session: Some("ses_1".to_owned()),
        ..Request::new("x")
    };
    assert!(matches!(plan::<Scripted>(foreign), Err(Error::Missing(_))));
}

#[test]
fn scripts_that_cannot_be_played_are_refused_with_the_reason() {
    let cases = [
        (json!({ "rulez": [] }), "rulez"),
        (one(json!([{ "dance": 1 }])), "dance"),
        (
            one(json!([{ "write": { "path": "/etc/x", "text": "" } }])),
            "/etc/x",
        ),
        (
            one(json!([{ "write": { "path": "a/../../x", "text": "" } }])),
            "a/../../x",
        ),
        (
            one(json!([{ "edit": { "path": "x", "old": "", "new": "" } }])),
            "old",
        ),
        (one(json!([{ "kill": "9; id" }])), "9; id"),
        (one(json!([{ "bytes": "f" }])), "hexadecimal"),
        (one(json!([{ "sleep": -1 }])), "-1"),
        (one(json!([{ "call": { "tool": "--help" } }])), "--help"),
    ];
    for (script, reason) in cases {
        match plan::<Scripted>(request(&script)) {
            Err(Error::Invalid(failure)) => {
                assert_eq!(failure.code, "bad-script");
                assert!(failure.message.contains(reason), "{}", failure.message);
            }
            other => panic!("{script}: {other:?}"),
        }
    }
}

#[test]
fn the_schema_and_the_readme_say_what_the_parser_takes() {
    let text = std::fs::read_to_string(here().join("script.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let steps = schema
        .pointer("/$defs/step/oneOf")
        .and_then(Value::as_array)
        .expect("steps");
    let mut described: Vec<&str> = Vec::new();
    for step in steps {
        described.extend(
            step["required"]
                .as_array()
                .expect("a name")
                .iter()
                .filter_map(Value::as_str),
        );
        let script = one(json!([step["examples"][0]]));
        assert!(plan::<Scripted>(request(&script)).is_ok(), "{script}");
    }
    let unknown = Script::parse(&one(json!([{ "?": 1 }])).to_string());
    let Err(Error::Invalid(failure)) = unknown else {
        panic!("{unknown:?}")
    };
    let (_, known) = failure
        .message
        .split_once("expected one of ")
        .expect("a list");
    let known: Vec<&str> = known
        .split('`')
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.is_empty())
        .collect();
    let known: Vec<&str> = known
        .into_iter()
        .filter(|word| !matches!(*word, "at" | "line" | "column"))
        .collect();
    assert_eq!(described, known);

    let readme = std::fs::read_to_string(here().join("README.md")).expect("the README");
    let example = readme
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    let script: Value = serde_json::from_str(example).expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = request(&script);
    first.options[2].1 = "0".to_owned();
    run_in(folder.path(), first);
    let mut second = request(&script);
    second.prompt = "The test failed".to_owned();
    let played = run_in(folder.path(), second);
    assert_eq!(finish(&played.events).text, "Fixed on attempt 1.");
    let sum = std::fs::read_to_string(folder.path().join("src/add.sh")).expect("a file");
    assert_eq!(sum, "echo $(($1 + $2))\n");
}

#[test]
fn a_program_that_was_cut_off_does_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let script =
        one(json!([{ "write": { "path": "x", "text": "y" } }, { "say": "a long way to the end" }]));
    let text = plan::<Scripted>(request(&script))
        .expect("a plan")
        .stdin
        .unwrap_or_default();
    let half = &text[..text.len() - 3];
    let output = Process::new("sh")
        .arg("-c")
        .arg(half)
        .current_dir(folder.path())
        .output()
        .expect("sh");
    assert!(!output.status.success());
    assert!(!folder.path().join("x").exists());
}

#[test]
fn the_shell_is_all_it_needs() {
    let finding = |code| Finding {
        purpose: "version".to_owned(),
        code,
        stdout: "1.0\n".to_owned(),
        stderr: String::new(),
    };
    let health = Scripted::diagnose(&[finding(Some(0))]);
    assert_eq!(
        (health.installed, health.signed_in, health.remedy),
        (true, Some(true), None)
    );
    assert!(Scripted::diagnose(&[finding(None)]).remedy.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_text_survives_the_shell(said in "\\PC*|[\\x01-\\x7f]*", written in "[\\x01-\\x7f]{0,60}|\\PC*") {
        let folder = tempfile::tempdir().expect("a folder");
        let script = one(json!([{ "write": { "path": "f", "text": written } }, { "say": said }]));
        let played = run_in(folder.path(), request(&script));
        let file = std::fs::read_to_string(folder.path().join("f")).expect("a file");
        prop_assert_eq!(file, written);
        let finish = finish(&played.events);
        prop_assert!(finish.ok);
        if !said.contains('{') {
            prop_assert_eq!(&finish.text, &said);
        }
    }

    #[test]
    fn any_edit_is_a_plain_replacement(before in "[a-c*?\\[\\]'\"$ \\\\\\n]{0,20}", old in "[a-c*?\\[\\]'\"$ \\\\\\n]{1,4}", new in "[a-c&\\\\\\n]{0,5}") {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("f"), &before).expect("a file");
        let script = one(json!([{ "edit": { "path": "f", "old": old, "new": new } }, { "say": "x" }]));
        let played = run_in(folder.path(), request(&script));
        let after = std::fs::read_to_string(folder.path().join("f")).expect("a file");
        prop_assert_eq!(after, before.replacen(&old, &new, 1));
        let told = played.events.iter().any(|event| matches!(event, Event::Outcome(outcome) if outcome.ok));
        prop_assert_eq!(told, before.contains(&old));
    }

    #[test]
    fn any_cut_of_the_bytes_gives_the_same_events(places in prop::collection::vec(any::<usize>(), 0..40)) {
        let script = one(json!([{ "run": "echo é; echo b" }, { "print": "{" }, { "bytes": "ff0a80" }, { "say": "é" }]));
        let played = run(request(&script));
        let whole = play::<Scripted>(request(&script), &[&played.stdout], &played.stderr, played.code);
        let pieces = cut(&played.stdout, &places);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(play::<Scripted>(request(&script), &pieces, &played.stderr, played.code), whole);
    }

    #[test]
    fn garbage_and_cut_off_output_end_in_one_failed_finish(bytes in prop::collection::vec(any::<u8>(), 0..500), code in prop::option::of(-1..3i32)) {
        let events = play::<Scripted>(Request::new("x"), &[b"{\"type\":\"text\",\"text\":\"x\"}\n", &bytes], &bytes, code);
        prop_assert!(!finish(&events).ok);
    }
}
