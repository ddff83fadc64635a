use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    failure::{At, Failure, Outcome},
    house::House,
    program::{self, Program},
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
    for needed in ["apt-get", "dpkg-deb"] {
        if program::find(needed).is_none() {
            return Err(Failure::Wrong(format!(
                "this is no Debian: there is no `{needed}`"
            )));
        }
    }
    let place = house.wasm_toolchain();
    let packages = place.join("packages");
    clear(&packages)?;
    progress.phase(
        "toolchain",
        format_args!(
            "fetching Debian's {} into {}",
            PACKAGES.join(", "),
            house.short(&place)
        ),
        || {
            let system = Apt { private: None };
            // The system's lists may be missing, too old, or not for this user.
            system.download(&packages).or_else(|_| {
                clear(&packages)?;
                let lists = Apt {
                    private: Some(place.join("apt")),
                };
                lists.update()?;
                lists.download(&packages)
            })
        },
    )?;
    progress.phase("toolchain", "unpacking", || unpack(&place, &packages))
}

fn unpack(place: &Path, packages: &Path) -> Outcome {
    let fresh = place.join("unpacking");
    clear(&fresh)?;
    for entry in fs::read_dir(packages).at(packages)?.flatten() {
        Program::new("dpkg-deb")
            .argument("-x")
            .argument(entry.path())
            .argument(&fresh)
            .read()?;
    }
    slim(&fresh)?;
    let mut rustc = Program::new(fresh.join("usr/bin/rustc")).argument("-vV");
    if let Some(libraries) = libraries(&fresh) {
        rustc = rustc.variable("LD_LIBRARY_PATH", libraries);
    }
    rustc.read()?;
    let root = place.join("root");
    remove(&root)?;
    // Renamed at the end, so that a half unpacked toolchain is never taken for a whole one.
    fs::rename(&fresh, &root).at(&root)?;
    remove(packages)?;
    remove(&place.join("apt"))
}

/// Leaves away what no build of a guest needs: it is two thirds of the whole.
fn slim(root: &Path) -> Outcome {
    remove(&root.join("usr/share/doc"))?;
    let sources = root.join("usr/src");
    for rust in fs::read_dir(&sources).at(&sources)?.flatten() {
        for part in ["compiler", "debian", "src", "tests", "vendor"] {
            remove(&rust.path().join(part))?;
        }
    }
    Ok(())
}

/// apt, with the system's package lists or with private ones.
struct Apt {
    private: Option<PathBuf>,
}

impl Apt {
    fn run(&self) -> Program {
        // Set for every call: without it, root's apt complains that its
        // unprivileged user cannot write to our directory.
        let mut apt = Program::new("apt-get")
            .variable("LC_ALL", "C.UTF-8")
            .arguments(["-q", "-y", "-o", "APT::Sandbox::User=root"]);
        if let Some(place) = &self.private {
            for (option, path) in [
                ("Dir::State", place.join("state")),
                ("Dir::State::status", PathBuf::from("/var/lib/dpkg/status")),
                ("Dir::Cache", place.join("cache")),
            ] {
                apt = apt
                    .argument("-o")
                    .argument(format!("{option}={}", path.display()));
            }
        }
        apt
    }

    fn update(&self) -> Outcome {
        if let Some(place) = &self.private {
            for part in ["state/lists/partial", "cache/archives/partial"] {
                let path = place.join(part);
                fs::create_dir_all(&path).at(path)?;
            }
        }
        // A source that is of no use here may be out of reach; what matters is
        // whether the packages are found afterwards.
        let _ = self.run().argument("update").read();
        Ok(())
    }

    /// Downloads the packages and whatever of their needs the system has not.
    fn download(&self, into: &Path) -> Outcome {
        let plan = self
            .run()
            .arguments(["-s", "install", "--no-install-recommends"])
            .arguments(PACKAGES)
            .read()?;
        let names = planned(&plan);
        if names.is_empty() {
            return Err(Failure::Wrong("apt-get has nothing to install".into()));
        }
        self.run()
            .argument("download")
            .arguments(names)
            .within(into)
            .read()?;
        Ok(())
    }
}

/// The packages that `apt-get -s install` would install.
fn planned(plan: &str) -> Vec<&str> {
    plan.lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split_whitespace().next())
        .collect()
}

fn clear(directory: &Path) -> Outcome {
    remove(directory)?;
    fs::create_dir_all(directory).at(directory)
}

fn remove(directory: &Path) -> Outcome {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at(directory),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::planned;

    #[test]
    fn a_plan_names_what_is_new_and_what_is_newer() {
        let plan = "Reading package lists...\n\
            Inst libllvm22 (1:22.1.8-1~deb12u1 Debian-Security:12/oldstable-security [amd64])\n\
            Inst rustc-web [1.90] (1.96.0+dfsg1-1~deb12u2 Debian-Security:12/oldstable-security [amd64])\n\
            Conf libllvm22 (1:22.1.8-1~deb12u1 Debian-Security:12/oldstable-security [amd64])\n\
            Remv other [1.0]\n";
        assert_eq!(planned(plan), ["libllvm22", "rustc-web"]);
    }
}
