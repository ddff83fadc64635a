use std::io::Read as _;

use cm_types::{Failure, HttpResponse};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::Instant,
};
use ureq::{
    Agent, Body,
    http::{HeaderName, HeaderValue, Request, Response, header},
};

use super::{Ask, Redactor, failure};

/// Bytes of one piece, at most.
const PIECE: usize = 16 * 1024;
/// Pieces that wait for the reader; then the service waits.
const AHEAD: usize = 16;
/// What only this side may say.
const OURS: [&str; 8] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "expect",
    "te",
    "upgrade",
];

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The service begins to answer.
    Begins(HttpResponse),
    /// A piece of the answer's body.
    Piece(Vec<u8>),
    /// The answer is complete. The last of them.
    Complete,
    /// It could not be reached, or stopped in the middle of its answer. The last of them.
    Failed(Failure),
}

/// A request on its way. It is sent when its answer is asked for the first time.
#[derive(Debug)]
pub struct Exchange {
    agent: Agent,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Waiting(Instant, Box<Ask>),
    Refused(Failure),
    Running(Receiver<Answer>),
    Over,
}

impl Exchange {
    pub(super) fn new(agent: Agent, ask: Ask) -> Self {
        let stage = Stage::Waiting(Instant::now() + ask.wait, Box::new(ask));
        Self { agent, stage }
    }

    pub(super) fn refused(agent: Agent, why: Failure) -> Self {
        let stage = Stage::Refused(why);
        Self { agent, stage }
    }

    /// What comes next. After the last answer, for ever nothing. May be dropped and
    /// called again without losing anything.
    pub async fn next(&mut self) -> Answer {
        if let Stage::Waiting(until, _) = &self.stage {
            tokio::time::sleep_until(*until).await;
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Waiting(_, ask) => self.stage = begin(self.agent.clone(), *ask),
            Stage::Refused(why) => return Answer::Failed(why),
            stage => self.stage = stage,
        }
        let Stage::Running(answers) = &mut self.stage else {
            return std::future::pending().await;
        };
        let answer = answers
            .recv()
            .await
            .unwrap_or_else(|| Answer::Failed(failure::broken("it ended without a word")));
        if matches!(answer, Answer::Complete | Answer::Failed(_)) {
            self.stage = Stage::Over;
        }
        answer
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if matches!(self.stage, Stage::Running(_)) {
            // The thread may wait for bytes that never come: its connection goes.
            self.agent.clone().shutdown();
        }
    }
}

fn begin(agent: Agent, ask: Ask) -> Stage {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let failing = sender.clone();
    let thread = std::thread::Builder::new().name("http".into());
    // Not one of tokio's: the runtime would wait for it when it ends.
    let started = thread.spawn(move || exchange(&agent, ask, &sender));
    if let Err(error) = started {
        let why = format!("no thread for it can be started: {error}");
        let _ = failing.try_send(Answer::Failed(failure::broken(&why)));
    }
    Stage::Running(receiver)
}

/// Asks, and tells what comes until nobody listens any more.
fn exchange(agent: &Agent, ask: Ask, sender: &Sender<Answer>) {
    let last = match converse(agent, ask, sender) {
        Ok(()) => Answer::Complete,
        Err(failure) => Answer::Failed(failure),
    };
    let _ = sender.blocking_send(last);
}

fn converse(agent: &Agent, ask: Ask, sender: &Sender<Answer>) -> Result<(), Failure> {
    let mut redactor = Redactor::new(ask.secrets.iter().map(|it| it.secret.as_str()));
    let host = ask.address.host();
    let response = send(agent, &ask)?;
    let status = response.status();
    let named = |name: header::HeaderName| {
        let value = response.headers().get(name);
        let text = value.and_then(|value| value.to_str().ok());
        redactor.text(text.unwrap_or_default())
    };
    let variable = ask.variable.as_deref();
    if status.is_redirection() {
        let to = named(header::LOCATION);
        return Err(failure::redirected(&host, &to, variable));
    }
    let html = named(header::CONTENT_TYPE)
        .trim_start()
        .to_ascii_lowercase();
    if html.starts_with("text/html") {
        return Err(failure::page(&host, status.as_u16(), variable));
    }
    let headers = response.headers().iter().filter_map(|(name, value)| {
        let text = redactor.text(value.to_str().ok()?);
        (*name != header::SET_COOKIE).then(|| (name.as_str().to_owned(), text))
    });
    let begins = Answer::Begins(HttpResponse {
        status: status.as_u16(),
        headers: headers.collect(),
    });
    if sender.blocking_send(begins).is_err() {
        return Ok(());
    }
    carry(response, &ask, &mut redactor, sender)
}

fn carry(
    mut response: Response<Body>,
    ask: &Ask,
    redactor: &mut Redactor,
    sender: &Sender<Answer>,
) -> Result<(), Failure> {
    let host = ask.address.host();
    let mut reader = response.body_mut().as_reader();
    let mut buffer = vec![0; PIECE];
    let mut left = ask.limits.body;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(count) => count,
            Err(error) => return Err(failure::cut(&host, &ureq::Error::from(error), ask.limits)),
        };
        let piece = buffer.get(..count).unwrap_or_default();
        left = match left.checked_sub(count as u64) {
            Some(left) => left,
            None => return Err(failure::too_large(&host, ask.limits.body)),
        };
        let end = count == 0;
        let passed = match end {
            true => redactor.finish(),
            false => redactor.push(piece),
        };
        if !passed.is_empty() && sender.blocking_send(Answer::Piece(passed)).is_err() {
            return Ok(());
        }
        if end {
            return Ok(());
        }
    }
}

fn send(agent: &Agent, ask: &Ask) -> Result<Response<Body>, Failure> {
    let mut request = Request::builder()
        .method(ask.method.as_str())
        .uri(ask.address.url());
    for (name, value) in &ask.headers {
        let (name, value) = parsed(name, value)?;
        request = request.header(name, value);
    }
    for secret in &ask.secrets {
        let value = format!("{}{}", secret.prefix, secret.secret.trim());
        let (name, mut value) = parsed(&secret.name, &value)?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    match ask.method.as_str() {
        "POST" => perform(agent, ask, request.body(ask.body.as_slice())),
        "GET" => perform(agent, ask, request.body(())),
        other => Err(failure::bad_request(&format!(
            "the method `{other}` is neither `GET` nor `POST`"
        ))),
    }
}

fn perform<S: ureq::AsSendBody>(
    agent: &Agent,
    ask: &Ask,
    request: Result<Request<S>, ureq::http::Error>,
) -> Result<Response<Body>, Failure> {
    let request = request.map_err(|error| failure::bad_request(&error.to_string()))?;
    let limits = ask.limits;
    let mut configured = agent
        .configure_request(request)
        .timeout_connect(Some(limits.connect))
        .timeout_resolve(Some(limits.connect))
        .timeout_per_read(Some(limits.idle))
        .timeout_per_write(Some(limits.idle))
        .timeout_global(Some(limits.total));
    if ask.address.is_near() {
        configured = configured.proxy(None);
    }
    let answer = agent.run(configured.build());
    answer.map_err(|error| failure::unreachable(&ask.address.host(), &error, limits))
}

/// A header that may be sent. A value is never told: it may hold a secret.
fn parsed(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let odd = || {
        failure::bad_request(&format!(
            "the header `{}` cannot be sent",
            name.escape_debug()
        ))
    };
    let lower = name.to_ascii_lowercase();
    if OURS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
        return Err(odd());
    }
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| odd())?;
    let value = HeaderValue::from_str(value).map_err(|_| odd())?;
    Ok((name, value))
}
