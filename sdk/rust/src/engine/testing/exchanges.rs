//! Plays recorded answers of a model's service through an adapter.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::{prop_assert, prop_assert_eq};
use serde_json::{Value, json};

use super::recordings::holds;
use super::{cut, event_json, finish, golden, joined};
use crate::engine::{
    Action, Dialogue, Error, Event, Failure, HttpRequest, HttpResponse, Input, Request, Service,
    ToolCall, ToolResult,
};

/// What a service answers to one request.
#[derive(Clone, Debug)]
pub enum Said {
    /// A status, headers and a body.
    Answer(u16, Vec<(String, String)>, Vec<u8>),
    /// The beginning of an answer; then the connection breaks off.
    Cut(Vec<u8>),
    /// Nothing.
    Unreachable(Failure),
    /// The turn is stopped after these bytes.
    Stopped(Vec<u8>),
}

impl Said {
    /// A stream of events.
    pub fn stream(body: impl Into<Vec<u8>>) -> Self {
        let kind = ("content-type".to_owned(), "text/event-stream".to_owned());
        Self::Answer(200, vec![kind], body.into())
    }

    /// An error, its body as JSON.
    pub fn error(status: u16, headers: &[(&str, &str)], body: &Value) -> Self {
        let mut all = vec![("content-type".to_owned(), "application/json".to_owned())];
        let more = headers.iter();
        all.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::Answer(status, all, body.to_string().into_bytes())
    }
}

/// What came of a turn with a service.
#[derive(Debug, Default)]
pub struct Held {
    /// What was asked.
    pub requests: Vec<HttpRequest>,
    /// What the host's tools were to do.
    pub calls: Vec<ToolCall>,
    /// All events.
    pub events: Vec<Event>,
}

impl Held {
    /// The body of a request.
    ///
    /// # Panics
    ///
    /// When there is none, or it is not JSON.
    pub fn body(&self, at: usize) -> Value {
        let body = serde_json::from_slice(&self.requests[at].body);
        body.unwrap_or_else(|error| panic!("request {at} is not JSON: {error}"))
    }

    /// The request of a later turn, which goes on with this conversation.
    ///
    /// # Panics
    ///
    /// When there was no session.
    pub fn next(&self, prompt: &str) -> Request {
        let session = self.events.iter().find_map(|event| match event {
            Event::Session(session) => Some(session.clone()),
            _ => None,
        });
        let given = finish(&self.events).options.iter();
        let given = given.map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        let previous = Value::Object(given.collect()).to_string();
        Request {
            session: Some(session.unwrap_or_else(|| panic!("no session: {self:?}"))),
            options: vec![("previous".to_owned(), previous)],
            ..Request::new(prompt)
        }
    }
}

/// Holds a turn in which the service says this and the tools answer that.
///
/// # Errors
///
/// What the adapter has against the request.
///
/// # Panics
///
/// When the adapter asks more than the service says, or twice at once.
pub fn hold<S: Service>(
    request: Request,
    said: &[Said],
    tool: impl Fn(&ToolCall) -> ToolResult,
) -> Result<Held, Error> {
    hold_cut::<S>(request, said, tool, &[])
}

fn hold_cut<S: Service>(
    request: Request,
    said: &[Said],
    tool: impl Fn(&ToolCall) -> ToolResult,
    places: &[usize],
) -> Result<Held, Error> {
    let mut dialogue = Dialogue::<S>::new(request);
    let mut held = Held::default();
    let mut said = said.iter();
    let mut inputs = vec![Input::Begin];
    while !inputs.is_empty() {
        let mut performed = Vec::new();
        let mut asked = None;
        for input in std::mem::take(&mut inputs) {
            for action in dialogue.next(input)? {
                match action {
                    Action::Emit(event) => held.events.push(event),
                    Action::Perform(call) => {
                        performed.push(Input::Performed(tool(&call)));
                        held.calls.push(call);
                    }
                    Action::Request(request) => {
                        assert!(asked.is_none(), "it asks twice at once");
                        asked = Some(request);
                    }
                    other => panic!("a service does not do this: {other:?}"),
                }
            }
        }
        inputs = performed;
        if let Some(request) = asked {
            assert!(inputs.is_empty(), "it asks while the tools are at work");
            held.requests.push(request);
            let next = said.next();
            let next = next.unwrap_or_else(|| panic!("one request too many: {held:#?}"));
            inputs = answers(next, places);
        }
    }
    Ok(held)
}

fn answers(said: &Said, places: &[usize]) -> Vec<Input> {
    let pieces = |body: &[u8]| {
        let pieces = cut(body, places).into_iter();
        pieces.map(Input::Body).collect::<Vec<_>>()
    };
    let begin = |status: u16, headers: &[(String, String)]| {
        Input::Response(HttpResponse {
            status,
            headers: headers.to_vec(),
        })
    };
    let (mut inputs, last) = match said {
        Said::Unreachable(failure) => (Vec::new(), Input::Unreachable(failure.clone())),
        Said::Answer(status, headers, body) => {
            let mut inputs = vec![begin(*status, headers)];
            inputs.extend(pieces(body));
            (inputs, Input::Responded)
        }
        Said::Cut(body) | Said::Stopped(body) => {
            let mut inputs = vec![begin(200, &[])];
            inputs.extend(pieces(body));
            let broken = Failure::new("network", "the answer broke off").retryable();
            let last = match said {
                Said::Cut(_) => Input::Unreachable(broken),
                _ => Input::Cancelled,
            };
            (inputs, last)
        }
    };
    inputs.push(last);
    inputs
}

/// Tools that say what they were asked.
pub fn echo(call: &ToolCall) -> ToolResult {
    ToolResult {
        id: call.id.clone(),
        ok: true,
        output: format!("{} {}", call.name, call.arguments),
        options: Vec::new(),
    }
}

/// What a service said in one turn, and what was asked of it.
#[derive(Clone, Debug)]
pub struct Talk {
    /// The name of its file of events.
    pub name: String,
    /// What was asked.
    pub request: Request,
    /// What the service answers, one after the other.
    pub said: Vec<Said>,
}

/// Checks a service against recorded talks: they decode to the events in
/// `EVENTS/NAME.jsonl` (see [`golden`]), in whatever pieces the bytes come; an answer that
/// is cut off is never a success; and whatever is damaged, there is one `finish`.
///
/// # Panics
///
/// When one of these does not hold.
pub fn talks_hold<S: Service>(talks: &[Talk], events: &Path) {
    let play = |talk: &Talk, places: &[usize]| {
        let held = hold_cut::<S>(talk.request.clone(), &talk.said, echo, places);
        let held = held.unwrap_or_else(|error| panic!("{}: {error:?}", talk.name));
        finish(&held.events);
        held.events
    };
    for talk in talks {
        let values: Vec<_> = joined(play(talk, &[])).iter().map(event_json).collect();
        golden(&events.join(format!("{}.jsonl", talk.name)), &values);
    }
    let which = || (0..talks.len()).prop_map(|at| talks[at].clone());
    holds(
        "any cut of the bytes gives the same events",
        (which(), vec(any::<usize>(), 0..40)),
        |(talk, places)| {
            prop_assert_eq!(play(&talk, &places), play(&talk, &[]));
            Ok(())
        },
    );
    holds(
        "an answer that was cut off never counts as success",
        (which(), any::<usize>(), any::<bool>()),
        |(mut talk, end, clean)| {
            talk.request.options.push(("retries".into(), "0".into()));
            if let Some(last) = talk.said.last_mut()
                && let Said::Answer(200, headers, body) = last
            {
                let lines = body
                    .split(|byte| *byte == b'\n')
                    .filter(|line| !line.is_empty());
                // The service's last word may be one that says nothing: `[DONE]`, a ping.
                let spare = lines
                    .rev()
                    .take(2)
                    .map(|line| line.len() + 2)
                    .sum::<usize>();
                let most = body.len().saturating_sub(spare).max(1);
                body.truncate(end % most);
                if !clean {
                    *last = Said::Cut(std::mem::take(body));
                } else {
                    *last = Said::Answer(200, headers.clone(), std::mem::take(body));
                }
                let held = hold::<S>(talk.request, &talk.said, echo);
                let held = held.unwrap_or_else(|error| panic!("{error:?}"));
                prop_assert!(!finish(&held.events).ok);
            }
            Ok(())
        },
    );
    holds(
        "damaged bytes end in one finish",
        (which(), vec((any::<usize>(), any::<u8>()), 1..30)),
        |(mut talk, damage)| {
            talk.request.options.push(("retries".into(), "0".into()));
            talk.request.max_turns = Some(3);
            for said in &mut talk.said {
                if let Said::Answer(_, _, body) = said {
                    let length = body.len().max(1);
                    for (place, byte) in &damage {
                        if let Some(at) = body.get_mut(place % length) {
                            *at = *byte;
                        }
                    }
                }
            }
            // It may ask more often than it was answered.
            let more = talk.said.clone();
            talk.said.extend(more.iter().cycle().take(6).cloned());
            let held = hold::<S>(talk.request, &talk.said, echo);
            let held = held.unwrap_or_else(|error| panic!("{error:?}"));
            finish(&held.events);
            Ok(())
        },
    );
}

/// A request as JSON, for recordings that a person can read.
pub fn request_json(request: &HttpRequest) -> Value {
    let secrets: Vec<Value> = request
        .secrets
        .iter()
        .map(|secret| {
            json!({
                "name": secret.name, "prefix": secret.prefix,
                "variables": secret.variables, "optional": secret.optional,
            })
        })
        .collect();
    json!({
        "method": request.method,
        "variable": request.variable,
        "base": request.base,
        "path": request.path,
        "headers": request.headers,
        "secrets": secrets,
        "body": serde_json::from_slice::<Value>(&request.body).unwrap_or_default(),
        "options": request.options,
    })
}
