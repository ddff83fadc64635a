//! Packages on this machine: their manifest, installing them from a directory,
//! listing and removing them, and finding the one that a name means.
//!
//! Where a package comes from ends at [`Package`]: a directory, an installed
//! copy, or files compiled into the program all read the same. Fetching from
//! elsewhere is one more way to make a `Package`; installing does not change.
//!
//! Nothing of a package is ever executed here.

mod contents;
mod disk;
mod embedded;
mod error;
#[cfg(test)]
mod fault;
mod home;
mod index;
mod install;
mod load;
mod lock;
mod manifest;
mod manifest_error;
mod names;
mod notice;
mod package;
mod paths;
mod record;
mod registry;
mod remove;
mod resolve;
mod sweep;
#[cfg(test)]
mod tests;
mod wasm;

pub use contents::{MAX_FILE_BYTES, MAX_FILES, MAX_PACKAGE_BYTES, digest as package_digest};
pub use embedded::{EmbeddedFile, EmbeddedPackage};
pub use error::Error;
pub use home::Home;
pub use install::{InstallOptions, Installed, Outcome};
pub use manifest::{Capabilities, ComponentEntry, Kind, Manifest, PackageInfo, WorkspaceAccess};
pub use manifest_error::ManifestError;
pub use names::{RULE as NAME_RULE, did_you_mean, valid as is_name};
pub use notice::Notice;
pub use package::{Component, Package, Source, WorkflowEntry};
pub use paths::objection as path_objection;
pub use registry::{Listed, Offer, Origin, Registry};
pub use remove::Removed;
