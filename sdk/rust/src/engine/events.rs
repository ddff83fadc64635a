//! What an adapter tells, and wants done, while it decodes.

use serde_json::{Value, json};

use super::{
    Action, Event, Extension, HttpRequest, Permission, RateLimit, ToolCall, ToolResult, Trouble,
    Usage,
};

/// More lines that are not of the protocol than this are only counted.
const NOTICES: usize = 50;
/// More of such a line than this is cut off.
const NOTICE_LENGTH: usize = 2000;

/// Collects a turn's events, and keeps what holds for all of them: the session is
/// told once, messages are apart from each other, notices have an end. What is to be
/// written to the program stands between them, in the order in which it was said.
#[derive(Debug, Default)]
pub struct Events {
    list: Vec<Action>,
    session: Option<String>,
    spoke: bool,
    thought: bool,
    notices: usize,
    denied: u32,
    done: bool,
}

impl Events {
    /// The engine's name for the conversation; told again only when it changes.
    pub fn session(&mut self, id: &str) {
        if !id.is_empty() && self.session.as_deref() != Some(id) {
            self.session = Some(id.to_owned());
            self.emit(Event::Session(id.to_owned()));
        }
    }

    /// A whole message of the agent; a blank line keeps it from the one before.
    pub fn text(&mut self, text: &str) {
        self.text_start();
        self.text_piece(text);
    }

    /// A message of the agent begins; its pieces follow.
    pub fn text_start(&mut self) {
        if self.spoke {
            self.emit(Event::Text("\n\n".to_owned()));
            self.spoke = false;
        }
    }

    /// A piece of a message.
    pub fn text_piece(&mut self, text: &str) {
        if !text.is_empty() {
            self.spoke = true;
            self.emit(Event::Text(text.to_owned()));
        }
    }

    /// A whole thought.
    pub fn thought(&mut self, text: &str) {
        self.thought_start();
        self.thought_piece(text);
    }

    /// A thought begins; its pieces follow.
    pub fn thought_start(&mut self) {
        if self.thought {
            self.emit(Event::Thought("\n\n".to_owned()));
            self.thought = false;
        }
    }

    /// A piece of a thought.
    pub fn thought_piece(&mut self, text: &str) {
        if !text.is_empty() {
            self.thought = true;
            self.emit(Event::Thought(text.to_owned()));
        }
    }

    /// A tool starts.
    pub fn call(&mut self, id: &str, name: &str, arguments: &Value) {
        self.call_with(id, name, arguments, Vec::new());
    }

    /// A tool starts, with options.
    pub fn call_with(
        &mut self,
        id: &str,
        name: &str,
        arguments: &Value,
        options: Vec<(String, String)>,
    ) {
        self.emit(Event::Call(ToolCall {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_string(),
            options,
        }));
    }

    /// A tool has answered.
    pub fn outcome(&mut self, id: &str, ok: bool, output: impl Into<String>) {
        self.emit(Event::Outcome(ToolResult {
            id: id.to_owned(),
            ok,
            output: output.into(),
            options: Vec::new(),
        }));
    }

    /// A tool was not allowed to do its work. Emits nothing: the outcome of the
    /// call tells. The number is in the options of `finish` as `denied`.
    pub fn denied(&mut self) {
        self.denied = self.denied.saturating_add(1);
    }

    /// How many were denied, where the program itself counts.
    pub fn denied_in_all(&mut self, count: usize) {
        self.denied = self.denied.max(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// The agent wants to do something that needs a permission. The answer comes to
    /// [`Adapter::on_granted`](super::Adapter::on_granted) or
    /// [`Adapter::on_denied`](super::Adapter::on_denied), with this id.
    pub fn ask(&mut self, id: &str, tool: &str, arguments: &Value) {
        self.ask_for(id, tool, arguments, None);
    }

    /// The same, with the engine's own word for everything that is of the same kind: what
    /// is allowed for a step or a run holds for exactly this pattern. Without one it holds
    /// for exactly these arguments.
    pub fn ask_for(&mut self, id: &str, tool: &str, arguments: &Value, pattern: Option<&str>) {
        let pattern = pattern.map(|pattern| ("pattern".to_owned(), pattern.to_owned()));
        self.emit(Event::Ask(Permission {
            id: id.to_owned(),
            tool: tool.to_owned(),
            arguments: arguments.to_string(),
            options: pattern.into_iter().collect(),
        }));
    }

    /// Writes a JSON value, as a line, to the program's standard input.
    pub fn write(&mut self, value: &Value) {
        self.list
            .push(Action::Write(format!("{value}\n").into_bytes()));
    }

    /// Closes the program's standard input.
    pub fn close_stdin(&mut self) {
        self.list.push(Action::CloseStdin);
    }

    /// The program has said all it has to say: it is stopped if it does not leave.
    pub fn done(&mut self) {
        self.done = true;
        self.list.push(Action::Done);
    }

    /// Asks a service.
    pub(super) fn request(&mut self, request: HttpRequest) {
        self.list.push(Action::Request(request));
    }

    /// Has a tool of the host do something.
    pub(super) fn perform(&mut self, call: ToolCall) {
        self.list.push(Action::Perform(call));
    }

    pub(super) fn action(&mut self, action: Action) {
        self.list.push(action);
    }

    /// Tokens and money since the last such event.
    pub fn usage(&mut self, usage: Usage) {
        self.emit(Event::Usage(usage));
    }

    /// Nothing more for now.
    pub fn limit(&mut self, limit: RateLimit) {
        self.emit(Event::Limit(limit));
    }

    /// Tells of a limit if the trouble is about one.
    pub fn limit_of(&mut self, trouble: &Trouble) {
        if let Some(limit) = trouble.limit() {
            self.limit(limit);
        }
    }

    /// The program tries again by itself.
    pub fn retry(&mut self, message: &str, more: Value) {
        let mut body = json!({ "message": message });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        }
        self.other("retry", &body);
    }

    /// A line that is not of the protocol.
    pub fn notice(&mut self, line: &str) {
        self.notices += 1;
        if self.notices > NOTICES {
            return;
        }
        let mut shown: String = line.chars().take(NOTICE_LENGTH).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        let body = if self.notices == NOTICES {
            json!({ "message": shown, "last": true })
        } else {
            json!({ "message": shown })
        };
        self.other("notice", &body);
    }

    /// A wish that this program cannot fulfil; the turn goes on without it.
    pub fn not_honoured(&mut self, what: &str, why: &str) {
        self.other("not-honoured", &json!({ "what": what, "why": why }));
    }

    /// Something this engine has alone.
    pub fn other(&mut self, kind: &str, body: &Value) {
        self.emit(Event::Other(Extension {
            kind: kind.to_owned(),
            body: body.to_string(),
        }));
    }

    fn emit(&mut self, event: Event) {
        self.list.push(Action::Emit(event));
    }

    pub(super) fn drain(&mut self) -> std::vec::Drain<'_, Action> {
        self.list.drain(..)
    }

    /// Whether the program has said all it has to say.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn options(&self) -> Vec<(String, String)> {
        let mut options = Vec::new();
        if self.denied > 0 {
            options.push(("denied".to_owned(), self.denied.to_string()));
        }
        if self.notices > NOTICES {
            options.push(("notices".to_owned(), self.notices.to_string()));
        }
        options
    }
}
