use ureq::http::{Method, StatusCode};

use super::{
    Credentials, Remote,
    auth::{Scope, basic},
    http::Ask,
};
use crate::Error;

impl Remote {
    /// Its address in full.
    pub fn full_address(&self) -> String {
        self.address.to_string()
    }

    /// Its host, with the port if it has one: what credentials are kept under.
    pub fn host(&self) -> &str {
        &self.address.host
    }

    /// Whether it takes the credentials it is given.
    pub fn enter(&self) -> Result<(), Error> {
        let action = "say whether it is a registry";
        let ask = Ask::new(Method::GET, self.address.url(""), Scope::Entry, action);
        let answer = self.ask(&ask)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Err(self.nonsense("it has nothing at /v2/".into()));
            }
            _ => return Err(self.failed(answer, action)),
        }
        // One that lets everybody look has not looked at them yet.
        if self.auth.known(&Scope::Entry).is_none()
            && let Some(Credentials::Password { user, password }) = self.credentials()?
        {
            let header = basic(user, password);
            let answer = self.once(&ask, &ask.url, Some(&header))?;
            if answer.status() == StatusCode::UNAUTHORIZED {
                return Err(self.unauthorized(true));
            }
        }
        Ok(())
    }
}
