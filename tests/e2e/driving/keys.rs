//! A person at the terminal that drives the run.

use super::*;
pub(super) use crate::durability::terminal::Terminal;

/// `cm ARGUMENTS` at a terminal; none where there is none.
pub(super) fn terminal(cm: Cm, arguments: &str) -> Option<Terminal> {
    Terminal::of(cm, arguments)
}

const RUN: &str = "run ./flow --engine scripted --script script.json";

fn machine(workflow: &str, rules: &[String]) -> Cm {
    ["one", "two", "three", "lead"]
        .iter()
        .fold(Cm::new().workflow(workflow), |cm, name| {
            cm.agent(name, &format!("You are {name}."))
        })
        .script(&script(rules))
}

fn saying() -> Vec<String> {
    ["one", "two", "three"]
        .map(|name| rule(name, "", &[&say(&format!("{name} said {{occurrence}}"))]))
        .into()
}

const THREE: &str =
    "name: Typed\nmode: manual\nsteps:\n  - agent: one\n  - agent: two\n  - agent: three\n";

#[test]
fn gates_take_enter_words_and_commands() {
    let cm = machine(THREE, &saying()).file("flow/agents/one/01-more.md", "More.");
    let Some(mut terminal) = terminal(cm, RUN) else {
        return;
    };
    terminal.wait_for("one has finished.");
    terminal.wait_for("2 of 2");
    terminal.press("look left\r");
    terminal.wait_for("one said 1");
    // A gate has nothing to approve.
    terminal.press("/nonsense\r");
    terminal.wait_for("no `/nonsense`");
    terminal.press("/help\r");
    terminal.wait_for("/talk TEXT");
    terminal.press("\r");
    terminal.wait_for("one said 2");
    terminal.press("\r");
    terminal.wait_for("two has finished.");
    terminal.press("/skip\r");
    terminal.wait_for("three has finished.");
    terminal.press("/back three\r");
    terminal.wait_for("three said 1");
    terminal.press("/mode continuous\r");
    assert_eq!(terminal.code(), Some(0), "{}", terminal.screen());
    let cm = &terminal.cm;
    assert_eq!(
        decisions(cm),
        [
            "one reply ada",
            "one next ada",
            "one next ada",
            "two skip ada",
            "three back ada",
            "three next continuous"
        ]
    );
    assert_eq!(
        prompts(cm, "one"),
        ["You are one.", "USER (ada): look left", "More."]
    );
    assert_eq!(state(cm, "two"), "skipped");
    assert_well(cm);
}

#[test]
fn pause_and_resume() {
    let mut rules = saying();
    rules.insert(0, rule("one", "", &[&busy("one"), &say("one said it")]));
    let cm = machine(&THREE.replace("manual", "continuous"), &rules);
    let Some(mut terminal) = terminal(cm, RUN) else {
        return;
    };
    terminal.cm.wait_for("one");
    terminal.press("/pause\r");
    terminal.wait_for("paused by ada");
    go(&terminal.cm, "one");
    assert!(eventually(PATIENCE, || status(&terminal.cm) == "paused"));
    terminal.press("/status\r");
    terminal.wait_for("/resume goes on");
    assert_eq!(terminal.cm.attempts("two"), 0);
    terminal.press("/resume\r");
    assert_eq!(terminal.code(), Some(0), "{}", terminal.screen());
    assert_well(&terminal.cm);
}

#[test]
fn questions_and_approvals() {
    let workflow = r#"
name: Asked
steps:
  - { id: colour, ask: "Which colour?", choices: [red, green, blue] }
  - { id: size, ask: "Which size?", choices: [small, large], default: large }
  - { id: shape, ask: "Which shape?", choices: [round, square] }
  - { id: ship, approve: "Ship it?" }
  - { id: result, run: 'echo {colour.output} {size.output} {shape.output}' }
"#;
    let Some(mut terminal) = terminal(machine(workflow, &saying()), RUN) else {
        return;
    };
    terminal.wait_for("Which colour?");
    terminal.press("9\r");
    terminal.wait_for("`9` is not among the choices");
    terminal.press("2\r");
    terminal.wait_for("Which size?");
    terminal.press("\r");
    terminal.wait_for("Which shape?");
    terminal.press("Square\r");
    terminal.wait_for("Ship it?");
    for no_answer in ["\r", "yes\r", "y\r", "approve it\r"] {
        terminal.press(no_answer);
    }
    terminal.wait_for("Nothing was decided.");
    assert_eq!(state(&terminal.cm, "ship"), "asking");
    terminal.press("approve\r");
    assert_eq!(terminal.code(), Some(0), "{}", terminal.screen());
    let cm = &terminal.cm;
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(shown["end"]["output"], "green large square");
    assert_eq!(
        decisions(cm).last().map(String::as_str),
        Some("ship approve ada")
    );
    assert_well(cm);
}

#[test]
fn what_was_answered_elsewhere_is_taken_back() {
    let Some(mut terminal) = terminal(machine(THREE, &saying()), RUN) else {
        return;
    };
    terminal.wait_for("one has finished.");
    let _ = word(&terminal.cm, ["next", "last"]);
    terminal.wait_for("it was decided elsewhere");
    terminal.wait_for("two has finished.");
    let _ = word(&terminal.cm, ["mode", "last", "continuous"]);
    assert_eq!(terminal.code(), Some(0), "{}", terminal.screen());
    assert_eq!(
        decisions(&terminal.cm),
        [
            "one next ada",
            "two next continuous",
            "three next continuous"
        ]
    );
    assert_well(&terminal.cm);
}

#[test]
fn the_key_stops_a_gate() {
    let Some(mut terminal) = terminal(machine(THREE, &saying()), RUN) else {
        return;
    };
    terminal.wait_for("one has finished.");
    terminal.press("\r");
    terminal.wait_for("two has finished.");
    terminal.press("\x03");
    assert_eq!(terminal.code(), Some(130), "{}", terminal.screen());
    let past = Past::of(&terminal.cm);
    assert_eq!(status(&terminal.cm), "interrupted");
    let _ = terminal.cm.run(["resume", "last"]).code(4).says("two");
    let _ = word(&terminal.cm, ["next", "last"]);
    let _ = terminal.cm.run(["resume", "last"]).code(4).says("three");
    past.stays(&terminal.cm);
    assert_eq!(decisions(&terminal.cm), ["one next ada", "two next ada"]);
    assert_well(&terminal.cm);
}

/// `/stop` fails the run; what was decided so can be decided otherwise.
#[test]
fn a_run_that_was_stopped_goes_on() {
    let Some(mut terminal) = terminal(machine(THREE, &saying()), RUN) else {
        return;
    };
    terminal.wait_for("one has finished.");
    terminal.press("/stop enough for today\r");
    assert_eq!(terminal.code(), Some(1), "{}", terminal.screen());
    let cm = &terminal.cm;
    assert!(
        terminal.screen().contains("enough for today"),
        "{}",
        terminal.screen()
    );
    assert_eq!(status(cm), "failed");
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(state(cm, "one"), "asking");
    let _ = word(cm, ["next", "last"]);
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(decisions(cm), ["one stop ada", "one next ada"]);
    assert_eq!(prompts(cm, "one").len(), 1, "only the gate is asked again");
    assert_well(cm);
}

#[test]
fn a_controller_is_briefed_and_talked_to() {
    let workflow = THREE.replace("mode: manual", "mode: autonomous\ncontroller: lead");
    let mut rules = vec![
        rule("lead", "USER (ada)", &[&say("Understood, ada.")]),
        rule("lead", "", &[&say(r#"{"decision": "next"}"#)]),
    ];
    rules.extend(saying());
    let Some(mut terminal) = terminal(machine(&workflow, &rules), RUN) else {
        return;
    };
    terminal.wait_for("drives this run. Tell it");
    terminal.press("keep it small\r");
    terminal.wait_for("Understood, ada.");
    assert_eq!(terminal.cm.attempts("one"), 0, "nothing begins before");
    terminal.press("\r");
    assert_eq!(terminal.code(), Some(0), "{}", terminal.screen());
    assert_eq!(
        decisions(&terminal.cm),
        ["one next lead", "two next lead", "three next lead"]
    );
    assert_well(&terminal.cm);
}
