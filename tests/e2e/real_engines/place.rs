//! What an engine needs around it: its program and what that needs itself, a home, the
//! address of the model.

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use cm_model_server::{engine_or_skip, engine_path, environment, node_path, router_environment};

use super::PATIENCE;
use crate::{durability::living::eventually, support::end};

/// Where an engine works.
pub(super) struct Place {
    /// Folders for `PATH`, the engine's own first.
    folders: Vec<PathBuf>,
    /// What its program is told by variables.
    pub(super) variables: Vec<(String, String)>,
    /// What its agents say in their front matter.
    pub(super) options: String,
    /// What runs beside it.
    _router: Option<Router>,
}

/// The program that this engine starts, as it is called where programs are fetched to.
fn program(engine: &str) -> &str {
    match engine {
        "acp" => "qwen",
        "acp-claude" => "claude-agent-acp",
        "acp-codex" => "codex-acp",
        "shell" => "pi",
        engine => engine.strip_prefix("acp-").unwrap_or(engine),
    }
}

/// Whose settings it reads.
fn settings(engine: &str) -> &str {
    match engine {
        "acp-claude" => "claude",
        "acp-codex" => "codex",
        engine => program(engine),
    }
}

/// How a workflow describes Pi, which it could also have as an engine of its own.
const TEMPLATE: &str = r#"{
  program: pi, args: ["--mode", "json", "--print", ["--session", "{session}"]],
  output: json-lines, session: /id if /type=session,
  text: /message/content if /message/stopReason=stop,
  error: /message/errorMessage if /type=message_end,
  usage-input: /message/usage/input if /type=turn_end,
  usage-output: /message/usage/output if /type=turn_end }"#;

impl Place {
    /// None, and a line that says so, when a program is not there.
    pub(super) fn of(engine: &str, url: &str, home: &Path) -> Option<Self> {
        let mut folders = vec![engine_or_skip(program(engine))?];
        match engine {
            "ccr" => folders.push(engine_or_skip("claude")?),
            // It runs commands in Codex's sandbox, and has none itself.
            "acp-codex" => folders.push(engine_or_skip("codex")?.join("../codex-resources")),
            _ => {}
        }
        folders.extend(node_path());
        let mut place = Self {
            folders,
            variables: Vec::new(),
            options: String::new(),
            _router: None,
        };
        let all = match engine {
            "ccr" => {
                let port = free_port();
                let all = router_environment(url, home, port).expect("a home");
                place._router = Some(Router::start(&place, home, port));
                place.options = format!("options: {{ url: 'http://127.0.0.1:{port}' }}\n");
                Ok(all)
            }
            engine => environment(settings(engine), url, home),
        };
        // What `cm` lets through must be enough; nothing else is given. The rest stands
        // in the home.
        let ours = |name: &str| matches!(name, "HOME" | "TMPDIR" | "CODEX_HOME");
        place.variables = all.expect("a home");
        place
            .variables
            .retain(|(name, _)| !ours(name) && !name.starts_with("XDG_"));
        match engine {
            "acp" => "options: { program: qwen, args: ['--acp'] }\n".clone_into(&mut place.options),
            "shell" => place.options = format!("options: {TEMPLATE}\n"),
            _ => {}
        }
        Some(place)
    }

    /// Its `PATH`.
    pub(super) fn path(&self) -> String {
        let folders = self.folders.iter().map(|folder| folder.display());
        let folders: Vec<String> = folders.map(|folder| folder.to_string()).collect();
        format!("{}:/usr/local/bin:/usr/bin:/bin", folders.join(":"))
    }
}

/// The router behind which Claude Code speaks to others' models.
struct Router(Child);

impl Router {
    fn start(place: &Place, home: &Path, port: u16) -> Self {
        let program = engine_path("ccr").expect("it was there").join("ccr");
        let child = Command::new(program)
            .arg("start")
            .env_clear()
            .env("PATH", place.path())
            .env("HOME", home)
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the router starts");
        let listens = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        assert!(eventually(PATIENCE, listens), "the router does not listen");
        Self(child)
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        end(self.0.id());
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its address").port()
}
