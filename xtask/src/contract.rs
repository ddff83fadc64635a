use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    encode,
    failure::{At, Failure, Outcome},
    guests,
    house::House,
    program::Program,
    progress::Progress,
    tools,
};

/// A guest that is not in Rust.
struct Guest {
    /// Its directory below `plugins/contract`.
    name: &'static str,
    /// The package below `wit/` and the world in it.
    package: &'static str,
    world: &'static str,
}

const JAVASCRIPT: [Guest; 2] = [engine("js-engine"), step("js-step")];
const PYTHON: [Guest; 2] = [engine("py-engine"), step("py-step")];

const fn engine(name: &'static str) -> Guest {
    Guest {
        name,
        package: "engine",
        world: "engine",
    }
}

const fn step(name: &'static str) -> Guest {
    Guest {
        name,
        package: "flow",
        world: "steps",
    }
}

type Language<'a> = (
    &'a str,
    &'a [Guest],
    fn(&House, &Progress) -> Outcome<PathBuf>,
    Build,
);
type Build = fn(&House, &Path, &Guest, &Path) -> Outcome;

/// Builds the contract's guests in JavaScript and Python. What cannot be built
/// because a registry is out of reach is skipped, and said to be.
pub(crate) fn build(house: &House, progress: &Progress) -> Outcome {
    let languages: [Language; 2] = [
        ("JavaScript", &JAVASCRIPT, tools::javascript, javascript),
        ("Python", &PYTHON, tools::python, python),
    ];
    stage(house)?;
    for (language, all, install, build) in languages {
        let stale: Vec<_> = all.iter().filter(|guest| !is_fresh(house, guest)).collect();
        if stale.is_empty() {
            continue;
        }
        let programs = match install(house, progress) {
            Ok(programs) => programs,
            Err(Failure::Unreachable(why)) => {
                progress.skip(&format!("contract guests in {language}"), why);
                // An old component must not be tested as if it were this one.
                for guest in all {
                    discard(&output(house, guest))?;
                }
                continue;
            }
            Err(failure) => return Err(failure),
        };
        progress.phase(
            "contract",
            format_args!("building guests in {language}"),
            || {
                for guest in stale {
                    let fresh = house
                        .scratch("contract")
                        .join(format!("{}.wasm", guest.name));
                    build(house, &programs, guest, &fresh)?;
                    let component = fs::read(&fresh).at(&fresh)?;
                    let kind = encode::inspect(guest.name, &component)?;
                    let path = output(house, guest);
                    guests::store(&path, &component)?;
                    let size = component.len().div_ceil(1024);
                    progress.say(
                        "contract",
                        format_args!("{} ({}, {size} KB)", house.short(&path), kind.word()),
                    );
                }
                Ok::<_, Failure>(())
            },
        )?;
    }
    Ok(())
}

/// jco bundles by itself too, but then it reads `wit/` through its own emulated
/// file system, which does not find it.
fn javascript(house: &House, programs: &Path, guest: &Guest, output: &Path) -> Outcome {
    let source = source(house, guest).join("app.js");
    let bundle = output.with_extension("js");
    let text = fs::read_to_string(&source).at(&source)?;
    let mut rolldown = Program::new(programs.join("rolldown"))
        .argument(&source)
        .arguments(["--format", "esm", "--log-level", "warn"])
        .argument("--file")
        .argument(&bundle);
    for import in host_imports(&text) {
        rolldown = rolldown.arguments(["--external", import]);
    }
    rolldown.read()?;
    Program::new(programs.join("jco"))
        .argument("componentize")
        .argument(&bundle)
        .argument("--wit")
        .argument(staged(house, guest))
        .arguments(["--world-name", guest.world, "--backend", "quickjs"])
        // No WASI, and no async: the contract has neither.
        .arguments(["--backend-qjs-stub-wasi", "--backend-qjs-disable-async"])
        .argument("--out")
        .argument(output)
        .read()?;
    Ok(())
}

fn python(house: &House, programs: &Path, guest: &Guest, output: &Path) -> Outcome {
    Program::new(programs.join("componentize-py"))
        .arguments(["--quiet", "--wit-path"])
        .argument(staged(house, guest))
        .arguments([
            "--world",
            guest.world,
            "componentize",
            "--stub-wasi",
            "--python-path",
        ])
        .argument(house.root().join("sdk/python"))
        .argument("--python-path")
        .argument(source(house, guest))
        .arguments(["app", "--output"])
        .argument(output)
        .without("VIRTUAL_ENV")
        .within(house.root())
        .read()?;
    Ok(())
}

/// The interfaces of the host that a script imports: they stay imports.
fn host_imports(script: &str) -> Vec<&str> {
    script
        .split(['\'', '"'])
        .filter(|piece| piece.starts_with("cm:") && !piece.contains(char::is_whitespace))
        .collect()
}

/// Copies `wit/` into the form that tools expect: a package with its `deps`.
fn stage(house: &House) -> Outcome {
    for package in ["engine", "flow"] {
        let to = house.scratch("wit").join(package);
        if to.exists() {
            fs::remove_dir_all(&to).at(&to)?;
        }
        copy(&house.wit().join(package), &to)?;
        copy(&house.wit().join("types"), &to.join("deps/types"))?;
    }
    let scratch = house.scratch("contract");
    fs::create_dir_all(&scratch).at(scratch)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to).at(to)?;
    for entry in fs::read_dir(from).at(from)?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            fs::copy(&path, to.join(entry.file_name())).at(&path)?;
        }
    }
    Ok(())
}

fn staged(house: &House, guest: &Guest) -> PathBuf {
    house.scratch("wit").join(guest.package)
}

fn source(house: &House, guest: &Guest) -> PathBuf {
    house.root().join("plugins/contract").join(guest.name)
}

fn output(house: &House, guest: &Guest) -> PathBuf {
    house
        .guests()
        .join("contract")
        .join(format!("{}.wasm", guest.name))
}

/// Whether the component is newer than all it is made of.
fn is_fresh(house: &House, guest: &Guest) -> bool {
    let sdk = if guest.name.starts_with("js") {
        "js"
    } else {
        "python"
    };
    let made_of = [
        source(house, guest),
        house.root().join("sdk").join(sdk),
        house.wit(),
    ];
    let output = output(house, guest);
    std::env::current_exe().is_ok_and(|own| guests::is_newer(&output, &own))
        && made_of
            .iter()
            .all(|directory| is_newer_than_all(&output, directory))
}

fn is_newer_than_all(path: &Path, directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|entries| {
        entries.flatten().map(|entry| entry.path()).all(|entry| {
            if entry.is_dir() {
                // Python writes its caches beside the sources.
                entry.ends_with("__pycache__") || is_newer_than_all(path, &entry)
            } else {
                guests::is_newer(path, &entry)
            }
        })
    })
}

fn discard(path: &Path) -> Outcome {
    if path.exists() {
        fs::remove_file(path).at(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::host_imports;

    #[test]
    fn imports_of_the_host_are_found_in_both_quotes() {
        let script = "import { next } from 'cm:flow/run@0.1.0';\nimport x from \"cm:a/b\";\nlet s = 'cm: no';";
        assert_eq!(host_imports(script), ["cm:flow/run@0.1.0", "cm:a/b"]);
    }
}
