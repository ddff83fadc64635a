use std::{fs, path::Path};

use cm_distribution::{Lock, Options};

use crate::{
    arguments::{Cache, CacheAction},
    exit::Exit,
    inbox, packaging, place,
    trouble::Trouble,
    view::{figures, out, table, text},
};

pub(crate) fn run(arguments: &Cache) -> Result<Exit, Trouble> {
    match &arguments.action {
        None => sizes(),
        Some(CacheAction::Gc { keep }) => {
            let project = place::directory(None)?;
            for file in keep {
                if !file.is_file() {
                    let message = format!("there is no file `{}`", file.display());
                    return Err(Trouble::usage("lock-file", message));
                }
            }
            let locks: Vec<&Path> = keep.iter().map(|path| path.as_path()).collect();
            let project = project.join(Lock::FILE).is_file().then_some(&*project);
            packaging::with(project, &Options::default(), |packages| {
                let cleaned = packages.workspace.gc(&packages.registry, &locks)?;
                eprintln!(
                    "Removed {} downloads ({}); those of {} versions are kept",
                    cleaned.swept.blobs,
                    figures::bytes(cleaned.swept.bytes),
                    cleaned.kept
                );
                for project in inbox::forget_gone(false) {
                    let project = text::clean(&project.display().to_string());
                    eprintln!("Forgot {project}, which is gone");
                }
                Ok(Exit::Done)
            })
        }
    }
}

fn sizes() -> Result<Exit, Trouble> {
    let home = packaging::home()?;
    let mut shown = table::new(&["WHAT", "SIZE", "WHERE"]);
    for (what, directory) in [
        ("downloads", home.root().join("store")),
        ("installed packages", home.imports()),
        ("compiled components", home.cache()),
        ("the local registry", home.root().join("registry")),
    ] {
        shown.add_row([
            what.to_owned(),
            figures::bytes(size(&directory)),
            directory.display().to_string(),
        ]);
    }
    out::line(table::render(&shown));
    Ok(Exit::Done)
}

/// All bytes below a directory. What cannot be read counts as nothing.
fn size(directory: &Path) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            match entry.metadata() {
                Ok(it) if it.is_dir() => folders.push(entry.path()),
                Ok(it) => bytes += it.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}
