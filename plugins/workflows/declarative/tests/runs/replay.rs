//! The same answers lead to the same calls, and every run ends.

use std::cell::RefCell;
use std::collections::VecDeque;

use cm_sdk::workflow::{Decision, Directive, Error, Jump, Looping, Reply, Trigger, message, other};
use proptest::prelude::*;

use crate::support::{Call, FakeHost, Package, decided, reply};

const TEXT: &str = "
name: Everything
tracks: { question: Which?, options: { rust: Rust, python: Python } }
state: { n: '0' }
steps:
  - { id: early, agent: helper }
  - { agent: planner, once: true, save: plan.md }
  - separator: Build
  - id: build
    parallel:
      - { agent: fixer, directives: [checkpoint, error] }
      - { agent: typed, schema: { type: integer } }
      - { run: lint, on-failure: continue, on-exit: { 3: pause, 4: checkpoint } }
      - { agent: rusty, tracks: [rust] }
    on-failure: { loop: { to: build, max: 2 } }
  - id: tests
    run: make test
    retry: 2
    on-exit: { 3: { loop: { to: fixer, max: 2 } }, 4: { goto: report }, 5: { error: no disk } }
    on-failure: { loop: { to: planner, max: 2 } }
  - { ask: 'Well?', id: well, choices: [yes, no], on-failure: continue }
  - { approve: 'Ship?', id: ship, on-failure: { loop: { to: build, max: 1 } } }
  - agent: critic
    tools: [decide]
    on-failure: { loop: { to: planner, max: 1 } }
    directives: { loop: { steps: 2, max: 2, skip: [tests] }, checkpoint: true, pause: true, error: true, trigger: [helper], goto: { to: [build, report], max: 2 } }
  - { step: tools/count, input: ['{critic.output}'], on-failure: continue }
  - { id: report, agent: reporter, prompt: '{!critic.output} {!helper.output} {!fixer.output}' }
=== agents/planner/1-ideas.md
Ideas?
=== agents/planner/2-risks.md
Risks?
=== agents/critic/1-more.md
More of {!helper.output}?
";

const AGENTS: [&str; 7] = [
    "planner", "fixer", "typed", "rusty", "critic", "helper", "reporter",
];

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    /// Below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let at = usize::try_from(self.roll(of.len() as u64)).expect("it is small");
        of[at]
    }

    /// What somebody decides at any time, which is rare.
    fn decision(&mut self) -> Option<Decision> {
        Some(match self.roll(40) {
            0 => Decision::Skip,
            1 => Decision::Back(
                self.pick(&["planner", "build", "fixer", "report", "x"])
                    .into(),
            ),
            2 if self.roll(4) == 0 => Decision::Stop("enough".into()),
            _ => return None,
        })
    }

    fn directives(&mut self, step: &str) -> Vec<Directive> {
        let mut directives = Vec::new();
        while self.roll(3) == 0 {
            directives.push(match (step, self.roll(8)) {
                ("fixer" | "critic", 0) => Directive::Checkpoint(None),
                ("critic", 1 | 2) => Directive::Loop(Looping {
                    steps: (self.roll(3) == 0).then_some(1),
                    to: None,
                    reason: Some("again".into()),
                }),
                ("critic", 3) => Directive::Pause(Some("rest".into())),
                ("critic", 4) => Directive::Trigger(Trigger {
                    agent: "helper".into(),
                    prompt: None,
                    reason: None,
                }),
                ("critic", 5) => Directive::Goto(Jump {
                    to: self.pick(&["build", "report"]).into(),
                    reason: None,
                }),
                ("critic", 6) => Directive::Leave(None),
                ("fixer" | "critic", 7) => Directive::Fail(None),
                // Not allowed anywhere else, and rare.
                _ if self.roll(10) == 0 => Directive::Fail(None),
                _ => break,
            });
        }
        directives
    }

    fn answer(&mut self, call: &Call) -> Result<Reply, Error> {
        let outside = self.decision();
        if let Some(question) = call.question() {
            let text = self.pick(&["yes", "no", "well"]);
            let decision = outside.unwrap_or_else(|| match question.kind.as_str() {
                "turn" if self.roll(4) == 0 => Decision::Reply("think".into()),
                "approval" => match self.roll(3) {
                    0 => Decision::Reject("ugly".into()),
                    1 => Decision::Revise("smaller".into()),
                    _ => Decision::Approve,
                },
                "question" => Decision::Reply(text.into()),
                _ => Decision::Next,
            });
            return Ok(decided(
                decision,
                self.pick(&["person", "controller"]),
                "Ada",
            ));
        }
        if let Some(decision) = outside {
            return Ok(decided(decision, "person", "Ada"));
        }
        let step = call
            .place()
            .map(|place| place.step.clone())
            .unwrap_or_default();
        match self.roll(30) {
            0 => Err(other("bad", "it is bad")),
            1 if self.roll(8) == 0 => Err(Error::Cancelled),
            _ => {
                let code = match call {
                    Call::Command(..) => i32::try_from(self.roll(7)).expect("it is small"),
                    _ => 0,
                };
                let session = (self.roll(2) == 0).then(|| "a session".to_string());
                let decision = match self.roll(9) {
                    0 if step == "critic" => Some(Decision::Reject("no".into())),
                    1 if step == "critic" => Some(Decision::Approve),
                    _ => None,
                };
                Ok(Reply {
                    session,
                    decision,
                    directives: self.directives(&step),
                    ..reply(self.pick(&["1", "prose", "```\n2\n```"]), code)
                })
            }
        }
    }
}

fn fresh(track: &str) -> FakeHost {
    let package = Package::new(TEXT).with_agents(&AGENTS);
    FakeHost::new(package).setting("selected_track", track)
}

#[test]
fn the_workflow_is_sound() {
    let package = Package::new(TEXT).with_agents(&AGENTS);
    assert!(!package.report().contains("error:"), "{}", package.report());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_answers_lead_to_the_same_calls(seed in any::<u64>(), rust in any::<bool>()) {
        let track = if rust { "rust" } else { "python" };
        let host = fresh(track);
        let mut dice = Dice(seed);
        let mut order = Dice(!seed);
        *host.answerer.borrow_mut() = Some(Box::new(move |call| dice.answer(call)));
        *host.orderer.borrow_mut() = Some(Box::new(move |count| {
            usize::try_from(order.roll(count as u64)).expect("it is small")
        }));
        let result = host.run();
        let calls = host.calls();

        // It ends, and says at which step if it fails.
        prop_assert!(calls.len() < 20_000, "{} calls", calls.len());
        if let Err(error) = &result {
            let words = message(error);
            let known = ["the step `", "stopped by Ada", "it was cancelled"];
            prop_assert!(known.iter().any(|known| words.starts_with(known)), "{}", words);
        }

        // Everything that was started is waited for, once.
        let started = calls.iter().filter(|call| call.place().is_some()).count();
        let waited = calls.iter().filter(|call| matches!(call, Call::Wait(_))).count();
        prop_assert_eq!(started, waited);

        // Every step that begins comes to an end, and none ends that did not begin.
        let mut open: Vec<&str> = Vec::new();
        for call in &calls {
            let Call::Mark(step, state, note) = call else { continue };
            let is_open = open.contains(&step.as_str());
            match state.as_str() {
                "started" if note.is_none() => {
                    prop_assert!(!is_open, "{step} begins twice");
                    open.push(step);
                }
                "started" => prop_assert!(is_open, "{step} goes on"),
                "skipped" if !is_open => {}
                _ => {
                    prop_assert!(is_open, "{step} ends");
                    open.retain(|other| other != step);
                }
            }
        }
        prop_assert!(open.is_empty(), "{:?}", open);

        // The recorded answers, in the recorded order, and nothing else.
        let again = fresh(track);
        let tape = RefCell::new(VecDeque::from(host.given.borrow().clone()));
        *again.answerer.borrow_mut() = Some(Box::new(move |_| {
            tape.borrow_mut().pop_front().unwrap_or_else(|| Err(other("end", "of the tape")))
        }));
        let mut order = Dice(!seed);
        *again.orderer.borrow_mut() = Some(Box::new(move |count| {
            usize::try_from(order.roll(count as u64)).expect("it is small")
        }));
        prop_assert_eq!(again.run(), result);
        prop_assert_eq!(again.calls(), calls);
    }
}
