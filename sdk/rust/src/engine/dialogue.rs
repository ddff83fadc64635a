//! One turn with a model's service: from inputs to actions.

mod failing;
mod finishing;

use serde_json::Value;

use super::{
    Action, Error, Events, Failure, HttpResponse, Input, Performed, Request, Service, Sse,
    ToolCall, ToolResult, Wanted,
};

/// How often the model may be asked in a turn, unless the request says.
const ROUNDS: u32 = 50;
/// Bytes of a body that is no stream of events: an error.
const ERROR_BODY: usize = 64 * 1024;
/// The longest request. The host takes 8 MiB at once from a guest.
const LONGEST_REQUEST: usize = 7 * 1024 * 1024;

/// The machine of one turn.
///
/// It promises: one request at a time; each call of the model is performed once and
/// answered; `finish` exactly once and last; `finish.ok` only when the service said that
/// its last answer was complete.
#[derive(Debug)]
pub struct Dialogue<S> {
    request: Option<Request>,
    service: Option<S>,
    events: Events,
    sse: Sse,
    head: Option<HttpResponse>,
    /// Of an answer that is an error.
    body: Vec<u8>,
    /// Requests in a row that came to nothing.
    tries: u32,
    most_tries: u32,
    rounds: u32,
    most_rounds: u32,
    idle_ms: Option<String>,
    /// Calls of the last answer, and what came of them.
    calls: Vec<(Wanted, String, Option<ToolResult>)>,
    /// Ids that were used in this turn.
    ids: Vec<String>,
    finished: bool,
}

impl<S: Service> Dialogue<S> {
    /// A machine for a request; nothing happens before `begin`.
    pub fn new(request: Request) -> Self {
        let number = |name: &str, usual: u32| {
            let option = request.option(name);
            option.and_then(|it| it.parse().ok()).unwrap_or(usual)
        };
        Self {
            most_tries: number("retries", 3),
            most_rounds: request.max_turns.unwrap_or(ROUNDS).max(1),
            idle_ms: request.option("idle-ms").map(str::to_owned),
            request: Some(request),
            service: None,
            events: Events::default(),
            sse: Sse::default(),
            head: None,
            body: Vec::new(),
            tries: 0,
            rounds: 0,
            calls: Vec::new(),
            ids: Vec::new(),
            finished: false,
        }
    }

    /// Takes one input and answers with what to do.
    ///
    /// # Errors
    ///
    /// When the request cannot be put to the service; only in answer to `begin`.
    pub fn next(&mut self, input: Input) -> Result<Vec<Action>, Error> {
        if self.finished {
            return Ok(Vec::new());
        }
        match input {
            Input::Begin => self.begin()?,
            Input::Response(head) => {
                self.sse = Sse::default();
                self.body.clear();
                self.head = Some(head);
            }
            Input::Body(bytes) => self.body(&bytes),
            Input::Responded => self.responded(),
            Input::Unreachable(failure) => self.failed(failure, None),
            Input::Performed(result) => self.performed(result),
            Input::Cancelled => {
                let message = format!("The turn with {} was stopped.", S::NAME);
                self.give_up(Failure::new("cancelled", message));
            }
            // There is no program.
            Input::Stdout(_)
            | Input::Line(_)
            | Input::Stderr(_)
            | Input::File(_)
            | Input::Exited(_)
            | Input::Granted(_)
            | Input::Denied(_)
            | Input::Other(_) => {}
        }
        Ok(self.events.drain().collect())
    }

    fn begin(&mut self) -> Result<(), Error> {
        let Some(request) = self.request.take() else {
            return Ok(());
        };
        if request.prompt.trim().is_empty() {
            return Err(Error::invalid_request(
                "empty-prompt",
                "The prompt is empty; there is nothing to ask the model.",
            ));
        }
        if let Some(server) = request.mcp_servers.first() {
            return Err(Error::invalid_request(
                "unsupported",
                format!(
                    "{} has no way to use the MCP server `{}`; use an engine with a program for this step, or grant it no `tools:` and `mcp:`.",
                    S::NAME,
                    server.name
                ),
            ));
        }
        let conversation = finishing::remembered::<S>(&request)?;
        let service = S::begin(&request, conversation, &mut self.events)?;
        self.events.session(match &request.session {
            Some(session) if !request.fork => session,
            _ => &request.new_session,
        });
        self.service = Some(service);
        self.rounds = 1;
        if let Err(length) = self.ask(0) {
            return Err(Error::Exhausted(Failure::new(
                "prompt-too-long",
                format!(
                    "The prompt and what was said before are {length} bytes, and at most {LONGEST_REQUEST} can be sent to {}; put long texts into files of the project, where the model can read them.",
                    S::NAME
                ),
            )));
        }
        Ok(())
    }

    /// Asks, after so many milliseconds.
    ///
    /// # Errors
    ///
    /// How many bytes the question is, when it is too long to be asked.
    fn ask(&mut self, wait_ms: u32) -> Result<(), usize> {
        let Some(service) = &mut self.service else {
            return Ok(());
        };
        let mut request = service.ask();
        if request.body.len() > LONGEST_REQUEST {
            return Err(request.body.len());
        }
        if wait_ms > 0 {
            let wait = ("wait-ms".to_owned(), wait_ms.to_string());
            request.options.push(wait);
        }
        if let Some(idle) = &self.idle_ms {
            request.options.push(("idle-ms".to_owned(), idle.clone()));
        }
        self.head = None;
        self.events.request(request);
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) {
        if !self.streams() {
            let room = ERROR_BODY.saturating_sub(self.body.len());
            let kept = bytes.get(..room.min(bytes.len())).unwrap_or_default();
            self.body.extend_from_slice(kept);
            return;
        }
        for event in self.sse.push(bytes) {
            self.event(&event.name, &event.data);
        }
    }

    fn event(&mut self, name: &str, data: &str) {
        // `[DONE]` and the like say nothing that the last event did not.
        let Ok(data) = serde_json::from_str::<Value>(data) else {
            return;
        };
        if let Some(service) = &mut self.service {
            service.on_event(name, &data, &mut self.events);
        }
    }

    /// Whether the answer is one, and a stream of events.
    fn streams(&self) -> bool {
        let Some(head) = &self.head else {
            return false;
        };
        let json = head.headers.iter().any(|(name, value)| {
            name == "content-type" && value.trim_start().starts_with("application/json")
        });
        (200..300).contains(&head.status) && !json
    }

    fn responded(&mut self) {
        if !self.streams() {
            return self.error();
        }
        if let Some(event) = self.sse.finish() {
            self.event(&event.name, &event.data);
        }
        let Some(service) = &mut self.service else {
            return;
        };
        let answered = service.on_answered(&mut self.events);
        if let Some(trouble) = answered.trouble {
            return self.trouble(&trouble, None);
        }
        if let Some(failure) = answered.failure {
            return self.give_up(failure);
        }
        if !answered.complete {
            let message = format!(
                "The answer of {} ended before the service said that it was complete.",
                S::NAME
            );
            return self.failed(Failure::new("network", message).retryable(), None);
        }
        self.tries = 0;
        match (answered.calls.is_empty(), answered.goes_on) {
            (true, false) => self.succeed(answered.text, answered.reason),
            (true, true) => self.go_on(),
            (false, _) => self.perform(answered.calls),
        }
    }

    fn perform(&mut self, wanted: Vec<Wanted>) {
        for call in wanted {
            let id = self.unique(&call.id);
            let arguments = serde_json::from_str(&call.arguments);
            let shown = arguments.unwrap_or_else(|_| Value::from(call.arguments.as_str()));
            self.events.call(&id, &call.name, &shown);
            self.events.perform(ToolCall {
                id: id.clone(),
                name: call.name.clone(),
                arguments: call.arguments.clone(),
                options: Vec::new(),
            });
            self.calls.push((call, id, None));
        }
    }

    /// Some services begin to count anew with each answer, or give no ids at all.
    fn unique(&mut self, id: &str) -> String {
        let base = if id.is_empty() { "call" } else { id };
        let mut unique = base.to_owned();
        let mut number = 2;
        while self.ids.contains(&unique) {
            unique = format!("{base}-{number}");
            number += 1;
        }
        self.ids.push(unique.clone());
        unique
    }

    fn performed(&mut self, result: ToolResult) {
        let mut calls = self.calls.iter_mut();
        let Some((_, _, answer)) =
            calls.find(|(_, id, answer)| *id == result.id && answer.is_none())
        else {
            return;
        };
        if result.options.iter().any(|(name, _)| name == "denied") {
            self.events.denied();
        }
        self.events.outcome(&result.id, result.ok, &*result.output);
        *answer = Some(result);
        if self.calls.iter().any(|(_, _, answer)| answer.is_none()) {
            return;
        }
        let calls = std::mem::take(&mut self.calls);
        let done = calls.into_iter().filter_map(|(call, _, answer)| {
            let answer = answer?;
            Some(Performed {
                id: call.id,
                name: call.name,
                ok: answer.ok,
                output: answer.output,
            })
        });
        let done: Vec<Performed> = done.collect();
        if let Some(service) = &mut self.service {
            service.on_performed(&done);
        }
        self.go_on();
    }

    /// Asks for the next round.
    fn go_on(&mut self) {
        if self.rounds >= self.most_rounds {
            let message = format!(
                "{} was asked {} times in this turn and had not finished; set `max-turns` to allow more.",
                S::NAME,
                self.rounds
            );
            return self.give_up(Failure::new("max-turns", message));
        }
        self.rounds += 1;
        if let Err(length) = self.ask(0) {
            let message = format!(
                "What was said in this turn is {length} bytes, and at most {LONGEST_REQUEST} can be sent to {}.",
                S::NAME
            );
            self.give_up(Failure::new("prompt-too-long", message));
        }
    }
}
