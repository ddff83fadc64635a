use std::borrow::Cow;

use cm_types::Digest;

use super::{Contents, Package};
use crate::{ComponentEntry, Error, Kind, wasm};

/// A component's bytes.
#[derive(Clone, Debug)]
pub struct Component {
    /// As the manifest has it.
    pub entry: ComponentEntry,
    /// The component.
    pub bytes: Cow<'static, [u8]>,
    /// Of the bytes.
    pub digest: Digest,
}

impl Package {
    /// One of its components, checked to be one.
    pub fn component(&self, kind: Kind, name: &str) -> Result<Component, Error> {
        let entry = self
            .manifest
            .component(kind, name)
            .ok_or_else(|| Error::NoComponent {
                kind,
                name: name.to_owned(),
                known: self.names_of(kind),
            })?;
        let bytes = self.read(&entry.path)?;
        if let Some(why) = wasm::objection(&bytes) {
            return Err(Error::invalid(
                self.name(),
                format!("`{}` {why}", entry.path),
            ));
        }
        let digest = match &self.contents {
            Contents::Embedded(package) => package
                .file(&entry.path)
                .map_or_else(|| Digest::of(&bytes), |file| file.digest()),
            Contents::Tree(_) => Digest::of(&bytes),
        };
        if let Some(record) = &self.recorded
            && record
                .component(kind, name)
                .is_none_or(|known| known.digest != digest)
        {
            return Err(self.damaged(&format!("`{}`", entry.path)));
        }
        Ok(Component {
            entry: entry.clone(),
            bytes,
            digest,
        })
    }

    fn names_of(&self, kind: Kind) -> Vec<String> {
        let all = self
            .manifest
            .components
            .iter()
            .filter(|entry| entry.kind == kind);
        all.map(|entry| entry.name.clone()).collect()
    }
}
