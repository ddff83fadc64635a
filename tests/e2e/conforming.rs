//! Every engine that comes with `cm` keeps the contract; one that does not is told so.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Cm;

fn engines() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/engines")
}

/// The recorded turns of an engine: those of the package that it is in.
fn cases(engine: &Value) -> Option<PathBuf> {
    let package = engine["package"].as_str()?.split(' ').next()?;
    let file = engines().join(package).join("conformance.json");
    file.is_file().then_some(file)
}

#[test]
fn every_engine_keeps_the_contract() {
    let cm = Cm::new();
    let listed = cm.run(["engines", "--json"]).code(0).json();
    let mut played = 0;
    for engine in listed.as_array().expect("a list") {
        let name = engine["engine"].as_str().expect("a name");
        let Some(cases) = cases(engine) else {
            continue;
        };
        let cases = cases.display().to_string();
        let report = cm.run(["conform", name, "--cases", &cases, "--json"]);
        let broken: Vec<Value> = report.json()[0]["checks"]
            .as_array()
            .expect("checks")
            .iter()
            .filter(|check| check["outcome"] != "kept")
            .cloned()
            .collect();
        assert!(broken.is_empty(), "{name}: {broken:#?}");
        played += 1;
    }
    assert!(played >= 15, "only {played} engines have recorded turns");
}

#[test]
fn a_promise_that_is_broken_is_named() {
    let cm = Cm::new();
    let from = engines().join("codex");
    let plain = |path: &str| std::fs::read_to_string(from.join(path)).expect("a file");
    let events = plain("tests/events/plain.jsonl").replacen("\"ok\":true", "\"ok\":false", 1);
    let cm = cm
        .file(
            "conformance.json",
            r#"{ "cases": [{ "name": "plain", "stdout": "out", "events": "events" }] }"#,
        )
        .file("out", plain("tests/transcripts/plain.jsonl"))
        .file("events", &events);
    cm.run([
        "conform",
        "codex",
        "--cases",
        "conformance.json",
        "--junit",
        "report.xml",
    ])
    .code(1)
    .says("1 of 11 checks do not hold.");
    let report = std::fs::read_to_string(cm.project().join("report.xml")).expect("a report");
    assert!(report.contains("plain: as recorded"), "{report}");
    assert!(report.contains("failures=\"1\""), "{report}");
    // Whoever means it writes it down.
    cm.run(["conform", "codex", "--cases", "conformance.json", "--bless"])
        .code(0);
    cm.run(["conform", "codex", "--cases", "conformance.json"])
        .code(0)
        .says("All 11 checks hold.");
}

#[test]
fn cases_that_are_wrong_say_where() {
    let cm = Cm::new().file(
        "conformance.json",
        "{ \"cases\": [\n  { \"nam\": \"x\" }\n] }",
    );
    cm.run(["conform", "codex", "--cases", "conformance.json"])
        .code(2)
        .says("conformance.json:2:9: unknown field `nam`");
    cm.run(["conform", "nothing"])
        .code(2)
        .says("name a package's directory, a component's file, or an engine of `cm engines`");
}

#[test]
fn a_run_is_decoded_again() {
    let cm = Cm::new()
        .workflow("name: X\nsteps:\n  - agent: planner\n")
        .agent("planner", "Plan.")
        .script(r#"{ "default": { "answer": "The plan." } }"#);
    cm.flow().code(0);
    cm.run(["redecode", "last"])
        .code(0)
        .says("1 turn, as it was");
    let rows = cm.run(["redecode", "--json"]).code(0).json();
    let turn = &rows[0]["turns"][0];
    assert_eq!(turn["same"], true, "{turn:#}");
    assert_eq!(turn["result"][0]["text"], "The plan.");
    // Codex cannot read what another program has printed, and says so for no turn of its
    // own.
    cm.run(["redecode", "last", "--with", "codex"])
        .code(0)
        .says("No recorded turn of that engine was found");
}
