//! What programs read: JSON with its schemas, pipes that close, terminals that are none.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{
    commands,
    support::{Cm, binary},
};

/// The published schema of an output, ready to judge.
pub(crate) fn schema(cm: &Cm, of: &str) -> jsonschema::Validator {
    let schema = cm.json(["schema", of]);
    jsonschema::meta::validate(&schema)
        .unwrap_or_else(|error| panic!("the schema `{of}` is no schema: {error}"));
    jsonschema::validator_for(&schema)
        .unwrap_or_else(|error| panic!("the schema `{of}` cannot be used: {error}"))
}

#[track_caller]
pub(crate) fn valid(schema: &jsonschema::Validator, value: &Value) {
    let errors: Vec<_> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

/// A run in which everything happens that can: tools, failures, tries, loops, state,
/// artifacts, questions.
fn eventful() -> Cm {
    Cm::new()
        .workflow(
            "name: Eventful\nstate: { a: b }\nsteps:\n  - id: both\n    parallel:\n      - agent: talker\n      \
             - agent: flaky\n        retry: 2\n  - id: again\n    run: echo x >> n; test $(wc -l < n) -gt 1\n    \
             on-failure: { loop: { to: talker, max: 2 } }\n    set: { a: c }\n    save: n.txt\n  \
             - ask: Good?\n    choices: [yes, no]\n  - id: bad\n    run: exit 3\n    on-failure: continue\n  - run: echo end\n",
        )
        .agent("talker", "Talk.")
        .agent("flaky", "Flake.")
        .script(
            r#"{ "rules": [
                { "agent": "flaky", "occurrence": 0, "do": [{ "run": "if [ ! -e f ]; then touch f; kill -9 $PPID; fi" }, { "say": "mended" }] },
                { "agent": "talker", "do": [
                    { "think": "Hm." }, { "tool": { "name": "search", "arguments": { "q": 1 }, "output": "found" } },
                    { "retry": "overloaded" }, { "print": "noise" }, { "stderr": "warning" },
                    { "write": { "path": "w", "text": "w" } }, { "say": "{prompt} {occurrence}" }
                ], "usage": { "input": 10, "output": 5, "cost-usd": 0.5 } }
            ] }"#,
        )
}

#[test]
fn every_output_keeps_to_its_schema() {
    let cm = eventful();
    let events = cm
        .flow_with(&["--json", "--yes"])
        .stderr("")
        .code(0)
        .ndjson();
    let schema_of = |of| schema(&cm, of);
    let of_events = schema_of("events");
    for event in &events {
        valid(&of_events, event);
    }
    for kind in [
        "started",
        "requested",
        "attempted",
        "spawned",
        "turn",
        "finished",
        "written",
        "saved",
        "marked",
    ] {
        assert!(
            events.iter().any(|event| event["kind"] == kind),
            "no event is `{kind}`"
        );
    }
    assert_eq!(
        cm.events("last"),
        events,
        "`cm logs --json` and `cm run --json` differ"
    );
    let numbers: Vec<_> = events
        .iter()
        .filter_map(|event| event["seq"].as_u64())
        .collect();
    assert_eq!(numbers, (1..=events.len() as u64).collect::<Vec<_>>());
    valid(&schema_of("show"), &cm.json(["show", "last", "--json"]));
    valid(&schema_of("runs"), &cm.json(["runs", "--json"]));
    for listed in ["artifacts", "state"] {
        valid(&schema_of(listed), &cm.json([listed, "last", "--json"]));
    }
    let compared = cm.json(["diff", "last", "last", "--json"]);
    valid(&schema_of("diff"), &compared);
    let plan = cm.flow_with(&["--plan", "--json", "--budget", "5usd,1mtok"]);
    let plan = plan.code(0).json();
    valid(&schema_of("plan"), &plan);
    assert_eq!(plan["turns"], 2);
    valid(&schema_of("inbox"), &cm.json(["inbox", "--json"]));
    valid(&schema_of("gc"), &cm.json(["gc", "--json"]));
    valid(&schema_of("engines"), &cm.json(["engines", "--json"]));
    valid(&schema_of("check"), &cm.json(["check", "flow", "--json"]));
    cm.run(["install", "./flow"]).code(0);
    valid(&schema_of("list"), &cm.json(["list", "--json"]));
}

#[test]
fn what_goes_wrong_keeps_to_its_schema_too() {
    let cm = Cm::new().workflow("steps:\n  - agent: nobody\n    colour: red\n");
    let checked = cm
        .run(["check", "flow", "--json"])
        .code(1)
        .stderr("")
        .json();
    valid(&schema(&cm, "check"), &checked);
    assert_eq!(checked["ok"], false);
    cm.write("flow/workflow.yaml", "name: Bad\nsteps:\n  - run: exit 3\n");
    let events = cm.flow_with(&["--json"]).code(1).ndjson();
    let of_events = schema(&cm, "events");
    for event in &events {
        valid(&of_events, event);
    }
    let shown = cm.json(["show", "last", "--json"]);
    valid(&schema(&cm, "show"), &shown);
    assert_eq!(shown["status"], "failed");
    cm.write("flow/workflow.yaml", "name: Ask\nsteps:\n  - ask: Why?\n");
    let events = cm.flow_with(&["--json"]).code(4).ndjson();
    events.iter().for_each(|event| valid(&of_events, event));
    let shown = cm.json(["show", "last", "--json"]);
    valid(&schema(&cm, "show"), &shown);
    assert_eq!(shown["status"], "asking");
    let inbox = cm.json(["inbox", "--json"]);
    valid(&schema(&cm, "inbox"), &inbox);
    assert_eq!(inbox.as_array().map(Vec::len), Some(1));
    // What has nothing to say keeps to its schema as well, and what is no such thing does not.
    let gc = cm.json(["gc", "--dry-run", "--json"]);
    valid(&schema(&cm, "gc"), &gc);
    for of in ["inbox", "gc", "diff", "plan", "show", "runs"] {
        assert!(!schema(&cm, of).is_valid(&Value::from("text")), "{of}");
    }
}

/// Each command with `--json` names the schema of what it prints.
#[test]
fn every_json_has_a_schema() {
    let cm = Cm::bare();
    let schemas = cm.run(["schema", "--help"]).code(0).out();
    let mut found = 0;
    for name in commands::names(&cm) {
        let help = cm.run(["help", name.as_str()]).code(0).out();
        let mut lines = help.lines().map(str::trim).peekable();
        while let Some(line) = lines.next() {
            if !line.starts_with("--json") {
                continue;
            }
            let mut told = line.to_owned();
            while let Some(more) = lines.next_if(|line| !line.is_empty() && !line.starts_with('-'))
            {
                told.push(' ');
                told.push_str(more);
            }
            assert!(told.contains("see `cm schema"), "{name}: {told}");
            // What is common to several commands names none of its own.
            let named = told.split("see `cm schema ").nth(1);
            let of = named.and_then(|rest| rest.split('`').next());
            let of = of.unwrap_or(name.as_str());
            assert!(schemas.contains(&format!("- {of}:")), "{name}: {of}");
            cm.run(["schema", of]).code(0);
            found += 1;
        }
    }
    assert!(found > 12, "only {found} commands name a schema");
}

#[test]
fn a_schema_can_say_no() {
    let cm = Cm::new();
    let events = schema(&cm, "events");
    for wrong in [
        r#"{}"#,
        r#"{"run":"x","seq":1,"at_ms":0,"kind":"nonsense"}"#,
        r#"{"run":"x","seq":"1","at_ms":0,"kind":"reopened","task":1}"#,
    ] {
        let wrong: Value = serde_json::from_str(wrong).expect("JSON");
        assert!(!events.is_valid(&wrong), "{wrong}");
    }
    for of in ["package", "workflow", "agent"] {
        assert!(!schema(&cm, of).is_valid(&Value::from(7)), "{of}");
    }
}

#[test]
fn a_reader_that_leaves() {
    let cm = Cm::new()
        .workflow("name: Much\nsteps:\n  - agent: much\n  - run: touch done\n")
        .agent("much", "Much.")
        .script(r#"{ "default": { "do": [{ "flood": { "lines": 3000, "width": 100, "say": true } }, { "say": "enough" }] } }"#);
    let piped = |command: &str| {
        cm.ran(cm.within(
            Command::new("bash"),
            [
                "-c",
                &format!("set -o pipefail; {command}"),
                "bash",
                &binary().display().to_string(),
            ],
        ))
    };
    // The run goes on although nobody reads what it prints.
    let ran = piped("\"$1\" run ./flow --engine scripted --script script.json --json | head -1")
        .calm()
        .code(0);
    assert_eq!(ran.ndjson().len(), 1);
    assert!(cm.project().join("done").exists());
    for command in [
        "logs last",
        "logs last --json",
        "logs last -f",
        "show last --json",
        "schema events",
        "completions bash",
        "list",
        "runs",
        "--help",
    ] {
        let ran = piped(&format!("\"$1\" {command} | head -1")).calm().code(0);
        assert_eq!(
            (ran.out().lines().count(), ran.err()),
            (1, String::new()),
            "{command}"
        );
    }
    // Standard output that was closed before.
    let ran = piped("\"$1\" run ./flow --engine scripted --script script.json >&-")
        .calm()
        .code(0);
    assert!(ran.err().contains("is done"));
    piped("\"$1\" runs >&-").calm();
    // Standard error that is closed.
    piped("\"$1\" run ./flow --engine scripted --script script.json 2>&- >out")
        .calm()
        .code(0);
    // Its reader leaves: the run goes on for all that.
    std::fs::remove_file(cm.project().join("done")).expect("the last run made it");
    let unread = "\"$1\" run ./flow --engine scripted --script script.json 2>&1 >out | true; exit ${PIPESTATUS[0]}";
    piped(unread).code(0);
    assert!(cm.project().join("done").exists());
    // A disk that is full is another matter.
    piped("\"$1\" list >/dev/full")
        .code(1)
        .says("standard output cannot be written");
}

#[test]
fn no_colours_unless_a_terminal_wants_them() {
    let cm = Cm::new().workflow("name: Plain\nsteps:\n  - run: echo plain\n");
    cm.flow().code(0).says_not("\u{1b}");
    for arguments in [
        vec!["runs"],
        vec!["show", "last"],
        vec!["logs", "last"],
        vec!["list"],
        vec!["run", "nope"],
        vec!["--help"],
    ] {
        cm.run(arguments).says_not("\u{1b}");
    }
    let mut forced = cm.command(["list"]);
    forced.env("CLICOLOR_FORCE", "1");
    cm.ran(forced).says("\u{1b}[");
    let mut refused = cm.command(["list"]);
    refused.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    cm.ran(refused).says_not("\u{1b}");
}

/// Runs a command on a terminal, and gives what that terminal was told.
fn on_a_terminal(cm: &Cm, command: &str) -> Option<String> {
    let typescript = cm.root().join("typescript");
    let mut script = cm.within(
        Command::new("script"),
        ["--quiet", "--return", "--command", command],
    );
    script
        .arg(&typescript)
        .env("TERM", "xterm-256color")
        .env("SHELL", "/bin/sh");
    let child = script
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    cm.finished(child).code(0);
    Some(std::fs::read_to_string(typescript).expect("what was on the terminal"))
}

#[test]
fn on_a_terminal_it_is_live_and_ends_clean() {
    let cm =
        Cm::new().workflow("name: Live\nsteps:\n  - id: slow\n    run: sleep 0.4; echo said\n");
    let command = format!("{} run ./flow", binary().display());
    let Some(shown) = on_a_terminal(&cm, &command) else {
        return crate::support::skipped("a terminal", "the program `script` is not installed");
    };
    assert!(shown.contains("\u{1b}["), "nothing is live: {shown}");
    assert!(shown.contains("is done, after"), "{shown}");
    let plain = on_a_terminal(&cm, &format!("NO_COLOR=1 {command}")).expect("a terminal");
    assert!(
        !plain.contains("\u{1b}[3") && !plain.contains("\u{1b}[1m"),
        "{plain:?}"
    );
}

/// What an engine says must not reach the terminal as anything but text.
#[test]
fn an_engine_cannot_command_the_terminal() {
    let evil = "\\u001b]0;owned\\u0007 \\u001b[2J\\u001b[31mred \\u009b31m \\u202eesrever \\u0008\\u0008 \\r over";
    let script = format!(
        r#"{{ "rules": [
            {{ "agent": "failing", "do": [{{ "fail": {{ "code": "api-error", "message": "{evil}" }} }}] }},
            {{ "agent": "evil", "do": [
                {{ "say": "{evil}" }}, {{ "think": "{evil}" }}, {{ "retry": "{evil}" }}, {{ "stderr": "{evil}" }}, {{ "print": "{evil}" }},
                {{ "tool": {{ "name": "{evil}", "arguments": "{evil}", "output": "{evil}" }} }},
                {{ "say": "{evil}" }}
            ] }}
        ] }}"#
    );
    let yaml = "name: \"Evil \\e]0;owned\\a\"\nsteps:\n  - agent: evil\n    save: evil.txt\n  \
                - run: printf '\\033]0;owned\\007\\033[2J'; echo said >&2\n    id: out\n  \
                - agent: failing\n    on-failure: continue\n  - ask: \"Clear \\e[2J?\"\n    choices: [\"a\\e[2J\", b]\n";
    let cm = Cm::new()
        .workflow(yaml)
        .agent("evil", "Be evil.")
        .agent("failing", "Fail.")
        .script(&script);
    let harmless = |said: &str, what: &str| {
        let bad = said
            .chars()
            .find(|c| (c.is_control() && !"\n\t".contains(*c)) || *c == '\u{202e}');
        assert_eq!(bad, None, "{what}: {said:?}");
    };
    let ran = cm.flow().code(4);
    harmless(&ran.err(), "run");
    harmless(&ran.out(), "run");
    for arguments in [
        vec!["logs", "last"],
        vec!["logs", "last", "--json"],
        vec!["show", "last"],
        vec!["show", "last", "--json"],
        vec!["runs"],
        vec!["check", "flow"],
        vec!["cancel", "last"],
        vec!["resume", "last", "--yes"],
        vec!["logs", "last"],
        vec!["show", "last"],
    ] {
        let ran = cm.run(&arguments);
        harmless(&ran.out(), &arguments.join(" "));
        harmless(&ran.err(), &arguments.join(" "));
    }
}
