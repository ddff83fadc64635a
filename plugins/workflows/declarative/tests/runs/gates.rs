//! Gates, chained prompts, and what people decide at any time.

use cm_sdk::workflow::{Decision, Error, Reply, details, message};

use crate::host;
use crate::support::{Call, by, decided, reply};

const CHAIN: &str = "
name: x
steps:
  - { agent: planner, input: { topic: bridges } }
  - { id: tests, run: make }
=== agents/planner.md
Plan {topic}.
=== agents/planner/01-ideas.md
---
name: Ideas
---
Ideas for {topic}, {!user_name}?
=== agents/planner/02-risks.md
---
name: Risks
---
Risks of {input.topic}?
";

#[test]
fn a_chain_goes_on_in_one_conversation() {
    let host = host(CHAIN, &[])
        .says("planner", "A")
        .says("planner", "B")
        .says("planner", "C {topic}")
        .setting("user_name", "{topic}");
    assert_eq!(host.run(), Ok("tests says".into()));
    assert_eq!(
        host.prompts("planner"),
        [
            "Plan bridges.",
            "Ideas for bridges, {topic}?",
            "Risks of bridges?"
        ]
    );
    let sessions: Vec<_> = host
        .turns("planner")
        .into_iter()
        .map(|turn| turn.session)
        .collect();
    assert_eq!(
        sessions,
        [
            None,
            Some("session of A".into()),
            Some("session of B".into())
        ]
    );
    assert_eq!(
        host.asked("planner"),
        [
            "turn: next: 2 of 3, Ideas",
            "turn: next: 3 of 3, Risks",
            "turn: next: the step `tests`"
        ]
    );
    assert_eq!(
        host.marked("planner"),
        [
            "started",
            "started: 2 of 3: Ideas",
            "started: 3 of 3: Risks",
            "done"
        ]
    );
    // Each gate shows the turn before it.
    let about: Vec<_> = host
        .questions("planner")
        .into_iter()
        .map(|question| (question.speaker, question.about, question.interactive))
        .collect();
    let who = Some("planner".to_string());
    assert_eq!(
        about,
        [
            (who.clone(), Some("1".into()), true),
            (who.clone(), Some("3".into()), true),
            (who, Some("5".into()), true)
        ]
    );
}

/// In a chained prompt the step's own output is what its agent said so far.
#[test]
fn a_chained_prompt_can_use_the_answer_before_it() {
    let text = "
name: x
steps:
  - { id: first, agent: planner }
  - { id: again, run: make, on-failure: { loop: { to: first, max: 1 } } }
=== agents/planner.md
Plan. {!first.output}
=== agents/planner/01-ideas.md
On {planner.output}?
=== agents/planner/02-risks.md
{!planner.output}, {first.output}?
";
    let host = host(text, &[])
        .says("first", "A {first.output}")
        .says("first", "B")
        .says("first", "C")
        .exits("again", 1, "no")
        .exits("again", 0, "again says")
        .says("first", "D")
        .says("first", "E")
        .says("first", "F");
    assert_eq!(host.run(), Ok("again says".into()));
    assert_eq!(
        host.prompts("first"),
        [
            "Plan. ",
            "On A {first.output}?",
            "B, B?",
            "Plan. C",
            "On D?",
            "E, E?"
        ]
    );
}

#[test]
fn what_is_said_at_a_gate_uses_nothing_up() {
    let host = host(CHAIN, &[])
        .decides("planner", Decision::Reply("use {topic}".into()))
        .decides("planner", Decision::Revise("shorter".into()))
        .decides("planner", Decision::Next)
        .decides_as(
            "planner",
            decided(Decision::Reply("go deeper".into()), "controller", "lead"),
        )
        .decides("planner", Decision::Reject("no".into()));
    assert!(host.run().is_ok());
    assert_eq!(
        host.prompts("planner"),
        [
            "Plan bridges.",
            "USER (Ada): use {topic}",
            "USER (Ada): shorter",
            "Ideas for bridges, ?",
            "CONTROLLER: go deeper",
            "USER (Ada): no",
            "Risks of bridges?"
        ]
    );
    assert_eq!(host.asked("planner")[1], "turn: next: 2 of 3, Ideas");
    assert_eq!(host.asked("planner")[4], "turn: next: 3 of 3, Risks");
}

#[test]
fn the_output_is_what_was_said_last() {
    let text = "name: x\nsteps: [{ agent: a }, { agent: b, prompt: '{a.output}' }]\n";
    let host = host(text, &["a", "b"])
        .says("a", "first")
        .says("a", "second")
        .decides("a", Decision::Reply("again".into()));
    assert!(host.run().is_ok());
    assert_eq!(host.prompts("b"), ["second"]);
    assert_eq!(host.asked("b"), ["turn: next: the end of the workflow"]);
}

#[test]
fn without_a_session_a_conversation_is_begun_anew() {
    let quiet = |text: &str| {
        Ok(Reply {
            session: None,
            ..reply(text, 0)
        })
    };
    let host = host(CHAIN, &[])
        .answer("planner", quiet("the plan"))
        .answer("planner", quiet("the ideas"));
    assert!(host.run().is_ok());
    let turns = host.turns("planner");
    assert!(turns.iter().all(|turn| turn.session.is_none()));
    assert_eq!(
        turns[2].prompt,
        "# What you were asked first\n\nPlan bridges.\n\n# What you answered last\n\nthe \
         ideas\n\n# What is asked of you now\n\nRisks of bridges?"
    );
}

#[test]
fn interactive_comes_from_the_step_then_the_agent_then_the_workflow() {
    let text = "
name: x
defaults: { interactive: false }
steps:
  - { id: a, agent: plain }
  - { id: b, agent: own }
  - { id: c, agent: own, interactive: false }
=== agents/plain.md
Hi.
=== agents/own.md
---
interactive: true
---
Hi.
";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    let interactive = ["a", "b", "c"].map(|step| host.questions(step)[0].interactive);
    assert_eq!(interactive, [false, true, false]);
}

#[test]
fn a_step_can_be_skipped() {
    let text = "
name: x
steps:
  - { agent: a, save: a.txt, set: { k: v } }
  - { agent: b, prompt: '[{!a.output}] [{!a.artifact.a.txt}]' }
";
    let host = host(text, &["a", "b"])
        .says("a", "half")
        .decides("a", Decision::Skip);
    assert!(host.run().is_ok());
    assert_eq!(host.marked("a"), ["started", "skipped: skipped by Ada"]);
    // Nothing is written after it; what it said stays.
    assert_eq!(host.prompts("b"), ["[half] []"]);
    assert!(host.state.borrow().is_empty());
}

#[test]
fn whatever_goes_on_can_be_skipped() {
    let text = "
name: x
steps:
  - { run: a }
  - { ask: b?, id: b }
  - { step: c/c }
  - { approve: d?, id: d }
  - { agent: e }
  - { run: echo }
";
    let mut all = host(text, &["e"]);
    for step in ["a", "b", "c", "e"] {
        all = all.answer(step, by(Decision::Skip));
    }
    let all = all.decides("d", Decision::Skip);
    assert_eq!(all.run(), Ok("echo says".into()));
    assert_eq!(all.marks("skipped"), ["a", "b", "c", "d", "e"]);
    assert_eq!(all.questions("e"), []);
}

#[test]
fn going_back_runs_what_follows_again() {
    let text = "
name: x
steps:
  - { agent: a, once: true }
  - { run: b, once: true }
  - { agent: c }
";
    let host = host(text, &["a", "c"])
        .says("c", "1")
        .says("c", "2")
        .decides("c", Decision::Back("a".into()));
    assert_eq!(host.run(), Ok("2".into()));
    // Whoever goes back to a step wants it to run, also when it runs once; what lies
    // between stays as it is.
    assert_eq!(host.started(), ["a", "b", "c", "a", "c"]);
    assert_eq!(
        host.marked("c"),
        [
            "started",
            "skipped: Ada goes back to `a`",
            "started",
            "done"
        ]
    );
    assert_eq!(
        host.marked("b"),
        ["started", "done", "skipped: it is done, and runs once"]
    );
}

#[test]
fn going_forward_is_no_going_back() {
    let text = "name: x\nsteps: [{ agent: a }, { agent: b }, { run: c }]\n";
    let host = host(text, &["a", "b"])
        .decides("b", Decision::Back("c".into()))
        .decides("b", Decision::Back("nowhere".into()));
    assert!(host.run().is_ok());
    assert_eq!(
        host.asked("b"),
        [
            "turn: next: the step `c`",
            "turn: the step `c` lies ahead; only this one and earlier ones can be gone back to: \
             `a`, `b`\nnext: the step `c`",
            "turn: there is no step `nowhere`; these can be gone back to: `a`, `b`\nnext: the \
             step `c`",
        ]
    );
    assert_eq!(host.started(), ["a", "b", "c"]);
}

#[test]
fn a_turn_that_was_stopped_for_nothing_gets_a_gate() {
    let text = "name: x\nsteps: [{ agent: a }, { run: c }]\n";
    let host = host(text, &["a"])
        .answer("a", by(Decision::Back("c".into())))
        .says("a", "the answer")
        .decides("a", Decision::Reply("go on then".into()));
    assert!(host.run().is_ok());
    assert!(host.asked("a")[0].starts_with("turn: the step `c` lies ahead"));
    assert_eq!(host.prompts("a").len(), 2);
    assert!(host.prompts("a")[1].ends_with("USER (Ada): go on then"));
}

#[test]
fn a_command_that_was_stopped_for_nothing_can_run_again() {
    let text = "name: x\nsteps: [{ run: a }, { ask: 'b?', id: b }, { run: c }]\n";
    let host = host(text, &[])
        .answer("a", by(Decision::Back("c".into())))
        .says("a", "ran")
        .answer("b", by(Decision::Back("c".into())))
        .says("b", "fine");
    assert!(host.run().is_ok());
    assert!(host.asked("a")[0].starts_with("checkpoint: the step `c` lies ahead"));
    assert!(host.asked("b")[1].starts_with("question: the step `c` lies ahead"));
    assert!(host.asked("b")[1].ends_with("\nb?"));
    assert_eq!(host.started(), ["a", "a", "b", "b", "c"]);
}

#[test]
fn stopping_ends_the_run_and_says_who() {
    let text = "name: x\nsteps: [{ agent: a, on-failure: continue }, { run: b }]\n";
    let at_gate = host(text, &["a"]).decides("a", Decision::Stop("too dear".into()));
    let at_work = host(text, &["a"]).answer("a", by(Decision::Stop("too dear".into())));
    for host in [at_gate, at_work] {
        let error = host.run().expect_err("it was stopped");
        assert_eq!(
            details(&error).map(|failure| failure.code.as_str()),
            Some("stopped")
        );
        assert_eq!(message(&error), "stopped by Ada: too dear");
        assert_eq!(host.started(), ["a"]);
        assert_eq!(host.marked("a")[1], "failed: stopped by Ada: too dear");
    }
}

#[test]
fn an_agent_that_rejects_makes_its_step_fail_after_the_gate() {
    let text = "
name: x
steps:
  - { agent: builder, prompt: '[{!critic.output}]' }
  - { agent: critic, tools: [decide], on-failure: { loop: { to: builder, max: 3 } } }
";
    let decides = |decision: Decision| {
        Ok(Reply {
            decision: Some(decision),
            ..reply("my words", 0)
        })
    };
    let host = host(text, &["builder", "critic"])
        .answer("critic", decides(Decision::Reject("no tests".into())))
        .answer("critic", decides(Decision::Revise("more tests".into())))
        .answer("critic", decides(Decision::Approve));
    assert_eq!(host.run(), Ok("my words".into()));
    assert_eq!(
        host.prompts("builder"),
        ["[]", "[no tests]", "[more tests]"]
    );
    assert_eq!(
        host.asked("critic"),
        [
            "turn: next: the step fails: no tests",
            "turn: next: the step fails: more tests",
            "turn: next: the end of the workflow"
        ]
    );
    assert_eq!(
        host.marked("critic"),
        [
            "started",
            "failed: `critic` says no: no tests; back to `builder`, 1 of 3",
            "started",
            "failed: `critic` says no: more tests; back to `builder`, 2 of 3",
            "started",
            "done: approved"
        ]
    );
}

#[test]
fn a_person_can_talk_an_agent_out_of_its_no() {
    let text = "name: x\nsteps: [{ agent: critic, tools: [decide] }]\n";
    let says = |decision: Decision| {
        Ok(Reply {
            decision: Some(decision),
            ..reply("words", 0)
        })
    };
    let host = host(text, &["critic"])
        .answer("critic", says(Decision::Reject("ugly".into())))
        .answer("critic", says(Decision::Approve))
        .decides("critic", Decision::Reply("look again".into()));
    assert_eq!(host.run(), Ok("words".into()));
}

#[test]
fn approvals() {
    let text = "
name: x
steps:
  - { id: make, agent: a, prompt: 'make [{!ok.output}]' }
  - { approve: 'Ship {make.output}?', id: ok, details: 'all of {make.output}', person: true, on-failure: { loop: { to: make, max: 3 } } }
  - { agent: b, prompt: '{ok.output}' }
";
    let host = host(text, &["a", "b"])
        .says("make", "it")
        .decides("ok", Decision::Reject("too slow".into()))
        .decides("ok", Decision::Revise("smaller".into()))
        .decides("ok", Decision::Approve);
    assert!(host.run().is_ok());
    assert_eq!(
        host.prompts("make"),
        ["make []", "make [too slow]", "make [smaller]"]
    );
    assert_eq!(host.prompts("b"), ["approved"]);
    let asked = host.questions("ok").remove(0);
    assert_eq!(
        (
            asked.kind.as_str(),
            asked.prompt.as_str(),
            asked.details.as_deref(),
            asked.personal
        ),
        ("approval", "Ship it?", Some("all of it"), true)
    );
    assert_eq!(asked.choices, [] as [String; 0]);
    assert_eq!(
        host.marked("ok")[1],
        "failed: rejected by Ada: too slow; back to `make`, 1 of 3"
    );
}

#[test]
fn a_question_can_be_for_a_person_only() {
    let text = "name: x\nsteps: [{ ask: a?, id: a, person: true }, { ask: b?, id: b }]\n";
    let host = host(text, &[]);
    assert!(host.run().is_ok());
    let personal = ["a", "b"].map(|step| host.questions(step)[0].personal);
    assert_eq!(personal, [true, false]);
}

#[test]
fn an_answer_that_a_gate_cannot_have_is_an_error() {
    let text = "name: x\nsteps: [{ agent: a }]\n";
    let host = host(text, &["a"]).decides("a", Decision::Ask("you do it".into()));
    let error = host.run().expect_err("nothing can be done with it");
    assert_eq!(
        message(&error),
        "the step `a` failed: the answer to a turn is none that it can have"
    );
    assert!(matches!(error, Error::Invalid(_)));
}

#[test]
fn gates_have_no_limit_of_the_step() {
    let host = host(
        "name: x\nsteps: [{ agent: a, timeout: 5s, retry: 4 }]\n",
        &["a"],
    );
    assert!(host.run().is_ok());
    let policies = host.calls().into_iter().filter_map(|call| match call {
        Call::Agent(_, _, policy) | Call::Ask(_, _, policy) => {
            Some((policy.timeout_ms, policy.attempts))
        }
        _ => None,
    });
    let policies: Vec<_> = policies.collect();
    assert_eq!(policies, [(Some(5000), 4), (None, 1)]);
}
