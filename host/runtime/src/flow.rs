use std::sync::Arc;

use cm_types::{StepWork, TimerWork, Work};
use wasmtime::component::{HasSelf, Linker, Resource};

use crate::{
    Bundle, RunContext,
    bindings::{
        engine::cm::types::base,
        workflows::cm::flow::{files, run},
    },
    state::{BundleHandle, ContextHandle, State, TaskHandle},
    waiting,
};

type Answer<T> = wasmtime::Result<Result<T, base::Error>>;

/// For a run: all of `cm:flow`, with the two functions that wait as futures.
pub(crate) fn link_run(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    link_files(linker)?;
    waiting::link(linker)
}

/// Without a run: the package's files. The interface of runs is there, because a
/// component is linked as a whole, but asking it for anything is an error.
pub(crate) fn link_files(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    files::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    run::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}

impl State {
    pub(crate) fn context(&self) -> wasmtime::Result<Arc<dyn RunContext>> {
        self.context
            .clone()
            .ok_or_else(|| wasmtime::Error::msg("there is no run to ask"))
    }

    fn bundle(&self) -> wasmtime::Result<Arc<dyn Bundle>> {
        self.bundle
            .clone()
            .ok_or_else(|| wasmtime::Error::msg("there is no package to read from"))
    }

    fn start(
        &self,
        place: run::Placement,
        work: Work,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        let task = self.context()?.start(place.into(), work, policy.into());
        Ok(task.map(Resource::new_own).map_err(Into::into))
    }
}

impl files::Host for State {}

impl files::HostBundle for State {
    fn paths(
        &mut self,
        _: Resource<BundleHandle>,
        prefix: String,
    ) -> wasmtime::Result<Vec<String>> {
        Ok(self.bundle()?.paths(&prefix))
    }

    fn read(&mut self, _: Resource<BundleHandle>, path: String) -> Answer<String> {
        Ok(self.bundle()?.read(&path).map_err(Into::into))
    }

    fn drop(&mut self, _: Resource<BundleHandle>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl run::Host for State {
    fn next(&mut self, _: Vec<Resource<TaskHandle>>) -> wasmtime::Result<u32> {
        Err(waiting::elsewhere())
    }
}

impl run::HostTask for State {
    fn id(&mut self, task: Resource<TaskHandle>) -> wasmtime::Result<String> {
        Ok(task.rep().to_string())
    }

    fn wait(&mut self, _: Resource<TaskHandle>) -> Answer<run::Reply> {
        Err(waiting::elsewhere())
    }

    fn cancel(&mut self, task: Resource<TaskHandle>) -> wasmtime::Result<()> {
        self.context()?.cancel(task.rep());
        Ok(())
    }

    fn drop(&mut self, _: Resource<TaskHandle>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl run::HostContext for State {
    fn id(&mut self, _: Resource<ContextHandle>) -> wasmtime::Result<String> {
        Ok(self.context()?.id())
    }

    fn bundle(&mut self, _: Resource<ContextHandle>) -> wasmtime::Result<Resource<BundleHandle>> {
        Ok(Resource::new_own(0))
    }

    fn setting(
        &mut self,
        _: Resource<ContextHandle>,
        name: String,
    ) -> wasmtime::Result<Option<String>> {
        Ok(self.context()?.setting(&name))
    }

    fn agent(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        turn: run::Turn,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        self.start(place, Work::Turn(turn.into()), policy)
    }

    fn command(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        command: run::Command,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        self.start(place, Work::Command(command.into()), policy)
    }

    fn ask(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        question: run::Question,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        self.start(place, Work::Question(question.into()), policy)
    }

    fn step(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        name: String,
        input: String,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        self.start(place, Work::Step(StepWork { name, input }), policy)
    }

    fn branch(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        branching: run::Branching,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        self.start(place, Work::Branch(branching.into()), policy)
    }

    fn merge(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        merging: run::Merging,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        self.start(place, Work::Merge(merging.into()), policy)
    }

    fn prove(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        proof: run::Proof,
        policy: run::Policy,
    ) -> Answer<Resource<TaskHandle>> {
        self.start(place, Work::Proof(proof.into()), policy)
    }

    fn sleep(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        milliseconds: u32,
    ) -> Answer<Resource<TaskHandle>> {
        let policy = run::Policy {
            timeout_ms: None,
            idle_ms: None,
            attempts: 1,
            backoff_ms: None,
            retry: Vec::new(),
            at_limit: None,
            class: None,
            options: Vec::new(),
        };
        self.start(place, Work::Timer(TimerWork { milliseconds }), policy)
    }

    fn entrust(
        &mut self,
        _: Resource<ContextHandle>,
        controller: run::ControllerChoice,
        turns: u32,
    ) -> Answer<()> {
        let entrusted = self.context()?.entrust(controller.into(), turns);
        Ok(entrusted.map_err(Into::into))
    }

    fn read(
        &mut self,
        _: Resource<ContextHandle>,
        key: String,
    ) -> wasmtime::Result<Option<run::Entry>> {
        let entry = self.context()?.read(&key);
        Ok(entry.map(|(value, version)| run::Entry { value, version }))
    }

    fn write(&mut self, _: Resource<ContextHandle>, key: String, value: String) -> Answer<u32> {
        Ok(self.context()?.write(key, value).map_err(Into::into))
    }

    fn swap(
        &mut self,
        _: Resource<ContextHandle>,
        key: String,
        version: u32,
        value: String,
    ) -> Answer<u32> {
        let swapped = self.context()?.swap(key, version, value);
        Ok(swapped.map_err(Into::into))
    }

    fn declare(&mut self, _: Resource<ContextHandle>, key: String, schema: String) -> Answer<()> {
        Ok(self.context()?.declare(key, schema).map_err(Into::into))
    }

    fn file(&mut self, _: Resource<ContextHandle>, path: String) -> Answer<String> {
        Ok(self.context()?.file(&path).map_err(Into::into))
    }

    fn files(&mut self, _: Resource<ContextHandle>, pattern: String) -> Answer<Vec<String>> {
        Ok(self.context()?.files(&pattern).map_err(Into::into))
    }

    fn conform(
        &mut self,
        _: Resource<ContextHandle>,
        schema: String,
        text: String,
    ) -> Answer<Vec<String>> {
        Ok(self.context()?.conform(&schema, &text).map_err(Into::into))
    }

    fn save(
        &mut self,
        _: Resource<ContextHandle>,
        step: String,
        name: String,
        content: String,
    ) -> Answer<()> {
        let saved = self.context()?.save(&step, &name, content);
        Ok(saved.map_err(Into::into))
    }

    fn artifact(
        &mut self,
        _: Resource<ContextHandle>,
        step: String,
        name: String,
    ) -> wasmtime::Result<Option<String>> {
        Ok(self.context()?.artifact(&step, &name))
    }

    fn mark(
        &mut self,
        _: Resource<ContextHandle>,
        place: run::Placement,
        state: String,
        note: Option<String>,
    ) -> wasmtime::Result<()> {
        self.context()?.mark(place.into(), state, note);
        Ok(())
    }

    fn note(&mut self, _: Resource<ContextHandle>, item: base::Extension) -> wasmtime::Result<()> {
        self.context()?.note(item.into());
        Ok(())
    }

    fn now(&mut self, _: Resource<ContextHandle>) -> wasmtime::Result<f64> {
        Ok(self.context()?.now())
    }

    fn random(&mut self, _: Resource<ContextHandle>) -> wasmtime::Result<u32> {
        Ok(self.context()?.random())
    }

    fn drop(&mut self, _: Resource<ContextHandle>) -> wasmtime::Result<()> {
        Ok(())
    }
}
