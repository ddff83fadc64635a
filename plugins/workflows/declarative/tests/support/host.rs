use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use cm_sdk::workflow::{
    Branching, Command, ControllerChoice, Decision, Directive, Entry, Error, Merging, Placement,
    Policy, Proof, Question, Reply, Turn, invalid, missing, other,
};
use cm_workflow_declarative::read::Files;
use cm_workflow_declarative::run::Host;

use super::{Call, Package};

type Answers = BTreeMap<String, VecDeque<Result<Reply, Error>>>;
/// Answers in place of the script.
type Answerer = Box<dyn FnMut(&Call) -> Result<Reply, Error>>;
/// Says which of so many tasks is over first.
type Order = Box<dyn FnMut(usize) -> usize>;

/// A host for tests.
#[derive(Default)]
pub struct FakeHost {
    pub package: Package,
    pub settings: BTreeMap<String, String>,
    /// The project.
    pub project: BTreeMap<String, String>,
    /// By step, in order; the last one is given again and again. A step without
    /// answers says `<STEP> says`, with exit code 0.
    pub answers: RefCell<Answers>,
    /// What branches, merges and proofs of a step give, in order, by `KIND STEP`; then
    /// all is well.
    pub works: RefCell<Answers>,
    /// What gates, approvals and checkpoints of a step are answered, in order; then
    /// everything goes on.
    pub decisions: RefCell<Answers>,
    pub calls: RefCell<Vec<Call>>,
    /// With their versions.
    pub state: RefCell<BTreeMap<String, (String, u32)>>,
    pub schemas: RefCell<BTreeMap<String, String>>,
    pub artifacts: RefCell<BTreeMap<(String, String), String>>,
    /// Chooses what `next` gives: the position modulo this many.
    pub order: usize,
    pub answerer: RefCell<Option<Answerer>>,
    pub orderer: RefCell<Option<Order>>,
    /// Every answer that was given, in the order of the questions.
    pub given: RefCell<Vec<Result<Reply, Error>>>,
}

impl FakeHost {
    pub fn new(package: Package) -> Self {
        Self {
            package,
            ..Self::default()
        }
    }

    pub fn answer(self, step: &str, reply: Result<Reply, Error>) -> Self {
        let mut answers = self.answers.borrow_mut();
        answers.entry(step.into()).or_default().push_back(reply);
        drop(answers);
        self
    }

    /// What the next branch, merge or proof of a step gives.
    pub fn gives(self, work: &str, reply: Reply) -> Self {
        let mut works = self.works.borrow_mut();
        works.entry(work.into()).or_default().push_back(Ok(reply));
        drop(works);
        self
    }

    pub fn says(self, step: &str, text: &str) -> Self {
        self.answer(step, Ok(reply(text, 0)))
    }

    pub fn exits(self, step: &str, code: i32, text: &str) -> Self {
        self.answer(step, Ok(reply(text, code)))
    }

    /// The step gives a directive with its answer.
    pub fn tells(self, step: &str, text: &str, directives: &[Directive]) -> Self {
        let reply = Reply {
            directives: directives.to_vec(),
            ..reply(text, 0)
        };
        self.answer(step, Ok(reply))
    }

    /// The next gate, approval or checkpoint of a step is answered so, by Ada.
    pub fn decides(self, step: &str, decision: Decision) -> Self {
        self.decides_as(step, decided(decision, "person", "Ada"))
    }

    pub fn decides_as(self, step: &str, reply: Reply) -> Self {
        let mut decisions = self.decisions.borrow_mut();
        decisions
            .entry(step.into())
            .or_default()
            .push_back(Ok(reply));
        drop(decisions);
        self
    }

    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// A file of the project.
    pub fn with_file(mut self, path: &str, text: &str) -> Self {
        self.project.insert(path.into(), text.into());
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
        let calls = self.calls();
        let started = calls.iter().filter_map(Call::started);
        started.map(Into::into).collect()
    }

    /// The prompts that an agent's step was given.
    pub fn prompts(&self, step: &str) -> Vec<String> {
        let turns = self.turns(step);
        turns.into_iter().map(|turn| turn.prompt).collect()
    }

    pub fn turns(&self, step: &str) -> Vec<Turn> {
        let calls = self.calls().into_iter();
        let turns = calls.filter_map(|call| match call {
            Call::Agent(place, turn, _) if place.step == step => Some(turn),
            _ => None,
        });
        turns.collect()
    }

    /// The policies of the turns and commands of a step.
    pub fn policies(&self, step: &str) -> Vec<Policy> {
        let calls = self.calls().into_iter();
        let policies = calls.filter_map(|call| match call {
            Call::Agent(place, _, policy) | Call::Command(place, _, policy)
                if place.step == step =>
            {
                Some(policy)
            }
            _ => None,
        });
        policies.collect()
    }

    /// The commands of a step.
    pub fn commands(&self, step: &str) -> Vec<Command> {
        let calls = self.calls().into_iter();
        let commands = calls.filter_map(|call| match call {
            Call::Command(place, command, _) if place.step == step => Some(command),
            _ => None,
        });
        commands.collect()
    }

    /// The questions of a step, with gates.
    pub fn questions(&self, step: &str) -> Vec<Question> {
        let calls = self.calls().into_iter();
        let questions = calls.filter_map(|call| match call {
            Call::Ask(place, question, _) if place.step == step => Some(question),
            _ => None,
        });
        questions.collect()
    }

    /// What was asked at a step, gates as well: `KIND: PROMPT`.
    pub fn asked(&self, step: &str) -> Vec<String> {
        let questions = self.questions(step).into_iter();
        let asked = questions.map(|question| format!("{}: {}", question.kind, question.prompt));
        asked.collect()
    }

    pub fn marks(&self, state: &str) -> Vec<String> {
        let calls = self.calls().into_iter();
        let marks = calls.filter_map(|call| match call {
            Call::Mark(step, found, _) if found == state => Some(step),
            _ => None,
        });
        marks.collect()
    }

    /// What was marked at a step: `STATE` or `STATE: NOTE`.
    pub fn marked(&self, step: &str) -> Vec<String> {
        let calls = self.calls().into_iter();
        let marks = calls.filter_map(|call| match call {
            Call::Mark(found, state, None) if found == step => Some(state),
            Call::Mark(found, state, Some(note)) if found == step => {
                Some(format!("{state}: {note}"))
            }
            _ => None,
        });
        marks.collect()
    }

    fn start(&self, call: Call) -> Result<FakeTask, Error> {
        let step = call.place().map(|place| place.step.clone());
        let step = step.unwrap_or_default();
        let reply = match self.answerer.borrow_mut().as_mut() {
            Some(answerer) => answerer(&call),
            None => self.scripted(&step, &call),
        };
        self.calls.borrow_mut().push(call);
        let mut given = self.given.borrow_mut();
        given.push(reply.clone());
        let id = given.len().to_string();
        Ok(FakeTask { id, step, reply })
    }

    fn scripted(&self, step: &str, call: &Call) -> Result<Reply, Error> {
        let kind = call.question().map(|question| question.kind.as_str());
        if let Some(kind) = kind.filter(|kind| *kind != "question") {
            let mut decisions = self.decisions.borrow_mut();
            let decided = decisions.get_mut(step).and_then(VecDeque::pop_front);
            return decided.unwrap_or_else(|| Ok(goes_on(kind)));
        }
        let work = match call {
            Call::Branch(_, branching) => Some(("branch", format!("b/{}", branching.name))),
            Call::Merge(..) => Some(("merge", String::new())),
            Call::Prove(..) => Some(("prove", String::new())),
            _ => None,
        };
        if let Some((kind, text)) = work {
            let mut works = self.works.borrow_mut();
            let found = works.get_mut(&format!("{kind} {step}"));
            let found = found.and_then(VecDeque::pop_front);
            return found.unwrap_or_else(|| Ok(reply(&text, 0)));
        }
        let mut answers = self.answers.borrow_mut();
        let reply = match answers.get_mut(step) {
            Some(queue) if queue.len() > 1 => queue.pop_front(),
            Some(queue) => queue.front().cloned(),
            None => None,
        };
        reply.unwrap_or_else(|| Ok(reply_of(step)))
    }
}

/// What a question is answered when nobody looks.
fn goes_on(kind: &str) -> Reply {
    let decision = match kind {
        "approval" => Decision::Approve,
        _ => Decision::Next,
    };
    decided(decision, "host", "continuous")
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
        decision: None,
        directives: Vec::new(),
        options: Vec::new(),
    }
}

/// What somebody decided.
pub fn decided(decision: Decision, from: &str, by: &str) -> Reply {
    let text = match &decision {
        Decision::Reply(text) => text.clone(),
        _ => String::new(),
    };
    Reply {
        text,
        session: None,
        code: None,
        decision: Some(decision),
        directives: Vec::new(),
        options: vec![("by".into(), by.into()), ("from".into(), from.into())],
    }
}

/// What Ada decided.
pub fn by(decision: Decision) -> Result<Reply, Error> {
    Ok(decided(decision, "person", "Ada"))
}

pub struct FakeTask {
    id: String,
    step: String,
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
        let (place, command) = (place.clone(), command.clone());
        self.start(Call::Command(place, command, policy.clone()))
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
        let (place, policy) = (place.clone(), policy.clone());
        self.start(Call::Step(place, name.into(), input.into(), policy))
    }

    fn branch(
        &self,
        place: &Placement,
        branching: &Branching,
        _: &Policy,
    ) -> Result<FakeTask, Error> {
        self.start(Call::Branch(place.clone(), branching.clone()))
    }

    fn merge(&self, place: &Placement, merging: &Merging, _: &Policy) -> Result<FakeTask, Error> {
        self.start(Call::Merge(place.clone(), merging.clone()))
    }

    fn prove(&self, place: &Placement, proof: &Proof, _: &Policy) -> Result<FakeTask, Error> {
        self.start(Call::Prove(place.clone(), proof.clone()))
    }

    fn task_id(&self, task: &FakeTask) -> String {
        task.id.clone()
    }

    fn cancel(&self, task: &FakeTask) {
        self.calls
            .borrow_mut()
            .push(Call::Cancel(task.step.clone()));
    }

    fn wait(&self, task: &FakeTask) -> Result<Reply, Error> {
        self.calls.borrow_mut().push(Call::Wait(task.step.clone()));
        task.reply.clone()
    }

    fn next(&self, tasks: &[&FakeTask]) -> usize {
        let steps = tasks.iter().map(|task| task.step.clone()).collect();
        self.calls.borrow_mut().push(Call::Next(steps));
        match self.orderer.borrow_mut().as_mut() {
            Some(orderer) => orderer(tasks.len()),
            None => self.order % tasks.len(),
        }
    }

    fn entrust(&self, controller: &ControllerChoice, turns: u32) -> Result<(), Error> {
        let call = Call::Entrust(controller.clone(), turns);
        self.calls.borrow_mut().push(call);
        Ok(())
    }

    fn read(&self, key: &str) -> Option<Entry> {
        let state = self.state.borrow();
        let (value, version) = state.get(key)?.clone();
        Some(Entry { value, version })
    }

    fn write(&self, key: &str, value: &str) -> Result<u32, Error> {
        self.calls
            .borrow_mut()
            .push(Call::Write(key.into(), value.into()));
        if let Some(schema) = self.schemas.borrow().get(key) {
            let json = serde_json::from_str::<serde_json::Value>(value).map_or_else(
                |_| serde_json::Value::from(value).to_string(),
                |_| value.into(),
            );
            if let Some(error) = self.conform(schema, &json)?.first() {
                return Err(invalid("schema", format!("`{key}`: {error}")));
            }
        }
        let mut state = self.state.borrow_mut();
        let entry = state.entry(key.into()).or_default();
        *entry = (value.into(), entry.1 + 1);
        Ok(entry.1)
    }

    fn declare(&self, key: &str, schema: &str) -> Result<(), Error> {
        self.calls
            .borrow_mut()
            .push(Call::Declare(key.into(), schema.into()));
        self.schemas.borrow_mut().insert(key.into(), schema.into());
        Ok(())
    }

    fn file(&self, path: &str) -> Result<String, Error> {
        if path.starts_with("secret") {
            return Err(Error::Denied(cm_sdk::workflow::failure(
                "denied",
                "that is not declared",
            )));
        }
        let none = || missing("no-file", format!("there is no file `{path}`"));
        self.project.get(path).cloned().ok_or_else(none)
    }

    fn files(&self, pattern: &str) -> Result<Vec<String>, Error> {
        let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
        let paths = self.project.keys();
        let fits = paths.filter(|path| path.starts_with(start) && path.ends_with(end));
        Ok(fits.cloned().collect())
    }

    fn conform(&self, schema: &str, text: &str) -> Result<Vec<String>, Error> {
        let bad = |error: &dyn std::fmt::Display| other("bad-schema", error.to_string());
        let schema = serde_json::from_str(schema).map_err(|error| bad(&error))?;
        let validator = jsonschema::validator_for(&schema).map_err(|error| bad(&error))?;
        let value: serde_json::Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => return Ok(vec![format!("it is not JSON: {error}")]),
        };
        let errors = validator.iter_errors(&value);
        Ok(errors.map(|error| error.to_string()).collect())
    }

    fn save(&self, step: &str, name: &str, content: &str) -> Result<(), Error> {
        let call = Call::Save(step.into(), name.into(), content.into());
        self.calls.borrow_mut().push(call);
        let key = (step.into(), name.into());
        self.artifacts.borrow_mut().insert(key, content.into());
        Ok(())
    }

    fn artifact(&self, step: &str, name: &str) -> Option<String> {
        let key = (step.into(), name.into());
        self.artifacts.borrow().get(&key).cloned()
    }

    fn mark(&self, place: &Placement, state: &str, note: Option<&str>) {
        let note = note.map(Into::into);
        let call = Call::Mark(place.step.clone(), state.into(), note);
        self.calls.borrow_mut().push(call);
    }
}
