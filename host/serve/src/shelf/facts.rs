use std::collections::BTreeMap;

use cm_distribution::{
    Interfaces, Layout, Name, Source, Which,
    oci::{self, Descriptor},
};
use cm_registry::{Manifest, Package};
use cm_types::Digest;

/// What pages and searches say of a version.
pub(crate) struct Facts {
    /// None: it is no package that this program can read.
    pub(crate) package: Option<About>,
    /// Why not.
    pub(crate) why: String,
}

/// What a package says of itself, checked against its manifest.
pub(crate) struct About {
    pub(crate) manifest: Manifest,
    pub(crate) components: BTreeMap<String, Interfaces>,
    pub(crate) files: usize,
    /// Whether it has workflows that are files.
    pub(crate) workflows: bool,
    /// All files together, in bytes.
    pub(crate) size: u64,
    pub(crate) readme: Option<Descriptor>,
    /// The annotations of its manifest.
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Facts {
    pub(super) fn read(layout: &Layout, name: &Name, digest: Digest) -> Self {
        match layout.contents(name, Which::Digest(digest)) {
            Ok((_, contents)) => {
                let image = contents.manifest;
                let mut layers = image.layers.into_iter();
                Self {
                    package: Some(About {
                        files: contents.config.files.len(),
                        workflows: contents.config.files.iter().any(|file| {
                            file.path == Package::WORKFLOW || file.path.starts_with("workflows/")
                        }),
                        size: contents.config.size(),
                        manifest: contents.config.manifest,
                        components: contents.config.components,
                        readme: layers.find(|layer| layer.media_type == oci::README),
                        annotations: image.annotations,
                    }),
                    why: String::new(),
                }
            }
            Err(error) => Self {
                package: None,
                why: error.to_string(),
            },
        }
    }
}
