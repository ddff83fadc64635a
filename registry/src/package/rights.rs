//! What a package may do: what it declares, of that what it was granted, and of
//! that what no policy denies.

use std::sync::Arc;

use super::Package;
use crate::{Capabilities, Denial, Error, Grants, Policy, Provenance, WorkspaceAccess};

impl Package {
    /// The same, with what this policy denies taken away.
    pub fn under(mut self, policy: &Arc<Policy>) -> Self {
        self.policy = Arc::clone(policy);
        self
    }

    /// What the person granted it: all, unless it is installed and they said
    /// something else.
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Where it came from; none unless it is installed.
    pub fn provenance(&self) -> Option<Provenance> {
        self.recorded.as_ref().map(|record| record.provenance())
    }

    /// What it may do. A directory without a manifest may do more than this can
    /// say; ask [`Package::objection`] then, or always.
    pub fn effective(&self) -> Capabilities {
        let granted = self.grants.effective(&self.manifest.capabilities);
        self.policy.limit(&self.name, &granted)
    }

    /// Why it may not do all of this; none when it may.
    pub fn objection(&self, wanted: &Capabilities) -> Option<Error> {
        let not = |why: Denial, capabilities: Capabilities| {
            Some(Error::NotAllowed {
                package: self.name.clone(),
                installed: self
                    .recorded
                    .as_ref()
                    .map(|record| format!("{}@{}", record.name, record.version)),
                capabilities: Box::new(capabilities),
                why,
            })
        };
        let undeclared = wanted.beyond(&self.manifest.capabilities);
        if !self.is_loose() && !undeclared.is_empty() {
            return not(Denial::Undeclared, undeclared);
        }
        if let Some(rule) = self.policy.forbids(&self.name, wanted) {
            return not(Denial::Policy(rule.to_string()), wanted.clone());
        }
        let given = if self.is_loose() {
            wanted.clone()
        } else {
            self.manifest.capabilities.clone()
        };
        let missing = wanted.beyond(&self.grants.effective(&given));
        if missing.is_empty() {
            None
        } else {
            not(Denial::NotGranted, missing)
        }
    }

    /// Whether it may start this program.
    ///
    /// # Errors
    /// When it may not, with the command that would allow it.
    pub fn may_start(&self, program: &str) -> Result<(), Error> {
        self.may(&Capabilities {
            programs: vec![program.to_owned()],
            ..Capabilities::default()
        })
    }

    /// Whether it may talk to this host: `api.example.com`, with its port unless that is
    /// the usual one of HTTPS.
    ///
    /// # Errors
    /// When it may not, with the command that would allow it.
    pub fn may_reach(&self, host: &str) -> Result<(), Error> {
        let may = |host: String| {
            self.may(&Capabilities {
                network: vec![host],
                ..Capabilities::default()
            })
        };
        let named = may(host.to_owned());
        if named.is_err() && !host.contains(':') && may(format!("{host}:443")).is_ok() {
            return Ok(());
        }
        named
    }

    /// Whether it may read this variable of the environment, or show it to its programs.
    ///
    /// # Errors
    /// When it may not, with the command that would allow it.
    pub fn may_see(&self, variable: &str) -> Result<(), Error> {
        self.may(&Capabilities {
            environment: vec![variable.to_owned()],
            ..Capabilities::default()
        })
    }

    /// Whether it may do this with the project's files.
    ///
    /// # Errors
    /// When it may not, with the command that would allow it.
    pub fn may_use_the_workspace(&self, access: WorkspaceAccess) -> Result<(), Error> {
        self.may(&Capabilities {
            workspace: access,
            ..Capabilities::default()
        })
    }

    /// Whether it may do all of this.
    ///
    /// # Errors
    /// When it may not, with the command that would allow it.
    pub fn may(&self, wanted: &Capabilities) -> Result<(), Error> {
        self.objection(wanted).map_or(Ok(()), Err)
    }

    /// Whether it may start this program.
    pub fn declares_program(&self, program: &str) -> bool {
        self.may_start(program).is_ok()
    }

    /// Whether it may read the project's files.
    pub fn reads_the_workspace(&self) -> bool {
        self.may_use_the_workspace(WorkspaceAccess::Read).is_ok()
    }
}
