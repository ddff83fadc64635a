//! `cm run` on a pseudo-terminal, with a person at the keys.

use std::{
    io::Write as _,
    process::{Child, ChildStdin, Command, Stdio},
};

use super::living::{assert_gone, eventually};
use crate::support::{Cm, PATIENCE, binary, end, skipped};

/// A terminal, what was typed into it, and what it showed.
pub(crate) struct Terminal {
    pub(crate) cm: Cm,
    child: Child,
    keys: ChildStdin,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended, unless a test has failed; then nobody is at the keys any more.
        end(self.child.id());
        let _ = self.child.wait();
    }
}

impl Terminal {
    fn run(cm: Cm) -> Option<Self> {
        Self::of(cm, "run ./flow --engine scripted")
    }

    /// `cm ARGUMENTS` on a terminal.
    pub(crate) fn of(cm: Cm, arguments: &str) -> Option<Self> {
        if !std::path::Path::new("/usr/bin/script").is_file() {
            skipped("cm on a terminal", "there is no `script` (util-linux)");
            return None;
        }
        // `exec`: what `script` waits for is `cm` itself, and its exit code is `cm`'s.
        let line = format!("exec '{}' {arguments}", binary().display());
        let mut command = cm.within(
            Command::new("/usr/bin/script"),
            ["-qefc", &line, "typescript"],
        );
        command
            .env("TERM", "xterm-256color")
            .env("SHELL", "/bin/sh");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("script starts");
        let keys = child.stdin.take().expect("a pipe");
        Some(Self { cm, child, keys })
    }

    pub(crate) fn screen(&self) -> String {
        String::from_utf8_lossy(
            &std::fs::read(self.cm.project().join("typescript")).unwrap_or_default(),
        )
        .into_owned()
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, words: &str) {
        assert!(
            eventually(PATIENCE, || self.screen().contains(words)),
            "`{words}` does not appear:\n{}",
            self.screen()
        );
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
    }

    pub(crate) fn code(&mut self) -> Option<i32> {
        let ended = std::cell::Cell::new(None);
        let child = std::cell::RefCell::new(&mut self.child);
        eventually(PATIENCE, || {
            ended.set(child.borrow_mut().try_wait().expect("a status"));
            ended.get().is_some()
        });
        ended.get().and_then(|status| status.code())
    }
}

fn asking() -> Cm {
    Cm::new()
        .workflow("name: Shown\nsteps:\n  - agent: planner\n  - { id: colour, ask: Which colour?, choices: [red, green, blue] }\n  - { id: name, ask: Which name? }\n  - { id: result, run: 'echo {colour.output} {name.output}' }\n")
        .agent("planner", "Plan.")
}

#[test]
fn questions_are_answered_by_keys() {
    let Some(mut terminal) = Terminal::run(asking()) else {
        return;
    };
    terminal.wait_for("Which colour?");
    terminal.press("3\r");
    terminal.wait_for("Which name?");
    terminal.press("Ada\r");
    assert_eq!(terminal.code(), Some(0), "{}", terminal.screen());
    let screen = terminal.screen();
    for words in ["planner", "colour", "result", "blue Ada", "is done"] {
        assert!(screen.contains(words), "`{words}` is not in:\n{screen}");
    }
    let shown = terminal.cm.json(["show", "last", "--json"]);
    assert_eq!(shown["end"]["output"], "blue Ada");
    let events = terminal.cm.events(&terminal.cm.last());
    let by: Vec<_> = events
        .iter()
        .filter_map(|event| event["by"].as_str())
        .collect();
    assert_eq!(
        by,
        ["continuous", "ada", "ada"],
        "the journal says who answered, the agent's gate too"
    );
}

/// The key itself, not the signal: the terminal turns it into one, or the question does.
#[test]
fn the_key_stops_a_question() {
    let Some(mut terminal) = Terminal::run(asking()) else {
        return;
    };
    terminal.wait_for("Which colour?");
    terminal.press("\x03");
    assert_eq!(terminal.code(), Some(130), "{}", terminal.screen());
    let cm = &terminal.cm;
    assert_eq!(cm.json(["show", "last", "--json"])["status"], "interrupted");
    assert_gone(&cm.last());
    drop(cm.run(["resume", "last"]).code(4).says("Which colour?"));
    let resumed = cm.run(["resume", "last", "--yes"]);
    assert!(!resumed.err().contains("panicked"), "{resumed}");
}

#[test]
fn the_key_stops_an_agent() {
    let cm = Cm::new().workflow("name: Shown\nsteps: [{ id: slow, run: 'touch begun; test -e again || { touch again; sleep 300; }; echo over' }]");
    let Some(mut terminal) = Terminal::run(cm) else {
        return;
    };
    terminal.cm.wait_for("again");
    terminal.wait_for("slow");
    terminal.press("\x03");
    assert_eq!(terminal.code(), Some(130), "{}", terminal.screen());
    assert!(
        terminal.screen().contains("was interrupted"),
        "{}",
        terminal.screen()
    );
    assert_gone(&terminal.cm.last());
    assert_eq!(terminal.cm.run(["resume", "last"]).code(0).out(), "over\n");
}
