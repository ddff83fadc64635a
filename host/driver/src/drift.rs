//! Programs that are newer than what their adapters were tested with: that is said once.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use cm_orchestrator::Input;
use cm_types::Extension;

use crate::{
    Engine, floor::Floor, ledger::Ledger, probe::probe, programs::ProgramFile, programs::Programs,
    standing::Standing,
};

/// How long a program may take to say which version it is; nobody waits for it.
const WITHIN: Duration = Duration::from_secs(30);

/// The files that were looked at in this run, by engine.
#[derive(Debug, Default)]
pub(crate) struct Drift(Mutex<HashMap<String, ProgramFile>>);

impl Drift {
    /// Whether this is another file than at the last look.
    fn is_news(&self, engine: &str, file: &ProgramFile) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(engine) == Some(file) {
            return false;
        }
        seen.insert(engine.to_owned(), file.clone());
        true
    }
}

impl Floor {
    /// Looks at a program that a turn has started, with what it sees of the environment. A
    /// file that is known is not asked again, so a turn pays for a look at the file only;
    /// what changes between two turns is seen all the same.
    pub(crate) fn look_at(&self, engine: &Engine, program: &str, seen: &[(OsString, OsString)]) {
        let info = &engine.info;
        let asks = |purpose: &str, of: &str| purpose == "version" && of == program;
        let mut probes = info.probes.iter();
        let Some(question) = probes.find(|it| asks(&it.purpose, &it.program)) else {
            return;
        };
        let path = seen.iter().find(|(name, _)| name == "PATH");
        let path = path.map_or(OsStr::new(""), |(_, path)| path);
        let Some(file) = ProgramFile::find(program, path) else {
            return;
        };
        if info.tested.is_empty() || !self.drift.is_news(&engine.name, &file) {
            return;
        }
        let programs = Programs::of(self.catalog.registry().home());
        if let Some(version) = programs.version(&engine.name, &file) {
            return tell(&self.ledger, &programs, engine, version.as_deref());
        }
        let Ok(engine) = self.catalog.engine(&engine.name) else {
            return;
        };
        let (question, ledger) = (question.clone(), Arc::clone(&self.ledger));
        // Beside the turn; when the run is over before it, the next one asks again.
        tokio::spawn(async move {
            let found = probe(&engine, &question, WITHIN).await;
            let Ok(health) = engine.diagnose(vec![found]) else {
                return;
            };
            let version = health.version.as_deref();
            // What cannot be kept is asked again.
            let _ = programs.keep(&engine.name, &file, version);
            tell(&ledger, &programs, &engine, version);
        });
    }
}

fn tell(ledger: &Ledger, programs: &Programs, engine: &Engine, version: Option<&str>) {
    let Some(version) = version else { return };
    let tested = &engine.info.tested;
    let Some(Standing::Newer(newest)) = Standing::of(version, tested) else {
        return;
    };
    // The end stays the last event; what could not be said is said the next time.
    if ledger.look(|run| run.end.is_some()) {
        return;
    }
    if programs.tell_once(&engine.name, version).unwrap_or(true) {
        let body = format!(
            "{} {version} is newer than {newest}, which its adapter was tested with; should something be odd, look at `cm engines {}` (this is said once)",
            engine.info.name, engine.name
        );
        let kind = "warning".to_owned();
        let item = Extension { kind, body };
        ledger.input(Input::Note { task: None, item });
    }
}
