use serde::{Deserialize, Serialize};

use crate::{Capabilities, WorkspaceAccess};

/// What the person gave a package: all that its version asks for, or some of it;
/// and what they said no to. A no outlives an upgrade and wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// All that this version declares. Another version may declare more, and then
    /// that is asked about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all: bool,
    #[serde(default, skip_serializing_if = "Capabilities::is_empty")]
    only: Capabilities,
    #[serde(default, skip_serializing_if = "Capabilities::is_empty")]
    denied: Capabilities,
}

impl Default for Grants {
    fn default() -> Self {
        Self::all()
    }
}

impl Grants {
    /// All that the package asks for.
    pub fn all() -> Self {
        Self {
            all: true,
            ..Self::none()
        }
    }

    /// Nothing.
    pub fn none() -> Self {
        Self::only(Capabilities::default())
    }

    /// These.
    pub fn only(capabilities: Capabilities) -> Self {
        Self {
            all: false,
            only: capabilities,
            denied: Capabilities::default(),
        }
    }

    /// Whether it gets all it asks for.
    pub fn is_all(&self) -> bool {
        self.all && self.denied.is_empty()
    }

    /// What the person said no to.
    pub fn denied(&self) -> &Capabilities {
        &self.denied
    }

    /// What a package that declares this gets.
    pub fn effective(&self, declared: &Capabilities) -> Capabilities {
        let granted = if self.all {
            declared.clone()
        } else {
            declared.intersect(&self.only)
        };
        granted.without(&self.denied)
    }

    /// Gives this as well; takes back a no to it.
    pub fn grant(&mut self, more: &Capabilities) {
        let workspace = match (self.denied.workspace, more.workspace) {
            // Reading is given back, writing is not.
            (WorkspaceAccess::Read, WorkspaceAccess::Read) => WorkspaceAccess::Write,
            (denied, WorkspaceAccess::None) => denied,
            (WorkspaceAccess::Write, WorkspaceAccess::Read) => WorkspaceAccess::Write,
            _ => WorkspaceAccess::None,
        };
        self.denied = Capabilities {
            workspace: WorkspaceAccess::None,
            ..self.denied.without(&Capabilities {
                workspace: WorkspaceAccess::None,
                ..more.clone()
            })
        };
        self.denied.workspace = workspace;
        if !self.all {
            self.only = self.only.union(more);
        }
    }

    /// Says no to this.
    pub fn deny(&mut self, less: &Capabilities) {
        let workspace = match (self.denied.workspace, less.workspace) {
            (WorkspaceAccess::None, denied) | (denied, WorkspaceAccess::None) => denied,
            // The smaller access denied denies more.
            (a, b) => a.min(b),
        };
        self.denied = self.denied.union(less);
        self.denied.workspace = workspace;
    }

    /// The same for another version of a package that declared this: what it had
    /// and no more, whatever the other one declares.
    pub fn carried(&self, declared: &Capabilities) -> Self {
        Self {
            all: false,
            only: self.effective(declared),
            denied: self.denied.clone(),
        }
    }

    /// What a package that declares this asks for and nobody has decided about.
    pub fn undecided(&self, declared: &Capabilities) -> Capabilities {
        if self.all {
            return Capabilities::default();
        }
        declared.without(&self.denied).beyond(&self.only)
    }
}
