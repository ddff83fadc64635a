use std::collections::BTreeMap;

use semver::Version;
use serde_json::{Map, Value, json};

use crate::record::Record;

/// The schema that this program writes.
const SCHEMA: u64 = 1;

/// What registry.json says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Index {
    pub(crate) imports: BTreeMap<String, Entry>,
    /// Set when the file has a schema from the future.
    pub(crate) newer: Option<u64>,
    /// What this program does not know; kept.
    extra: Map<String, Value>,
}

/// What registry.json says under a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Ours(Box<Import>),
    /// Written by another program; kept as it is and not used.
    Foreign(Value),
}

/// The installed versions of a package.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Import {
    /// The one that the name alone means.
    pub(crate) active: Record,
    /// The others.
    pub(crate) others: BTreeMap<Version, Record>,
}

impl Import {
    /// The active one, then the others from the highest version down.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        std::iter::once(&self.active).chain(self.others.values().rev())
    }

    /// Makes this the active version; the one that was stays beside it. Gives
    /// back what it replaces.
    pub(crate) fn activate(&mut self, record: Record) -> Option<Record> {
        let before = std::mem::replace(&mut self.active, record);
        if before.version == self.active.version {
            return Some(before);
        }
        let replaced = self.others.remove(&self.active.version);
        self.others.insert(before.version.clone(), before);
        replaced
    }

    fn parse(name: &str, value: &Value) -> Option<Self> {
        let mut fields = value.as_object()?.clone();
        let others = fields.remove("versions");
        let record = |value: Value| -> Option<Record> {
            let record: Record = serde_json::from_value(value).ok()?;
            (record.name == name && record.place().is_some()).then_some(record)
        };
        let active = record(Value::Object(fields))?;
        let others = match others {
            None => BTreeMap::new(),
            Some(Value::Object(others)) => others
                .into_iter()
                .map(|(_, value)| record(value).map(|record| (record.version.clone(), record)))
                .collect::<Option<_>>()?,
            Some(_) => return None,
        };
        Some(Self { active, others })
    }

    fn value(&self) -> Result<Value, serde_json::Error> {
        let mut value = serde_json::to_value(&self.active)?;
        if let (Value::Object(fields), false) = (&mut value, self.others.is_empty()) {
            let others: BTreeMap<_, _> = self
                .others
                .iter()
                .map(|(version, record)| (version.to_string(), record))
                .collect();
            fields.insert("versions".into(), serde_json::to_value(others)?);
        }
        Ok(value)
    }
}

impl Index {
    /// Reads the bytes of a registry.json, or says what is wrong with them.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
        let Value::Object(mut extra) = value else {
            return Err("it is not a JSON object".into());
        };
        let Some(schema) = extra
            .remove("schemaVersion")
            .and_then(|schema| schema.as_u64())
        else {
            return Err("it has no `schemaVersion` that is a number".into());
        };
        let newer = (schema > SCHEMA).then_some(schema);
        let imports = match extra.remove("imports") {
            Some(Value::Object(imports)) => imports,
            // A later schema may do without.
            _ if newer.is_some() => Map::new(),
            _ => return Err("it has no `imports` that is an object".into()),
        };
        let mut entries = BTreeMap::new();
        for (name, value) in imports {
            if !value.is_object() && newer.is_none() {
                return Err(format!("its import `{name}` is not an object"));
            }
            let entry = match Import::parse(&name, &value) {
                Some(import) => Entry::Ours(Box::new(import)),
                None => Entry::Foreign(value),
            };
            entries.insert(name, entry);
        }
        Ok(Self {
            imports: entries,
            newer,
            extra,
        })
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut imports = Map::new();
        for (name, entry) in &self.imports {
            let value = match entry {
                Entry::Ours(import) => import.value()?,
                Entry::Foreign(value) => value.clone(),
            };
            imports.insert(name.clone(), value);
        }
        let mut file = self.extra.clone();
        file.insert("schemaVersion".into(), json!(SCHEMA));
        file.insert("imports".into(), Value::Object(imports));
        let mut bytes = serde_json::to_vec_pretty(&file)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Adds a version, in the place of the same one. It becomes the active one if it
    /// is to, and when it is the only one.
    pub(crate) fn put(&mut self, record: Record, activate: bool) {
        match self.imports.get_mut(&record.name) {
            Some(Entry::Ours(import)) if activate || import.active.version == record.version => {
                import.activate(record);
            }
            Some(Entry::Ours(import)) => {
                import.others.insert(record.version.clone(), record);
            }
            _ => {
                let import = Import {
                    active: record,
                    others: BTreeMap::new(),
                };
                let name = import.active.name.clone();
                self.imports.insert(name, Entry::Ours(Box::new(import)));
            }
        }
    }

    /// The packages that this program can use, by name.
    pub(crate) fn ours(&self) -> impl Iterator<Item = (&str, &Import)> {
        self.imports.iter().filter_map(|(name, entry)| match entry {
            Entry::Ours(import) => Some((name.as_str(), &**import)),
            Entry::Foreign(_) => None,
        })
    }

    pub(crate) fn import(&self, name: &str) -> Option<&Import> {
        match self.imports.get(name) {
            Some(Entry::Ours(import)) => Some(import),
            _ => None,
        }
    }

    /// Whether a copy's directory, `NAME/DIRECTORY`, is in use.
    pub(crate) fn refers_to(&self, place: &str) -> bool {
        self.ours().any(|(_, import)| {
            import
                .records()
                .any(|record| record.place().as_deref() == Some(place))
        })
    }
}
