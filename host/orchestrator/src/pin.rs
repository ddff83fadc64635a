use cm_types::Digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Event, Run, core::Turn};

/// What a run uses under a name: a package, and of it a component, to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pin {
    /// What it is used as: `package` (the workflow's own), `workflow` (the component that
    /// runs it), `engine`, `step` or `controller`.
    #[serde(rename = "as")]
    pub role: String,
    /// As it is asked for.
    pub name: String,
    /// The package's name.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Of the package.
    pub digest: Digest,
    /// The component; for the workflow's own package none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<PinnedComponent>,
}

/// A component of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PinnedComponent {
    /// Its name in the package.
    pub name: String,
    /// Of its bytes.
    pub digest: Digest,
    /// The contract that it keeps: `cm:engine/adapter@0.1.0`.
    pub contract: String,
}

impl Run {
    /// What is used under this name.
    pub fn pin(&self, role: &str, name: &str) -> Option<&Pin> {
        self.pins.get(&(role.to_owned(), name.to_owned()))
    }

    pub(crate) fn keep_pin(&mut self, pin: &Pin) {
        let named = (pin.role.clone(), pin.name.clone());
        self.pins.insert(named, pin.clone());
    }
}

impl Turn<'_> {
    pub(crate) fn pin(&mut self, pin: Pin) {
        if self.core.run.pin(&pin.role, &pin.name) != Some(&pin) {
            self.append(Event::Pinned { pin });
        }
    }

    /// What is used from here on is found anew by its name.
    pub(crate) fn unpin(&mut self, by: String) {
        if !self.core.run.pins.is_empty() {
            self.append(Event::Unpinned { by });
        }
    }
}
