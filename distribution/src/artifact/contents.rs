use std::collections::BTreeSet;

use super::{Config, MAX_LAYERS, archive, place::Place};
use crate::{
    Error,
    oci::{self, Descriptor, ImageManifest},
};

/// A manifest and its config, checked against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// What it consists of.
    pub manifest: ImageManifest,
    /// What it is.
    pub config: Config,
}

impl Contents {
    /// The config's descriptor in a manifest that has been verified; `what` is how
    /// messages call the package.
    pub fn config_of(what: &str, manifest: &[u8]) -> Result<(ImageManifest, Descriptor), Error> {
        let manifest = ImageManifest::read(what, manifest)?;
        if manifest.kind() != oci::PACKAGE || manifest.config.media_type != oci::CONFIG {
            return Err(Error::refused(
                what,
                format!(
                    "it is not a package of cm but `{}`",
                    manifest.kind().escape_debug()
                ),
            ));
        }
        if manifest.subject.is_some() {
            return Err(Error::refused(
                what,
                "a package is not about another artifact",
            ));
        }
        let config = manifest.config.clone();
        Ok((manifest, config))
    }

    /// Checks a manifest and a config, both verified against their digests.
    pub fn read(what: &str, manifest: &[u8], config: &[u8]) -> Result<Self, Error> {
        let (manifest, descriptor) = Self::config_of(what, manifest)?;
        if descriptor.size != config.len() as u64
            || descriptor.digest != cm_types::Digest::of(config)
        {
            return Err(Error::refused(what, "its config is not the one it names"));
        }
        let config = Config::read(what, config)?;
        let contents = Self { manifest, config };
        contents.check().map_err(|why| Error::refused(what, why))?;
        Ok(contents)
    }

    /// The layer that holds this file.
    pub(super) fn layer_of(&self, file: &super::FileEntry) -> Option<&Descriptor> {
        match Place::of(file, &self.config.manifest) {
            Place::Component => self.single(oci::WASM, file),
            Place::Readme => self.single(oci::README, file),
            Place::Prompts => self.archive(oci::PROMPTS),
            Place::Assets => self.archive(oci::ASSETS),
        }
    }

    /// The layer of a file that has one of its own. Layers are told apart by
    /// digest: their order means nothing.
    fn single(&self, media_type: &str, file: &super::FileEntry) -> Option<&Descriptor> {
        self.manifest.layers.iter().find(|layer| {
            layer.media_type == media_type && layer.digest == file.digest && layer.size == file.size
        })
    }

    pub(super) fn archive(&self, media_type: &str) -> Option<&Descriptor> {
        let mut layers = self.manifest.layers.iter();
        layers.find(|layer| layer.media_type == media_type)
    }

    /// Each file has its layer, each layer its files, and all sizes are those that
    /// the table of files calls for.
    fn check(&self) -> Result<(), String> {
        let layers = &self.manifest.layers;
        if layers.len() > MAX_LAYERS {
            return Err(format!("it has more than {MAX_LAYERS} layers"));
        }
        let mut digests = BTreeSet::from([self.manifest.config.digest]);
        for layer in layers {
            if !digests.insert(layer.digest) {
                return Err(format!("the layer {} occurs twice", layer.digest));
            }
        }
        let mut used = BTreeSet::new();
        for file in &self.config.files {
            let Some(layer) = self.layer_of(file) else {
                return Err(format!("no layer holds its file `{}`", file.path));
            };
            used.insert(layer.digest);
        }
        if let Some(layer) = layers.iter().find(|layer| !used.contains(&layer.digest)) {
            return Err(format!(
                "no file is in its layer {} of the type `{}`",
                layer.digest,
                layer.media_type.escape_debug()
            ));
        }
        for (place, media_type) in [(Place::Prompts, oci::PROMPTS), (Place::Assets, oci::ASSETS)] {
            if let Some(layer) = self.archive(media_type) {
                let size = archive::size(self.config.files_in(place));
                if layer.size != size {
                    return Err(format!(
                        "its layer {} has {} bytes; its files make {size}",
                        layer.digest, layer.size
                    ));
                }
            }
        }
        Ok(())
    }
}
