use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use cm_driver::Engine;
use cm_journal::{Found, Journal};
use cm_model_server::{ModelServer, Script};
use cm_registry::Source;
use tempfile::TempDir;

use crate::{place::STATE, trouble::Trouble, view::text};

/// Far more than any of it takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// What is handed on of this process's environment. No key is.
const KEPT: [&str; 9] = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TERM",
    "TZ",
    "USER",
    "LOGNAME",
    "SHELL",
    "LD_LIBRARY_PATH",
];
/// Looks like a key; it opens nothing.
const KEY: &str = "sk-scripted-k-Zq81x";

/// The variables by which an engine finds the model here, and the model's name where it
/// has none of its own.
type Setting = (Vec<(String, String)>, Option<&'static str>);

/// A home, an engine, and the model behind it.
pub(super) struct Bench {
    root: TempDir,
    server: ModelServer,
    engine: String,
    model: Option<&'static str>,
    environment: Vec<(String, String)>,
}

/// A run on its way.
pub(super) struct Run {
    child: Child,
    place: PathBuf,
    began: Instant,
}

/// What became of a run.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    err: String,
    pub(super) project: PathBuf,
}

impl Bench {
    pub(super) fn new(engine: &Engine) -> Result<Self, Trouble> {
        let broken = |what: &str, error: &dyn std::fmt::Display| {
            Trouble::new("not-tried", format!("{what}: {error}"))
        };
        let script = Script::from_json(include_str!("../live.json"));
        let script = script.map_err(|error| broken("the script is not understood", &error))?;
        let server = ModelServer::start(script);
        let server = server.map_err(|error| broken("no model server can be started", &error))?;
        let root = tempfile::Builder::new().prefix("cm-live-").tempdir();
        let root = root.map_err(|error| broken("there is no temporary directory", &error))?;
        let name = engine.name.as_str();
        let home = root.path().join("home");
        let (environment, model) = environment(name, &server.url(), &home)
            .map_err(|error| broken("the engine's settings cannot be written", &error))?;
        let bench = Self {
            root,
            server,
            engine: name.to_owned(),
            model,
            environment,
        };
        // What is part of `cm` is there already.
        if let Source::Installed(package) | Source::Directory(package) = engine.package.source() {
            let mut install = bench.command(bench.root.path());
            install.arg("install").arg(package).arg("--yes");
            let output = install.output();
            let output = output.map_err(|error| broken("`cm` cannot be started", &error))?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                return Err(broken("the adapter cannot be installed there", &said));
            }
        }
        Ok(bench)
    }

    /// Forgets what the model was asked.
    pub(super) fn forget(&self) {
        self.server.reset();
    }

    /// Whether the model was asked what this rule answers.
    pub(super) fn was_asked(&self, rule: &str) -> bool {
        self.server.requests().iter().any(|seen| seen.rule == rule)
    }

    /// Plays a run to its end: an agent is asked this, and then come these steps.
    pub(super) fn play(&self, name: &str, more: &str, prompt: &str) -> Result<Ended, String> {
        let ended = self.start(name, more, prompt)?.ended()?;
        match self.server.requests().is_empty() && ended.code == Some(0) {
            true => Err("its model was asked elsewhere, and not on this machine".into()),
            false => Ok(ended),
        }
    }

    pub(super) fn start(&self, name: &str, more: &str, prompt: &str) -> Result<Run, String> {
        let place = self.root.path().join(name);
        let project = place.join("project");
        let prompt = prompt.replace("PROJECT", &project.display().to_string());
        let workflow = format!("name: {name}\nmode: continuous\nsteps:\n  - agent: tried\n{more}");
        let written = fs::create_dir_all(place.join("flow/agents"))
            .and_then(|()| fs::create_dir_all(&project))
            .and_then(|()| fs::write(place.join("flow/workflow.yaml"), workflow))
            .and_then(|()| fs::write(place.join("flow/agents/tried.md"), prompt));
        let failed = |error: std::io::Error| format!("it cannot be tried: {error}");
        written.map_err(failed)?;
        let mut command = self.command(&project);
        command.arg("run").arg(place.join("flow"));
        command.args(["--yes", "--engine", &self.engine]);
        if let Some(model) = self.model {
            command.args(["--model", model]);
        }
        let file = |name: &str| File::create(place.join(name)).map_err(failed);
        command.stdout(file("out")?).stderr(file("err")?);
        Ok(Run {
            child: command.spawn().map_err(failed)?,
            place,
            began: Instant::now(),
        })
    }

    /// `cm` in this directory, with nothing of the person's but where programs are.
    fn command(&self, directory: &Path) -> Command {
        let program = std::env::current_exe().unwrap_or_else(|_| "cm".into());
        let mut command = Command::new(program);
        let kept = KEPT
            .iter()
            .filter_map(|name| Some((*name, std::env::var_os(name)?)));
        command
            .current_dir(directory)
            .env_clear()
            .envs(kept)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("CODEMACHINE_HOME", self.root.path().join("codemachine"))
            .stdin(Stdio::null());
        command
    }

    /// Takes it all away; what cannot be, is said.
    pub(super) fn leave(self) -> Option<String> {
        let path = self.root.path().to_owned();
        let error = self.root.close().err()?;
        Some(format!("{} is left: {error}", path.display()))
    }
}

impl Run {
    /// Waits for something that happens while it goes on.
    pub(super) fn until(&mut self, happened: impl Fn() -> bool) -> Result<(), String> {
        while !happened() {
            if let Ok(Some(_)) = self.child.try_wait() {
                let ended = self.end(false);
                return Err(format!("too early, {}", ended.in_words()));
            }
            if self.began.elapsed() > PATIENCE {
                return Err(self.too_long());
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Cancels it, as a person would.
    pub(super) fn cancel(&mut self, bench: &Bench) -> Result<(), String> {
        let mut cancel = bench.command(&self.place.join("project"));
        let output = cancel.args(["cancel", "last"]).output();
        let output = output.map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(()),
            false => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                self.end(true);
                Err(format!("it cannot be cancelled: {said}"))
            }
        }
    }

    pub(super) fn ended(mut self) -> Result<Ended, String> {
        while !matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
            if self.began.elapsed() > PATIENCE {
                return Err(self.too_long());
            }
            std::thread::sleep(LOOK);
        }
        Ok(self.end(false))
    }

    fn too_long(&mut self) -> String {
        let ended = self.end(true);
        format!(
            "it took longer than {} s\n{}",
            PATIENCE.as_secs(),
            ended.err.trim()
        )
    }

    fn end(&mut self, kill: bool) -> Ended {
        if kill {
            // Its programs die with it.
            let _ = self.child.kill();
        }
        let status = self.child.wait().ok();
        let read = |name: &str| {
            let bytes = fs::read(self.place.join(name)).unwrap_or_default();
            text::clean(&String::from_utf8_lossy(&bytes))
        };
        Ended {
            code: status.and_then(|status| status.code()),
            out: read("out"),
            err: read("err"),
            project: self.place.join("project"),
        }
    }
}

impl Ended {
    pub(super) fn in_words(&self) -> String {
        let how = match self.code {
            Some(code) => format!("it ended with code {code}"),
            None => "it was ended by a signal".into(),
        };
        format!("{how}\n{}", self.err.trim())
    }

    /// The run's id.
    pub(super) fn run(&self) -> Result<String, String> {
        let journal = Journal::open_existing(&self.project.join(STATE));
        let journal = journal.map_err(|error| error.to_string())?;
        let journal = journal.ok_or("it left no journal")?;
        match journal.find("last").map_err(|error| error.to_string())? {
            Found::One(id) => Ok(id),
            _ => Err("it left no run".into()),
        }
    }
}

fn environment(engine: &str, url: &str, home: &Path) -> std::io::Result<Setting> {
    let (address, key, below, model) = match engine {
        "anthropic" => ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "", None),
        "openai" => ("OPENAI_BASE_URL", "OPENAI_API_KEY", "/v1", None),
        "chat" => ("OLLAMA_HOST", "OLLAMA_API_KEY", "", Some("ollama/scripted")),
        engine => return Ok((cm_model_server::environment(engine, url, home)?, None)),
    };
    fs::create_dir_all(home)?;
    let variables = [
        ("HOME", home.display().to_string()),
        (address, format!("{url}{below}")),
        (key, KEY.to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    Ok((variables.into(), model))
}
