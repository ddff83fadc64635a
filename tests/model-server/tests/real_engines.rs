//! The real engine programs, unmodified, with plain command lines, against the server.

use cm_model_server::{
    ModelServer, Script, claude_environment, codex_environment, engine_or_skip,
    opencode_environment,
};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Far more than any of them needs: an engine that hangs must not hang the tests.
const PATIENCE: Duration = Duration::from_secs(180);

struct Bench {
    name: &'static str,
    program: PathBuf,
    server: ModelServer,
    environment: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

struct Run {
    success: bool,
    lines: Vec<Value>,
    all: String,
}

impl Bench {
    fn new(name: &'static str) -> Option<Self> {
        let program = engine_or_skip(name)?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = ModelServer::start(Script::example().expect("the example")).expect("a server");
        let (home, project) = (folder.path().join("home"), folder.path().join("project"));
        fs::create_dir(&project).expect("a project");
        let environment = match name {
            "claude" => claude_environment(&server.url(), &home),
            "codex" => codex_environment(&server.url(), &home),
            _ => opencode_environment(&server.url(), &home),
        };
        let mut environment = environment.expect("a home");
        // What stands in the home must be enough: `cm` starts engines with little else.
        let few = |name: &str| matches!(name, "HOME" | "TMPDIR") || name.starts_with("OPENCODE_");
        environment.retain(|(name, _)| few(name));
        Some(Self {
            name,
            program,
            server,
            environment,
            folder,
        })
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn start(&self, prompt: &str, session: Option<&str>, out: &Path) -> Child {
        let line = match self.name {
            "claude" => {
                "-p --output-format stream-json --verbose --permission-mode acceptEdits \
                 --allowedTools Bash,Read,Edit,Write"
            }
            "codex" => "exec --json --skip-git-repo-check -s workspace-write",
            _ => "run --format json",
        };
        let mut command = Command::new(self.program.join(self.name));
        command.args(line.split_whitespace());
        match (self.name, session) {
            ("claude", Some(id)) => command.args(["--resume", id]),
            ("codex", Some(id)) => command.args(["resume", id, "-"]),
            ("codex", None) => command.arg("-"),
            (_, Some(id)) => command.args(["-s", id]),
            (_, None) => &mut command,
        };
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.program.display());
        let file = File::create(out).expect("a file for the output");
        command
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("PATH", path)
            .env("PWD", self.project())
            .current_dir(self.project())
            .stdin(Stdio::piped())
            .stdout(file.try_clone().expect("the same file"))
            .stderr(file);
        let mut child = command.spawn().expect("the engine starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin
            .write_all(prompt.as_bytes())
            .expect("the engine reads its prompt");
        child
    }

    fn run(&self, prompt: &str, session: Option<&str>) -> Run {
        let out = self.folder.path().join("output");
        let mut child = self.start(prompt, session, &out);
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().expect("a status") {
                Some(status) => break status,
                None if begun.elapsed() > PATIENCE => {
                    child.kill().expect("it can be killed");
                    break child.wait().expect("a status");
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let all = String::from_utf8_lossy(&fs::read(&out).expect("the output")).into_owned();
        let lines = all
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        Run {
            success: status.success(),
            lines,
            all,
        }
    }
}

impl Run {
    fn session(&self) -> &str {
        let id = self.lines.iter().find_map(|line| {
            ["session_id", "thread_id", "sessionID"]
                .iter()
                .find_map(|key| line[*key].as_str())
        });
        id.unwrap_or_else(|| panic!("no session in {}", self.all))
    }

    fn text(&self) -> &str {
        let text = self.lines.iter().rev().find_map(|line| {
            let codex = (line["item"]["type"] == "agent_message").then(|| &line["item"]["text"]);
            let opencode = (line["type"] == "text").then(|| &line["part"]["text"]);
            line["result"]
                .as_str()
                .or(codex.or(opencode).and_then(Value::as_str))
        });
        text.unwrap_or_else(|| panic!("no text in {}", self.all))
    }

    fn done(&self) -> bool {
        let end = self.lines.iter().rev().find(|line| {
            let kinds = [
                "result",
                "turn.completed",
                "turn.failed",
                "step_finish",
                "error",
            ];
            line["type"]
                .as_str()
                .is_some_and(|kind| kinds.contains(&kind))
        });
        self.success
            && end.is_some_and(|end| match end["type"].as_str() {
                Some("result") => end["is_error"] == false,
                Some("step_finish") => end["part"]["reason"] == "stop",
                kind => kind == Some("turn.completed"),
            })
    }
}

fn writes_a_file_and_remembers(name: &'static str) {
    let Some(bench) = Bench::new(name) else {
        return;
    };
    let file = bench.project().join("out.txt");
    let prompt = format!("please write hello to {}", file.display());
    let run = bench.run(&prompt, None);
    assert!(run.done(), "{}", run.all);
    assert_eq!(run.text(), format!("Done: hello is in {}.", file.display()));
    assert_eq!(fs::read_to_string(&file).expect("the file"), "hello\n");
    let prompts = bench.server.prompts();
    let seen: Vec<_> = prompts
        .iter()
        .map(|seen| (seen.prompt.as_str(), seen.round))
        .collect();
    assert_eq!(
        seen,
        [(prompt.as_str(), 0), (prompt.as_str(), 1)],
        "one call, one result"
    );
    assert!(
        prompts
            .iter()
            .all(|seen| seen.authorized && seen.rule == "write")
    );

    bench.server.reset();
    let again = bench.run("what did I say before", Some(run.session()));
    assert!(again.done(), "{}", again.all);
    assert_eq!(again.text(), format!("You said: {prompt}"));
    assert_eq!(again.session(), run.session());
    assert_eq!(
        bench.server.prompts().len(),
        1,
        "what was finished is not asked again"
    );
}

fn uses_its_tools(name: &'static str) {
    let Some(bench) = Bench::new(name) else {
        return;
    };
    let run = bench.run("run: echo from the shell > made.txt; cat made.txt", None);
    assert!(run.done(), "{}", run.all);
    assert!(run.text().contains("from the shell"), "{}", run.text());
    let made = bench.project().join("made.txt");
    let run = bench.run(&format!("read {}", made.display()), None);
    assert!(run.done(), "{}", run.all);
    assert!(run.text().contains("from the shell"), "{}", run.text());
    bench.server.reset();
    let [one, two] = ["one.txt", "two.txt"].map(|name| bench.project().join(name));
    let both = format!("write both {} and {}", one.display(), two.display());
    let run = bench.run(&both, None);
    assert!(run.done(), "{}", run.all);
    assert_eq!(fs::read_to_string(one).expect("the first file"), "1\n");
    assert_eq!(fs::read_to_string(two).expect("the second file"), "2\n");
    assert_eq!(
        bench.server.prompts().len(),
        2,
        "calls made at once are one round"
    );
}

fn fails_and_recovers(name: &'static str) {
    let Some(bench) = Bench::new(name) else {
        return;
    };
    let run = bench.run("unauthorized", None);
    assert!(!run.done(), "{}", run.all);
    assert!(
        run.all.contains("401") || run.all.contains("invalid key"),
        "{}",
        run.all
    );
    let run = bench.run("overloaded", None);
    assert!(run.done(), "{}", run.all);
    assert_eq!(run.text(), "Recovered.");
    bench.server.reset();
    let run = bench.run("cut off", None);
    assert!(run.done(), "{}", run.all);
    assert_eq!(run.text(), "Whole at last.");
    assert_eq!(
        bench.server.prompts().len(),
        2,
        "the answer that was cut off, and a whole one"
    );
}

fn tells_of_its_limit(name: &'static str, words: &[&str]) {
    let Some(bench) = Bench::new(name) else {
        return;
    };
    let run = bench.run("limited", None);
    assert!(!run.done(), "{}", run.all);
    for words in words {
        assert!(run.all.contains(words), "no {words:?} in {}", run.all);
    }
    assert_eq!(
        bench.server.prompts().len(),
        1,
        "a limit is not asked again"
    );
}

/// opencode asks again for ever and says nothing: only a wall clock ends it.
#[test]
fn opencode_is_silent_about_its_limit() {
    let Some(bench) = Bench::new("opencode") else {
        return;
    };
    let out = bench.folder.path().join("output");
    let mut child = bench.start("limited", None, &out);
    let begun = Instant::now();
    while bench.server.prompts().len() < 2 && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(50));
    }
    let running = child.try_wait().expect("a status").is_none();
    child.kill().expect("it can be killed");
    child.wait().expect("a status");
    assert!(bench.server.prompts().len() >= 2, "it asked again");
    assert!(running, "it had not given up");
    assert_eq!(fs::read_to_string(&out).expect("the output"), "");
}

#[test]
fn claude_tells_of_its_limit() {
    let event = [
        "rate_limit_event",
        r#""resetsAt":4102444800"#,
        r#""five_hour""#,
    ];
    tells_of_its_limit("claude", &event);
}

#[test]
fn codex_tells_of_its_limit() {
    tells_of_its_limit("codex", &["hit your usage limit", "try again at", "2100"]);
}

/// Its own way to write files, which takes free text for arguments.
#[test]
fn codex_applies_a_patch() {
    let Some(bench) = Bench::new("codex") else {
        return;
    };
    let run = bench.run("patch new.txt", None);
    assert!(run.done(), "{}", run.all);
    assert!(run.all.contains("file_change"), "{}", run.all);
    let file = fs::read_to_string(bench.project().join("new.txt"));
    assert_eq!(file.expect("the file"), "patched\n");
}

macro_rules! for_each_engine {
    ($($name:ident)*) => { $(mod $name {
        #[test]
        fn writes_a_file_and_remembers() {
            super::writes_a_file_and_remembers(stringify!($name));
        }

        #[test]
        fn uses_its_tools() {
            super::uses_its_tools(stringify!($name));
        }

        #[test]
        fn fails_and_recovers() {
            super::fails_and_recovers(stringify!($name));
        }
    })* };
}

for_each_engine!(claude codex opencode);
