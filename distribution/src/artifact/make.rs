use std::collections::BTreeMap;

use cm_registry::{Manifest, Package};
use cm_types::Digest;

use super::{
    Artifact, Config, Contents, FileEntry, Interfaces, MAX_CONFIG_BYTES, MAX_LAYERS, archive,
    imports, place::Place,
};
use crate::{
    Error, canonical,
    oci::{self, Descriptor, Document, ImageManifest},
};

/// What to say of an artifact beside what its package says.
#[derive(Clone, Debug, Default)]
pub struct MakeOptions {
    /// Annotations of the manifest: where it was built from, for example. They are
    /// part of the digest.
    pub annotations: BTreeMap<String, String>,
}

impl Artifact {
    /// Makes the artifact of a package. Nothing but the package's files and the
    /// options has any influence on its bytes.
    pub fn make(package: &Package, options: &MakeOptions) -> Result<Self, Error> {
        let manifest = package.manifest();
        let unfit = |why: String| Error::Unfit {
            package: manifest.package.name.clone(),
            why,
        };
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        package.each_file(|path, bytes| {
            files.push((path.to_owned(), bytes.to_vec()));
            Ok(())
        })?;
        if package.is_loose() {
            return Err(unfit("it has no cm.toml with its name and version".into()));
        }
        let table: Vec<_> = files
            .iter()
            .map(|(path, bytes)| FileEntry {
                path: path.clone(),
                digest: Digest::of(bytes),
                size: bytes.len() as u64,
            })
            .collect();
        let digest =
            cm_registry::package_digest(table.iter().map(|file| (file.path.as_str(), file.digest)));
        let mut config = Config {
            schema_version: 1,
            manifest: manifest.clone(),
            components: BTreeMap::new(),
            files: table,
            digest,
        };
        let bytes_of = |path: &str| {
            let found = files.iter().find(|(known, _)| known == path);
            found.map_or(&[][..], |(_, bytes)| bytes.as_slice())
        };
        for entry in &manifest.components {
            let known = imports::interfaces(bytes_of(&entry.path))
                .map_err(|why| unfit(format!("`{}` {why}", entry.path)))?;
            covered(&config, &entry.path, &known)?;
            config.components.insert(entry.path.clone(), known);
        }
        config.check().map_err(unfit)?;

        let mut blobs = BTreeMap::new();
        let mut layers: Vec<Descriptor> = Vec::new();
        let mut layer = |media_type: &str, title: Option<&str>, bytes: Vec<u8>| {
            let mut descriptor = Descriptor::of(media_type, &bytes);
            if let Some(title) = title {
                descriptor = descriptor.with(oci::TITLE, title);
            }
            // Two files may well be the same.
            if blobs.insert(descriptor.digest, bytes).is_none() {
                layers.push(descriptor);
            }
        };
        for file in config.files_in(Place::Component) {
            layer(oci::WASM, Some(&file.path), bytes_of(&file.path).to_vec());
        }
        for (place, media_type) in [(Place::Prompts, oci::PROMPTS), (Place::Assets, oci::ASSETS)] {
            let mut inside = config.files_in(place).peekable();
            if inside.peek().is_some() {
                let inside = inside.map(|file| (file.path.as_str(), bytes_of(&file.path)));
                layer(media_type, None, archive::write(inside));
            }
        }
        for file in config.files_in(Place::Readme) {
            layer(oci::README, Some(&file.path), bytes_of(&file.path).to_vec());
        }
        if layers.len() > MAX_LAYERS {
            return Err(unfit(format!(
                "it would have {} layers and may have {MAX_LAYERS}: it has too many components",
                layers.len()
            )));
        }
        let config_bytes = canonical::to_vec(&config).map_err(|error| unfit(error.to_string()))?;
        if config_bytes.len() as u64 > MAX_CONFIG_BYTES {
            return Err(unfit("its table of files is too large".into()));
        }
        let image = ImageManifest {
            schema_version: 2,
            media_type: Some(oci::MANIFEST.to_owned()),
            artifact_type: Some(oci::PACKAGE.to_owned()),
            config: Descriptor::of(oci::CONFIG, &config_bytes),
            layers,
            subject: None,
            annotations: annotations(manifest, options),
        };
        let document = canonical::to_vec(&image).map_err(|error| unfit(error.to_string()))?;
        if document.len() as u64 > oci::MAX_DOCUMENT_BYTES {
            return Err(unfit("its annotations are too long".into()));
        }
        blobs.insert(image.config.digest, config_bytes);
        Ok(Self {
            manifest: Document::new(document),
            contents: Contents {
                manifest: image,
                config,
            },
            blobs,
        })
    }
}

/// Refuses a component that imports what none of the kinds it serves as may have.
pub(super) fn covered(config: &Config, path: &str, known: &Interfaces) -> Result<(), Error> {
    for kind in config.kinds(path) {
        if let Some(import) = imports::beyond(kind, known) {
            return Err(Error::Imports {
                package: config.title(),
                component: path.to_owned(),
                import: import.to_owned(),
                kind: imports::a(kind),
            });
        }
    }
    Ok(())
}

fn annotations(manifest: &Manifest, options: &MakeOptions) -> BTreeMap<String, String> {
    let mut annotations = options.annotations.clone();
    let mut say = |key: &str, value: &str| {
        if !value.is_empty() {
            let key = format!("org.opencontainers.image.{key}");
            annotations.insert(key, value.to_owned());
        }
    };
    let package = &manifest.package;
    say("title", &package.name);
    say("version", &package.version.to_string());
    say("description", &package.description);
    say("licenses", package.license.as_deref().unwrap_or_default());
    annotations
}
