use std::{fs, path::Path};

use cm_registry::Package;
use wit_component::ComponentEncoder;

use crate::{trouble::Trouble, view::text};

/// Makes components of the core modules among a package's components: compilers make
/// those, with the types of the component in a section beside.
pub(super) fn encode(package: &Package) -> Result<(), Trouble> {
    let Some(directory) = package.directory() else {
        return Ok(());
    };
    for entry in &package.manifest().components {
        let path = directory.join(&entry.path);
        // One that is not there is told of when the artifact is made.
        if !path.is_file() {
            continue;
        }
        let bytes = package.read(&entry.path)?;
        if !bytes.starts_with(b"\0asm\x01\0\0\0") {
            continue;
        }
        let component = component(&bytes).map_err(|why| {
            let message = format!(
                "`{}` is a core WebAssembly module, and cannot be made a component",
                entry.path
            );
            Trouble::new("not-a-component", message)
                .because(text::one_line(&why, 300))
                .help("build it with `wit-bindgen` for a world of cm; `cm new NAME --template step` shows how")
        })?;
        replace(&path, &component)?;
        eprintln!("Made a component of {}", text::one_line(&entry.path, 200));
    }
    Ok(())
}

fn component(module: &[u8]) -> Result<Vec<u8>, String> {
    let types = b"component-type";
    if !module.windows(types.len()).any(|part| part == types) {
        return Err("it does not say of which types it is".to_owned());
    }
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// In one move: nobody loads half of one.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let fresh = path.with_extension("wasm.new");
    let written = fs::write(&fresh, bytes).and_then(|()| fs::rename(&fresh, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&fresh);
        Trouble::new("disk", format!("cannot write {}: {error}", path.display()))
    })
}
