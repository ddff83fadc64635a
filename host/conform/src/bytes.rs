use std::collections::BTreeMap;

use crate::{Case, CaseError, Cases};

/// Everything that a case names, read once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) bodies: Vec<Vec<u8>>,
}

impl Loaded {
    pub(crate) fn read(cases: &Cases, case: &Case) -> Result<Self, CaseError> {
        let mut files = BTreeMap::new();
        for (name, path) in &case.files {
            files.insert(name.clone(), cases.content(Some(path))?);
        }
        let bodies = case.exchanges.iter();
        let bodies = bodies.map(|exchange| cases.content(exchange.body.as_ref()));
        Ok(Self {
            stdout: cases.content(case.stdout.as_ref())?,
            stderr: cases.content(case.stderr.as_ref())?,
            files,
            bodies: bodies.collect::<Result<_, _>>()?,
        })
    }

    /// The stream in which the model's answer comes: what the program prints, or the body
    /// of the service's last answer.
    pub(crate) fn stream(&self) -> &[u8] {
        match self.bodies.last() {
            Some(body) if self.stdout.is_empty() => body,
            _ => &self.stdout,
        }
    }

    /// The same with another stream.
    pub(crate) fn with_stream(&self, stream: Vec<u8>) -> Self {
        let mut other = self.clone();
        match other.bodies.last_mut() {
            Some(body) if self.stdout.is_empty() => *body = stream,
            _ => other.stdout = stream,
        }
        other
    }
}
