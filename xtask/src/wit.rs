use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    failure::{At, Failure, Outcome},
    house::House,
    packages::{Contract, Package},
    program::{self, Program},
    progress::Progress,
};

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
        format_args!(
            "{} parse; compatible with {released} released",
            current.join(", ")
        ),
    );
    Ok(())
}

/// Writes every package whose version is not released yet below `released/`.
pub(crate) fn release(house: &House, progress: &Progress) -> Outcome {
    for path in freeze(&house.wit())? {
        progress.say(
            "wit",
            format_args!("wrote {}; it must never change again", house.short(&path)),
        );
    }
    Ok(())
}

fn freeze(wit: &Path) -> Outcome<Vec<PathBuf>> {
    let contract = Contract::load(wit)?;
    contract.judge()?;
    let mut written = Vec::new();
    for package in contract.current() {
        if contract
            .releases(&package.name)
            .any(|released| released.version == package.version)
        {
            continue;
        }
        let path = wit
            .join("released")
            .join(format!("{}.wit", package.label()));
        fs::create_dir_all(wit.join("released")).at(wit)?;
        fs::write(&path, contract.text(package, true)?).at(&path)?;
        written.push(path);
    }
    // What was written must be what was meant.
    Contract::load(wit)?.judge()?;
    Ok(written)
}

/// A released file may be added, never changed or removed: asks git.
fn unchanged(house: &House, progress: &Progress) -> Outcome {
    if program::find("git").is_none() || !house.root().join(".git").exists() {
        progress.skip("wit history", "this is no git checkout");
        return Ok(());
    }
    let git = |arguments: &[&str]| {
        Program::new("git")
            .arguments(arguments)
            .within(house.root())
            .read()
    };
    let past = git(&[
        "log",
        "--format=",
        "--name-status",
        "--no-renames",
        "--",
        "wit/released",
    ])?;
    let present = git(&[
        "diff",
        "HEAD",
        "--name-status",
        "--no-renames",
        "--",
        "wit/released",
    ])?;
    let touched: Vec<_> = past
        .lines()
        .chain(present.lines())
        .filter(|line| is_change(line))
        .collect();
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

    const TYPES: &str =
        "package cm:types@0.1.0;\n/// Of all.\ninterface base { record failure { code: string } }";
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
        Contract::load(wit)
            .and_then(|contract| contract.judge())
            .map_err(|error| error.to_string())
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
        assert!(
            fs::read_to_string(wit.path().join("released/types@0.1.0.wit"))
                .unwrap()
                .contains("/// Of all.")
        );
        assert_eq!(freeze(wit.path()).unwrap(), Vec::<PathBuf>::new());
        judge(wit.path()).unwrap();
    }

    #[test]
    fn the_text_of_a_released_version_is_frozen_but_for_comments() {
        let wit = contract();
        freeze(wit.path()).unwrap();
        set(
            wit.path(),
            "types",
            &TYPES.replace("Of all.", "Of every package."),
        );
        judge(wit.path()).unwrap();
        set(
            wit.path(),
            "types",
            &TYPES.replace("code: string", "code: u32"),
        );
        let error = judge(wit.path()).unwrap_err();
        assert!(error.contains("cm:types@0.1.0 is released"), "{error}");
    }

    #[test]
    fn the_next_patch_must_be_compatible_also_in_what_it_uses() {
        let wit = contract();
        freeze(wit.path()).unwrap();
        let next = |text: &str| text.replace("0.1.0", "0.1.1");
        set(wit.path(), "types", &next(TYPES));
        set(
            wit.path(),
            "flow",
            &next(FLOW).replace("ask:", "now: func() -> f64; ask:"),
        );
        judge(wit.path()).unwrap();
        set(
            wit.path(),
            "types",
            &next(TYPES).replace("code: string", "code: u32"),
        );
        let error = judge(wit.path()).unwrap_err();
        assert!(
            error.contains("cm:types@0.1.1 breaks plugins of 0.1.0: interface `base`"),
            "{error}"
        );
        assert!(
            error.contains("cm:flow@0.1.1 breaks plugins of 0.1.0: world `steps`"),
            "{error}"
        );
    }

    #[test]
    fn the_next_series_may_break() {
        let wit = contract();
        freeze(wit.path()).unwrap();
        let next = |text: &str| text.replace("0.1.0", "0.2.0");
        set(
            wit.path(),
            "types",
            &next(TYPES).replace("code: string", "code: u32"),
        );
        set(wit.path(), "flow", &next(FLOW));
        judge(wit.path()).unwrap();
    }

    #[test]
    fn an_older_version_than_the_released_is_refused() {
        let wit = contract();
        set(wit.path(), "types", &TYPES.replace("0.1.0", "0.1.3"));
        set(
            wit.path(),
            "flow",
            &FLOW.replace("base@0.1.0", "base@0.1.3"),
        );
        freeze(wit.path()).unwrap();
        set(wit.path(), "types", &TYPES.replace("0.1.0", "0.1.2"));
        set(
            wit.path(),
            "flow",
            &FLOW.replace("base@0.1.0", "base@0.1.2"),
        );
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
