//! Templates, and what comes of what a program prints.

use std::path::Path;

use cm_engine_shell::Shell;
use cm_sdk::engine::testing::{command_json, cut, event_json, finish, golden, joined, plan, play};
use cm_sdk::engine::{Error, Event, McpServer, PermissionLevel, Request};
use proptest::prelude::*;

fn with(options: &[(&str, &str)]) -> Request {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Request {
        options: options.iter().map(owned).collect(),
        ..Request::new("Fix the test")
    }
}

const RUN: &[(&str, &str)] = &[
    ("program", "agent"),
    (
        "args",
        r#"["run", ["--model={model}"], ["--session", "{session}"], "--in", "{directory}", "--", "{prompt}"]"#,
    ),
];

const LINES: &[(&str, &str)] = &[
    ("program", "agent"),
    ("output", "json-lines"),
    ("text", "/text if /type=say"),
    ("session", "/session"),
    ("final", "/answer if /type=end"),
    ("error", "/error"),
    ("usage-input", "/tokens/in"),
    ("usage-output", "/tokens/out"),
    ("usage-cost", "/usd"),
];

const PRINTED: &str = include_str!("transcripts/lines.jsonl");

fn message(request: Request) -> (String, String) {
    match plan::<Shell>(request) {
        Err(Error::Invalid(failure)) => (failure.code, failure.message),
        other => panic!("no refusal: {other:?}"),
    }
}

#[test]
fn templates_are_filled_as_before() {
    let planned: Vec<_> = [
        with(RUN),
        Request {
            model: Some("big".to_owned()),
            session: Some("s 1".to_owned()),
            prompt: "{model} {session} --help".to_owned(),
            instructions: Some("Be brief.".to_owned()),
            ..with(RUN)
        },
        with(&[("program", "agent")]),
        with(&[
            ("program", "agent"),
            ("prompt", "file"),
            ("args", r#"["-f", "{file}", "{}", "{X}"]"#),
        ]),
        Request {
            permissions: PermissionLevel::ReadOnly,
            ..with(&[
                ("program", "agent"),
                ("args", r#"["--sandbox={permissions}", "{prompt}"]"#),
            ])
        },
    ]
    .into_iter()
    .map(|request| command_json(&plan::<Shell>(request).expect("a plan")))
    .collect();
    golden(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands.jsonl"),
        &planned,
    );
}

#[test]
fn a_bad_template_is_told_with_what_to_write() {
    for (options, expected) in [
        (vec![], "`program: \"my-agent\"`"),
        (
            vec![("program", "a"), ("args", "--x {prompt}")],
            "JSON list",
        ),
        (vec![("program", "a"), ("args", "[1]")], "JSON list"),
        (
            vec![("program", "a"), ("args", r#"["{promt}"]"#)],
            "`{prompt}`",
        ),
        (
            vec![("program", "a"), ("args", r#"["{prompt}", "{file}"]"#)],
            "one is enough",
        ),
        (vec![("program", "a"), ("prompt", "argument")], "`{prompt}`"),
        (vec![("program", "a"), ("prompt", "file")], "`{file}`"),
        (
            vec![
                ("program", "a"),
                ("prompt", "stdin"),
                ("args", r#"["{prompt}"]"#),
            ],
            "leave",
        ),
        (vec![("program", "a"), ("prompt", "post")], "`stdin`"),
        (
            vec![("program", "a"), ("args", r#"["--model={model}"]"#)],
            "list of its own",
        ),
        (vec![("program", "a"), ("output", "xml")], "`json-lines`"),
        (vec![("program", "a"), ("output", "json-lines")], "`final`"),
        (
            vec![("program", "a"), ("output", "json-lines"), ("text", "text")],
            "JSON pointer",
        ),
        (
            vec![
                ("program", "a"),
                ("output", "json-lines"),
                ("text", "/a if b"),
            ],
            "JSON pointer",
        ),
    ] {
        let (code, message) = message(with(&options));
        assert!(
            code == "bad-template" && message.contains(expected),
            "{options:?}: {message}"
        );
    }
}

#[test]
fn what_has_no_place_is_refused_or_told() {
    let base = || with(&[("program", "agent")]);
    for request in [
        Request {
            permissions: PermissionLevel::ReadOnly,
            ..base()
        },
        Request {
            tools: vec!["x".to_owned()],
            ..base()
        },
        Request {
            max_turns: Some(1),
            ..base()
        },
        Request {
            mcp_servers: vec![McpServer::new("cm", "cm")],
            ..base()
        },
        Request {
            fork: true,
            ..base()
        },
        Request {
            session: Some("s".to_owned()),
            ..base()
        },
        Request {
            model: Some("m".to_owned()),
            ..base()
        },
    ] {
        assert_eq!(message(request).0, "unsupported");
    }
    let wish = Request {
        effort: Some("high".to_owned()),
        directories: vec!["/x".to_owned()],
        ..base()
    };
    let events = play::<Shell>(wish, &[b"ok"], b"", Some(0));
    let told = events
        .iter()
        .filter(|event| matches!(event, Event::Other(it) if it.kind == "not-honoured"));
    assert_eq!(told.count(), 2);
}

#[test]
fn a_prompt_of_any_kind_is_safe() {
    let long = "x".repeat(5_000_000);
    let (code, text) = message(Request {
        prompt: long.clone(),
        ..with(RUN)
    });
    assert!(code == "prompt-too-long" && text.contains("stdin"));
    let by_stdin = plan::<Shell>(Request {
        prompt: long,
        ..with(&[("program", "agent")])
    });
    assert_eq!(
        by_stdin.expect("a plan").stdin.map(|text| text.len()),
        Some(5_000_000)
    );
    let flag = Request {
        prompt: "--help".to_owned(),
        ..with(&[("program", "agent"), ("args", r#"["{prompt}"]"#)])
    };
    assert_eq!(plan::<Shell>(flag).expect("a plan").arguments, ["\n--help"]);
    let nul = Request {
        prompt: "a\0b".to_owned(),
        ..with(RUN)
    };
    assert_eq!(message(nul).0, "nul-byte");
}

#[test]
fn text_is_the_answer_with_its_blank_lines() {
    let printed = b"\n# Title\n\n{\"a\":  1}\r\nlast line\n\n\n";
    let events = play::<Shell>(with(&[("program", "agent")]), &[printed], b"", Some(0));
    let finish = finish(&events);
    assert!(finish.ok);
    assert_eq!(finish.text, "# Title\n\n{\"a\":  1}\nlast line");
}

#[test]
fn lines_are_read_as_the_workflow_says() {
    let events = play::<Shell>(with(LINES), &[PRINTED.as_bytes()], b"", Some(0));
    let told: Vec<_> = joined(events).iter().map(event_json).collect();
    golden(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/events/lines.jsonl"),
        &told,
    );
}

#[test]
fn failures_are_no_answers() {
    let plain = || with(&[("program", "agent")]);
    let error = format!("{{\"error\":\"429 Too Many Requests, retry after 2s\"}}\n{PRINTED}");
    let cut_off = PRINTED.lines().take(4).collect::<Vec<_>>().join("\n");
    for (request, stdout, stderr, code, expected) in [
        (plain(), "half", "boom", Some(1), "exit-code"),
        (plain(), "half", "", None, "killed"),
        (plain(), "", "", Some(0), "no-answer"),
        (
            plain(),
            "x",
            "Error: 401 Unauthorized: invalid api key",
            Some(1),
            "not-signed-in",
        ),
        (with(LINES), error.as_str(), "", Some(0), "rate-limit"),
        (
            with(LINES),
            cut_off.as_str(),
            "",
            Some(0),
            "no-terminal-event",
        ),
        (with(LINES), PRINTED, "", Some(3), "exit-code"),
    ] {
        let events = play::<Shell>(request, &[stdout.as_bytes()], stderr.as_bytes(), code);
        let failure = finish(&events)
            .failure
            .as_ref()
            .map(|failure| failure.code.clone());
        assert_eq!(failure.as_deref(), Some(expected), "{stdout}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same_events(places in prop::collection::vec(any::<usize>(), 0..30), lines in any::<bool>()) {
        let request = || if lines { with(LINES) } else { with(&[("program", "agent")]) };
        let pieces = cut(PRINTED.as_bytes(), &places);
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let whole = play::<Shell>(request(), &[PRINTED.as_bytes()], b"", Some(0));
        prop_assert_eq!(play::<Shell>(request(), &pieces, b"", Some(0)), whole);
    }

    #[test]
    fn templates_never_fail_otherwise(args in ".*", prompt in ".+") {
        let request = Request { prompt, ..with(&[("program", "agent"), ("args", &args)]) };
        let _ = plan::<Shell>(request);
        let list = serde_json::json!([args]).to_string();
        let _ = plan::<Shell>(with(&[("program", "agent"), ("args", &list)]));
    }
}
