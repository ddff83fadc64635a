//! The order of steps, and what they give each other.

use cm_sdk::workflow::{Error, failure, message};

use crate::host;
use crate::support::{Call, FakeHost, Package};

const LOOP: &str = "
name: Fix
steps:
  - agent: planner
  - agent: fixer
    prompt: 'Plan: {planner.output} Failures: [{!tests.output}]'
  - id: tests
    run: ./test.sh
    on-failure: { loop: { to: fixer, max: 2 } }
  - agent: reporter
    prompt: '{tests.output} {tests.exit}'
    save: report.md
";

#[test]
fn a_failing_test_goes_back_with_its_output() {
    let host = host(LOOP, &["planner", "fixer", "reporter"])
        .says("planner", "the {tests.output} plan")
        .exits("tests", 1, "2 failed")
        .exits("tests", 0, "all passed")
        .says("reporter", "the report");
    assert_eq!(host.run(), Ok("the report".into()));
    assert_eq!(
        host.started(),
        ["planner", "fixer", "tests", "fixer", "tests", "reporter"]
    );
    // The first time there is no output; a value is never read as a placeholder.
    assert_eq!(
        host.prompts("fixer"),
        [
            "Plan: the {tests.output} plan Failures: []",
            "Plan: the {tests.output} plan Failures: [2 failed]"
        ]
    );
    assert_eq!(host.prompts("reporter"), ["all passed 0"]);
    assert!(
        host.turns("fixer")
            .iter()
            .all(|turn| turn.session.is_none())
    );
    assert_eq!(
        host.artifacts.borrow()[&("reporter".into(), "report.md".into())],
        "the report"
    );
    let failed: Vec<_> = host
        .calls()
        .into_iter()
        .filter(|call| matches!(call, Call::Mark(_, state, _) if state == "failed"))
        .collect();
    let note = "`./test.sh` ended with exit code 1; back to `fixer`, 1 of 2";
    assert_eq!(
        failed,
        [Call::Mark(
            "tests".into(),
            "failed".into(),
            Some(note.into())
        )]
    );
}

#[test]
fn a_loop_has_a_limit() {
    let host = host(LOOP, &["planner", "fixer", "reporter"]).exits("tests", 7, "still red");
    let Err(Error::Exhausted(failure)) = host.run() else {
        panic!("it must fail")
    };
    assert_eq!(failure.code, "loop-limit");
    assert_eq!(
        failure.message,
        "the step `tests` still fails after going back to `fixer` 2 times, which is its limit \
         (`max: 2`): `./test.sh` ended with exit code 7"
    );
    assert_eq!(failure.details.as_deref(), Some("still red"));
    assert_eq!(
        host.started()
            .iter()
            .filter(|step| *step == "tests")
            .count(),
        3
    );
}

#[test]
fn a_loop_can_go_back_to_one_step_of_a_group() {
    let text = "
name: x
steps:
  - id: build
    parallel:
      - { agent: fixer, prompt: 'fix [{!tests.output}]' }
      - agent: documenter
  - { id: tests, run: make test, on-failure: { loop: { to: fixer, max: 3 } } }
  - { agent: reporter, prompt: '{build.output}' }
";
    let host = host(text, &["fixer", "documenter", "reporter"])
        .says("fixer", "tried")
        .says("fixer", "fixed")
        .exits("tests", 1, "red")
        .exits("tests", 0, "green");
    assert!(host.run().is_ok());
    assert_eq!(
        host.started(),
        ["fixer", "documenter", "tests", "fixer", "tests", "reporter"]
    );
    assert_eq!(host.prompts("fixer")[1], "fix [red]");
    // The sibling's result is still there, and the group's is made anew.
    assert_eq!(
        host.prompts("reporter"),
        ["## fixer\n\nfixed\n\n## documenter\n\ndocumenter says"]
    );
}

#[test]
fn a_group_starts_all_and_names_all_that_failed() {
    let text = "
name: x
steps:
  - id: all
    parallel:
      - { id: a, run: a }
      - { id: b, run: b }
      - { id: c, run: c, on-failure: continue }
      - { id: d, run: d }
";
    let mut host = host(text, &[])
        .exits("a", 1, "")
        .exits("c", 1, "")
        .exits("d", 3, "");
    host.order = 2;
    let error = host.run().expect_err("two steps failed");
    assert_eq!(
        message(&error),
        "the step `all` failed: 2 of its 4 steps failed: `a`: `a` ended with exit code 1; `d`: \
         `d` ended with exit code 3"
    );
    let calls = host.calls();
    let last_start = calls.iter().rposition(|call| call.started().is_some());
    let first_wait = calls
        .iter()
        .position(|call| matches!(call, Call::Wait(_) | Call::Next(_)));
    assert!(last_start < first_wait);
    assert_eq!(host.marks("done"), ["b"]);
    assert_eq!(host.marks("failed"), ["c", "d", "a", "all"]);
}

#[test]
fn a_thousand_at_once() {
    let mut text = String::from("name: x\nsteps:\n  - id: all\n    parallel:\n");
    for number in 0..1000 {
        text.push_str(&format!(
            "      - {{ id: s{number}, agent: worker, input: {{ n: '{number}' }} }}\n"
        ));
    }
    let package = Package::new(&format!("{text}=== agents/worker.md\nDo {{n}}.\n"));
    assert_eq!(package.report().lines().count(), 1, "{}", package.report());
    let mut host = FakeHost::new(package);
    host.order = 7;
    let output = host.run().expect("all is well");
    let titles: Vec<_> = output
        .lines()
        .filter_map(|line| line.strip_prefix("## s"))
        .collect();
    assert_eq!(
        titles,
        (0..1000)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
    );
    assert_eq!(host.started().len(), 1000);
}

#[test]
fn failure_can_be_passed_over() {
    let text = "
name: x
steps:
  - { id: lint, run: lint, on-failure: continue, set: { lint: '{lint.exit}' }, save: lint.txt }
  - { agent: critic, on-failure: continue }
  - { agent: writer, prompt: '{lint.output}/{state.lint}/{critic.output}/{lint.artifact.lint.txt}' }
";
    let host = host(text, &["critic", "writer"])
        .exits("lint", 4, "ugly")
        .answer(
            "critic",
            Err(Error::Unavailable(failure("overload", "the model is busy"))),
        );
    assert!(host.run().is_ok());
    assert_eq!(host.prompts("writer"), ["ugly/4/the model is busy/ugly"]);
}

#[test]
fn what_stops_a_run_says_where() {
    let text = "name: x\nsteps: [{ agent: a }, { agent: b }]\n";
    let host = host(text, &["a", "b"]).answer(
        "a",
        Err(Error::Denied(failure(
            "not-signed-in",
            "claude is not signed in",
        ))),
    );
    let error = host.run().expect_err("it failed");
    assert_eq!(
        error,
        Error::Denied(failure(
            "not-signed-in",
            "the step `a` failed: claude is not signed in"
        ))
    );
    assert_eq!(host.started(), ["a"]);
}

#[test]
fn cancelled_is_the_end_whatever_a_step_says() {
    let text = "
name: x
steps:
  - { run: a, on-failure: continue }
  - { id: g, on-failure: continue, parallel: [{ run: b, on-failure: continue }, { run: c }] }
  - { run: d, on-failure: { loop: { to: a, max: 9 } } }
";
    for step in ["a", "b", "d"] {
        let host = host(text, &[]).answer(step, Err(Error::Cancelled));
        assert_eq!(host.run(), Err(Error::Cancelled), "{step}");
        assert_eq!(
            host.started().last().map(String::as_str),
            Some(if step == "b" { "c" } else { step })
        );
    }
}

#[test]
fn commands_are_tried_again() {
    let host = host("name: x\nsteps: [{ run: flaky, retry: 3 }]\n", &[])
        .exits("flaky", 1, "no")
        .exits("flaky", 1, "no")
        .exits("flaky", 0, "yes");
    assert_eq!(host.run(), Ok("yes".into()));
    assert_eq!(host.started().len(), 3);
}

#[test]
fn who_runs_a_prompt() {
    let text = "
name: x
defaults: { engine: claude, model: sonnet, permissions: read-only }
steps:
  - agent: plain
  - agent: own
  - { id: changed, agent: own, engine: opencode, effort: low, timeout: 5m, retry: 2, label: Again }
  - { id: same, agent: own, engine: codex }
=== agents/plain.md
Hello {user_name}.
=== agents/own.md
---
name: The one
engine: codex
model: gpt
effort: high
timeout: 90s
permissions: full
---

Hello.
";
    let host = host(text, &[]).setting("user_name", "Ada");
    assert!(host.run().is_ok());
    let said: Vec<_> = ["plain", "own", "changed", "same"]
        .iter()
        .map(|step| {
            let turn = host.turns(step).remove(0);
            [turn.engine, turn.model, turn.effort, turn.permissions]
                .map(Option::unwrap_or_default)
                .join(" ")
        })
        .collect();
    // A model is not handed to another engine than the one it stands beside.
    assert_eq!(
        said,
        [
            "claude sonnet  read-only",
            "codex gpt high full",
            "opencode  low full",
            "codex gpt high full"
        ]
    );
    assert_eq!(host.prompts("plain"), ["Hello Ada."]);
    let policies: Vec<_> = host
        .calls()
        .into_iter()
        .filter_map(|call| match call {
            Call::Agent(place, _, policy) => {
                Some((place.label, policy.timeout_ms, policy.attempts))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        policies,
        [
            (None, None, 1),
            (Some("The one".into()), Some(90_000), 1),
            (Some("Again".into()), Some(300_000), 2),
            (Some("The one".into()), Some(90_000), 1),
        ]
    );
}

#[test]
fn a_conversation_goes_on_where_it_is_said() {
    let text = "
name: x
steps:
  - { id: first, agent: dev, prompt: one }
  - { id: fresh, agent: dev, prompt: two }
  - { id: more, agent: dev, prompt: three, session: continue }
  - { id: elsewhere, agent: dev, prompt: four, session: continue, engine: other }
";
    let host = host(text, &["dev"]).says("fresh", "B");
    assert!(host.run().is_ok());
    let sessions: Vec<_> = ["first", "fresh", "more", "elsewhere"]
        .iter()
        .map(|step| host.turns(step).remove(0).session)
        .collect();
    assert_eq!(sessions, [None, None, Some("session of B".into()), None]);
}

#[test]
fn questions_and_component_steps() {
    let text = r#"
name: x
state: { goal: "a \"quoted\" {goal}" }
steps:
  - ask: "Ship {state.goal}?"
    id: ship
    choices: [ship, revise]
    default: ship
    details: "by {!user_name}"
  - step: tools:count/words
    input: { text: "{ship.output} \\{x}", n: 5, deep: [true, null, 'é"', 007] }
    timeout: 1s
"#;
    let host = host(text, &[]).says("ship", "revise").says("words", "2");
    assert_eq!(host.run(), Ok("2".into()));
    let calls = host.calls();
    assert!(calls.contains(&Call::Write("goal".into(), "a \"quoted\" {goal}".into())));
    let asked = calls.iter().find_map(|call| match call {
        Call::Ask(_, question, _) => Some(question.clone()),
        _ => None,
    });
    let asked = asked.expect("it asked");
    assert_eq!(asked.prompt, "Ship a \"quoted\" {goal}?");
    assert_eq!(asked.details.as_deref(), Some("by "));
    assert_eq!(asked.default.as_deref(), Some("ship"));
    let input = calls.iter().find_map(|call| match call {
        Call::Step(_, name, input, policy) => {
            Some((name.clone(), input.clone(), policy.timeout_ms))
        }
        _ => None,
    });
    let (name, input, timeout) = input.expect("the step ran");
    assert_eq!((name.as_str(), timeout), ("tools:count/words", Some(1000)));
    let input: serde_json::Value = serde_json::from_str(&input).expect("JSON");
    assert_eq!(
        input,
        serde_json::json!({ "text": "revise {x}", "n": 5, "deep": [true, null, "é\"", "007"] })
    );
}

#[test]
fn an_answer_must_be_one_of_the_choices() {
    let host = host(
        "name: x\nsteps: [{ ask: 'Ship?', choices: [ship, revise] }]\n",
        &[],
    )
    .says("ship", "well…");
    let error = host.run().expect_err("that is no answer");
    assert_eq!(
        message(&error),
        "the step `ship` failed: the answer `well…` is none of `ship`, `revise`"
    );
}

#[test]
fn a_required_value_that_is_not_there() {
    let text = "name: x\nsteps: [{ agent: a, prompt: 'Build {specification}' }]\n";
    let without = host(text, &["a"]);
    let error = without.run().expect_err("there is no specification");
    assert_eq!(
        message(&error),
        "the step `a` failed: {specification} has no value here; start the run with `--spec \
         FILE`, or write {!specification} if it may be empty"
    );
    assert_eq!(without.started(), Vec::<String>::new());
    let with = host(text, &["a"]).setting("specification", "a {bridge}");
    assert!(with.run().is_ok());
    assert_eq!(with.prompts("a"), ["Build a {bridge}"]);
}

#[test]
fn a_broken_package_does_not_run() {
    let host = FakeHost::new(Package::new(
        "name: x\nsteps: [{ agent: nobody }, { foo: 1 }]\n",
    ));
    let Err(Error::Invalid(failure)) = host.run() else {
        panic!("it must not run")
    };
    assert_eq!(
        failure.message,
        "the workflow cannot run: workflow.yaml:2:18: there is no agent `nobody` (there are no \
         agents here; or write agents/nobody.md); there are 2 more problems"
    );
    assert_eq!(
        failure.details.map(|details| details.lines().count()),
        Some(3)
    );
    assert_eq!(host.calls(), []);
}

#[test]
fn other_entries_share_the_agents() {
    let package = Package::new("=== workflows/small.yaml\nname: Small\nsteps: [{ agent: a }]\n")
        .with_agents(&["a"]);
    let host = FakeHost::new(package);
    let output = cm_workflow_declarative::run::run(&host, "workflows/small.yaml");
    assert_eq!(output, Ok("a says".into()));
}

#[test]
fn the_outline_shows_every_step() {
    let text = "
name: Outline
description: What it is for
defaults: { engine: claude }
steps:
  - agent: planner
  - id: both
    label: Both at once
    parallel:
      - { agent: planner, id: again, engine: codex, model: gpt }
      - run: |
          make {planner.output}
          make more
  - { ask: 'Ship it?', id: ship }
  - step: tools/count
=== agents/planner.md
---
name: The planner
---
Plan.
";
    let package = Package::new(text);
    let outline = package.check().outline.expect("an outline");
    let mut shown = format!(
        "{} ({})\n",
        outline.name,
        outline.description.unwrap_or_default()
    );
    for step in outline.steps {
        shown.push_str(&format!(
            "{} {} {:?} in {:?} on {:?} {:?}\n",
            step.kind, step.id, step.label, step.parent, step.engine, step.options
        ));
    }
    insta::assert_snapshot!(shown, @r#"
    Outline (What it is for)
    agent planner "The planner" in None on Some("claude") []
    parallel both "Both at once" in None on None []
    agent again "The planner" in Some("both") on Some("codex") [("model", "gpt")]
    run make "make {planner.output}" in Some("both") on None []
    ask ship "Ship it?" in None on None []
    step count "tools/count" in None on None []
    "#);
}
