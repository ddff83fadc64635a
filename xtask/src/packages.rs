use std::{
    fs,
    path::{Path, PathBuf},
};

use semver::Version;
use wit_component::WitPrinter;
use wit_parser::{PackageId, Resolve, UnresolvedPackageGroup};

use crate::{
    evolution,
    failure::{At, Failure, Outcome},
};

/// The contract: what is being worked on, and every release of it.
pub(crate) struct Contract {
    resolve: Resolve,
    pub(crate) packages: Vec<Package>,
}

pub(crate) struct Package {
    id: PackageId,
    /// `types` of `cm:types`.
    pub(crate) name: String,
    pub(crate) version: Version,
    released: bool,
}

impl Package {
    pub(crate) fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

impl Contract {
    pub(crate) fn load(wit: &Path) -> Outcome<Self> {
        let mut groups = Vec::new();
        for path in entries(wit)? {
            if path.is_dir() && !path.ends_with("released") {
                groups.push((
                    false,
                    parse(UnresolvedPackageGroup::parse_dir(&path), &path)?,
                ));
            }
        }
        let current: Vec<_> = groups
            .iter()
            .map(|(_, group)| group.main.name.clone())
            .collect();
        // The text of a release that is also the current version; it cannot be in
        // the same `Resolve` beside it.
        let mut twins = Vec::new();
        for path in entries(&wit.join("released"))? {
            if path.extension().is_none_or(|extension| extension != "wit") {
                continue;
            }
            let text = fs::read_to_string(&path).at(&path)?;
            let group = UnresolvedPackageGroup::parse(&path, &text)
                .map_err(|(map, error)| Failure::Wrong(error.render(&map)))?;
            let label = label(&group.main.name)?;
            if path.file_stem().is_none_or(|stem| stem != label.as_str()) {
                return Err(Failure::Wrong(format!("{} holds {label}", path.display())));
            }
            if current.contains(&group.main.name) {
                twins.push((label, text));
            } else {
                groups.push((true, group));
            }
        }
        let contract = Self::resolve(groups)?;
        contract.frozen(twins)
    }

    /// Puts packages after those that they use.
    fn resolve(mut groups: Vec<(bool, UnresolvedPackageGroup)>) -> Outcome<Self> {
        let mut contract = Self {
            resolve: Resolve::default(),
            packages: Vec::new(),
        };
        while !groups.is_empty() {
            let known = |group: &UnresolvedPackageGroup| {
                let mut uses = group.main.foreign_deps.keys();
                uses.all(|name| contract.resolve.package_names.contains_key(name))
            };
            let ready = groups
                .iter()
                .position(|(_, group)| known(group))
                .unwrap_or(0);
            let (released, group) = groups.remove(ready);
            let name = group.main.name.clone();
            let id = contract
                .resolve
                .push_group(group)
                .map_err(|error| Failure::Wrong(format!("{name}: {error:#}")))?;
            let Some(version) = name.version.clone() else {
                return Err(Failure::Wrong(format!("package {name} has no version")));
            };
            contract.packages.push(Package {
                id,
                name: name.name,
                version,
                released,
            });
        }
        Ok(contract)
    }

    /// A released version that is still the current one must say the same, but
    /// for its comments.
    fn frozen(mut self, twins: Vec<(String, String)>) -> Outcome<Self> {
        for (label, text) in twins {
            let Some(index) = self
                .packages
                .iter()
                .position(|package| package.label() == label)
            else {
                continue;
            };
            let mut alone = Self::alone(&self, &text, &label)?;
            let package = alone.packages.remove(0);
            if alone.text(&package, false)? != self.text(&self.packages[index], false)? {
                return Err(Failure::Wrong(format!(
                    "cm:{label} is released, and wit/ says something else: raise its version, \
                     and that of the packages which use it"
                )));
            }
            self.packages.push(Package {
                id: self.packages[index].id,
                released: true,
                ..package
            });
        }
        Ok(self)
    }

    /// One released text, among all packages but its twin.
    fn alone(&self, text: &str, label: &str) -> Outcome<Self> {
        let wrong =
            |error: &dyn std::fmt::Display| Failure::Wrong(format!("released {label}: {error}"));
        let mut resolve = Resolve::default();
        for package in &self.packages {
            if package.label() == label {
                break;
            }
            let text = self.text(package, false)?;
            resolve
                .push_source(&package.label(), &text)
                .map_err(|error| wrong(&error))?;
        }
        let id = resolve
            .push_source(label, text)
            .map_err(|error| wrong(&error))?;
        let name = resolve.packages[id].name.clone();
        let Some(version) = name.version else {
            return Err(wrong(&"has no version"));
        };
        let package = Package {
            id,
            name: name.name,
            version,
            released: true,
        };
        Ok(Self {
            resolve,
            packages: vec![package],
        })
    }

    pub(crate) fn current(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !package.released)
    }

    pub(crate) fn releases(&self, name: &str) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(move |package| package.released && package.name == name)
    }

    /// Compares neighbours: each release with the next, the last with `wit/`.
    pub(crate) fn judge(&self) -> Outcome {
        let mut wrong = Vec::new();
        for package in self.current() {
            let mut line: Vec<_> = self.releases(&package.name).collect();
            line.sort_by(|one, other| one.version.cmp(&other.version));
            if let Some(last) = line.last().filter(|last| last.version > package.version) {
                wrong.push(format!(
                    "cm:{} is older than the released {}",
                    package.label(),
                    last.version
                ));
            }
            line.push(package);
            for pair in line.windows(2) {
                let [old, new] = pair else { continue };
                if old.version == new.version || !evolution::same_series(&old.version, &new.version)
                {
                    continue;
                }
                for sentence in evolution::breaks(&self.resolve, old.id, new.id) {
                    wrong.push(format!(
                        "cm:{} breaks plugins of {}: {sentence}",
                        new.label(),
                        old.version
                    ));
                }
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Failure::Wrong(format!(
            "{}\nMake it a new interface in a new world, or start a new series (the next minor).",
            wrong.join("\n")
        )))
    }

    pub(crate) fn text(&self, package: &Package, comments: bool) -> Outcome<String> {
        let mut printer = WitPrinter::default();
        printer
            .emit_docs(comments)
            .print(&self.resolve, package.id, &[])
            .map_err(|error| Failure::Wrong(format!("{}: {error:#}", package.label())))?;
        Ok(printer.output.to_string())
    }
}

fn parse(
    result: Result<UnresolvedPackageGroup, impl std::fmt::Display>,
    path: &Path,
) -> Outcome<UnresolvedPackageGroup> {
    result.map_err(|error| Failure::Wrong(format!("{}: {error}", path.display())))
}

fn label(name: &wit_parser::PackageName) -> Outcome<String> {
    match &name.version {
        Some(version) => Ok(format!("{}@{version}", name.name)),
        None => Err(Failure::Wrong(format!("package {name} has no version"))),
    }
}

/// What is in a directory, sorted; nothing when it is not there.
fn entries(directory: &Path) -> Outcome<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<_> = fs::read_dir(directory)
        .at(directory)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    Ok(paths)
}
