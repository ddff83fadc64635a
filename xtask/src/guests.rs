use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    encode,
    failure::{At, Failure, Outcome},
    house::House,
    program::Program,
    progress::Progress,
    toolchain::{self, Source, Toolchain},
};

/// A crate below `plugins/` and what is made of it.
struct Guest {
    package: String,
    /// The name of the component's file below `target/guests`, for example
    /// `claude` or `contract/rust-step`.
    name: String,
}

/// Builds every guest in Rust, or those whose names are given.
pub(crate) fn build(
    house: &House,
    progress: &Progress,
    source: Option<Source>,
    only: &[String],
) -> Outcome {
    let all = find(house)?;
    if let Some(unknown) = only
        .iter()
        .find(|name| all.iter().all(|guest| guest.name != **name))
    {
        let names: Vec<_> = all.iter().map(|guest| guest.name.as_str()).collect();
        return Err(Failure::Wrong(format!(
            "there is no guest `{unknown}`; there are {}",
            names.join(", ")
        )));
    }
    let toolchain = Toolchain::detect(house, progress, source)?;
    progress.phase(
        "guests",
        format_args!("building with {}", toolchain.name),
        || {
            let wanted = all
                .iter()
                .filter(|guest| only.is_empty() || only.contains(&guest.name));
            for guest in wanted {
                let module = compile(house, &toolchain, guest)?;
                finish(house, progress, &guest.name, &module)?;
            }
            Ok(())
        },
    )
}

/// The guests, from what cargo knows of the workspace.
fn find(house: &House) -> Outcome<Vec<Guest>> {
    let printed = Program::new("cargo")
        .arguments(["metadata", "--no-deps", "--format-version", "1"])
        .within(house.root())
        .read()?;
    let metadata: serde_json::Value = serde_json::from_str(&printed)
        .map_err(|error| Failure::Wrong(format!("`cargo metadata` printed no JSON: {error}")))?;
    let plugins = house.root().join("plugins");
    let packages = metadata["packages"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut guests: Vec<_> = packages
        .iter()
        .filter(|package| is_guest(package))
        .filter_map(|package| {
            let directory = Path::new(package["manifest_path"].as_str()?).parent()?;
            Some(Guest {
                package: package["name"].as_str()?.to_owned(),
                name: name(directory.strip_prefix(&plugins).ok()?)?,
            })
        })
        .collect();
    guests.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(guests)
}

/// Whether a package is made to be a component. Tests of guests are not.
fn is_guest(package: &serde_json::Value) -> bool {
    let targets = package["targets"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let types = targets
        .iter()
        .filter_map(|target| target["crate_types"].as_array())
        .flatten();
    types.into_iter().any(|kind| kind == "cdylib")
}

/// `engines/claude` is `claude`; what is in `contract` keeps it, since it is no
/// plugin for people.
fn name(directory: &Path) -> Option<String> {
    let last = directory.file_name()?.to_str()?;
    let group = directory.iter().next()?.to_str()?;
    Some(match group {
        "contract" => format!("contract/{last}"),
        _ => last.to_owned(),
    })
}

/// Compiles one guest to a core module. One by one, and as a `cdylib` alone:
/// with an `rlib` beside it, which the guest's own tests need, cargo does no
/// link-time optimisation; and the features of the SDK must not be united.
fn compile(house: &House, toolchain: &Toolchain, guest: &Guest) -> Outcome<PathBuf> {
    let build = house.guest_build();
    toolchain
        .cargo("rustc")
        .arguments([
            "--quiet",
            "--lib",
            "--crate-type",
            "cdylib",
            "--package",
            &guest.package,
        ])
        .argument("--target-dir")
        .argument(&build)
        .within(house.root())
        .show()?;
    let file = format!("{}.wasm", guest.package.replace('-', "_"));
    Ok(build.join(toolchain::TARGET).join("guest").join(file))
}

/// Makes the component, unless it is newer than the module and this program.
fn finish(house: &House, progress: &Progress, name: &str, module: &Path) -> Outcome {
    let path = house.guests().join(format!("{name}.wasm"));
    if is_newer(&path, module) && std::env::current_exe().is_ok_and(|own| is_newer(&path, &own)) {
        return Ok(());
    }
    let component = encode::encode(name, &fs::read(module).at(module)?)?;
    let kind = encode::inspect(name, &component)?;
    store(&path, &component)?;
    let size = component.len().div_ceil(1024);
    progress.say(
        "guests",
        format_args!("{} ({}, {size} KB)", house.short(&path), kind.word()),
    );
    Ok(())
}

/// Whether one file was written after the other; false when either is missing.
pub(crate) fn is_newer(path: &Path, other: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    matches!((time(path), time(other)), (Ok(one), Ok(other)) if one > other)
}

/// Writes a component in one piece, so that nobody loads half of one.
pub(crate) fn store(path: &Path, component: &[u8]) -> Outcome {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).at(directory)?;
    }
    let fresh = path.with_extension("wasm.new");
    fs::write(&fresh, component).at(&fresh)?;
    fs::rename(&fresh, path).at(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_named_for_their_directory() {
        assert_eq!(name(Path::new("engines/claude")).as_deref(), Some("claude"));
        assert_eq!(
            name(Path::new("contract/rust-step")).as_deref(),
            Some("contract/rust-step")
        );
        assert_eq!(name(Path::new("")), None);
    }
}
