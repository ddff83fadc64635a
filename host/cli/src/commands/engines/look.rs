//! What the engines' programs say of themselves.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use cm_driver::{Engine, ProgramFile, Programs, probe};
use cm_types::{Finding, Probe};
use tokio::{sync::Semaphore, task::JoinSet};

use super::row::Row;
use crate::{packaging, trouble::Trouble, view::waiting::Waiting};

/// How long a program may take to answer.
const WITHIN: Duration = Duration::from_secs(15);
/// So many are asked at the same time: most of them are large, and slow to start.
const AT_ONCE: usize = 6;

/// A question to a program, and the home it is in: engines that share a program have the
/// same ones.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    purpose: String,
    program: String,
    arguments: Vec<String>,
    home: Option<PathBuf>,
}

impl Question {
    fn of(engine: &Engine, probe: &Probe) -> Self {
        Self {
            purpose: probe.purpose.clone(),
            program: probe.program.clone(),
            arguments: probe.arguments.clone(),
            home: engine.home.as_ref().map(|home| home.path().to_owned()),
        }
    }
}

/// Asks all of them at the same time, and their adapters what the answers mean.
pub(super) fn at(engines: Vec<Arc<Engine>>) -> Result<Vec<Row>, Trouble> {
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let tokio = tokio.map_err(|error| Trouble::new("no-runtime", error.to_string()))?;
    let found = tokio.block_on(ask(&engines));
    let programs = packaging::home().map(|home| Programs::of(&home)).ok();
    let mut rows = Vec::new();
    for engine in engines {
        let questions = questions(&engine);
        let findings =
            questions.filter_map(|probe| found.get(&Question::of(&engine, probe)).cloned());
        let health = engine.diagnose(findings.collect())?;
        if let Some(programs) = &programs {
            keep(programs, &engine, health.version.as_deref());
        }
        rows.push(Row::of(&engine, health));
    }
    Ok(rows)
}

/// Signing in is for a person to begin.
fn questions(engine: &Engine) -> impl Iterator<Item = &Probe> {
    let probes = engine.info.probes.iter();
    probes.filter(|probe| probe.purpose != "login")
}

async fn ask(engines: &[Arc<Engine>]) -> HashMap<Question, Finding> {
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let (waiting, mut open) = (Waiting::new(), Vec::new());
    let (mut asked, mut found) = (JoinSet::new(), HashMap::new());
    for engine in engines {
        for question in questions(engine) {
            let key = Question::of(engine, question);
            if found.contains_key(&key) {
                continue;
            }
            let empty = Finding {
                purpose: question.purpose.clone(),
                code: None,
                stdout: String::new(),
                stderr: String::new(),
            };
            found.insert(key.clone(), empty);
            open.push(question.program.clone());
            let (engine, question) = (Arc::clone(engine), question.clone());
            let gate = Arc::clone(&gate);
            asked.spawn(async move {
                let _place = gate.acquire().await;
                let finding = probe(&engine, &question, WITHIN).await;
                (key, finding)
            });
        }
    }
    say(&waiting, &open);
    while let Some(answer) = asked.join_next().await {
        if let Ok((key, finding)) = answer {
            if let Some(at) = open.iter().position(|program| *program == key.program) {
                open.swap_remove(at);
            }
            say(&waiting, &open);
            found.insert(key, finding);
        }
    }
    found
}

/// Who has not answered yet.
fn say(waiting: &Waiting, open: &[String]) {
    let names: BTreeSet<_> = open.iter().map(String::as_str).collect();
    let names: Vec<_> = names.into_iter().collect();
    waiting.say(format!("Asking {}", names.join(", ")));
}

/// Runs need not ask again for what is known now. It is no harm when it cannot be kept.
fn keep(programs: &Programs, engine: &Engine, version: Option<&str>) {
    let mut probes = engine.info.probes.iter();
    let Some(probe) = probes.find(|probe| probe.purpose == "version") else {
        return;
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let Some(file) = ProgramFile::find(&probe.program, &path) else {
        return;
    };
    let known = programs.version(&engine.name, &file);
    if known.as_ref().map(Option::as_deref) != Some(version) {
        let _ = programs.keep(&engine.name, &file, version);
    }
}
