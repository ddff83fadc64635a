//! Asking a service: what may be asked with which key, and what comes of it. A guest plans
//! the request and never sees the key.

use std::time::Duration;

use cm_effects::{
    http::{Address, Answer, Ask, AskLimits, SecretHeader},
    recording::Channel,
};
use cm_types::{Error, Failure, HttpRequest, Input as Heard, Secret};
use serde_json::json;
use tokio::time::Instant;

use super::Stage;
use crate::{Engine, failure};

/// The longest that an adapter may wait before it asks again.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

impl Stage<'_> {
    pub(super) fn ask(&mut self, request: HttpRequest) -> Result<(), Error> {
        if self.exchange.is_some() {
            return Err(failure::misbehaved("asked twice at once"));
        }
        if !self.started {
            let (floor, attempt) = (self.floor, self.attempt);
            self.tape.begin(|| floor.recording(attempt));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        self.exchange = Some(match self.prepared(request, left)? {
            Ok(ask) => {
                let secrets = ask.secrets.iter().map(|it| it.secret.clone());
                self.secrets.extend(secrets);
                self.secrets.sort();
                self.secrets.dedup();
                self.client.send(ask)
            }
            Err(failure) => self.client.refuse(failure),
        });
        Ok(())
    }

    pub(super) async fn answered(&mut self, answer: Answer) -> Result<(), Error> {
        let heard = match answer {
            Answer::Begins(response) => {
                let head = json!({ "status": response.status, "headers": response.headers });
                self.tape.value(Channel::Response, &head);
                Heard::Response(response)
            }
            Answer::Piece(bytes) => {
                self.tape.bytes(Channel::Body, &bytes);
                Heard::Body(bytes)
            }
            Answer::Complete => {
                self.exchange = None;
                self.tape.bytes(Channel::Responded, &[]);
                Heard::Responded
            }
            Answer::Failed(failure) => {
                self.exchange = None;
                self.tape.value(Channel::Unreachable, &json!(failure));
                Heard::Unreachable(failure)
            }
        };
        self.hear(heard).await
    }

    /// The request as it is sent, or why it is not, which the adapter is told.
    ///
    /// # Errors
    /// When its package may not ask this.
    fn prepared(
        &self,
        request: HttpRequest,
        left: Duration,
    ) -> Result<Result<Ask, Failure>, Error> {
        let engine = self.engine;
        let of_person = match &request.variable {
            None => None,
            Some(variable) => {
                let value = self.set(variable);
                if value.is_some() {
                    // To ask elsewhere than the person said would be worse than not to ask.
                    let may = engine.package.may_see(variable);
                    may.map_err(|error| Error::from(&error))?;
                }
                value
            }
        };
        let base = of_person.as_deref().unwrap_or(&request.base);
        if base.is_empty() {
            return Ok(Err(no_address(engine, request.variable.as_deref())));
        }
        let address = match Address::new(base, &request.path, of_person.is_some()) {
            Ok(address) => address,
            Err(error) => {
                let whose = match (&of_person, &request.variable) {
                    (Some(_), Some(variable)) => format!("the address in `{variable}`"),
                    _ => format!("the address `{base}` of {}", engine.info.name),
                };
                let message = format!("{whose} cannot be asked: {error}");
                return Ok(Err(Failure::new("bad-address", message)));
            }
        };
        if of_person.is_none() {
            let may = engine.package.may_reach(&address.host());
            may.map_err(|error| Error::from(&error))?;
        }
        let mut secrets = Vec::new();
        for secret in &request.secrets {
            match self.filled(secret) {
                Some(header) => secrets.push(header),
                None if secret.optional => {}
                None => return Ok(Err(self.no_key(secret, &address))),
            }
        }
        let number = |name: &str| {
            let mut options = request.options.iter();
            let (_, value) = options.find(|(key, _)| key == name)?;
            value.parse().ok().map(Duration::from_millis)
        };
        let usual = AskLimits::default();
        Ok(Ok(Ask {
            wait: number("wait-ms").unwrap_or_default().min(LONGEST_WAIT),
            limits: AskLimits {
                idle: number("idle-ms").unwrap_or(usual.idle).min(usual.idle),
                total: left,
                ..usual
            },
            method: request.method,
            address,
            headers: request.headers,
            secrets,
            body: request.body,
            variable: request.variable,
        }))
    }

    /// A variable of the environment that holds something.
    fn set(&self, variable: &str) -> Option<String> {
        let value = (self.floor.environment)(variable)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn filled(&self, secret: &Secret) -> Option<SecretHeader> {
        let package = &self.engine.package;
        let mut allowed = secret
            .variables
            .iter()
            .filter(|variable| package.may_see(variable).is_ok());
        let value = allowed.find_map(|variable| self.set(variable))?;
        Some(SecretHeader {
            name: secret.name.clone(),
            prefix: secret.prefix.clone(),
            secret: value,
        })
    }

    fn no_key(&self, secret: &Secret, address: &Address) -> Failure {
        let engine = self.engine;
        let name = &engine.info.name;
        let hidden = secret
            .variables
            .iter()
            .find(|variable| self.set(variable).is_some());
        let message = match (hidden, secret.variables.first()) {
            // It is set, so it was not allowed.
            (Some(variable), _) => match engine.package.may_see(variable) {
                Err(error) => format!("{name} has no key for `{}`: {error}", address.host()),
                Ok(()) => format!("{name} has no key for `{}`", address.host()),
            },
            (None, Some(variable)) => format!(
                "{name} has no key for `{}`: set {variable} in the environment in which you start `cm`",
                address.host()
            ),
            (None, None) => format!("{name} does not say where its key is"),
        };
        Failure::new("not-signed-in", message)
    }
}

fn no_address(engine: &Engine, variable: Option<&str>) -> Failure {
    let engine = &engine.info.name;
    let message = match variable {
        Some(variable) => format!(
            "{engine} does not know where its service is: set {variable}, for example `export {variable}=http://localhost:8000`"
        ),
        None => format!("{engine} does not say where its service is"),
    };
    Failure::new("bad-address", message)
}
