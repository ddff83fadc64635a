//! The component: the contract on one side, the rooms of this crate on the other.

use cm_sdk::workflow::{
    Branching, Bundle, Command, Context, ControllerChoice, Entry, Error, Findings, Guest, Merging,
    Placement, Policy, Problem, Proof, Question, Reply, Task, Turn, next,
};

use crate::problem::Problems;
use crate::read::{self, Files};
use crate::run::Host;
use crate::{check, outline, run};

/// What is exported.
pub struct Declarative;

#[cfg(target_arch = "wasm32")]
cm_sdk::workflow::bindings::export!(Declarative with_types_in cm_sdk::workflow::bindings);

impl Guest for Declarative {
    fn check(bundle: Bundle, entry: String) -> Findings {
        findings(&bundle, &entry)
    }

    fn run(context: Context, entry: String) -> Result<String, Error> {
        run::run(
            &Live {
                context: &context,
                bundle: context.bundle(),
            },
            &entry,
        )
    }
}

/// What a check of `entry` finds.
pub(crate) fn findings(files: &dyn Files, entry: &str) -> Findings {
    let mut problems = Problems::new(entry);
    let package = read::package(files, entry, &mut problems);
    if let Some(package) = &package {
        check::package(package, &mut problems);
        // What is not understood may well be used.
        if !package.is_script() && !problems.is_fatal() {
            check::unused(files, package, &mut problems);
        }
    }
    let problems = problems.into_sorted().into_iter().map(|problem| Problem {
        fatal: problem.fatal,
        message: problem.message,
        path: problem.path,
        line: problem.at.line,
        column: problem.at.column,
        help: problem.help,
    });
    Findings {
        outline: package.as_ref().map(outline::of),
        problems: problems.collect(),
    }
}

impl Files for Bundle {
    fn paths(&self, prefix: &str) -> Vec<String> {
        Bundle::paths(self, prefix)
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        Bundle::read(self, path)
    }
}

/// A run's context and the files of its package.
struct Live<'c> {
    context: &'c Context,
    bundle: Bundle,
}

impl Files for Live<'_> {
    fn paths(&self, prefix: &str) -> Vec<String> {
        self.bundle.paths(prefix)
    }

    fn read(&self, path: &str) -> Result<String, Error> {
        self.bundle.read(path)
    }
}

impl Host for Live<'_> {
    type Task = Task;

    fn id(&self) -> String {
        self.context.id()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.context.setting(name)
    }

    fn agent(&self, place: &Placement, turn: &Turn, policy: &Policy) -> Result<Task, Error> {
        self.context.agent(place, turn, policy)
    }

    fn command(
        &self,
        place: &Placement,
        command: &Command,
        policy: &Policy,
    ) -> Result<Task, Error> {
        self.context.command(place, command, policy)
    }

    fn ask(&self, place: &Placement, question: &Question, policy: &Policy) -> Result<Task, Error> {
        self.context.ask(place, question, policy)
    }

    fn step(
        &self,
        place: &Placement,
        name: &str,
        input: &str,
        policy: &Policy,
    ) -> Result<Task, Error> {
        self.context.step(place, name, input, policy)
    }

    fn branch(
        &self,
        place: &Placement,
        branching: &Branching,
        policy: &Policy,
    ) -> Result<Task, Error> {
        self.context.branch(place, branching, policy)
    }

    fn merge(&self, place: &Placement, merging: &Merging, policy: &Policy) -> Result<Task, Error> {
        self.context.merge(place, merging, policy)
    }

    fn prove(&self, place: &Placement, proof: &Proof, policy: &Policy) -> Result<Task, Error> {
        self.context.prove(place, proof, policy)
    }

    fn task_id(&self, task: &Task) -> String {
        task.id()
    }

    fn cancel(&self, task: &Task) {
        task.cancel();
    }

    fn wait(&self, task: &Task) -> Result<Reply, Error> {
        task.wait()
    }

    fn next(&self, tasks: &[&Task]) -> usize {
        next(tasks) as usize
    }

    fn entrust(&self, controller: &ControllerChoice, turns: u32) -> Result<(), Error> {
        self.context.entrust(controller, turns)
    }

    fn read(&self, key: &str) -> Option<Entry> {
        self.context.read(key)
    }

    fn write(&self, key: &str, value: &str) -> Result<u32, Error> {
        self.context.write(key, value)
    }

    fn declare(&self, key: &str, schema: &str) -> Result<(), Error> {
        self.context.declare(key, schema)
    }

    fn file(&self, path: &str) -> Result<String, Error> {
        self.context.file(path)
    }

    fn files(&self, pattern: &str) -> Result<Vec<String>, Error> {
        self.context.files(pattern)
    }

    fn conform(&self, schema: &str, text: &str) -> Result<Vec<String>, Error> {
        self.context.conform(schema, text)
    }

    fn save(&self, step: &str, name: &str, content: &str) -> Result<(), Error> {
        self.context.save(step, name, content)
    }

    fn artifact(&self, step: &str, name: &str) -> Option<String> {
        self.context.artifact(step, name)
    }

    fn mark(&self, place: &Placement, state: &str, note: Option<&str>) {
        self.context.mark(place, state, note);
    }
}
