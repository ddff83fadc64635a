//! Any program as an engine, for the agent that nobody has adapted yet: a workflow says
//! in options what is started, how the prompt is handed over, and how the output is read.

mod output;
mod template;

use cm_sdk::engine::{
    Adapter, Command, Ending, Error, Events, Exit, Failure, Finding, Health, Info, PermissionLevel,
    Request, Trouble, strings,
};
use serde_json::Value;

use output::Output;
use template::{FILE, Passing, Template};

const SIGN_IN: &str = "sign in with the program itself";
/// More of the answer is not kept; all of it was told as it came.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// One turn of a program.
#[derive(Debug)]
pub struct Shell {
    output: Output,
    /// What was said so far; with JSON lines, the last message.
    answer: String,
    /// Blank lines that were not told yet: an answer does not end with them.
    blank: usize,
    /// A line held the final answer.
    complete: bool,
    failed: Option<String>,
    /// What was wished for, and has no place in the template.
    unheard: Vec<&'static str>,
}

impl Adapter for Shell {
    const NAME: &'static str = "The program";

    fn describe() -> Info {
        Info {
            id: "shell".to_owned(),
            name: "Any program".to_owned(),
            programs: Vec::new(),
            models: Vec::new(),
            features: strings(&["resume", "usage", "cost", "effort"]),
            probes: Vec::new(),
            tested: Vec::new(),
            environment: Vec::new(),
            options: Vec::new(),
        }
    }

    /// There is nothing to look for before a workflow names a program.
    fn diagnose(_findings: &[Finding]) -> Health {
        Health {
            installed: true,
            version: None,
            signed_in: None,
            remedy: None,
            options: Vec::new(),
        }
    }

    fn command(request: &Request) -> Result<(Self, Command), Error> {
        let template = Template::of(request)?;
        let output = Output::of(request)?;
        refuse(request, &template)?;
        let prompt = request.instructed();
        let mut command = Command::new(&template.program);
        command.arguments = template.arguments(request, &prompt)?;
        command = match template.passing {
            Passing::Argument => command,
            Passing::Stdin => command.stdin(prompt),
            Passing::File => command.file(FILE, prompt),
        };
        let turn = Self {
            output,
            answer: String::new(),
            blank: 0,
            complete: false,
            failed: None,
            unheard: unheard(request, &template),
        };
        Ok((turn, command))
    }

    fn on_started(&mut self, events: &mut Events) {
        for what in std::mem::take(&mut self.unheard) {
            events.not_honoured(what, "the template has no place for it");
        }
    }

    fn on_raw(&mut self, line: &str, events: &mut Events) -> bool {
        let plain = matches!(self.output, Output::Plain);
        if plain {
            self.plain(line, events);
        }
        plain
    }

    fn on_line(&mut self, line: &Value, events: &mut Events) {
        let Output::Lines(places) = &self.output else {
            return;
        };
        if let Some(session) = places.session.as_ref().and_then(|place| place.text(line)) {
            events.session(&session);
        }
        if let Some(usage) = places.usage(line) {
            events.usage(usage);
        }
        if let Some(error) = places.error.as_ref().and_then(|place| place.text(line)) {
            self.failed = Some(error);
        }
        if let Some(text) = places.text.as_ref().and_then(|place| place.text(line)) {
            events.text(&text);
            if !self.complete {
                self.answer = text;
            }
        }
        if let Some(answer) = places.answer.as_ref().and_then(|place| place.text(line)) {
            self.answer = answer;
            self.complete = true;
        }
    }

    fn on_exit(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let last = match &self.output {
            // There is no word at the end but the exit code.
            Output::Plain => true,
            Output::Lines(places) => places.answer.is_none() || self.complete,
        };
        let failure = match &self.failed {
            Some(said) => Some(
                trouble(Trouble::from_text(said), events).unwrap_or_else(|| {
                    Failure::new("api-error", "The program ended with an error.").with_details(said)
                }),
            ),
            None => exit.complaint().and_then(|said| trouble(said, events)),
        };
        let silent = matches!(exit.code, Some(0)) && self.answer.trim().is_empty();
        let failure = failure.or_else(|| {
            silent.then(|| {
                Failure::new(
                    "no-answer",
                    "The program ended without an error and printed no answer; check the template, and how the program prints.",
                )
                .with_details(exit.stderr)
            })
        });
        Ending {
            complete: last && failure.is_none(),
            text: if failure.is_none() {
                self.answer.trim().to_owned()
            } else {
                String::new()
            },
            reason: String::new(),
            failure,
            options: Vec::new(),
        }
    }
}

impl Shell {
    fn plain(&mut self, line: &str, events: &mut Events) {
        if line.trim().is_empty() {
            self.blank += 1;
            return;
        }
        let breaks = if self.answer.is_empty() {
            0
        } else {
            self.blank + 1
        };
        self.blank = 0;
        let piece = format!("{}{line}", "\n".repeat(breaks.min(100)));
        events.text_piece(&piece);
        if self.answer.len() + piece.len() <= LONGEST_ANSWER {
            self.answer.push_str(&piece);
        }
    }
}

fn trouble(trouble: Trouble, events: &mut Events) -> Option<Failure> {
    events.limit_of(&trouble);
    trouble.failure(Shell::NAME, SIGN_IN)
}

fn unheard(request: &Request, template: &Template) -> Vec<&'static str> {
    let mut unheard = Vec::new();
    if request.effort.is_some() && !template.has("effort") {
        unheard.push("effort");
    }
    if !request.directories.is_empty() {
        unheard.push("directories");
    }
    unheard
}

/// What the template has no place for, and may not be dropped in silence.
fn refuse(request: &Request, template: &Template) -> Result<(), Error> {
    let refused = if request.permissions == PermissionLevel::ReadOnly
        && !template.has("permissions")
    {
        Some((
            "be held to `read-only`",
            "write `{permissions}` into `args` if the program knows that word, or give `workspace-write`",
        ))
    } else if !request.tools.is_empty() {
        Some(("be held to a list of tools", "leave `tools` away"))
    } else if request.max_turns.is_some() {
        Some(("be held to a number of turns", "leave `max-turns` away"))
    } else if !request.mcp_servers.is_empty() {
        Some((
            "be given MCP servers or tools of the host",
            "use an engine with the feature `mcp`",
        ))
    } else if request.fork {
        Some(("fork a conversation", "go on with it, or start a new one"))
    } else if request.session.is_some() && !template.has("session") {
        Some((
            "go on with a conversation",
            "write `[\"--session\", \"{session}\"]`, or what the program calls it, into `args`",
        ))
    } else if request.model.is_some() && !template.has("model") {
        Some((
            "be given a model",
            "write `[\"--model\", \"{model}\"]`, or what the program calls it, into `args`",
        ))
    } else {
        None
    };
    match refused {
        Some((what, instead)) => Err(Error::unsupported(format!(
            "`{}` cannot {what} by its template; {instead}.",
            template.program
        ))),
        None => Ok(()),
    }
}

cm_sdk::export_engine!(Shell);
