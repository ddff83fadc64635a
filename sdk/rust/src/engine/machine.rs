//! One turn: from inputs to actions, over any adapter.

use super::{
    Action, Adapter, Command, Ending, Error, Event, Events, Exit, Failure, Finish, Input, Line,
    Lines, Request, Stderr, sieve,
};

/// More of a line of standard error is not shown to an adapter.
const COMPLAINT: usize = 8 * 1024;

/// The protocol machine of one turn.
///
/// It promises: one `spawn` at most; `finish` exactly once, last, in the answer
/// to `exited`; `finish.ok` only when the adapter saw the program say that it had
/// finished, no error was flagged, and the exit code is 0 or the adapter was done
/// with the program before it left.
#[derive(Debug)]
pub struct Machine<A> {
    request: Option<Request>,
    adapter: Option<A>,
    lines: Lines,
    stderr: Stderr,
    complaints: Lines,
    events: Events,
    cancelled: bool,
    finished: bool,
}

impl<A: Adapter> Machine<A> {
    /// A machine for a request; nothing happens before `begin`.
    pub fn new(request: Request) -> Self {
        Self {
            request: Some(request),
            adapter: None,
            lines: Lines::default(),
            stderr: Stderr::default(),
            complaints: Lines::with_limit(COMPLAINT),
            events: Events::default(),
            cancelled: false,
            finished: false,
        }
    }

    /// Takes one input and answers with what to do.
    ///
    /// # Errors
    ///
    /// When the request cannot be put to the program; only in answer to `begin`.
    pub fn next(&mut self, input: Input) -> Result<Vec<Action>, Error> {
        if self.finished {
            return Ok(Vec::new());
        }
        match input {
            Input::Begin => return self.begin(),
            Input::Stdout(bytes) => {
                for line in self.lines.push(&bytes) {
                    self.line(&line);
                }
            }
            Input::Line(text) => self.line(&Line {
                text: text.into(),
                dropped: 0,
            }),
            Input::Stderr(bytes) => {
                self.stderr.push(&bytes);
                for line in self.complaints.push(&bytes) {
                    self.tell(|adapter, events| adapter.on_stderr(&line.text, events));
                }
            }
            Input::Granted(id) => {
                self.tell(|adapter, events| adapter.on_granted(&id, events));
            }
            Input::Denied(id) => self.tell(|adapter, events| adapter.on_denied(&id, events)),
            Input::Cancelled => {
                self.cancelled = true;
                self.tell(A::on_cancelled);
            }
            Input::File(file) => {
                self.tell(|adapter, events| adapter.on_file(&file.name, &file.content, events));
            }
            Input::Exited(code) => return Ok(self.exited(code)),
            // A machine starts programs, and asks no services.
            Input::Response(_)
            | Input::Body(_)
            | Input::Responded
            | Input::Unreachable(_)
            | Input::Performed(_)
            | Input::Other(_) => {}
        }
        Ok(self.actions())
    }

    fn begin(&mut self) -> Result<Vec<Action>, Error> {
        let Some(request) = self.request.take() else {
            return Ok(Vec::new());
        };
        if request.prompt.trim().is_empty() {
            return Err(Error::invalid_request(
                "empty-prompt",
                "The prompt is empty; there is nothing to ask the agent.",
            ));
        }
        let (adapter, command) = A::command(&request)?;
        check(&command)?;
        self.adapter = Some(adapter);
        self.tell(A::on_started);
        let mut actions = vec![Action::Spawn(command)];
        actions.extend(self.actions());
        Ok(actions)
    }

    fn tell(&mut self, tell: impl FnOnce(&mut A, &mut Events)) {
        if let Some(adapter) = &mut self.adapter {
            tell(adapter, &mut self.events);
        }
    }

    fn line(&mut self, line: &Line<'_>) {
        let Some(adapter) = &mut self.adapter else {
            return;
        };
        if line.dropped > 0 {
            let beginning: String = line.text.chars().take(200).collect();
            self.events.notice(&format!(
                "a line was too long, its last {} bytes were dropped; it begins: {beginning}",
                line.dropped
            ));
            return;
        }
        if adapter.on_raw(&line.text, &mut self.events) {
            return;
        }
        let text = line.text.trim();
        match sieve::object(text, A::UNREAD) {
            _ if text.is_empty() => {}
            Some(value) => adapter.on_line(&value, &mut self.events),
            None => adapter.on_note(&line.text, &mut self.events),
        }
    }

    fn exited(&mut self, code: Option<i32>) -> Vec<Action> {
        if let Some(line) = self.lines.finish() {
            self.line(&line);
        }
        if let Some(line) = self.complaints.finish() {
            self.tell(|adapter, events| adapter.on_stderr(&line.text, events));
        }
        self.finished = true;
        let stderr = self.stderr.text();
        let exit = Exit {
            code,
            cancelled: self.cancelled,
            stderr: &stderr,
        };
        let ending = match &mut self.adapter {
            Some(adapter) => adapter.on_exit(&exit, &mut self.events),
            None => Ending::default(),
        };
        let mut actions = self.actions();
        let mut finish = judge(A::NAME, ending, &exit, self.events.is_done());
        finish.options.extend(self.events.options());
        actions.push(Action::Emit(Event::Finish(finish)));
        actions
    }

    fn actions(&mut self) -> Vec<Action> {
        self.events.drain().collect()
    }
}

/// Decides whether a turn succeeded. A program of which the adapter said that it was
/// `done` may have been stopped: how it left says nothing of its turn then.
fn judge(name: &str, ending: Ending, exit: &Exit<'_>, done: bool) -> Finish {
    let failure = failure(name, &ending, exit, done);
    Finish {
        ok: failure.is_none(),
        reason: match &failure {
            Some(failure) if ending.reason.is_empty() || ending.complete => failure.code.clone(),
            _ => ending.reason,
        },
        failure,
        text: ending.text,
        options: ending.options,
    }
}

fn failure(name: &str, ending: &Ending, exit: &Exit<'_>, done: bool) -> Option<Failure> {
    // Who has said all and does not leave is stopped by the host.
    let stopped = done && matches!(exit.code, None | Some(130 | 137 | 143));
    if ending.complete && ending.failure.is_none() && (stopped || exit.code == Some(0)) {
        return None;
    }
    let known = ending.failure.as_ref();
    if exit.cancelled {
        let details = known.map_or(exit.stderr, |failure| failure.message.as_str());
        let message = format!("{name} was stopped before it had finished.");
        return Some(Failure::new("cancelled", message).with_details(details));
    }
    if let Some(known) = known {
        return Some(known.clone());
    }
    let failure = match exit.code {
        // 128 + a signal's number is how a program says that it obeyed one.
        None | Some(130 | 137 | 143) => Failure::new(
            "killed",
            format!("{name} was ended by a signal before it had finished."),
        )
        .retryable(),
        Some(0) => Failure::new(
            "no-terminal-event",
            format!("{name} stopped without saying that it had finished."),
        )
        .retryable(),
        Some(code) if ending.complete => Failure::new(
            "exit-code",
            format!("{name} said that it had finished, but ended with exit code {code}."),
        ),
        Some(code) => Failure::new(
            "exit-code",
            format!("{name} ended with exit code {code} before it had finished."),
        ),
    };
    Some(failure.with_details(exit.stderr))
}

/// What no operating system takes.
fn check(command: &Command) -> Result<(), Error> {
    let variables = command
        .environment
        .iter()
        .flat_map(|(name, value)| [name, value]);
    let mut words = command.arguments.iter().chain(variables);
    if words.any(|word| word.contains('\0')) {
        return Err(Error::invalid_request(
            "nul-byte",
            "The request holds a NUL character, which cannot be handed to a program.",
        ));
    }
    Ok(())
}
