//! Packages on their way: how one becomes an artifact and a directory again,
//! where artifacts are published and found, which versions go together, and where
//! they are kept.
//!
//! Everything here blocks; inside of an asynchronous program, call it where that
//! is allowed. Nothing of a package is ever executed.

mod artifact;
mod canonical;
mod catalog;
mod disk;
mod error;
#[cfg(test)]
mod hostile;
mod layout;
mod lock;
mod login;
mod name;
pub mod oci;
mod registries;
mod remote;
mod resolve;
mod source;
mod sources;
mod store;
mod telling;
pub mod trust;
mod workspace;

pub use artifact::{
    Artifact, Blobs, Config, Contents, FileEntry, Interfaces, MAX_CONFIG_BYTES, MAX_LAYERS,
    MakeOptions,
};
pub use catalog::{Catalog, Objection};
pub use error::{Error, RegistryError};
pub use layout::Layout;
pub use lock::{Lock, Locked};
pub use login::{Keeper, Kept, sign_in};
pub use name::Name;
pub use registries::{Registries, RegistryEntry};
pub use remote::{Credentials, Remote};
pub use resolve::{Catalogue, Chosen, Conflict, Fact, Request, Resolution, resolve};
pub use source::{Published, Referrer, Source, Which};
pub use sources::Sources;
pub use store::{Progress, Store, Swept, Wanted, fetch};
pub use telling::tell;
pub use workspace::{
    Caution, Change, Choice, Choices, Cleaned, Dependant, Event, GitClone, Mirrored, OciReference,
    Options, Outdated, Plan, PublishOutcome, Spec, Step, Tree, Vetting, Workspace,
};
