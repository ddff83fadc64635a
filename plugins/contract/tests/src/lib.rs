//! Loads the contract's guests, for the tests which run the same things on the
//! one in each language.

mod run;

use std::{fs, path::PathBuf, time::Duration};

use cm_runtime::{Component, Identity, Limits, Runtime};
use cm_types::Digest;

pub use run::Run;

/// The guest's component, for example `js-step`, in a host with generous limits.
/// None when it was not built, which is said: `cargo xtask contract` builds it.
///
/// # Panics
/// When it is there and cannot be loaded.
pub fn guest(name: &str) -> Option<Component> {
    let path = root()
        .join("target/guests/contract")
        .join(format!("{name}.wasm"));
    let Ok(bytes) = fs::read(&path) else {
        eprintln!("SKIPPED {name}: {} is not built", path.display());
        return None;
    };
    let limits = Limits {
        // Compiled or not, on a busy machine: what is tested here is not speed.
        wall: Duration::from_secs(120),
        ..Limits::default()
    };
    // The cache makes the second test of a run fast; its entries are keyed by content.
    let cache = root().join("target/xtask/contract-cache");
    let identity = Identity {
        package: "contract".into(),
        version: "0.1.0".into(),
        component: name.into(),
    };
    let loaded = Runtime::new(Some(cache), limits).and_then(|runtime| {
        runtime.load(identity, Digest::of(&bytes), || {
            Ok::<_, std::io::Error>(bytes.as_slice())
        })
    });
    match loaded {
        Ok(component) => Some(component),
        Err(error) => panic!("{name}: {error}"),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../..")
}
