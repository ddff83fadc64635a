//! The file itself: read whole, changed in place.

use std::{collections::BTreeMap, path::Path};

use cm_registry::Home;
use serde::Deserialize;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::{Registries, RegistryEntry};
use crate::{Error, disk};

/// A file larger than that is none.
const MAX_BYTES: u64 = 1 << 20;
const HEAD: &str = "# The registries that cm knows. A name belongs to one of them: its namespace's, or\n# else the default one. `cm registry` changes this file; so may you.\n\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    default: Option<String>,
    #[serde(default)]
    registries: BTreeMap<String, RegistryEntry>,
}

impl Registries {
    /// Those of this home. Without a file there is one, in a directory of the home.
    pub fn read(home: &Home) -> Result<Self, Error> {
        let file = home.root().join(Self::FILE);
        Self::parse(&file, home.root(), &text(&file)?)
    }

    /// Changes the file in one move, alone. What somebody else has written there stays
    /// as it is.
    pub fn change<T>(
        home: &Home,
        change: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        disk::create_directories(home.root())?;
        let _lock = disk::Lock::acquire(&home.root().join("registries.lock"))?;
        let file = home.root().join(Self::FILE);
        let text = text(&file)?;
        let before = Self::parse(&file, home.root(), &text)?;
        let mut after = before.clone();
        let result = change(&mut after)?;
        if after != before {
            let text = after.edited(&before, &text)?;
            disk::replace(&file, text.as_bytes())?;
        }
        Ok(result)
    }

    pub(super) fn parse(file: &Path, root: &Path, text: &str) -> Result<Self, Error> {
        let wrong = |line: Option<usize>, why: String| Error::Config {
            path: file.to_owned(),
            line,
            why,
        };
        let written: Written = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            wrong(line, error.message().trim_end().replace('\n', "; "))
        })?;
        let mut all = written.registries;
        all.entry(Self::LOCAL.to_owned())
            .or_insert_with(RegistryEntry::local);
        let registries = Self {
            file: file.to_owned(),
            root: root.to_owned(),
            default: written.default.unwrap_or_else(|| Self::LOCAL.to_owned()),
            all,
        };
        registries.check().map_err(|why| wrong(None, why))?;
        Ok(registries)
    }

    /// The text of the file, with what is different now.
    fn edited(&self, before: &Self, text: &str) -> Result<String, Error> {
        let head = if text.is_empty() { HEAD } else { "" };
        let mut document: DocumentMut = text.parse().map_err(|error| Error::Config {
            path: self.file.clone(),
            line: None,
            why: format!("{error}"),
        })?;
        if self.default != before.default {
            document.insert("default", value(&self.default));
        }
        let all = document.entry("registries").or_insert_with(|| {
            let mut all = Table::new();
            all.set_implicit(true);
            Item::Table(all)
        });
        if let Some(all) = all.as_table_like_mut() {
            for name in before.all.keys().filter(|it| !self.all.contains_key(*it)) {
                all.remove(name);
            }
            for (name, entry) in &self.all {
                if before.all.get(name) != Some(entry) {
                    all.insert(name, Item::Table(entry.table()));
                }
            }
        }
        Ok(format!("{head}{document}"))
    }
}

fn text(file: &Path) -> Result<String, Error> {
    let bytes = disk::read(file, MAX_BYTES)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl RegistryEntry {
    fn table(&self) -> Table {
        let mut table = Table::new();
        table.insert("url", value(&self.url));
        if !self.namespaces.is_empty() {
            let names: Array = self.namespaces.iter().collect();
            table.insert("namespaces", value(names));
        }
        if let Some(days) = self.cooldown_days {
            table.insert("cooldown-days", value(i64::from(days)));
        }
        table
    }
}
