use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{Error, disk};

/// Where `cm` keeps what belongs to a person and not to a project. Nothing is
/// created before something is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// `CODEMACHINE_HOME`, or else `.codemachine` in the person's home. Takes
    /// the environment as a function, usually `|name| std::env::var_os(name)`.
    pub fn find(environment: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        if let Some(root) = set("CODEMACHINE_HOME") {
            return Self::at(PathBuf::from(root));
        }
        match set("HOME").or_else(|| set("USERPROFILE")) {
            Some(home) => Self::at(PathBuf::from(home).join(".codemachine")),
            None => Err(Error::NoHome),
        }
    }

    /// This directory, whether it exists or not.
    pub fn at(root: impl Into<PathBuf>) -> Result<Self, Error> {
        let root = root.into();
        // A later change of the working directory must not move it.
        match std::path::absolute(&root) {
            Ok(root) => Ok(Self { root }),
            Err(source) => Err(Error::io("find", root, source)),
        }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where packages are installed.
    pub fn imports(&self) -> PathBuf {
        self.root.join("imports")
    }

    /// The list of what is installed.
    pub fn registry_file(&self) -> PathBuf {
        self.imports().join("registry.json")
    }

    /// What can be made again: compiled components.
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Creates this directory, which lies in the home, and those above it, for
    /// its owner alone.
    pub fn create(&self, directory: &Path) -> Result<(), Error> {
        disk::create_directories(directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(pairs: &[(&str, &str)]) -> Result<Home, Error> {
        Home::find(|name| {
            pairs
                .iter()
                .find(|pair| pair.0 == name)
                .map(|pair| OsString::from(pair.1))
        })
    }

    #[test]
    fn environment() {
        let both = home(&[("CODEMACHINE_HOME", "/x"), ("HOME", "/home/a")]).unwrap();
        assert_eq!(both.root(), Path::new("/x"));
        let plain = home(&[("CODEMACHINE_HOME", ""), ("HOME", "/home/a")]).unwrap();
        assert_eq!(plain.imports(), Path::new("/home/a/.codemachine/imports"));
        assert!(
            home(&[("CODEMACHINE_HOME", "here")])
                .unwrap()
                .root()
                .is_absolute()
        );
        assert!(matches!(home(&[]), Err(Error::NoHome)));
    }
}
