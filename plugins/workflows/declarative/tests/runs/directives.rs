//! What turns and commands tell the workflow.

use cm_sdk::workflow::{Decision, Directive, Jump, Looping, Reply, Trigger, details, message};

use crate::host;
use crate::support::{decided, reply};

fn back(to: Option<&str>, steps: Option<u32>, reason: Option<&str>) -> Directive {
    Directive::Loop(Looping {
        steps,
        to: to.map(Into::into),
        reason: reason.map(Into::into),
    })
}

fn goto(to: &str) -> Directive {
    Directive::Goto(Jump {
        to: to.into(),
        reason: None,
    })
}

fn trigger(agent: &str, prompt: Option<&str>) -> Directive {
    Directive::Trigger(Trigger {
        agent: agent.into(),
        prompt: prompt.map(Into::into),
        reason: None,
    })
}

const LOOP: &str = "
name: x
steps:
  - agent: planner
  - { agent: builder, id: build }
  - { run: lint }
  - agent: critic
    directives: { loop: { to: build, max: 2, skip: [lint] } }
    save: critic.md
  - { run: report }
=== agents/critic/1-more.md
More?
";

#[test]
fn a_loop_goes_back_until_its_limit_and_then_forward() {
    let host = host(LOOP, &["planner", "builder", "critic"]).tells(
        "critic",
        "again",
        &[back(None, None, Some("tests fail"))],
    );
    assert_eq!(host.run(), Ok("report says".into()));
    assert_eq!(
        host.started(),
        // The chain is dropped when the step is left, and goes on at the limit.
        [
            "planner", "build", "lint", "critic", "build", "critic", "build", "critic", "critic",
            "report"
        ]
    );
    assert_eq!(
        host.marked("critic"),
        [
            "started",
            "done: back to `build`, 1 of 2: tests fail",
            "started",
            "done: back to `build`, 2 of 2: tests fail",
            "started",
            "started: 2 of 2: more",
            "done: the loop is over after 2; the loop is over after 2",
        ]
    );
    assert_eq!(
        host.marked("lint")[2..],
        [
            "skipped: the loop of `critic` passes it over",
            "skipped: the loop of `critic` passes it over"
        ]
    );
    // No gate for a turn that leaves the step; it is written after it all the same.
    assert_eq!(host.questions("critic").len(), 2);
    assert_eq!(
        host.artifacts.borrow()[&("critic".to_string(), "critic.md".to_string())],
        "again"
    );
}

#[test]
fn a_turn_says_how_far_back() {
    let said = |directive: Directive| {
        let host = host(LOOP, &["planner", "builder", "critic"])
            .tells("critic", "again", &[directive])
            .says("critic", "fine");
        let result = host.run();
        (host.started().into_iter().nth(4), result)
    };
    assert_eq!(
        said(back(Some("planner"), None, None)).0.as_deref(),
        Some("planner")
    );
    assert_eq!(said(back(None, Some(2), None)).0.as_deref(), Some("build"));
    assert_eq!(said(back(None, Some(0), None)).0.as_deref(), Some("critic"));
    assert_eq!(
        said(back(None, Some(99), None)).0.as_deref(),
        Some("planner")
    );
    let (_, result) = said(back(Some("report"), None, None));
    let error = result.expect_err("it lies ahead");
    assert_eq!(
        message(&error),
        "the step `critic` failed: the step `critic` cannot do what it was told: the step \
         `report` lies ahead; only this one and earlier ones can be gone back to: `planner`, \
         `build`, `lint`, `critic`"
    );
}

#[test]
fn steps_back_in_the_workflow_do_not_count_lines_for_the_eye() {
    let text = "
name: x
steps:
  - { run: a }
  - separator: Now
  - { run: b }
  - { agent: critic, directives: { loop: { steps: 2, max: 1 } } }
";
    let host = host(text, &["critic"]).tells("critic", "no", &[back(None, None, None)]);
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["a", "b", "critic", "a", "b", "critic"]);
    assert_eq!(host.marked(""), [] as [String; 0]);
}

#[test]
fn stop_leaves_the_loop() {
    let host = host(LOOP, &["planner", "builder", "critic"])
        .tells("critic", "again", &[back(None, None, None)])
        .tells(
            "critic",
            "enough",
            &[
                back(None, None, None),
                Directive::Leave(Some("good".into())),
            ],
        )
        .says("critic", "end");
    assert!(host.run().is_ok());
    assert_eq!(
        host.started(),
        [
            "planner", "build", "lint", "critic", "build", "critic", "critic", "report"
        ]
    );
    assert_eq!(
        host.marked("critic").last().map(String::as_str),
        Some("done: the loop is left: good")
    );
}

const ALL: &str = "
name: x
steps:
  - { id: h, agent: helper, prompt: early }
  - agent: a
    input: { what: cats }
    prompt: 'Pet {what}'
    directives: { loop: { to: a, max: 1 }, checkpoint: true, pause: true, error: true, trigger: [helper], goto: { to: [end] } }
  - { run: between }
  - { id: end, agent: b, prompt: '{a.output} {helper.output}' }
=== agents/helper.md
---
name: The helper
engine: codex
timeout: 9s
tools: [state]
---
Help with {!what}.
";

#[test]
fn one_order_whatever_was_said_first() {
    let said = [
        back(None, None, None),
        goto("end"),
        Directive::Pause(Some("lunch".into())),
        Directive::Checkpoint(None),
        trigger("helper", Some("And {dogs}.")),
    ];
    let host = host(ALL, &["a", "b"])
        .tells("a", "A", &said)
        .says("a/helper", "H");
    assert!(host.run().is_ok());
    assert_eq!(host.started(), ["h", "a", "a/helper", "end"]);
    assert_eq!(
        host.asked("a"),
        [
            "checkpoint: checkpoint of the step `a`",
            "checkpoint: paused: lunch"
        ]
    );
    let personal: Vec<_> = host
        .questions("a")
        .iter()
        .map(|asked| asked.personal)
        .collect();
    assert_eq!(personal, [false, true]);
    assert_eq!(host.marked("a"), ["started", "done: on to `end`"]);
    assert_eq!(host.prompts("end"), ["A H"]);
    let turn = host.turns("a/helper").remove(0);
    assert_eq!(turn.prompt, "Help with cats.\n\nAnd {dogs}.");
    assert_eq!(turn.engine.as_deref(), Some("codex"));
    assert_eq!(turn.grants.tools, ["read_state", "write_state"]);
    let places = host
        .calls()
        .into_iter()
        .filter_map(|call| call.place().cloned());
    let place = places.into_iter().find(|place| place.step == "a/helper");
    let place = place.expect("it ran");
    assert_eq!(
        (place.parent.as_deref(), place.label.as_deref()),
        (Some("a"), Some("The helper"))
    );
    assert_eq!(host.marked("a/helper"), ["started", "done"]);
}

#[test]
fn an_error_comes_before_everything() {
    let said = [
        trigger("helper", None),
        Directive::Fail(Some("no disk".into())),
    ];
    let host = host(ALL, &["a", "b"]).tells("a", "A", &said);
    let error = host.run().expect_err("it says so");
    assert_eq!(message(&error), "the step `a` failed: no disk");
    assert_eq!(host.started(), ["h", "a"]);
}

#[test]
fn a_checkpoint_can_end_the_run_or_the_step() {
    let point = [
        Directive::Checkpoint(Some("look".into())),
        trigger("helper", None),
    ];
    let stopped = host(ALL, &["a", "b"])
        .tells("a", "A", &point)
        .decides("a", Decision::Stop("ugly".into()));
    let error = stopped.run().expect_err("it was stopped");
    assert_eq!(message(&error), "stopped by Ada: ugly");
    assert_eq!(
        stopped.asked("a"),
        ["checkpoint: checkpoint of the step `a`: look"]
    );

    let skipped = host(ALL, &["a", "b"])
        .tells("a", "A", &point)
        .decides("a", Decision::Skip);
    assert!(skipped.run().is_ok());
    assert_eq!(skipped.started(), ["h", "a", "a/helper", "between", "end"]);

    let refused = host(ALL, &["a", "b"])
        .tells("a", "A", &point)
        .decides("a", Decision::Back("end".into()));
    assert!(refused.run().is_ok());
    assert!(refused.asked("a")[1].starts_with("checkpoint: the step `end` lies ahead"));
    assert!(refused.asked("a")[1].ends_with("\ncheckpoint of the step `a`: look"));
    // After the checkpoint comes the gate.
    assert_eq!(refused.asked("a")[2], "turn: next: the step `between`");
}

#[test]
fn a_triggered_agent_can_fail_and_be_skipped() {
    let failing = host(ALL, &["a", "b"])
        .tells("a", "A", &[trigger("helper", None)])
        .answer("a/helper", Err(cm_sdk::workflow::other("dead", "it died")));
    let error = failing.run().expect_err("the helper failed");
    assert_eq!(
        message(&error),
        "the step `a` failed: the agent `helper`, which it has run, failed: it died"
    );
    assert_eq!(failing.marked("a/helper"), ["started", "failed: it died"]);

    let skipped = host(ALL, &["a", "b"])
        .tells("a", "A", &[trigger("helper", None)])
        .answer("a/helper", Ok(decided(Decision::Skip, "person", "Ada")));
    assert!(skipped.run().is_ok());
    assert_eq!(
        skipped.marked("a/helper"),
        ["started", "skipped: skipped by Ada"]
    );
    assert_eq!(skipped.started(), ["h", "a", "a/helper", "between", "end"]);
}

#[test]
fn what_is_not_allowed_is_refused() {
    let text = "name: x\nsteps: [{ agent: a, directives: { trigger: [helper] } }, { run: b }]\n";
    let refused = [
        (back(None, None, None), "loop"),
        (Directive::Leave(None), "stop"),
        (Directive::Checkpoint(None), "checkpoint"),
        (Directive::Pause(None), "pause"),
        (Directive::Fail(None), "error"),
        (goto("b"), "goto` the step `b"),
        (trigger("other", None), "trigger` of the agent `other"),
    ];
    for (directive, what) in refused {
        let host = host(text, &["a", "helper"]).tells("a", "A", &[directive]);
        let error = host.run().expect_err("it may not");
        let code = details(&error).map(|failure| failure.code.clone());
        assert_eq!(code.as_deref(), Some("directive-not-granted"));
        assert_eq!(
            message(&error),
            format!(
                "the step `a` failed: it gave the directive `{what}`, which it may not; allow it \
                 at the step `a` with `directives:`"
            )
        );
    }
}

#[test]
fn goto_has_a_limit() {
    let text = "
name: x
steps:
  - { run: first }
  - { agent: a, directives: { goto: { to: [first, last], max: 2 } } }
  - { run: between }
  - { run: last }
";
    let ahead = host(text, &["a"]).tells("a", "A", &[goto("last")]);
    assert!(ahead.run().is_ok());
    assert_eq!(ahead.started(), ["first", "a", "last"]);

    let endless = host(text, &["a"]).tells("a", "A", &[goto("first")]);
    let error = endless.run().expect_err("the limit");
    assert_eq!(
        message(&error),
        "the step `a` failed: it wants to go on at `first`, and has gone on elsewhere 2 times, \
         which is its limit (`max: 2`)"
    );
    assert_eq!(
        endless.started(),
        ["first", "a", "first", "a", "first", "a"]
    );
    assert_eq!(endless.marked("a")[1], "done: on to `first`, 1 of 2");
}

#[test]
fn exit_codes_tell_the_workflow() {
    let text = "
name: x
steps:
  - { run: first }
  - id: c
    run: check
    on-exit: { 3: { goto: last }, 4: checkpoint, 5: { loop: { to: first, max: 1 } }, 6: pause, 7: { error: no disk } }
  - { run: between }
  - { run: last }
";
    let run = |codes: &[i32]| {
        let mut host = host(text, &[]);
        for code in codes {
            host = host.exits("c", *code, "printed");
        }
        let result = host.run();
        let started = host.started().join(" ");
        (started, host.asked("c"), host.marked("c"), result)
    };
    let (started, _, marks, _) = run(&[3]);
    assert_eq!(started, "first c last");
    assert_eq!(marks[1], "done: on to `last`: exit code 3");
    let (started, asked, ..) = run(&[4]);
    assert_eq!(started, "first c between last");
    assert_eq!(
        asked,
        ["checkpoint: checkpoint of the step `c`: exit code 4"]
    );
    let (started, _, marks, _) = run(&[5]);
    assert_eq!(started, "first c first c between last");
    assert_eq!(marks[1], "done: back to `first`, 1 of 1: exit code 5");
    assert_eq!(marks[3], "done: the loop is over after 1");
    let (_, asked, ..) = run(&[6]);
    assert_eq!(asked, ["checkpoint: paused: exit code 6"]);
    let (started, .., result) = run(&[7]);
    assert_eq!(started, "first c");
    assert_eq!(
        message(&result.expect_err("an error")),
        "the step `c` failed: no disk"
    );
    let (.., result) = run(&[9]);
    let error = result.expect_err("a failure");
    assert_eq!(
        message(&error),
        "the step `c` failed: `check` ended with exit code 9"
    );
}

#[test]
fn commands_give_directives_too() {
    let text = "
name: x
steps:
  - { run: first }
  - { id: c, run: check, directives: { loop: { to: first, max: 1 }, trigger: [helper] } }
";
    let host = host(text, &["helper"]).tells(
        "c",
        "printed",
        &[back(None, None, None), trigger("helper", None)],
    );
    assert_eq!(host.run(), Ok("printed".into()));
    assert_eq!(
        host.started(),
        ["first", "c", "c/helper", "first", "c", "c/helper"]
    );
    // One that failed has failed, whatever it says beside that.
    let failing = Reply {
        directives: vec![back(None, None, None)],
        ..reply("printed", 1)
    };
    let host = crate::host(text, &["helper"]).answer("c", Ok(failing));
    assert!(host.run().is_err());
    assert_eq!(host.started(), ["first", "c"]);
}

#[test]
fn a_loop_within_a_loop_keeps_both_ways() {
    let text = "
name: x
steps:
  - { run: a }
  - { run: b }
  - { agent: inner, directives: { loop: { to: b, max: 1 } } }
  - { agent: outer, directives: { loop: { to: a, max: 1, skip: [b, inner] } } }
";
    let host = host(text, &["inner", "outer"])
        .tells("inner", "I", &[back(None, None, None)])
        .tells("outer", "O", &[back(None, None, None)]);
    assert!(host.run().is_ok());
    assert_eq!(
        host.started(),
        ["a", "b", "inner", "b", "inner", "outer", "a", "outer"]
    );
}

#[test]
fn what_a_loop_passes_over_runs_again_once_the_run_is_past_it() {
    let text = "
name: x
steps:
  - { run: build }
  - { run: lint }
  - { agent: critic, directives: { loop: { to: build, max: 1, skip: [lint] } } }
  - { run: tests, on-failure: { loop: { to: build, max: 1 } } }
";
    let host = host(text, &["critic"])
        .tells("critic", "again", &[back(None, None, None)])
        .says("critic", "fine")
        .exits("tests", 1, "")
        .exits("tests", 0, "");
    assert!(host.run().is_ok());
    assert_eq!(
        host.started(),
        [
            "build", "lint", "critic", "build", "critic", "tests", "build", "lint", "critic",
            "tests"
        ]
    );
}
