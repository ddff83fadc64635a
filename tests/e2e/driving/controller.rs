//! An agent that answers in the person's place.

use super::*;

fn agents(cm: Cm, names: &[&str]) -> Cm {
    names
        .iter()
        .fold(cm, |cm, name| cm.agent(name, &format!("You are {name}.")))
}

fn decide(contains: &str, decision: &str) -> String {
    rule("lead", contains, &[&say(decision)])
}

#[test]
fn everything_that_it_can_decide() {
    let cm = Cm::new().workflow(
        r#"
name: All
mode: autonomous
controller: { agent: lead, turns: 3 }
steps:
  - agent: talker
  - agent: left
  - agent: maker
  - approve: "Good? {maker.output}"
    id: good
    on-failure: { loop: { to: maker, max: 2 } }
  - approve: "Dangerous?"
    id: dangerous
    on-failure: continue
  - { id: colour, ask: "Which colour?", choices: [red, green] }
  - agent: returner
  - agent: asker
"#,
    );
    let rules = [
        decide("cannot be used", r#"{"decision": "next"}"#),
        decide("Shall I?", r#"{"decision": "reply", "text": "do it"}"#),
        decide("I did it", "Yes, I think so."),
        decide("nothing to do", r#"{"decision": "skip"}"#),
        decide(
            "Good? first",
            r#"{"decision": "revise", "text": "shorter"}"#,
        ),
        decide("Good? second", "```json\n{\"decision\": \"approve\"}\n```"),
        decide(
            "Dangerous?",
            r#"{"decision": "reject", "text": "too dangerous"}"#,
        ),
        decide("Which colour?", r#"{"decision": "reply", "text": "green"}"#),
        decide(
            "I want to go back",
            r#"{"decision": "back", "text": "returner"}"#,
        ),
        decide(
            "Only you know",
            r#"{"decision": "ask", "text": "the price is a secret"}"#,
        ),
        decide("", r#"{"decision": "next"}"#),
        rule("talker", "CONTROLLER: do it", &[&say("I did it")]),
        rule("talker", "", &[&say("Shall I?")]),
        rule("left", "", &[&say("there is nothing to do")]),
        r#"{ "agent": "maker", "occurrence": 0, "do": [{ "say": "first" }] }"#.into(),
        rule("maker", "", &[&say("second")]),
        r#"{ "agent": "returner", "occurrence": 0, "do": [{ "say": "I want to go back" }] }"#
            .into(),
        rule("returner", "", &[&say("I stay")]),
        rule("asker", "", &[&say("Only you know")]),
    ];
    let cm = agents(
        cm,
        &["lead", "talker", "left", "maker", "returner", "asker"],
    )
    .file("flow/agents/left/01-more.md", "More.")
    .script(&script(&rules));
    let _ = cm.flow().code(4).says("the price is a secret");
    let until_asked = [
        "talker reply lead",
        "talker next lead",
        "left skip lead",
        "maker next lead",
        "good revise lead",
        "maker next lead",
        "good approve lead",
        "dangerous reject lead",
        "colour reply lead",
        "returner back lead",
        "returner next lead",
    ];
    assert_eq!(decisions(&cm), until_asked);
    assert_eq!(state(&cm, "left"), "skipped");
    assert_eq!(state(&cm, "asker"), "asking");
    assert_eq!(cm.attempts("left"), 1, "its chain is left with it");
    let past = Past::of(&cm);
    let _ = word(&cm, ["next", "last"]);
    let _ = word(&cm, ["resume", "last"]);
    past.stays(&cm);
    assert_eq!(decisions(&cm).len(), until_asked.len() + 1);
    assert_eq!(
        decisions(&cm).last().map(String::as_str),
        Some("asker next ada")
    );
    assert_well(&cm);
}

/// `stop` ends the run; what was decided so is asked again, and nothing else.
#[test]
fn it_stops_a_run_which_can_go_on() {
    let rules = [
        decide("", r#"{"decision": "stop", "text": "enough"}"#),
        rule("worker", "", &[&say("done")]),
    ];
    let cm = Cm::new()
        .workflow("name: Stop\nmode: autonomous\ncontroller: lead\nsteps: [{ agent: worker }]\n");
    let cm = agents(cm, &["lead", "worker"]).script(&script(&rules));
    let _ = cm.flow().code(1).says("enough");
    let shown = cm.json(["show", "last", "--json"]);
    assert_eq!(shown["status"], "failed");
    assert!(
        shown["end"].to_string().contains("\"stopped\""),
        "{}",
        shown["end"]
    );
    let _ = cm.run(["resume", "last"]).code(1).says("enough");
    assert_eq!(decisions(&cm), ["worker stop lead", "worker stop lead"]);
    assert_eq!(prompts(&cm, "worker").len(), 1);
    assert_eq!(cm.attempts("worker"), 1, "only the gate is asked again");
    assert_well(&cm);
}

fn simple(lead: &[String]) -> Cm {
    let mut rules = lead.to_vec();
    rules.push(rule("worker", "", &[&say("worked: {first-line}")]));
    let cm = Cm::new().workflow(
        "name: Simple\nmode: autonomous\ncontroller: { agent: lead, turns: 2 }\nsteps: [{ agent: worker }, { run: 'echo over' }]\n",
    );
    agents(cm, &["lead", "worker"]).script(&script(&rules))
}

#[test]
fn one_that_never_decides_gives_it_to_the_person() {
    let second = rule(
        "lead",
        "cannot be used",
        &[&stuck("second"), &say("I am still not sure.")],
    );
    let cm = simple(&[second, rule("lead", "", &[&say("I am not sure.")])]);
    let run = start(&cm, &[]);
    cm.wait_for("second");
    let past = run.kill();
    let _ = cm
        .run(["resume", "last"])
        .code(4)
        .says("the controller `lead`")
        .says("no decision")
        .says("not JSON");
    assert_ended(&cm, "second");
    past.stays(&cm);
    let said: Vec<_> = texts(&cm, "worker");
    let unsure = |text: &&String| text.starts_with("I am");
    // Asked again from the beginning, and twice more; what it said before the crash may
    // not have been on disk yet.
    let count = said.iter().filter(unsure).count();
    assert!((3..=4).contains(&count), "{said:?}");
    assert_eq!(decisions(&cm), [] as [&str; 0]);
    let _ = word(&cm, ["next", "last"]);
    let _ = word(&cm, ["resume", "last"]).says("over");
    assert_eq!(decisions(&cm), ["worker next ada"]);
    assert_well(&cm);
}

#[test]
fn one_that_only_talks_gives_it_to_the_person() {
    let again = r#"{"decision": "reply", "text": "again"}"#;
    let cm = simple(&[decide("", again)]);
    let _ = cm.flow().code(4).says("2 times").says("limit");
    assert_eq!(decisions(&cm), ["worker reply lead", "worker reply lead"]);
    let told = prompts(&cm, "worker");
    assert_eq!(told[1..], ["CONTROLLER: again", "CONTROLLER: again"]);
    // After a crash or another day it does not begin to count anew.
    let _ = cm.run(["resume", "last"]).code(4);
    assert_eq!(decisions(&cm).len(), 2);
    let _ = word(&cm, ["next", "last"]);
    let _ = word(&cm, ["resume", "last"]).says("over");
    assert_well(&cm);
}

#[test]
fn what_it_decided_before_a_crash_holds() {
    let lead = [
        decide(
            "worked: You are",
            r#"{"decision": "reply", "text": "once more"}"#,
        ),
        rule(
            "lead",
            "",
            &[&stuck("thinking"), &say(r#"{"decision": "next"}"#)],
        ),
    ];
    let cm = simple(&lead);
    let run = start(&cm, &[]);
    cm.wait_for("thinking");
    let past = run.kill();
    let _ = word(&cm, ["resume", "last"]).says("over");
    past.stays(&cm);
    assert_eq!(decisions(&cm), ["worker reply lead", "worker next lead"]);
    assert_eq!(prompts(&cm, "worker").len(), 2);
    assert_well(&cm);
}

#[test]
fn it_is_briefed_before_it_decides() {
    let lead = [
        rule(
            "lead",
            "Keep it small",
            &[
                &say("{session}"),
                &stuck("briefed"),
                &say("heard: {prompt}"),
            ],
        ),
        rule(
            "lead",
            "",
            &[
                &say("{session}"),
                &say("told: {prompt}"),
                &say(r#"{"decision": "next"}"#),
            ],
        ),
    ];
    let cm = simple(&lead);
    let run = start(&cm, &["--brief", "Keep it small."]);
    cm.wait_for("briefed");
    let past = run.kill();
    let _ = word(&cm, ["resume", "last"]).says("over");
    past.stays(&cm);
    let heard = texts(&cm, "controller");
    let told = texts(&cm, "worker");
    assert!(
        heard.iter().any(|text| text.contains("Keep it small.")),
        "{heard:?}"
    );
    assert!(
        heard.iter().any(|text| text.contains("You are lead.")),
        "its own prompt is first: {heard:?}"
    );
    let session = |texts: &[String]| {
        let found = texts.iter().rfind(|text| text.starts_with("scripted-"));
        found.cloned().expect("a session")
    };
    assert_eq!(session(&heard), session(&told), "it is one conversation");
    let told = told.iter().find(|text| text.starts_with("told:"));
    let told = told.expect("it was asked");
    assert!(
        !told.contains("You are lead."),
        "it knows that already: {told}"
    );
    assert_eq!(decisions(&cm), ["worker next lead"]);
    assert_well(&cm);
}

#[test]
fn a_person_talks_to_it() {
    let lead = [
        rule(
            "lead",
            "USER (ada): hurry",
            &[&stuck("talking"), &say("I will.")],
        ),
        rule("lead", "USER (ada)", &[&say("Understood.")]),
        decide("", r#"{"decision": "next"}"#),
    ];
    let mut rules = lead.to_vec();
    rules.push(rule("worker", "", &[&busy("worker"), &say("worked")]));
    let cm = simple(&[]).script(&script(&rules));
    let run = start(&cm, &[]);
    cm.wait_for("worker");
    assert_eq!(
        word(&cm, ["talk", "last", "be gentle"]).out(),
        "Understood.\n"
    );
    let talk = driven(&cm, cm.command(["talk", "last", "hurry"]));
    cm.wait_for("talking");
    let past = run.kill();
    let _ = talk
        .finished()
        .code(1)
        .says("before its controller answered");
    let _ = refused(&cm, ["talk", "last", "are you there?"]).says("cm resume");
    go(&cm, "worker");
    let _ = word(&cm, ["resume", "last"]).says("over");
    past.stays(&cm);
    let said = texts(&cm, "controller");
    assert!(
        said.contains(&"I will.".to_owned()),
        "it is answered after the crash: {said:?}"
    );
    assert_eq!(decisions(&cm), ["worker next lead"]);
    assert_well(&cm);
}
