use cm_orchestrator::{Input, TaskState};
use cm_types::{
    CommandWork, Decision, Placement, Policy, QuestionKind, QuestionWork, Reply, TimerWork,
    TurnWork, Work,
};

use crate::{dice::Dice, world::World};

/// A workflow for the simulation: what a guest would do.
#[derive(Clone, Debug)]
pub(crate) enum Program {
    /// A turn, a command, a question or a timer.
    Work(String, Box<Work>),
    /// A turn, a gate, and what the gate says; whether it is interactive.
    Agent(String, bool),
    /// Something to approve.
    Approval(String),
    /// One after the other; each sees what came before it.
    Sequence(Vec<Program>),
    /// All at once.
    Parallel(Vec<Program>),
    /// The body, until the command in it says 0, at most so often.
    Loop(Box<Program>, String, u32),
    /// Sets a value, and reads it back.
    Remember(String),
    /// Asks for the time.
    Clock,
}

/// Why a guest does not return.
pub(crate) enum Halt {
    /// It has to wait: it will be run again from its beginning.
    Blocked,
    /// Somebody stopped the run.
    Stopped,
}

impl Program {
    pub(crate) fn random(dice: &mut Dice, depth: u32) -> Self {
        let some = |dice: &mut Dice| {
            let n = 1 + dice.below(4);
            (0..n).map(|_| Self::random(dice, depth - 1)).collect()
        };
        let name = format!("s{}", dice.below(12));
        match dice.below(if depth == 0 { 6 } else { 10 }) {
            0 => Self::Agent(name, dice.chance(60)),
            1 => Self::Work(name, Box::new(turn("agent", "do it", dice.below(3)))),
            2 => Self::Work(name, Box::new(command(&format!("check {}", dice.below(3))))),
            3 => Self::Work(
                name,
                Box::new(Work::Timer(TimerWork {
                    milliseconds: 1 + dice.below(5000) as u32,
                })),
            ),
            4 => Self::Remember(format!("k{}", dice.below(3))),
            5 => match dice.below(3) {
                0 => Self::Clock,
                1 => Self::Approval(name),
                _ => Self::Work(
                    name,
                    Box::new(Work::Question(QuestionWork {
                        prompt: "Go on?".into(),
                        choices: vec!["yes".into(), "no".into()],
                        ..QuestionWork::default()
                    })),
                ),
            },
            6 | 7 => Self::Sequence(some(dice)),
            8 => Self::Parallel(some(dice)),
            _ => {
                let body = Self::Sequence(some(dice));
                Self::Loop(
                    Box::new(body),
                    format!("until {}", dice.below(3)),
                    1 + dice.below(4) as u32,
                )
            }
        }
    }

    /// Runs it from its beginning, as far as results are there. The text is what it
    /// has seen so far: a later request depends on it.
    pub(crate) fn run(&self, world: &mut World, seen: &str) -> Result<String, Halt> {
        match self {
            Self::Work(step, work) => {
                let task = request(world, step, with(work, seen));
                result(world, task)
            }
            Self::Agent(step, interactive) => agent(world, step, *interactive, seen),
            Self::Approval(step) => {
                let question = QuestionWork {
                    kind: QuestionKind::Approval,
                    prompt: format!("Ship {seen}?"),
                    ..QuestionWork::default()
                };
                let task = request(world, step, Work::Question(question));
                result(world, task)
            }
            Self::Sequence(parts) => {
                let mut seen = seen.to_owned();
                for part in parts {
                    seen = format!("{seen};{}", part.run(world, &seen)?);
                    seen = cm_types::Digest::of(seen.as_bytes()).short();
                }
                Ok(seen)
            }
            Self::Parallel(parts) => {
                let results: Vec<_> = parts.iter().map(|part| part.run(world, seen)).collect();
                let results: Result<Vec<_>, _> = results.into_iter().collect();
                Ok(results?.join("|"))
            }
            Self::Loop(body, judge, max) => {
                let mut last = seen.to_owned();
                for _ in 0..*max {
                    last = body.run(world, &last)?;
                    let task = request(world, "judge", command(judge));
                    let verdict = result(world, task)?;
                    if verdict.ends_with('0') {
                        break;
                    }
                    last = format!("{last}!{verdict}");
                }
                Ok(last)
            }
            Self::Remember(key) => {
                world.input(Input::Write {
                    scope: None,
                    key: key.clone(),
                    value: seen.to_owned(),
                });
                let what = format!("state {key}");
                let told = world
                    .input(Input::Observe {
                        scope: None,
                        what,
                        value: None,
                    })
                    .value;
                let by_agent = told
                    .as_ref()
                    .is_some_and(|value| value.starts_with("agent"));
                assert!(
                    told.as_deref() == Some(seen) || by_agent && world.driven,
                    "a guest reads what it wrote, or what came after it: {told:?}"
                );
                Ok(seen.to_owned())
            }
            Self::Clock => {
                let value = Some(world.now.to_string());
                let told = world.input(Input::Observe {
                    scope: None,
                    what: "now".into(),
                    value,
                });
                world.clock_was_told(told.value.as_deref());
                // The time is not part of the result: two runs may differ in it.
                Ok(seen.to_owned())
            }
        }
    }
}

fn request(world: &mut World, step: &str, work: Work) -> u32 {
    let place = Placement {
        step: step.into(),
        parent: None,
        label: None,
    };
    let policy = Policy {
        attempts: 3,
        ..Policy::default()
    };
    let input = Input::Request {
        scope: None,
        place,
        work,
        policy,
    };
    world.input(input).task.expect("a task")
}

fn result(world: &mut World, task: u32) -> Result<String, Halt> {
    let reply = reply(world, task)?;
    if let Ok(Reply {
        decision: Some(Decision::Stop(_)),
        ..
    }) = reply
    {
        return Err(Halt::Stopped);
    }
    Ok(match reply {
        Ok(reply) => reply.text,
        Err(error) => format!("error {error}"),
    })
}

fn reply(world: &mut World, task: u32) -> Result<Result<Reply, cm_types::Error>, Halt> {
    match &world.core.run().tasks[task as usize].state {
        TaskState::Finished { result, .. } => Ok(result.clone()),
        _ => Err(Halt::Blocked),
    }
}

/// A turn, then a gate, then what the gate says.
fn agent(world: &mut World, step: &str, interactive: bool, seen: &str) -> Result<String, Halt> {
    let mut prompt = format!("go on from {seen}");
    loop {
        let task = request(world, step, turn("agent", &prompt, 0));
        let said = match reply(world, task)? {
            Err(error) => return Ok(format!("error {error}")),
            Ok(reply) => match reply.decision {
                Some(Decision::Stop(_)) => return Err(Halt::Stopped),
                Some(decision) => return Ok(decision.word().into()),
                None => reply.text,
            },
        };
        let gate = QuestionWork {
            kind: QuestionKind::Turn,
            about: Some(task),
            interactive,
            ..QuestionWork::default()
        };
        let gate = request(world, step, Work::Question(gate));
        match reply(world, gate)?.expect("a gate does not fail").decision {
            Some(Decision::Next) => return Ok(said),
            Some(Decision::Reply(text)) => prompt = text,
            Some(Decision::Stop(_)) => return Err(Halt::Stopped),
            Some(other) => return Ok(other.word().into()),
            None => panic!("a gate without a decision"),
        }
    }
}

/// The same work, made to depend on what was seen.
fn with(work: &Work, seen: &str) -> Work {
    match work.clone() {
        Work::Turn(turn) => Work::Turn(TurnWork {
            prompt: format!("{} {seen}", turn.prompt),
            ..turn
        }),
        other => other,
    }
}

pub(crate) fn turn(agent: &str, prompt: &str, engine: usize) -> Work {
    Work::Turn(TurnWork {
        agent: agent.into(),
        prompt: prompt.into(),
        engine: (engine > 0).then(|| format!("engine{engine}")),
        ..TurnWork::default()
    })
}

pub(crate) fn command(line: &str) -> Work {
    Work::Command(CommandWork {
        line: line.into(),
        ..CommandWork::default()
    })
}
