use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    apt,
    failure::{At, Outcome},
    house::House,
    program::Program,
    progress::Progress,
};

/// Debian's second Rust toolchain: newer than Debian's first, and with the
/// library's sources, from which cargo builds the standard library for any target.
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// Where the library's sources are, below the root of a system.
const SOURCES: &str = "usr/lib/rustlib/src/rust/library/Cargo.toml";

/// Whether the packages are installed on this system. Rust from the ordinary
/// packages does not count: it may be years old.
pub(crate) fn installed() -> bool {
    let root = Path::new("/");
    let all = PACKAGES
        .iter()
        .all(|name| root.join("usr/share/doc").join(name).is_dir());
    all && root.join("usr/bin/cargo").is_file() && root.join(SOURCES).is_file()
}

/// The root of the toolchain that was unpacked, if there is one.
pub(crate) fn unpacked(house: &House) -> Option<PathBuf> {
    let root = house.wasm_toolchain().join("root");
    root.join(SOURCES).is_file().then_some(root)
}

/// Where the unpacked programs find their libraries.
pub(crate) fn libraries(root: &Path) -> Option<OsString> {
    let library = root.join("usr/lib");
    let of_machine = fs::read_dir(&library)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.join("librustc_driver.so").exists()
                || path.to_string_lossy().ends_with("-linux-gnu")
        });
    std::env::join_paths(of_machine.chain([library.clone()])).ok()
}

/// Fetches the packages and unpacks them below `target/`. Nothing is installed,
/// and nothing needs root.
pub(crate) fn fetch(house: &House, progress: &Progress) -> Outcome {
    let place = house.wasm_toolchain();
    progress.phase(
        "toolchain",
        format_args!(
            "fetching Debian's {} into {}",
            PACKAGES.join(", "),
            house.short(&place)
        ),
        || apt::fetch(&PACKAGES, &place),
    )?;
    progress.phase("toolchain", "unpacking", || unpack(&place))
}

fn unpack(place: &Path) -> Outcome {
    apt::unpack(place, |fresh| {
        slim(fresh)?;
        let mut rustc = Program::new(fresh.join("usr/bin/rustc")).argument("-vV");
        if let Some(libraries) = libraries(fresh) {
            rustc = rustc.variable("LD_LIBRARY_PATH", libraries);
        }
        rustc.read().map(drop)
    })
}

/// Leaves away what no build of a guest needs: it is two thirds of the whole.
fn slim(root: &Path) -> Outcome {
    apt::remove(&root.join("usr/share/doc"))?;
    let sources = root.join("usr/src");
    for rust in fs::read_dir(&sources).at(&sources)?.flatten() {
        for part in ["compiler", "debian", "src", "tests", "vendor"] {
            apt::remove(&rust.path().join(part))?;
        }
    }
    Ok(())
}
