//! Adapters that are named on the command line.

use std::path::{Path, PathBuf};

use cm_driver::Catalog;
use cm_registry::{Kind, Package};
use cm_runtime::{EngineAdapter, Identity};
use cm_types::Digest;

use crate::{place, trouble::Trouble};

/// The file with the recorded turns of an engine, beside its component.
pub(crate) const CASES: &str = "conformance.json";

/// Those of a package's directory or of a component's file, or an installed one.
pub(crate) struct Adapters {
    /// With the names of their engines.
    pub(crate) list: Vec<(String, EngineAdapter)>,
    /// Where they were found, if that is no installed package.
    directory: Option<PathBuf>,
}

impl Adapters {
    pub(crate) fn find(named: &str) -> Result<Self, Trouble> {
        let path = Path::new(named);
        match path {
            path if path.is_dir() => Self::of_package(path),
            path if path.is_file() => Self::of_file(path),
            _ => Self::installed(named),
        }
    }

    /// The file with their recorded turns, if it is there.
    pub(crate) fn cases(&self) -> Option<PathBuf> {
        let file = self.directory.as_ref()?.join(CASES);
        file.is_file().then_some(file)
    }

    /// The one for this engine; a single one that came from a file may have another name.
    pub(crate) fn named(&self, engine: &str) -> Option<&(String, EngineAdapter)> {
        let list = &self.list;
        let same = list.iter().find(|(name, _)| name == engine);
        same.or_else(|| list.first().filter(|(_, adapter)| is_for(adapter, engine)))
    }

    fn of_package(path: &Path) -> Result<Self, Trouble> {
        let registry = place::registry()?;
        let runtime = place::runtime(&registry)?;
        let package = Package::open(path)?;
        let entries = package.manifest().components.iter();
        let names = entries.filter(|entry| entry.kind == Kind::Engine);
        let names: Vec<String> = names.map(|entry| entry.name.clone()).collect();
        if names.is_empty() {
            let message = format!("`{}` has no engine", path.display());
            return Err(Trouble::usage("no-engine", message)
                .help("an engine's cm.toml has `[[components]]` with `kind = \"engine\"`"));
        }
        let catalog = Catalog::new(registry, runtime, Some(package));
        let list = names.into_iter().map(|name| {
            let adapter = catalog.engine(&name)?.adapter.clone();
            Ok((name, adapter))
        });
        Ok(Self {
            list: list.collect::<Result<_, Trouble>>()?,
            directory: Some(path.to_owned()),
        })
    }

    fn of_file(path: &Path) -> Result<Self, Trouble> {
        let registry = place::registry()?;
        let runtime = place::runtime(&registry)?;
        let bytes = std::fs::read(path).map_err(|error| {
            Trouble::usage("no-engine", format!("`{}`: {error}", path.display()))
        })?;
        let name = path.file_stem().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let identity = Identity {
            package: name.clone(),
            version: "0.0.0".into(),
            component: name.clone(),
        };
        let component = runtime.load(identity, Digest::of(&bytes), || Ok(&bytes))?;
        Ok(Self {
            list: vec![(name, component.engine()?)],
            directory: path.parent().map(Path::to_owned),
        })
    }

    fn installed(name: &str) -> Result<Self, Trouble> {
        let registry = place::registry()?;
        let runtime = place::runtime(&registry)?;
        let catalog = Catalog::new(registry, runtime, None);
        if let Some(failure) = catalog.no_engine(name) {
            return Err(Trouble::usage(&failure.code, failure.message).help(
                "name a package's directory, a component's file, or an engine of `cm engines`",
            ));
        }
        let engine = catalog.engine(name)?;
        Ok(Self {
            list: vec![(name.to_owned(), engine.adapter.clone())],
            directory: None,
        })
    }
}

/// Whether the adapter says that it is for this engine.
fn is_for(adapter: &EngineAdapter, engine: &str) -> bool {
    adapter.describe().is_ok_and(|info| info.id == engine)
}
