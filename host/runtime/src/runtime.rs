use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use cm_types::Digest;
use wasmtime::Engine;

use crate::{
    Component, Fault, Identity, Limits, RuntimeError, cache::Cache, config::config, guest::Guest,
    ticker,
};

type Compiled = wasmtime::component::Component;
type Slot = Arc<Mutex<Option<Compiled>>>;

/// Loads components. One for the whole process; cheap to start.
pub struct Runtime {
    engine: Engine,
    cache: Option<Cache>,
    limits: Arc<Limits>,
    /// One slot for each component, so that two who want the same one wait for one
    /// compilation and others do not.
    loaded: Mutex<HashMap<Digest, Slot>>,
}

impl Runtime {
    /// Starts the runtime. `cache` is the directory for compiled code; it is made
    /// when it is needed.
    ///
    /// # Errors
    /// When this processor or system cannot run compiled WebAssembly.
    pub fn new(cache: Option<PathBuf>, limits: Limits) -> Result<Self, RuntimeError> {
        let engine = Engine::new(&config())
            .map_err(|error| RuntimeError::new(Fault::Engine, format!("{error:#}")))?;
        ticker::start(engine.weak()).map_err(|error| {
            let message = format!("its clock could not be started: {error}");
            RuntimeError::new(Fault::Engine, message)
        })?;
        let cache = cache.map(|directory| Cache::new(directory, &engine));
        Ok(Self {
            engine,
            cache,
            limits: Arc::new(limits),
            loaded: Mutex::new(HashMap::new()),
        })
    }

    /// Why compiled code cannot be kept, if it cannot: worth telling once.
    pub fn warning(&self) -> Option<String> {
        self.cache.as_ref().and_then(Cache::warning)
    }

    /// Loads a component: from memory, from the cache, or by compiling `bytes`, which
    /// is asked for only then.
    ///
    /// # Errors
    /// `Read`, `Digest` (these are not the bytes that were installed) and `Compile`.
    pub fn load<B: AsRef<[u8]>>(
        &self,
        identity: Identity,
        digest: Digest,
        bytes: impl FnOnce() -> io::Result<B>,
    ) -> Result<Component, RuntimeError> {
        // A poisoned lock only says that another thread died while it held a slot:
        // what is in it is whole or absent.
        let slot = {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(loaded.entry(digest).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let compiled = match &*slot {
            Some(compiled) => compiled.clone(),
            None => {
                let compiled = self
                    .fetch(digest, bytes)
                    .map_err(|error| error.of(&identity, digest))?;
                slot.insert(compiled).clone()
            }
        };
        Ok(Component::new(Guest {
            identity: Arc::new(identity),
            digest,
            engine: self.engine.clone(),
            component: compiled,
            limits: Arc::clone(&self.limits),
        }))
    }

    fn fetch<B: AsRef<[u8]>>(
        &self,
        digest: Digest,
        bytes: impl FnOnce() -> io::Result<B>,
    ) -> Result<Compiled, RuntimeError> {
        if let Some(cache) = &self.cache
            && let Some(compiled) = cache.load(&self.engine, digest)
        {
            return Ok(compiled);
        }
        let bytes = bytes().map_err(|error| {
            RuntimeError::new(Fault::Read, format!("its file cannot be read: {error}"))
        })?;
        let compiled = self.compile(digest, bytes.as_ref())?;
        if let Some(cache) = &self.cache
            && let Ok(code) = compiled.serialize()
        {
            cache.store(digest, code);
        }
        Ok(compiled)
    }

    fn compile(&self, digest: Digest, bytes: &[u8]) -> Result<Compiled, RuntimeError> {
        let most = self.limits.component;
        if bytes.len() > most {
            let message = format!("its file is larger than {most} bytes");
            return Err(RuntimeError::new(Fault::Compile, message));
        }
        let found = Digest::of(bytes);
        if found != digest {
            let message = format!(
                "its file was changed: {digest} was installed and {found} is there. Install the \
                 package again"
            );
            return Err(RuntimeError::new(Fault::Digest, message));
        }
        Compiled::from_binary(&self.engine, bytes).map_err(|error| {
            let message = format!("it is not a WebAssembly component: {error:#}");
            RuntimeError::new(Fault::Compile, message)
        })
    }
}
