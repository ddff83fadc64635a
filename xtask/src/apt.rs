//! Debian's packages without installing them: fetched and unpacked below `target/`,
//! by anybody.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    failure::{At, Failure, Outcome},
    program::{self, Program},
};

/// Fetches packages, and whatever of their needs this system has not, into a place.
pub(crate) fn fetch(packages: &[&str], place: &Path) -> Outcome {
    for needed in ["apt-get", "dpkg-deb"] {
        if program::find(needed).is_none() {
            return Err(Failure::Wrong(format!(
                "this is no Debian: there is no `{needed}`"
            )));
        }
    }
    let into = place.join("packages");
    clear(&into)?;
    let system = Apt { private: None };
    // The system's lists may be missing, too old, or not for this user.
    system.download(packages, &into).or_else(|_| {
        clear(&into)?;
        let lists = Apt {
            private: Some(place.join("apt")),
        };
        lists.update()?;
        lists.download(packages, &into)
    })
}

/// Unpacks what was fetched as `root` in the same place, if it is found to work.
pub(crate) fn unpack(place: &Path, works: impl FnOnce(&Path) -> Outcome) -> Outcome {
    let (packages, fresh) = (place.join("packages"), place.join("unpacking"));
    clear(&fresh)?;
    for entry in fs::read_dir(&packages).at(&packages)?.flatten() {
        Program::new("dpkg-deb")
            .argument("-x")
            .argument(entry.path())
            .argument(&fresh)
            .read()?;
    }
    works(&fresh)?;
    let root = place.join("root");
    remove(&root)?;
    // Renamed at the end, so that what is half unpacked is never taken for the whole.
    fs::rename(&fresh, &root).at(&root)?;
    remove(&packages)?;
    remove(&place.join("apt"))
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
    fn download(&self, packages: &[&str], into: &Path) -> Outcome {
        let plan = self
            .run()
            .arguments(["-s", "install", "--no-install-recommends"])
            .arguments(packages)
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

pub(crate) fn remove(directory: &Path) -> Outcome {
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
