//! A package in memory, and a host that answers as it is told and writes down
//! what it was asked.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use cm_sdk::workflow::{
    Command, Error, Findings, Placement, Policy, Question, Reply, Turn, missing,
};
use cm_workflow_declarative::read::Files;
use cm_workflow_declarative::run::Host;

/// Files by path.
#[derive(Clone, Default)]
pub struct Package(pub BTreeMap<String, String>);

impl Package {
    /// From a text in which each file begins with a line `=== PATH`. A text that
    /// does not is the `workflow.yaml`.
    pub fn new(text: &str) -> Self {
        let mut files = BTreeMap::new();
        let mut path = "workflow.yaml".to_string();
        for line in text.split_inclusive('\n') {
            if let Some(next) = line.strip_prefix("=== ") {
                path = next.trim().into();
                files.insert(path.clone(), String::new());
            } else {
                let file: &mut String = files.entry(path.clone()).or_default();
                file.push_str(line);
            }
        }
        Self(files)
    }

    /// The same with agents that have a prompt, as far as they are not there.
    pub fn with_agents(mut self, names: &[&str]) -> Self {
        for name in names {
            let path = format!("agents/{name}.md");
            self.0
                .entry(path)
                .or_insert_with(|| format!("You are the {name}.\n"));
        }
        self
    }

    pub fn check(&self) -> Findings {
        cm_workflow_declarative::check::check(self, "workflow.yaml")
    }

    /// What a check finds, as a person would read it.
    pub fn report(&self) -> String {
        let findings = self.check();
        let mut report = String::new();
        for problem in &findings.problems {
            let kind = if problem.fatal { "error" } else { "warning" };
            writeln!(
                report,
                "{}:{}:{}: {kind}: {}",
                problem.path, problem.line, problem.column, problem.message
            )
            .unwrap();
            if let Some(help) = &problem.help {
                writeln!(report, "    {help}").unwrap();
            }
        }
        match &findings.outline {
            None => report.push_str("(no outline)\n"),
            Some(outline) => {
                let steps: Vec<_> = outline.steps.iter().map(|step| step.id.as_str()).collect();
                writeln!(report, "steps: {}", steps.join(", ")).unwrap();
            }
        }
        report
    }
}

impl Files for Package {
    fn paths(&self, prefix: &str) -> Vec<String> {
        self.0
            .keys()
            .filter(|path| path.starts_with(prefix))
            .cloned()
            .collect()
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| missing("missing", format!("there is no file `{path}`")))
    }
}

/// What the host was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Agent(Placement, Turn, Policy),
    Command(Placement, Command, Policy),
    Ask(Placement, Question, Policy),
    Step(Placement, String, String, Policy),
    Wait(String),
    Next(Vec<String>),
    Mark(String, String, Option<String>),
    Write(String, String),
    Save(String, String, String),
}

impl Call {
    /// The step that was started, if one was.
    pub fn started(&self) -> Option<&str> {
        match self {
            Call::Agent(place, ..)
            | Call::Command(place, ..)
            | Call::Ask(place, ..)
            | Call::Step(place, ..) => Some(&place.step),
            _ => None,
        }
    }
}

type Answers = BTreeMap<String, VecDeque<Result<Reply, Error>>>;

/// A host for tests.
#[derive(Default)]
pub struct FakeHost {
    pub package: Package,
    pub settings: BTreeMap<String, String>,
    /// By step, in order; the last one is given again and again. A step without
    /// answers says `<STEP> says`, with exit code 0.
    pub answers: RefCell<Answers>,
    pub calls: RefCell<Vec<Call>>,
    pub state: RefCell<BTreeMap<String, String>>,
    pub artifacts: RefCell<BTreeMap<(String, String), String>>,
    /// Chooses what `next` gives: the position modulo this many.
    pub order: usize,
}

impl FakeHost {
    pub fn new(package: Package) -> Self {
        Self {
            package,
            ..Self::default()
        }
    }

    pub fn answer(self, step: &str, reply: Result<Reply, Error>) -> Self {
        self.answers
            .borrow_mut()
            .entry(step.into())
            .or_default()
            .push_back(reply);
        self
    }

    pub fn says(self, step: &str, text: &str) -> Self {
        self.answer(step, Ok(reply(text, 0)))
    }

    pub fn exits(self, step: &str, code: i32, text: &str) -> Self {
        self.answer(step, Ok(reply(text, code)))
    }

    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    pub fn run(&self) -> Result<String, Error> {
        cm_workflow_declarative::run::run(self, "workflow.yaml")
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }

    /// The steps that were started, in order.
    pub fn started(&self) -> Vec<String> {
        self.calls()
            .iter()
            .filter_map(Call::started)
            .map(Into::into)
            .collect()
    }

    /// The prompts that an agent's step was given.
    pub fn prompts(&self, step: &str) -> Vec<String> {
        self.turns(step)
            .into_iter()
            .map(|turn| turn.prompt)
            .collect()
    }

    pub fn turns(&self, step: &str) -> Vec<Turn> {
        self.calls()
            .into_iter()
            .filter_map(|call| match call {
                Call::Agent(place, turn, _) if place.step == step => Some(turn),
                _ => None,
            })
            .collect()
    }

    pub fn marks(&self, state: &str) -> Vec<String> {
        self.calls()
            .iter()
            .filter_map(|call| match call {
                Call::Mark(step, found, _) if found == state => Some(step.clone()),
                _ => None,
            })
            .collect()
    }

    fn start(&self, call: Call) -> Result<FakeTask, Error> {
        let step = call.started().unwrap_or_default().to_string();
        self.calls.borrow_mut().push(call);
        let mut answers = self.answers.borrow_mut();
        let reply = match answers.get_mut(&step) {
            Some(queue) if queue.len() > 1 => queue.pop_front(),
            Some(queue) => queue.front().cloned(),
            None => None,
        };
        let reply = reply.unwrap_or_else(|| Ok(reply_of(&step)));
        Ok(FakeTask { step, reply })
    }
}

fn reply_of(step: &str) -> Reply {
    reply(&format!("{step} says"), 0)
}

/// What a step gave.
pub fn reply(text: &str, code: i32) -> Reply {
    Reply {
        text: text.into(),
        session: Some(format!("session of {text}")),
        code: Some(code),
        options: Vec::new(),
    }
}

pub struct FakeTask {
    pub step: String,
    reply: Result<Reply, Error>,
}

impl Files for FakeHost {
    fn paths(&self, prefix: &str) -> Vec<String> {
        self.package.paths(prefix)
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        Files::read(&self.package, path)
    }
}

impl Host for FakeHost {
    type Task = FakeTask;

    fn id(&self) -> String {
        "run-1".into()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    fn agent(&self, place: &Placement, turn: &Turn, policy: &Policy) -> Result<FakeTask, Error> {
        self.start(Call::Agent(place.clone(), turn.clone(), policy.clone()))
    }

    fn command(
        &self,
        place: &Placement,
        command: &Command,
        policy: &Policy,
    ) -> Result<FakeTask, Error> {
        self.start(Call::Command(
            place.clone(),
            command.clone(),
            policy.clone(),
        ))
    }

    fn ask(
        &self,
        place: &Placement,
        question: &Question,
        policy: &Policy,
    ) -> Result<FakeTask, Error> {
        self.start(Call::Ask(place.clone(), question.clone(), policy.clone()))
    }

    fn step(
        &self,
        place: &Placement,
        name: &str,
        input: &str,
        policy: &Policy,
    ) -> Result<FakeTask, Error> {
        self.start(Call::Step(
            place.clone(),
            name.into(),
            input.into(),
            policy.clone(),
        ))
    }

    fn wait(&self, task: &FakeTask) -> Result<Reply, Error> {
        self.calls.borrow_mut().push(Call::Wait(task.step.clone()));
        task.reply.clone()
    }

    fn next(&self, tasks: &[&FakeTask]) -> usize {
        let steps = tasks.iter().map(|task| task.step.clone()).collect();
        self.calls.borrow_mut().push(Call::Next(steps));
        self.order % tasks.len()
    }

    fn read(&self, key: &str) -> Option<String> {
        self.state.borrow().get(key).cloned()
    }

    fn write(&self, key: &str, value: &str) -> Result<(), Error> {
        self.calls
            .borrow_mut()
            .push(Call::Write(key.into(), value.into()));
        self.state.borrow_mut().insert(key.into(), value.into());
        Ok(())
    }

    fn save(&self, step: &str, name: &str, content: &str) -> Result<(), Error> {
        self.calls
            .borrow_mut()
            .push(Call::Save(step.into(), name.into(), content.into()));
        self.artifacts
            .borrow_mut()
            .insert((step.into(), name.into()), content.into());
        Ok(())
    }

    fn artifact(&self, step: &str, name: &str) -> Option<String> {
        self.artifacts
            .borrow()
            .get(&(step.into(), name.into()))
            .cloned()
    }

    fn mark(&self, place: &Placement, state: &str, note: Option<&str>) {
        self.calls.borrow_mut().push(Call::Mark(
            place.step.clone(),
            state.into(),
            note.map(Into::into),
        ));
    }
}
