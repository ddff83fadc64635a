use cm_registry::{Manifest, Package};

use super::FileEntry;

/// The layer a file travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One of its own.
    Component,
    /// One of its own, so that a registry can show it.
    Readme,
    /// What people wrote for agents: small, and read before anything runs.
    Prompts,
    /// Everything else.
    Assets,
}

impl Place {
    /// The folders whose files are prompts.
    const FOLDERS: [&str; 4] = ["agents", "prompts", "schemas", "workflows"];
    /// The README's file.
    pub(super) const README: &str = "README.md";

    pub(super) fn of(file: &FileEntry, manifest: &Manifest) -> Self {
        let path = file.path.as_str();
        if manifest.components.iter().any(|entry| entry.path == path) {
            return Self::Component;
        }
        // Some registries refuse blobs of less than two bytes.
        if path == Self::README && file.size >= 2 {
            return Self::Readme;
        }
        let folder = path.split_once('/').map(|(folder, _)| folder);
        let top = path == Manifest::FILE || path == Package::WORKFLOW;
        if top || folder.is_some_and(|folder| Self::FOLDERS.contains(&folder)) {
            Self::Prompts
        } else {
            Self::Assets
        }
    }
}
