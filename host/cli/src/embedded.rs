//! The first-party packages, as the build has put them in.

use cm_registry::{EmbeddedFile, EmbeddedPackage};

include!(concat!(env!("OUT_DIR"), "/packages.rs"));
