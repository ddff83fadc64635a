use std::collections::{BTreeMap, BTreeSet};

use super::{Agent, Workflow};
use crate::read::SCRIPT;

/// A package's workflow with the agents it names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Package {
    /// The file it was read from.
    pub entry: String,
    /// What it says.
    pub workflow: Workflow,
    /// The agents that are there, by name.
    pub agents: BTreeMap<String, Agent>,
    /// The files that were read for it.
    pub used: BTreeSet<String>,
}

impl Package {
    /// Whether it is a coordination script.
    pub fn is_script(&self) -> bool {
        self.entry == SCRIPT
    }
}
