//! The small trait that an adapter's author writes.

use serde_json::Value;

use super::{Command, Error, Events, Failure, Finding, Framing, Health, Info, Request, Trouble};

/// An engine adapter for a program that prints one JSON value a line.
///
/// Everything else is done by [`Machine`](super::Machine): cutting bytes into
/// lines, lines that are no JSON, standard error, the order of events, and the
/// one `finish` at the end, whatever happens.
///
/// An adapter is a value that lives for one turn. It has no clock, no
/// randomness, no environment and no files.
///
/// ```
/// use cm_sdk::engine::{Adapter, Command, Ending, Error, Events, Exit, Finding, Health, Info, Request};
/// use cm_sdk::engine::json;
///
/// #[derive(Default)]
/// struct Parrot { answer: String, done: bool }
///
/// impl Adapter for Parrot {
///     const NAME: &'static str = "Parrot";
///     fn describe() -> Info { Info::new("parrot", Self::NAME, "parrot", "cargo install parrot") }
///     fn diagnose(findings: &[Finding]) -> Health {
///         Health::from_version(findings, Self::NAME, "cargo install parrot")
///     }
///     fn command(request: &Request) -> Result<(Self, Command), Error> {
///         Ok((Self::default(), Command::new("parrot").argument("--json").stdin(&request.prompt)))
///     }
///     fn on_line(&mut self, line: &serde_json::Value, events: &mut Events) {
///         match json::text(line, "/type") {
///             "say" => { self.answer = json::text(line, "/text").to_owned(); events.text(&self.answer) }
///             "end" => self.done = true,
///             _ => {}
///         }
///     }
///     fn on_exit(&mut self, _exit: &Exit<'_>, _events: &mut Events) -> Ending {
///         Ending { complete: self.done, text: self.answer.clone(), ..Ending::default() }
///     }
/// }
/// // In the plugin's crate: cm_sdk::export_engine!(Parrot);
///
/// let events = cm_sdk::engine::testing::play::<Parrot>(
///     Request::new("hello"),
///     &[b"{\"type\":\"say\",\"text\":\"hel", b"lo\"}\n{\"type\":\"end\"}"],
///     b"",
///     Some(0),
/// );
/// assert_eq!(events.len(), 2, "the text and the finish");
/// ```
pub trait Adapter: Sized + 'static {
    /// The name for people, for example `Claude Code`.
    const NAME: &'static str;

    /// JSON pointers to what the program prints at length and the adapter never reads,
    /// for example `/message/metadata`. It is not there in the lines that are told, and
    /// costs little. Only objects may be on the way to it.
    const UNREAD: &'static [&'static str] = &[];

    /// What the adapter is. Always the same answer.
    fn describe() -> Info;

    /// What the probes' results mean.
    fn diagnose(findings: &[Finding]) -> Health;

    /// Plans the program to start for a request.
    ///
    /// # Errors
    ///
    /// When the request cannot be put to this program.
    fn command(request: &Request) -> Result<(Self, Command), Error>;

    /// The program is being started: what a protocol in both directions says first is
    /// written here, to a command that is `interactive`.
    fn on_started(&mut self, events: &mut Events) {
        let _ = events;
    }

    /// A line of standard output as it came, blank ones too: for programs that print
    /// text. True when there is no more to do about it.
    fn on_raw(&mut self, line: &str, events: &mut Events) -> bool {
        let _ = (line, events);
        false
    }

    /// A line of standard output that is a JSON object.
    fn on_line(&mut self, line: &Value, events: &mut Events);

    /// Any other line of standard output that is not blank.
    fn on_note(&mut self, line: &str, events: &mut Events) {
        events.notice(line);
    }

    /// A line of standard error. It may come before or after what was printed to
    /// standard output at the same time.
    fn on_stderr(&mut self, line: &str, events: &mut Events) {
        let _ = (line, events);
    }

    /// The permission with this id was given.
    fn on_granted(&mut self, id: &str, events: &mut Events) {
        let _ = (id, events);
    }

    /// The permission with this id was refused.
    fn on_denied(&mut self, id: &str, events: &mut Events) {
        let _ = (id, events);
    }

    /// The host ends the turn; the program is being stopped.
    fn on_cancelled(&mut self, events: &mut Events) {
        let _ = events;
    }

    /// A file that the program has left in the scratch directory.
    fn on_file(&mut self, name: &str, content: &[u8], events: &mut Events) {
        let _ = (name, content, events);
    }

    /// The program is gone. Events may still be told.
    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending;
}

/// How the program ended.
#[derive(Clone, Copy, Debug)]
pub struct Exit<'a> {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Whether the host had ended the turn.
    pub cancelled: bool,
    /// The beginning and the end of its standard error.
    pub stderr: &'a str,
}

impl Exit<'_> {
    /// What the program complained about, when it gave up by itself. A program
    /// that was killed, or that ended with 0, did not stop for what it printed.
    pub fn complaint(&self) -> Option<Trouble> {
        match self.code {
            None | Some(0 | 130 | 137 | 143) => None,
            Some(_) => Some(Trouble::from_text(self.stderr)),
        }
    }
}

/// What the adapter makes of the turn. Whether the turn succeeded is not decided
/// here: [`Machine`](super::Machine) looks at the exit code too.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// The program said that it had finished, and flagged no error.
    pub complete: bool,
    /// The agent's final answer. Never an error text.
    pub text: String,
    /// Why it ended, in the program's own word.
    pub reason: String,
    /// What went wrong, when the adapter knows.
    pub failure: Option<Failure>,
    /// For the options of `finish`; comes back as `previous` when the session is
    /// resumed.
    pub options: Vec<(String, String)>,
}

impl Info {
    /// An engine that needs one program.
    pub fn new(id: &str, name: &str, program: &str, install: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            programs: vec![super::Program {
                name: program.to_owned(),
                install: install.to_owned(),
            }],
            models: Vec::new(),
            features: Vec::new(),
            probes: vec![super::Probe::new("version", program, &["--version"])],
            tested: Vec::new(),
            environment: Vec::new(),
            options: Vec::new(),
        }
    }
}

impl super::Probe {
    /// A command that answers `purpose`.
    pub fn new(purpose: &str, program: &str, arguments: &[&str]) -> Self {
        Self {
            purpose: purpose.to_owned(),
            program: program.to_owned(),
            arguments: strings(arguments),
        }
    }
}

impl Request {
    /// A request for a new conversation with the usual permissions, for tests.
    pub fn new(prompt: &str) -> Self {
        Self {
            prompt: prompt.to_owned(),
            model: None,
            effort: None,
            session: None,
            fork: false,
            new_session: "11111111-2222-4333-8444-555555555555".to_owned(),
            permissions: super::PermissionLevel::WorkspaceWrite,
            tools: Vec::new(),
            mcp_servers: Vec::new(),
            directory: "/srv/project".to_owned(),
            directories: Vec::new(),
            scratch: "/srv/scratch".to_owned(),
            instructions: None,
            schema: None,
            max_turns: None,
            options: Vec::new(),
        }
    }
}

impl Command {
    /// A program without arguments and input, its output as bytes.
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            stdin: None,
            interactive: false,
            framing: Framing::Bytes,
            files: Vec::new(),
            collect: Vec::new(),
            options: Vec::new(),
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(strings(arguments));
        self
    }

    /// With a variable of the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// With a file in the scratch directory.
    #[must_use]
    pub fn file(mut self, name: &str, content: impl Into<String>) -> Self {
        self.files.push((name.to_owned(), content.into()));
        self
    }

    /// With a file that the program may leave in the scratch directory.
    #[must_use]
    pub fn collect(mut self, name: &str) -> Self {
        self.collect.push(name.to_owned());
        self
    }

    /// With this on standard input.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<String>) -> Self {
        self.stdin = Some(text.into());
        self
    }
}

/// Owned strings.
pub fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
