//! From one HTTP request to its response.

use crate::answer::{Answer, id};
use crate::body::{Cut, Reply};
use crate::choice::Choice;
use crate::conversation::Conversation;
use crate::script::{Failure, Script};
use crate::seen::{Log, Seen};
use crate::wire::{Api, Frame};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;

/// What all connections share.
pub(crate) struct Desk {
    pub(crate) script: Script,
    pub(crate) log: Log,
}

type Answered = Result<Response<Reply>, hyper::http::Error>;

const LARGEST_REQUEST: usize = 64 << 20;

impl Desk {
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Answered {
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        match (&head.method, path.as_str()) {
            (&Method::GET, "/requests") => return whole(200, &json!(self.log.all())),
            (&Method::POST, "/reset") => {
                self.log.clear();
                return whole(200, &json!({}));
            }
            _ => {}
        }
        let key = ["authorization", "x-api-key", "x-goog-api-key"]
            .iter()
            .any(|name| head.headers.contains_key(*name));
        let mut seen = Seen {
            method: head.method.to_string(),
            path: head.uri.to_string(),
            authorized: key,
            ..Seen::default()
        };
        let bytes = match Limited::new(body, LARGEST_REQUEST).collect().await {
            Ok(body) => body.to_bytes(),
            Err(problem) => return self.refuse(seen, 413, &problem.to_string()),
        };
        if path.ends_with("/count_tokens") {
            seen.status = 200;
            self.log.add(seen);
            return whole(200, &json!({"input_tokens": bytes.len() / 4}));
        }
        if path.ends_with(":countTokens") {
            seen.status = 200;
            self.log.add(seen);
            return whole(200, &json!({"totalTokens": bytes.len() / 4}));
        }
        let api = Api::of(&path).filter(|_| head.method == Method::POST);
        match (api, serde_json::from_slice::<Value>(&bytes)) {
            (Some(api), Ok(body)) => self.talk(api, &body, &path, seen).await,
            (Some(_), Err(problem)) => self.refuse(seen, 400, &format!("not JSON: {problem}")),
            (None, _) if head.method == Method::HEAD => {
                seen.status = 200;
                self.log.add(seen);
                Response::builder().body(Reply::Whole(None))
            }
            (None, _) => self.refuse(seen, 404, "the model server has nothing at this path"),
        }
    }

    async fn talk(&self, api: Api, body: &Value, path: &str, mut seen: Seen) -> Answered {
        let talk = api.read(body, path);
        let choice = self.script.choose(&talk, path);
        let place = place(&choice, &talk, path);
        let turn = &choice.turn;
        let failure = turn
            .error
            .as_ref()
            .filter(|e| self.log.due(place.clone(), e.times));
        let faulty = turn.hang || turn.cut_after_chunks.is_some();
        let fault = faulty && self.log.due(place, turn.fault_times);
        seen.api = api.name();
        seen.model = talk.model.clone();
        seen.prompt = talk.prompt().chars().take(400).collect();
        seen.prompts = talk.history().len() + usize::from(!talk.prompt().is_empty());
        seen.round = talk.round();
        seen.tools = talk.tools.iter().map(|tool| tool.name.clone()).collect();
        seen.rule = choice.rule.clone();
        seen.status = failure.map_or(200, |failure| failure.status);
        self.log.add(seen);
        tokio::time::sleep(Duration::from_millis(turn.delay_ms)).await;
        if let Some(failure) = failure {
            return fail(api, failure);
        }
        let answer = Answer::new(&choice, &talk);
        if !talk.stream && !fault {
            return whole(200, &api.whole(&answer));
        }
        let frames = api.frames(&answer, body);
        let pause = Duration::from_millis(turn.chunk_delay_ms);
        let cut = turn.cut_after_chunks.filter(|_| fault);
        let (hang, (sender, receiver)) = (turn.hang && fault, mpsc::channel(1));
        tokio::spawn(play(sender, frames, pause, cut, hang));
        let mut response = Response::builder().header("content-type", "text/event-stream");
        for (name, value) in &turn.headers {
            response = response.header(name, value);
        }
        response
            .header("request-id", id("req_"))
            .body(Reply::Pieces(receiver))
    }

    fn refuse(&self, mut seen: Seen, status: u16, message: &str) -> Answered {
        seen.status = status;
        self.log.add(seen);
        whole(
            status,
            &json!({"error": {"type": "not_found_error", "message": message}}),
        )
    }
}

/// Failures are counted for each conversation by itself, so that two engines that
/// meet the same rule at the same time do not use up each other's.
fn place(choice: &Choice, talk: &Conversation, path: &str) -> String {
    let said = (talk.history().len(), talk.prompt());
    format!("{path}\n{}\n{}\n{said:?}", choice.rule, talk.round())
}

async fn play(
    sender: mpsc::Sender<Result<Bytes, Cut>>,
    frames: Vec<Frame>,
    pause: Duration,
    cut: Option<usize>,
    hang: bool,
) {
    if hang {
        // Until the engine gives up, or the server is dropped and this task with it.
        return sender.closed().await;
    }
    for (number, frame) in frames.into_iter().enumerate() {
        if cut == Some(number) {
            let _ = sender.send(Err(Cut)).await;
            return;
        }
        let event = frame
            .event
            .map(|event| format!("event: {event}\n"))
            .unwrap_or_default();
        let text = format!("{event}data: {}\n\n", frame.data);
        if sender.send(Ok(Bytes::from(text))).await.is_err() {
            return;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

fn fail(api: Api, failure: &Failure) -> Answered {
    let body = match &failure.body {
        Value::Null => api.error(failure.status, "the script fails here"),
        Value::String(message) => api.error(failure.status, message),
        body => body.clone(),
    };
    with_headers(failure.status, &body, &failure.headers).or_else(|problem| {
        let message = format!("the script's error is not valid HTTP: {problem}");
        whole(500, &api.error(500, &message))
    })
}

fn whole(status: u16, body: &Value) -> Answered {
    with_headers(status, body, &BTreeMap::new())
}

fn with_headers(status: u16, body: &Value, headers: &BTreeMap<String, String>) -> Answered {
    let mut response = Response::builder().status(status);
    response = response.header("content-type", "application/json");
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Reply::Whole(Some(Bytes::from(body.to_string()))))
}
