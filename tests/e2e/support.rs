//! `cm` as a person types it: a home of its own, a project, a command, and what it said.
#![allow(dead_code, reason = "each module uses what it needs")]

use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{LazyLock, OnceLock},
    time::{Duration, Instant},
};

use regex::Regex;
use serde_json::Value;
use snapbox::{Data, IntoData as _};

/// Far more than anything here takes, far less than for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A machine with `cm` on it: an empty home, and an empty project to work in.
pub(crate) struct Cm {
    root: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Cm {
    pub(crate) fn new() -> Self {
        let cm = Self::bare();
        copy_cache(&cache(), &cm.home().join("cache"));
        cm
    }

    /// Without compiled components in its home.
    pub(crate) fn bare() -> Self {
        let root = tempfile::Builder::new()
            .prefix("cm-e2e-")
            .tempdir()
            .expect("a temporary directory");
        let root_path = root.path();
        for directory in ["home", "project"] {
            fs::create_dir(root_path.join(directory)).expect("a fresh directory");
        }
        Self {
            root,
            variables: Vec::new(),
        }
    }

    /// The directory that all of it is in.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// `~/.codemachine`.
    pub(crate) fn home(&self) -> PathBuf {
        self.root().join("home/.codemachine")
    }

    /// The directory in which commands are typed.
    pub(crate) fn project(&self) -> PathBuf {
        self.root().join("project")
    }

    /// With this file, relative to the project.
    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(path, text);
        self
    }

    /// Writes a file, relative to the project.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.project().join(path);
        fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("directories");
        fs::write(&path, text).expect("a file");
    }

    /// Reads a file, relative to the project.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.project().join(path)).expect("the file is there")
    }

    /// With a workflow in `flow/` that runs on the engine `scripted`.
    pub(crate) fn workflow(self, yaml: &str) -> Self {
        self.file("flow/workflow.yaml", yaml)
    }

    /// With an agent of that workflow.
    pub(crate) fn agent(self, name: &str, prompt: &str) -> Self {
        self.file(&format!("flow/agents/{name}.md"), prompt)
    }

    /// With what the engine `scripted` plays; used by [`Cm::flow`].
    pub(crate) fn script(self, json: &str) -> Self {
        let _: Value = serde_json::from_str(json).expect("the script is JSON");
        self.file("script.json", json)
    }

    /// With a program of this name, first on the PATH.
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        let path = self.root().join("bin").join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        let text = path.with_extension("text");
        fs::write(&text, format!("#!/bin/sh\n{script}\n")).expect("a text");
        copy_program(&text, &path);
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// `cm ARGUMENTS`, in the project, with nothing of the tester's environment.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        self.within(Command::new(binary()), arguments)
    }

    /// A program with these arguments, in the environment that `cm` has here.
    pub(crate) fn within<S: AsRef<OsStr>>(
        &self,
        mut command: Command,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let path = format!("{}:/usr/bin:/bin", self.root().join("bin").display());
        command
            .args(arguments)
            .current_dir(self.project())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.root().join("home"))
            .env("TMPDIR", self.root())
            .env("USER", "ada")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Types the command and waits for its end.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.ran(self.command(arguments))
    }

    /// Runs a command that was made by [`Cm::command`].
    pub(crate) fn ran(&self, mut command: Command) -> Ran {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cm starts");
        self.finished(child)
    }

    /// Waits for a command; one that hangs is ended, and the test fails.
    pub(crate) fn finished(&self, child: Child) -> Ran {
        let (id, watch) = (child.id(), Instant::now());
        let (done, over) = std::sync::mpsc::channel::<()>();
        let guard = std::thread::spawn(move || {
            if over
                .recv_timeout(PATIENCE)
                .is_err_and(|error| error == std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                end(id);
            }
        });
        let output = child.wait_with_output().expect("cm ends");
        drop(done);
        guard.join().expect("the guard is well");
        assert!(
            watch.elapsed() < PATIENCE,
            "cm hangs: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ran {
            output,
            root: self.root().to_owned(),
        }
    }

    /// `cm run flow --engine scripted`, with the script if there is one.
    pub(crate) fn flow(&self) -> Ran {
        self.flow_with(&[])
    }

    /// The same, with further arguments.
    pub(crate) fn flow_with(&self, more: &[&str]) -> Ran {
        self.ran(self.flow_command(more))
    }

    /// The same, not yet started.
    pub(crate) fn flow_command(&self, more: &[&str]) -> Command {
        let mut arguments = vec!["run", "./flow", "--engine", "scripted"];
        if self.project().join("script.json").exists() {
            arguments.extend(["--script", "script.json"]);
        }
        arguments.extend(more);
        self.command(arguments)
    }

    /// Starts `cm run flow` and waits until a file is there that one of its steps makes.
    pub(crate) fn started(&self, more: &[&str], sign: &str) -> Child {
        let child = self
            .flow_command(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cm starts");
        self.wait_for(sign);
        child
    }

    /// Waits until a file is there, relative to the project.
    pub(crate) fn wait_for(&self, file: &str) {
        let (path, began) = (self.project().join(file), Instant::now());
        while !path.exists() {
            assert!(began.elapsed() < PATIENCE, "`{file}` does not appear");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What `cm … --json` printed.
    pub(crate) fn json<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Value {
        self.run(arguments).code(0).json()
    }

    /// The events of a run.
    pub(crate) fn events(&self, run: &str) -> Vec<Value> {
        self.run(["logs", run, "--json"]).code(0).ndjson()
    }

    /// The id of the newest run.
    pub(crate) fn last(&self) -> String {
        let runs = self.json(["runs", "--json"]);
        runs[0]["run"].as_str().expect("there is a run").to_owned()
    }

    /// How often each step's work was sent out, over all of the run.
    pub(crate) fn attempts(&self, step: &str) -> u64 {
        let shown = self.json(["show", "last", "--json"]);
        let steps = shown["steps"].as_array().expect("steps");
        let step = steps
            .iter()
            .find(|it| it["id"] == step)
            .expect("the step is there");
        step["attempts"].as_u64().expect("a number")
    }
}

/// Copies what will be executed. Another process does: a file that this one had open
/// for writing could still be open in a child that another test's thread has just
/// forked, and would be busy.
pub(crate) fn copy_program(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg(from).arg(to).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp copies");
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).expect("an executable program");
}

/// What a command said and how it ended.
pub(crate) struct Ran {
    output: Output,
    root: PathBuf,
}

impl Ran {
    /// Compares standard output, what changes from run to run aside.
    #[track_caller]
    pub(crate) fn stdout(self, expected: impl Into<Data>) -> Self {
        compare(&self.redacted(&self.output.stdout), expected.into());
        self
    }

    /// Compares standard error, likewise.
    #[track_caller]
    pub(crate) fn stderr(self, expected: impl Into<Data>) -> Self {
        compare(&self.redacted(&self.output.stderr), expected.into());
        self
    }

    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(expected), "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(
            self.text().contains(part),
            "`{part}` is not in what was said:\n{self}"
        );
        self
    }

    #[track_caller]
    pub(crate) fn says_not(self, part: &str) -> Self {
        assert!(
            !self.text().contains(part),
            "`{part}` is in what was said:\n{self}"
        );
        self
    }

    /// Nothing that a program says when it has gone wrong.
    #[track_caller]
    pub(crate) fn calm(self) -> Self {
        self.says_not("panicked").says_not("RUST_BACKTRACE")
    }

    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// Standard output as it came.
    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).expect("UTF-8")
    }

    /// Standard error as it came.
    pub(crate) fn err(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).expect("UTF-8")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    #[track_caller]
    pub(crate) fn ndjson(&self) -> Vec<Value> {
        let text = self.out();
        text.lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }

    fn text(&self) -> String {
        format!(
            "{}\n{}",
            String::from_utf8_lossy(&self.output.stdout),
            String::from_utf8_lossy(&self.output.stderr)
        )
    }

    fn redacted(&self, bytes: &[u8]) -> String {
        redact(&String::from_utf8_lossy(bytes), &self.root)
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.output.status, self.text())
    }
}

/// What changes from run to run, under a name. The gaps of tables become two blanks,
/// since what stands in their columns changes its width.
pub(crate) fn redact(text: &str, root: &Path) -> String {
    static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let rules = [
            (r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b", "[MOMENT]"),
            (r"(?m)^\d\d:\d\d:\d\d ", "[TIME] "),
            (r"\b\d\d:\d\d:\d\d\b", "[TIME]"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", "[MOMENT]"),
            (r"(, after |, |  +)\d+\.\d s\b", ""),
            (
                r"\b(Run|run|Stopping|cm (?:resume|logs|show|reply|cancel)) [a-km-z2-9]{6}\b",
                "$1 [RUN]",
            ),
            (r"(?m)^[a-km-z2-9]{6}  ", "[RUN]  "),
            (r"sha256:[0-9a-f]{12,64}", "sha256:[DIGEST]"),
            (r"\([0-9a-f]{12}\)", "([DIGEST])"),
            (r"\b127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
        ];
        rules
            .map(|(rule, name)| (Regex::new(rule).expect("a rule"), name))
            .into()
    });
    let mut text = text.replace(&root.display().to_string(), "[ROOT]");
    for (rule, name) in RULES.iter() {
        text = rule.replace_all(&text, *name).into_owned();
    }
    static GAP: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"([^ ]) {2,}").expect("a rule"));
    let mut table = false;
    let lines = text.split_inclusive('\n').map(|line| {
        let head = ["STEP ", "NAME ", "RUN ", "ENGINE "]
            .iter()
            .any(|head| line.starts_with(head));
        table = head || (table && line.trim() != "");
        if !table {
            return line.to_owned();
        }
        let end = if line.ends_with('\n') { "\n" } else { "" };
        format!("{}{end}", GAP.replace_all(line.trim_end(), "$1  "))
    });
    lines.collect()
}

/// Compares a text with a snapshot.
#[track_caller]
pub(crate) fn same(actual: &str, expected: impl Into<Data>) {
    compare(actual, expected.into());
}

#[track_caller]
fn compare(actual: &str, expected: Data) {
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .eq(actual.into_data(), expected);
}

/// Ends a program that this test started, by its id.
pub(crate) fn end(id: u32) {
    signal(id, rustix::process::Signal::KILL);
}

/// Sends a signal to a program that this test started.
pub(crate) fn signal(id: u32, signal: rustix::process::Signal) {
    let id = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    let _ = rustix::process::kill_process(id.expect("an id"), signal);
}

/// Whether these tests may do everything on this machine.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Says that something cannot be tested here, past what the test harness captures.
pub(crate) fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr().lock(), "\nSKIPPED: {what}: {why}");
}

/// The program under test.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let named = std::env::var_os("CM_BIN").map(PathBuf::from);
        let beside = || {
            let test = std::env::current_exe().expect("the test has a path");
            test.ancestors()
                .nth(2)
                .expect("it is in target/release/deps")
                .join("cm")
        };
        let path = named.unwrap_or_else(beside);
        assert!(
            path.is_file(),
            "there is no {}; build it: cargo xtask build",
            path.display()
        );
        fs::canonicalize(path).expect("the program has a path")
    })
}

/// The repository.
pub(crate) fn house() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .expect("the repository is there")
}

/// Compiled first-party components, made once for all tests.
fn cache() -> PathBuf {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    let made = CACHE.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home");
        let cm = Cm::bare().file("flow/workflow.yaml", "name: Any\nsteps: [{ run: 'true' }]");
        for arguments in [["check", "./flow"], ["engines", "--json"]] {
            let ran = cm.ran({
                let mut command = cm.command(arguments);
                command.env("CODEMACHINE_HOME", &home);
                command
            });
            let _ = ran.code(0);
        }
        home.join("cache")
    });
    made.clone()
}

/// Links would be refused: compiled code must lie in directories of its owner.
fn copy_cache(from: &Path, to: &Path) {
    let private = |path: &Path| {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .expect("a directory")
    };
    private(to);
    for entry in fs::read_dir(from).expect("the cache is there") {
        let entry = entry.expect("an entry");
        let directory = to.join(entry.file_name());
        private(&directory);
        for file in fs::read_dir(entry.path()).expect("a component's directory") {
            let file = file.expect("an entry");
            let name = directory.join(file.file_name());
            if fs::hard_link(file.path(), &name).is_err() {
                fs::copy(file.path(), &name).expect("a copy");
            }
        }
    }
}
