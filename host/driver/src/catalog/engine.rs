use std::io;

use cm_registry::Package;
use cm_runtime::{EngineAdapter, Identity, RuntimeError};
use cm_types::{EngineInfo, Finding, Health};

use crate::{EngineHome, preset};

/// An engine, ready for turns.
pub struct Engine {
    /// The name by which it was asked for.
    pub name: String,
    /// What it says about itself.
    pub info: EngineInfo,
    /// The adapter.
    pub adapter: EngineAdapter,
    /// The component it is in.
    pub identity: Identity,
    /// The package it is in: it can start the programs that this may.
    pub package: Package,
    /// The variables of the environment that its package may read: its programs see
    /// these and the common ones.
    pub allowed: Vec<String>,
    /// A home of its own; none: its programs use the person's.
    pub home: Option<EngineHome>,
}

impl Engine {
    /// What the answers of its probes mean.
    ///
    /// # Errors
    /// When the adapter fails.
    pub fn diagnose(&self, mut findings: Vec<Finding>) -> Result<Health, RuntimeError> {
        findings.push(preset::finding(&self.identity.component));
        findings.push(Finding {
            purpose: "environment".into(),
            code: Some(0),
            stdout: self.variables_set().join("\n"),
            stderr: String::new(),
        });
        self.adapter.diagnose(findings)
    }

    /// Which of its variables are set, by their names: what is in them is nobody's
    /// business but the service's.
    pub fn variables_set(&self) -> Vec<String> {
        let known = &self.info.environment;
        let fits = |name: &str| {
            known.iter().any(|known| match known.strip_suffix('*') {
                Some(start) => !start.is_empty() && name.starts_with(start),
                None => known == name,
            })
        };
        let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
        let names = set.filter_map(|(name, _)| name.into_string().ok());
        let mut names: Vec<_> = names
            .filter(|name| fits(name) && self.package.may_see(name).is_ok())
            .collect();
        names.sort();
        names
    }

    /// The variables that lead its programs to their own home, which is made if it is not
    /// there; nothing, when they use the person's.
    ///
    /// # Errors
    /// When the home cannot be made.
    pub fn variables_of_home(&self) -> io::Result<Vec<(String, String)>> {
        let home = self.home.as_ref();
        home.map_or(Ok(Vec::new()), |home| home.prepare(&self.allowed))
    }

    /// Whether it can start this program only because its package can start any: then
    /// it is the workflow that names it, and has to be allowed to.
    pub(super) fn is_told(&self, program: &str) -> bool {
        let programs = self.package.effective().programs;
        !programs.iter().any(|own| own == program)
    }
}
