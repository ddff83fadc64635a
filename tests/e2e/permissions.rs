//! What agents ask to be allowed: who answers, for how long, and what is kept of it.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Cm, PATIENCE, Ran, end};

/// An agent's wish to use `Bash` with this command; it adds a line to `log` when it may.
fn wish(command: &str) -> Value {
    json!({ "ask": {
        "tool": "Bash",
        "arguments": { "command": command },
        "run": format!("echo {command} >> log"),
    } })
}

/// The agents `one` and `two`, each with these wishes.
fn script(one: &[&str], two: &[&str]) -> String {
    let rule = |agent: &str, wishes: &[&str]| {
        let wishes: Vec<_> = wishes.iter().map(|command| wish(command)).collect();
        json!({ "agent": agent, "do": wishes, "answer": format!("{agent} is done") })
    };
    json!({ "rules": [rule("one", one), rule("two", two)] }).to_string()
}

/// One after the other; what they ask waits for an answer.
fn agents(one: &[&str], two: &[&str]) -> Cm {
    flow("ask-timeout: 10m", one, two)
}

fn flow(key: &str, one: &[&str], two: &[&str]) -> Cm {
    let second = if two.is_empty() {
        ""
    } else {
        "  - agent: two\n"
    };
    let front = match key {
        "" => String::new(),
        key => format!("---\n{key}\n---\n"),
    };
    Cm::new()
        .workflow(&format!("name: Wishes\nsteps:\n  - agent: one\n{second}"))
        .agent("one", &format!("{front}Do one thing."))
        .agent("two", &format!("{front}Do another."))
        .script(&script(one, two))
}

/// A run that goes on; ended when the test is.
struct Going<'cm>(&'cm Cm, Option<Child>);

impl Drop for Going<'_> {
    fn drop(&mut self) {
        if let Some(mut child) = self.1.take() {
            end(child.id());
            let _ = child.wait();
        }
    }
}

impl<'cm> Going<'cm> {
    fn new(cm: &'cm Cm, mut command: Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(cm, Some(command.spawn().expect("cm starts")))
    }

    fn run(cm: &'cm Cm) -> Self {
        Self::new(cm, cm.flow_command(&[]))
    }

    fn finished(mut self) -> Ran {
        self.0.finished(self.1.take().expect("it goes on"))
    }

    /// As a crash ends it.
    fn kill(self) {}
}

/// What waits in the inbox: the step, what is asked, and since when.
fn inbox(cm: &Cm) -> Vec<Value> {
    let listed = cm.json(["inbox", "--json"]);
    listed.as_array().expect("a list").clone()
}

/// Waits until exactly this is asked, and nothing else.
fn asked(cm: &Cm, step: &str, command: &str) -> Value {
    let began = Instant::now();
    loop {
        let waiting = inbox(cm);
        if let [entry] = waiting.as_slice()
            && entry["step"] == step
            && entry["prompt"]
                .as_str()
                .is_some_and(|prompt| prompt.contains(command))
        {
            return entry.clone();
        }
        assert!(
            began.elapsed() < PATIENCE,
            "`{command}` is not asked: {waiting:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn log(cm: &Cm) -> String {
    fs::read_to_string(cm.project().join("log")).unwrap_or_default()
}

/// What the programs were told, in order.
fn told(cm: &Cm) -> Vec<bool> {
    let events = cm.events("last");
    let told = events.iter().filter(|event| event["kind"] == "told");
    told.map(|event| event["granted"].as_bool().expect("yes or no"))
        .collect()
}

#[test]
fn where_nobody_is_it_is_denied_and_the_success_is_in_doubt() {
    let cm = flow("", &["push"], &[]);
    cm.flow()
        .code(0)
        .stdout("one is done\n")
        .says("? one: May `one` use Bash: {\"command\":\"push\"}")
        .says("✘ one may not use Bash: cm said no: nobody is there to be asked")
        .says("`ask-timeout:`")
        .calm();
    assert_eq!(log(&cm), "");
    assert_eq!(told(&cm), [false]);
    cm.run(["show", "last"])
        .code(0)
        .says("! one: `one` says that it is done, and was not allowed to use: Bash");
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(
        shown["steps"][0]["doubts"][0],
        "`one` says that it is done, and was not allowed to use: Bash"
    );
}

#[test]
fn it_stands_in_the_inbox_and_only_a_yes_is_a_yes() {
    let cm = agents(&["push"], &[]);
    let run = Going::run(&cm);
    let entry = asked(&cm, "one", "push");
    assert_eq!(entry["kind"], "permission");
    assert_eq!(entry["speaker"], "one");
    let id = cm.last();
    assert_eq!(
        entry["answer"],
        json!([
            format!("cm approve {id} --for once|step|run"),
            format!("cm reject {id} REASON")
        ])
    );
    cm.run(["inbox", &id])
        .code(0)
        .says("one asks to be allowed something")
        .says("\"command\": \"push\"")
        .says("hold for Bash with exactly these arguments");
    for words in ["yes", "approve", "run", "go ahead"] {
        cm.run(["reply", "last", words])
            .code(2)
            .says("wants a permission, and words are never taken for one");
    }
    cm.run(["revise", "last", "please"]).code(2);
    cm.run(["approve", "last", "--for", "ever"]).code(2);
    // Nobody is there to confirm it.
    cm.run(["approve", "last"])
        .code(2)
        .says("nothing was approved");
    assert_eq!(log(&cm), "");
    cm.run(["approve", "last", "--for", "once"])
        .code(0)
        .says("✔ one: approved by ada");
    run.finished().code(0).stdout("one is done\n").calm();
    assert_eq!(log(&cm), "push\n");
    assert_eq!(told(&cm), [true]);
    let shown = cm.run(["show", "last"]).code(0);
    shown.says_not("not allowed");
    assert!(inbox(&cm).is_empty());
}

#[test]
fn a_no_is_told_and_the_agent_goes_on() {
    let cm = agents(&["push", "pull"], &[]);
    let run = Going::run(&cm);
    asked(&cm, "one", "push");
    let _ = cm.run(["reject", "last", "not today"]).code(0);
    asked(&cm, "one", "pull");
    let _ = cm.run(["approve", "last", "--yes"]).code(0);
    run.finished()
        .code(0)
        .says("✘ one may not use Bash: ada said no: not today");
    assert_eq!(log(&cm), "pull\n");
    assert_eq!(told(&cm), [false, true]);
}

#[test]
fn once_is_once() {
    let cm = agents(&["push", "push"], &[]);
    let run = Going::run(&cm);
    asked(&cm, "one", "push");
    let _ = cm.run(["approve", "last", "--for", "once"]).code(0);
    until_told(&cm, 1);
    asked(&cm, "one", "push");
    let _ = cm.run(["reject", "last", "enough"]).code(0);
    let _ = run.finished().code(0);
    assert_eq!(log(&cm), "push\n");
    assert_eq!(told(&cm), [true, false]);
}

fn until_told(cm: &Cm, count: usize) {
    let began = Instant::now();
    while told(cm).len() < count {
        assert!(began.elapsed() < PATIENCE, "not told {count} times");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn for_a_step_holds_there_for_exactly_the_same_and_nowhere_else() {
    let cm = agents(&["push", "push", "push all"], &["push"]);
    let run = Going::run(&cm);
    asked(&cm, "one", "push");
    let _ = cm.run(["approve", "last", "--for", "step"]).code(0);
    // The same is not asked again; something that only begins like it is.
    asked(&cm, "one", "push all");
    assert_eq!(told(&cm), [true, true]);
    let _ = cm.run(["reject", "last", "no"]).code(0);
    asked(&cm, "two", "push");
    let _ = cm.run(["reject", "last", "no"]).code(0);
    run.finished()
        .code(0)
        .says("✔ one: approved for this step by ada")
        .says("✔ one: approved by ada (for this step)");
    assert_eq!(log(&cm), "push\npush\n");
    assert_eq!(told(&cm), [true, true, false, false]);
    cm.run(["show", "last"])
        .code(0)
        .says("allowed at one: Bash {\"command\":\"push\"}, by ada");
}

#[test]
fn for_a_run_holds_at_every_step_also_after_a_crash() {
    let cm = agents(&["push", "stop here"], &["push"]);
    let run = Going::run(&cm);
    asked(&cm, "one", "push");
    let _ = cm.run(["approve", "last", "--for", "run"]).code(0);
    asked(&cm, "one", "stop here");
    run.kill();
    assert_eq!(log(&cm), "push\n");
    // While nobody drives the run the answer is kept for it.
    let _ = cm.run(["approve", "last", "--for", "once"]).code(0);
    cm.run(["resume", "last"]).code(0).calm();
    // The turn was done again: what was allowed for the run, and what nobody had been told.
    assert_eq!(log(&cm), "push\npush\nstop here\npush\n");
    assert_eq!(told(&cm), [true, true, true, true]);
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(shown["permits"][0]["span"], "run");
    assert_eq!(shown["permits"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_was_allowed_once_and_used_is_asked_again_after_a_crash() {
    let cm = agents(&["push", "stop here"], &[]);
    let run = Going::run(&cm);
    asked(&cm, "one", "push");
    let _ = cm.run(["approve", "last", "--for", "once"]).code(0);
    asked(&cm, "one", "stop here");
    run.kill();
    let run = Going::new(&cm, cm.command(["resume", "last"]));
    asked(&cm, "one", "push");
    let _ = cm.run(["reject", "last", "it was pushed"]).code(0);
    asked(&cm, "one", "stop here");
    let _ = cm.run(["approve", "last", "--for", "once"]).code(0);
    let _ = run.finished().code(0).calm();
    assert_eq!(log(&cm), "push\nstop here\n");
}

#[test]
fn a_pattern_is_compared_and_matches_nothing_else() {
    let ask = |command: &str, pattern: &str| {
        json!({ "ask": {
            "tool": "Bash", "arguments": { "command": command }, "pattern": pattern,
            "run": format!("echo {command} >> log"),
        } })
    };
    let steps = [
        ask("push a", "push *"),
        ask("push b", "push *"),
        ask("push c", "push c"),
        ask("x", "*"),
    ];
    let rules = json!({ "rules": [{ "agent": "one", "do": steps, "answer": "done" }] });
    let cm = agents(&[], &[]).script(&rules.to_string());
    let run = Going::run(&cm);
    asked(&cm, "one", "push *");
    let _ = cm.run(["approve", "last", "--for", "run"]).code(0);
    asked(&cm, "one", "push c");
    assert_eq!(told(&cm), [true, true]);
    let _ = cm.run(["reject", "last", "no"]).code(0);
    asked(&cm, "one", "*");
    let _ = cm.run(["reject", "last", "no"]).code(0);
    let _ = run.finished().code(0);
    assert_eq!(log(&cm), "push a\npush b\n");
}

#[test]
fn the_time_for_an_answer_ends_and_waiting_is_no_silence() {
    let cm = flow(
        "ask-timeout: 2s\nidle-timeout: 1s\ntimeout: 1s",
        &["push"],
        &[],
    );
    cm.flow()
        .code(0)
        .says("✘ one had no answer within 2s (`ask-timeout`)")
        .says("✘ one may not use Bash")
        .says_not("idle-timeout")
        .calm();
    assert_eq!(told(&cm), [false]);
}

#[test]
fn who_says_yes_to_everything_says_yes_to_this_once() {
    let cm = flow("", &["push", "push"], &[]);
    let _ = cm.flow_with(&["--yes"]).code(0).calm();
    assert_eq!(log(&cm), "push\npush\n");
    assert!(cm.json(["show", "last", "--json"])["permits"].is_null());
}

#[test]
fn the_controller_is_asked_where_it_drives() {
    let cm = flow("", &["push", "drop the database"], &[]);
    cm.write(
        "flow/workflow.yaml",
        "name: Wishes\nmode: autonomous\ncontroller: lead\ndefaults: { interactive: false }\nsteps:\n  - agent: one\n",
    );
    cm.write("flow/agents/lead.md", "You lead.");
    let lead = |contains: &str, decision: Value| json!({ "agent": "lead", "contains": contains, "do": [{ "say": decision.to_string() }] });
    let rules = json!({ "rules": [
        lead("drop", json!({ "decision": "reject", "text": "never" })),
        lead("push", json!({ "decision": "approve" })),
        { "agent": "one", "do": [wish("push"), wish("drop the database")], "answer": "done" },
    ] });
    let cm = cm.script(&rules.to_string());
    cm.flow()
        .code(0)
        .says("✔ one: approved by controller lead")
        .says("✘ one may not use Bash: lead said no: never")
        .calm();
    assert_eq!(log(&cm), "push\n");
    assert_eq!(told(&cm), [true, false]);
}
