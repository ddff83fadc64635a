//! Every rule holds for a good adapter, and is broken by one that has just that fault.

use std::{cell::Cell, fs};

use cm_conform::{Broken, Cases, Machine, Report, Subject, bless, judge};
use cm_types::{
    Action, Command, EngineInfo, Failure, Finish, Framing, Input, Program, TurnEvent, TurnRequest,
};

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Imports,
    UnknownFeature,
    PromptAmongArguments,
    AlwaysSucceeds,
    TwoFinishes,
    CountsTurns,
    ForgetsTheRestOfALine,
    StopsAtForeignLines,
    BelievesTheBeginning,
    DiesOfLongLines,
    SaysSomethingElse,
}

/// An engine whose program prints `{"say":TEXT}` and, when it is done, `{"end":true}`.
struct Parrot {
    fault: Fault,
    turns: Cell<u32>,
}

struct Turn {
    fault: Fault,
    number: u32,
    prompt: String,
    rest: Vec<u8>,
    said: String,
    ended: bool,
}

impl Subject for Parrot {
    fn describe(&self) -> Result<EngineInfo, Broken> {
        let feature = match self.fault {
            Fault::UnknownFeature => "telepathy",
            _ => "resume",
        };
        Ok(EngineInfo {
            id: "parrot".into(),
            name: "Parrot".into(),
            programs: vec![Program {
                name: "parrot".into(),
                install: "catch one".into(),
            }],
            models: Vec::new(),
            features: vec![feature.into()],
            probes: Vec::new(),
            tested: Vec::new(),
            environment: Vec::new(),
            options: Vec::new(),
        })
    }

    fn imports(&self) -> Vec<String> {
        match self.fault {
            Fault::Imports => vec!["cm:flow/run@0.1.0".into()],
            _ => vec!["wasi:io/streams@0.2.3".into()],
        }
    }

    fn turn(&self, request: TurnRequest) -> Result<Box<dyn Machine>, Broken> {
        self.turns.set(self.turns.get() + 1);
        Ok(Box::new(Turn {
            fault: self.fault,
            number: self.turns.get(),
            prompt: request.prompt,
            rest: Vec::new(),
            said: String::new(),
            ended: false,
        }))
    }
}

impl Machine for Turn {
    fn next(&mut self, input: Input) -> Result<Vec<Action>, Broken> {
        match input {
            Input::Begin => Ok(vec![Action::Spawn(self.command())]),
            Input::Stdout(bytes) => self.bytes(&bytes),
            Input::Exited(code) => Ok(self.exited(code)),
            _ => Ok(Vec::new()),
        }
    }
}

impl Turn {
    fn command(&self) -> Command {
        let as_argument = self.fault == Fault::PromptAmongArguments;
        let prompt = as_argument.then(|| self.prompt.clone());
        Command {
            program: "parrot".into(),
            arguments: prompt.into_iter().collect(),
            environment: Vec::new(),
            stdin: (!as_argument).then(|| self.prompt.clone()),
            interactive: false,
            framing: Framing::Bytes,
            files: Vec::new(),
            collect: Vec::new(),
            options: Vec::new(),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<Vec<Action>, Broken> {
        if self.fault != Fault::ForgetsTheRestOfALine || self.rest.is_empty() {
            self.rest.extend(bytes);
        } else {
            self.rest = bytes.to_vec();
        }
        let mut actions = Vec::new();
        if !bytes.contains(&b'\n') {
            return Ok(actions);
        }
        let mut all = std::mem::take(&mut self.rest);
        let end = all.iter().rposition(|byte| *byte == b'\n');
        self.rest = all.split_off(end.map_or(0, |at| at + 1));
        for line in all.split_inclusive(|byte| *byte == b'\n') {
            actions.extend(self.line(line)?);
        }
        Ok(actions)
    }

    fn line(&mut self, line: &[u8]) -> Result<Vec<Action>, Broken> {
        if self.fault == Fault::DiesOfLongLines && line.len() > 1 << 20 {
            return Err(Broken::Failed("out of memory".into()));
        }
        let value: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
        if self.fault == Fault::StopsAtForeignLines && !value.is_object() && line.len() > 1 {
            return Err(Broken::Failed("unreachable executed".into()));
        }
        if let Some(text) = value.get("say").and_then(|text| text.as_str()) {
            self.said.push_str(text);
            if self.fault == Fault::BelievesTheBeginning {
                self.ended = true;
            }
            return Ok(vec![Action::Emit(TurnEvent::Text(text.into()))]);
        }
        self.ended |= value.get("end").is_some();
        Ok(Vec::new())
    }

    fn exited(&mut self, code: Option<i32>) -> Vec<Action> {
        let rest = std::mem::take(&mut self.rest);
        let mut actions = self.line(&rest).unwrap_or_default();
        let ok = self.ended && code == Some(0) || self.fault == Fault::AlwaysSucceeds;
        let text = match self.fault {
            Fault::CountsTurns => format!("{} {}", self.said, self.number),
            Fault::SaysSomethingElse => "else".into(),
            _ => self.said.clone(),
        };
        let finish = TurnEvent::Finish(Finish {
            ok,
            text,
            reason: "end".into(),
            failure: (!ok).then(|| Failure::new("no-end", "it did not end")),
            options: Vec::new(),
        });
        actions.push(Action::Emit(finish.clone()));
        if self.fault == Fault::TwoFinishes {
            actions.push(Action::Emit(finish));
        }
        actions
    }
}

const CASES: &str = r#"{ "cases": [
  { "name": "plain", "stdout": "plain.jsonl", "events": "plain.events.jsonl",
    "command": { "program": "parrot", "stdin": "please" } },
  { "name": "crash", "stdout": "plain.jsonl", "exit": 1, "events": "crash.events.jsonl" },
  { "name": "killed", "stdout": "plain.jsonl", "exit": null, "events": "killed.events.jsonl" }
] }"#;
const PLAIN: &str = "{\"say\":\"hel\"}\n{\"say\":\"lo\"}\n{\"end\":true}\n";

fn parrot(fault: Fault) -> Parrot {
    Parrot {
        fault,
        turns: Cell::new(0),
    }
}

fn judged(fault: Fault) -> Report {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("conformance.json");
    fs::write(&file, CASES).expect("a file");
    fs::write(directory.path().join("plain.jsonl"), PLAIN).expect("a file");
    let cases = Cases::read(&file).expect("cases");
    let written = bless(&parrot(Fault::None), &cases).expect("goldens");
    assert_eq!(written, 3);
    judge(&parrot(fault), "parrot", &cases).expect("a report")
}

/// The rules that an adapter with this fault breaks.
fn broken(fault: Fault) -> Vec<&'static str> {
    let report = judged(fault);
    let mut rules: Vec<_> = report.broken().map(|check| check.rule).collect();
    rules.dedup();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[test]
fn a_good_adapter_keeps_every_rule() {
    let report = judged(Fault::None);
    assert_eq!(report.broken().count(), 0, "{:?}", report.broken().next());
    assert_eq!(report.checks.len(), 4 + 3 * 7);
}

#[test]
fn each_fault_breaks_its_rule() {
    for (fault, rule) in [
        (Fault::Imports, "imports nothing"),
        (Fault::UnknownFeature, "describes itself"),
        (Fault::PromptAmongArguments, "odd prompts"),
        (Fault::AlwaysSucceeds, "nonsense"),
        (Fault::AlwaysSucceeds, "one finish"),
        (Fault::TwoFinishes, "one finish"),
        (Fault::CountsTurns, "the same twice"),
        (Fault::ForgetsTheRestOfALine, "any cut"),
        (Fault::StopsAtForeignLines, "foreign lines"),
        (Fault::BelievesTheBeginning, "cut off"),
        (Fault::DiesOfLongLines, "a line of 10 MB"),
        (Fault::SaysSomethingElse, "as recorded"),
    ] {
        let broken = broken(fault);
        assert!(broken.contains(&rule), "{fault:?} breaks {broken:?}");
    }
}

#[test]
fn the_report_is_one_of_junit() {
    let xml = Report::junit(&[judged(Fault::TwoFinishes)]).expect("XML");
    assert!(xml.contains("<testsuite name=\"parrot\""), "{xml}");
    assert!(
        xml.contains("there are 2 `finish` events, not one"),
        "{xml}"
    );
}

#[test]
fn cases_that_are_wrong_say_where() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("conformance.json");
    let said = |text: &str| {
        fs::write(&file, text).expect("a file");
        Cases::read(&file).expect_err("wrong").to_string()
    };
    let path = file.display();
    let unknown = said("{ \"cases\": [\n  { \"name\": \"a\", \"stdin\": \"x\" }\n] }");
    assert!(
        unknown.starts_with(&format!("{path}:2:24: unknown field `stdin`")),
        "{unknown}"
    );
    let twice = said(r#"{ "cases": [{ "name": "a" }, { "name": "a" }] }"#);
    assert_eq!(twice, format!("{path}: two cases are called `a`"));
    for outside in ["../secret", "/etc/passwd"] {
        let text = format!(r#"{{ "cases": [{{ "name": "a", "stdout": "{outside}" }}] }}"#);
        assert_eq!(
            said(&text),
            format!(
                "{path}: the case `a` names `{outside}`, which is not below the file's directory"
            )
        );
    }
}
