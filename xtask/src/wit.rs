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
    house::House,
    program::{self, Program},
    progress::Progress,
};

/// The contract: what is being worked on, and every release of it.
struct Contract {
    resolve: Resolve,
    packages: Vec<Package>,
}

struct Package {
    id: PackageId,
    /// `types` of `cm:types`.
    name: String,
    version: Version,
    released: bool,
}

/// Checks the contract, or freezes it.
pub(crate) fn check(house: &House, progress: &Progress) -> Outcome {
    let wit = house.wit();
    let contract = Contract::load(&wit)?;
    contract.judge()?;
    unchanged(house, progress)?;
    let current: Vec<_> = contract.current().map(Package::label).collect();
    let released = contract.packages.len() - current.len();
    progress.say(
        "wit",
        format_args!("{} parse; compatible with {released} released", current.join(", ")),
    );
    Ok(())
}

/// Writes every package whose version is not released yet below `released/`.
pub(crate) fn release(house: &House, progress: &Progress) -> Outcome {
    for path in freeze(&house.wit())? {
        progress.say("wit", format_args!("wrote {}; it must never change again", house.short(&path)));
    }
    Ok(())
}

fn freeze(wit: &Path) -> Outcome<Vec<PathBuf>> {
    let contract = Contract::load(wit)?;
    contract.judge()?;
    let mut written = Vec::new();
    for package in contract.current() {
        if contract.releases(&package.name).any(|released| released.version == package.version) {
            continue;
        }
        let path = wit.join("released").join(format!("{}.wit", package.label()));
        fs::create_dir_all(wit.join("released")).at(wit)?;
        fs::write(&path, contract.text(package, true)?).at(&path)?;
        written.push(path);
    }
    // What was written must be what was meant.
    Contract::load(wit)?.judge()?;
    Ok(written)
}

impl Package {
    fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

impl Contract {
    fn load(wit: &Path) -> Outcome<Self> {
        let mut groups = Vec::new();
        for path in entries(wit)? {
            if path.is_dir() && !path.ends_with("released") {
                groups.push((false, parse(UnresolvedPackageGroup::parse_dir(&path), &path)?));
            }
        }
        let current: Vec<_> = groups.iter().map(|(_, group)| group.main.name.clone()).collect();
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
            let ready = groups.iter().position(|(_, group)| known(group)).unwrap_or(0);
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
            let Some(index) = self.packages.iter().position(|package| package.label() == label) else {
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
        let wrong = |error: &dyn std::fmt::Display| Failure::Wrong(format!("released {label}: {error}"));
        let mut resolve = Resolve::default();
        for package in &self.packages {
            if package.label() == label {
                break;
            }
            let text = self.text(package, false)?;
            resolve.push_source(&package.label(), &text).map_err(|error| wrong(&error))?;
        }
        let id = resolve.push_source(label, text).map_err(|error| wrong(&error))?;
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

    fn current(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !package.released)
    }

    fn releases(&self, name: &str) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(move |package| package.released && package.name == name)
    }

    /// Compares neighbours: each release with the next, the last with `wit/`.
    fn judge(&self) -> Outcome {
        let mut wrong = Vec::new();
        for package in self.current() {
            let mut line: Vec<_> = self.releases(&package.name).collect();
            line.sort_by(|one, other| one.version.cmp(&other.version));
            if let Some(last) = line.last().filter(|last| last.version > package.version) {
                wrong.push(format!("cm:{} is older than the released {}", package.label(), last.version));
            }
            line.push(package);
            for pair in line.windows(2) {
                let [old, new] = pair else { continue };
                if old.version == new.version || !evolution::same_series(&old.version, &new.version) {
                    continue;
                }
                for sentence in evolution::breaks(&self.resolve, old.id, new.id) {
                    wrong.push(format!("cm:{} breaks plugins of {}: {sentence}", new.label(), old.version));
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

    fn text(&self, package: &Package, comments: bool) -> Outcome<String> {
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

/// A released file may be added, never changed or removed: asks git.
fn unchanged(house: &House, progress: &Progress) -> Outcome {
    if program::find("git").is_none() || !house.root().join(".git").exists() {
        progress.skip("wit history", "this is no git checkout");
        return Ok(());
    }
    let git = |arguments: &[&str]| Program::new("git").arguments(arguments).within(house.root()).read();
    let past = git(&["log", "--format=", "--name-status", "--no-renames", "--", "wit/released"])?;
    let present = git(&["diff", "HEAD", "--name-status", "--no-renames", "--", "wit/released"])?;
    let touched: Vec<_> = past.lines().chain(present.lines()).filter(|line| is_change(line)).collect();
    if touched.is_empty() {
        return Ok(());
    }
    Err(Failure::Wrong(format!(
        "released files must never change, and git knows of changes:\n{}",
        touched.join("\n")
    )))
}

/// A line of `--name-status` that is neither empty nor an addition.
fn is_change(line: &str) -> bool {
    line.ends_with(".wit") && !line.starts_with('A')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = "package cm:types@0.1.0;\n/// Of all.\ninterface base { record failure { code: string } }";
    const FLOW: &str = "package cm:flow@0.1.0;
        interface run { use cm:types/base@0.1.0.{failure}; ask: func() -> failure; }
        world steps { import run; export go: func(); }";

    fn contract() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        set(directory.path(), "types", TYPES);
        set(directory.path(), "flow", FLOW);
        directory
    }

    fn set(wit: &Path, package: &str, text: &str) {
        fs::create_dir_all(wit.join(package)).unwrap();
        fs::write(wit.join(package).join("all.wit"), text).unwrap();
    }

    fn judge(wit: &Path) -> Result<(), String> {
        Contract::load(wit).and_then(|contract| contract.judge()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_release_writes_every_package_once() {
        let wit = contract();
        let names: Vec<_> = freeze(wit.path())
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["types@0.1.0.wit", "flow@0.1.0.wit"]);
        assert!(fs::read_to_string(wit.path().join("released/types@0.1.0.wit")).unwrap().contains("/// Of all."));
        assert_eq!(freeze(wit.path()).unwrap(), Vec::<PathBuf>::new());
        judge(wit.path()).unwrap();
    }

    #[test]
    fn the_text_of_a_released_version_is_frozen_but_for_comments() {
        let wit = contract();
        freeze(wit.path()).unwrap();
        set(wit.path(), "types", &TYPES.replace("Of all.", "Of every package."));
        judge(wit.path()).unwrap();
        set(wit.path(), "types", &TYPES.replace("code: string", "code: u32"));
        let error = judge(wit.path()).unwrap_err();
        assert!(error.contains("cm:types@0.1.0 is released"), "{error}");
    }

    #[test]
    fn the_next_patch_must_be_compatible_also_in_what_it_uses() {
        let wit = contract();
        freeze(wit.path()).unwrap();
        let next = |text: &str| text.replace("0.1.0", "0.1.1");
        set(wit.path(), "types", &next(TYPES));
        set(wit.path(), "flow", &next(FLOW).replace("ask:", "now: func() -> f64; ask:"));
        judge(wit.path()).unwrap();
        set(wit.path(), "types", &next(TYPES).replace("code: string", "code: u32"));
        let error = judge(wit.path()).unwrap_err();
        assert!(error.contains("cm:types@0.1.1 breaks plugins of 0.1.0: interface `base`"), "{error}");
        assert!(error.contains("cm:flow@0.1.1 breaks plugins of 0.1.0: world `steps`"), "{error}");
    }

    #[test]
    fn the_next_series_may_break() {
        let wit = contract();
        freeze(wit.path()).unwrap();
        let next = |text: &str| text.replace("0.1.0", "0.2.0");
        set(wit.path(), "types", &next(TYPES).replace("code: string", "code: u32"));
        set(wit.path(), "flow", &next(FLOW));
        judge(wit.path()).unwrap();
    }

    #[test]
    fn an_older_version_than_the_released_is_refused() {
        let wit = contract();
        set(wit.path(), "types", &TYPES.replace("0.1.0", "0.1.3"));
        set(wit.path(), "flow", &FLOW.replace("base@0.1.0", "base@0.1.3"));
        freeze(wit.path()).unwrap();
        set(wit.path(), "types", &TYPES.replace("0.1.0", "0.1.2"));
        set(wit.path(), "flow", &FLOW.replace("base@0.1.0", "base@0.1.2"));
        assert!(judge(wit.path()).is_err());
    }

    #[test]
    fn git_lines() {
        assert!(is_change("M\twit/released/types@0.1.0.wit"));
        assert!(is_change("D\twit/released/types@0.1.0.wit"));
        assert!(!is_change("A\twit/released/types@0.1.0.wit"));
        assert!(!is_change(""));
    }
}
