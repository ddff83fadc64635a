use std::path::{Path, PathBuf};

/// Where things are in the repository.
pub(crate) struct House {
    root: PathBuf,
    target: PathBuf,
}

impl House {
    /// The repository that this program was built from. Cargo sets
    /// `CARGO_MANIFEST_DIR` at run time, so a moved checkout is found too.
    pub(crate) fn find() -> Self {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = xtask.parent().unwrap_or(&xtask).to_path_buf();
        let target = root.join("target");
        Self { root, target }
    }

    /// The repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The built components. Always below `target/` of the repository, also when
    /// cargo's own target directory is elsewhere: the host and its tests look here.
    pub(crate) fn guests(&self) -> PathBuf {
        self.target.join("guests")
    }

    /// Cargo's target directory for guests.
    pub(crate) fn guest_build(&self) -> PathBuf {
        self.target.join("guest-build")
    }

    /// A toolchain for guests that was fetched.
    pub(crate) fn wasm_toolchain(&self) -> PathBuf {
        self.target.join("wasm-toolchain")
    }

    /// Programs that build guests.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// Real engine programs, for the tests.
    pub(crate) fn engines(&self) -> PathBuf {
        std::env::var_os("CM_ENGINES_DIR")
            .map_or_else(|| self.target.join("engines"), PathBuf::from)
    }

    /// Scratch space that may be deleted at any time.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.target.join("xtask").join(name)
    }

    /// The contract.
    pub(crate) fn wit(&self) -> PathBuf {
        self.root.join("wit")
    }

    /// Where cargo puts what the host is built to.
    pub(crate) fn host_build(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(
            || self.target.clone(),
            |directory| self.root.join(directory),
        )
    }

    /// A path for people: relative to the repository where it is below it.
    pub(crate) fn short<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}
