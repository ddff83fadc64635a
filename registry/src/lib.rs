//! Packages on this machine: their manifest, installing them from a directory,
//! listing and removing them, and finding the one that a name means.
//!
//! Where a package comes from ends at [`Package`]: a directory, an installed
//! copy, or files compiled into the program all read the same. Fetching from
//! elsewhere is one more way to make a `Package`; installing does not change.
//!
//! Nothing of a package is ever executed here.

mod capabilities;
mod change;
mod contents;
mod disk;
mod embedded;
mod error;
mod exact;
#[cfg(test)]
mod fault;
mod grants;
mod home;
mod index;
mod install;
mod list;
mod load;
mod lock;
mod manifest;
mod manifest_error;
mod names;
mod notice;
mod package;
mod paths;
mod policy;
mod provenance;
mod record;
mod registry;
mod remove;
mod resolve;
mod routing;
mod sweep;
#[cfg(test)]
mod tests;
mod wasm;

pub use capabilities::{CapabilityRow, Widening, difference};
pub use contents::{MAX_FILE_BYTES, MAX_FILES, MAX_PACKAGE_BYTES, digest as package_digest};
pub use embedded::{EmbeddedFile, EmbeddedPackage};
pub use error::{Denial, Error, grant_command};
pub use grants::Grants;
pub use home::Home;
pub use install::{Arrival, InstallOptions, Installed, Outcome};
pub use list::{Listed, Offer, Origin};
pub use manifest::{
    Build, Capabilities, ComponentEntry, Kind, Manifest, PackageInfo, ProjectManifest,
    WorkspaceAccess,
};
pub use manifest_error::ManifestError;
pub use names::{
    PACKAGE_RULE as PACKAGE_NAME_RULE, RULE as NAME_RULE, did_you_mean, nearest as nearest_name,
    package as is_package_name, split_step, valid as is_name,
};
pub use notice::Notice;
pub use package::{Component, Package, Source, WorkflowEntry};
pub use paths::objection as path_objection;
pub use policy::{Policy, Rule};
pub use provenance::{Provenance, Whence};
pub use registry::Registry;
pub use remove::Removed;
