use super::*;
use crate::layout::tests::{about, behaves, package};

mod hostile;
mod real;
pub(crate) mod server;

fn name() -> Name {
    "acme/review".parse().unwrap()
}

fn password(password: &str) -> Option<Credentials> {
    Some(Credentials::Password {
        user: "ada".into(),
        password: password.into(),
    })
}
