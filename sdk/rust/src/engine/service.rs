//! The small trait that the author of an adapter to a model's service writes.

use serde_json::Value;

use super::{Error, Events, Failure, Finding, Health, HttpRequest, Info, Request, Secret, Trouble};

/// An adapter to a model that is asked over HTTP and has no program around it.
///
/// Everything else is done by [`Dialogue`](super::Dialogue): cutting the answer into
/// events, asking again when the service is busy, having the host's tools do what the
/// model wants, counting rounds, keeping the conversation, and the one `finish` at the
/// end, whatever happens.
///
/// A service is a value that lives for one turn and holds the conversation in the form in
/// which its API takes it.
pub trait Service: Sized + 'static {
    /// The name for people, for example `Anthropic API`.
    const NAME: &'static str;

    /// What to do when nobody is signed in, for example `set ANTHROPIC_API_KEY`.
    const SIGN_IN: &'static str;

    /// What the adapter is. Always the same answer.
    fn describe() -> Info;

    /// What the probes' results mean. Usually there are none: a service is asked when it
    /// is used, and not before.
    fn diagnose(findings: &[Finding]) -> Health {
        let _ = findings;
        Health {
            installed: true,
            version: None,
            signed_in: None,
            remedy: None,
            options: Vec::new(),
        }
    }

    /// Begins a turn. `conversation` is what was said before, as
    /// [`Service::conversation`] gave it; the prompt is to be added to it.
    ///
    /// # Errors
    ///
    /// When the request cannot be put to this service.
    fn begin(
        request: &Request,
        conversation: Vec<Value>,
        events: &mut Events,
    ) -> Result<Self, Error>;

    /// The next question. What was heard of an answer that is not complete is to be
    /// forgotten.
    fn ask(&mut self) -> HttpRequest;

    /// An event of the answer. `data` is a JSON value; what is none is passed over.
    fn on_event(&mut self, name: &str, data: &Value, events: &mut Events);

    /// The answer has ended. When it is complete, it belongs to the conversation now.
    fn on_answered(&mut self, events: &mut Events) -> Answered;

    /// The answers to all calls of the last message, in their order.
    fn on_performed(&mut self, results: &[Performed]);

    /// What was said, up to the last point from which the conversation can go on.
    fn conversation(&self) -> &[Value];

    /// What an error of the service means, when its API says more than usual.
    fn on_error(&self, status: u16, body: &Value) -> Option<Failure> {
        let _ = (status, body);
        None
    }
}

/// What an answer came to.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// The service said that this was all.
    pub complete: bool,
    /// The text of the message.
    pub text: String,
    /// Why it ended, in the service's own word.
    pub reason: String,
    /// What the model wants done. Then it is asked again.
    pub calls: Vec<Wanted>,
    /// The service wants to be asked again although nothing is to be done.
    pub goes_on: bool,
    /// Why the turn cannot go on.
    pub failure: Option<Failure>,
    /// What went wrong in the middle of the answer.
    pub trouble: Option<Trouble>,
}

/// Something that the model wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// As the service calls it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// JSON, as the model wrote it.
    pub arguments: String,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// As the service calls it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Whether it worked.
    pub ok: bool,
    /// What it said.
    pub output: String,
}

impl Info {
    /// A service that needs no program. Its conversations are kept by the host.
    pub fn service(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            programs: Vec::new(),
            models: Vec::new(),
            features: super::strings(&[
                "resume",
                "fork",
                "usage",
                "effort",
                "schema",
                "permissions",
                "tools",
                "directories",
                "max-turns",
            ]),
            probes: Vec::new(),
            tested: Vec::new(),
            environment: Vec::new(),
            options: vec![("memory".to_owned(), "host".to_owned())],
        }
    }
}

impl HttpRequest {
    /// A JSON value for `path` at `base`, or at the address in the variable.
    pub fn post(variable: &str, base: &str, path: &str, body: &Value) -> Self {
        Self {
            method: "POST".to_owned(),
            variable: (!variable.is_empty()).then(|| variable.to_owned()),
            base: base.to_owned(),
            path: path.to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            secrets: Vec::new(),
            body: body.to_string().into_bytes(),
            options: Vec::new(),
        }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a header that the host fills in from the first of these variables that is set.
    #[must_use]
    pub fn secret(mut self, name: &str, prefix: &str, variables: &[&str]) -> Self {
        self.secrets.push(Secret {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            variables: super::strings(variables),
            optional: false,
        });
        self
    }

    /// With such a header, if one of the variables is set.
    #[must_use]
    pub fn optional_secret(self, name: &str, prefix: &str, variables: &[&str]) -> Self {
        let mut request = self.secret(name, prefix, variables);
        if let Some(secret) = request.secrets.last_mut() {
            secret.optional = true;
        }
        request
    }
}
