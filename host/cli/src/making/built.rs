use cm_distribution::{Artifact, oci};
use cm_registry::Capabilities;
use schemars::JsonSchema;
use serde::Serialize;

use crate::view::{figures, out, table, text};

/// `cm build --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Built {
    /// The package's name.
    package: String,
    /// Its version.
    version: String,
    /// By which it is known where it is published.
    digest: String,
    /// What a download has, in bytes.
    download: u64,
    /// What it has on the disk, in bytes.
    bytes: u64,
    /// What it asks for.
    capabilities: Capabilities,
    /// What is downloaded.
    layers: Vec<Layer>,
    /// What it has on the disk.
    files: Vec<File>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Layer {
    /// Its media type.
    media_type: String,
    /// The file that it is; none for an archive of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// In bytes.
    bytes: u64,
    /// The SHA-256 of the layer.
    digest: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct File {
    /// Relative to the package's directory.
    path: String,
    /// In bytes.
    bytes: u64,
    /// The SHA-256 of its content.
    digest: String,
}

impl Built {
    pub(crate) fn of(artifact: &Artifact) -> Self {
        let config = artifact.config();
        let layers = artifact.contents.manifest.layers.iter();
        Self {
            package: config.manifest.package.name.clone(),
            version: config.manifest.package.version.to_string(),
            digest: artifact.digest().to_string(),
            download: artifact.blobs().map(|(blob, _)| blob.size).sum(),
            bytes: config.size(),
            capabilities: config.manifest.capabilities.clone(),
            layers: layers
                .map(|layer| Layer {
                    media_type: layer.media_type.clone(),
                    file: layer.annotations.get(oci::TITLE).cloned(),
                    bytes: layer.size,
                    digest: layer.digest.to_string(),
                })
                .collect(),
            files: config
                .files
                .iter()
                .map(|file| File {
                    path: file.path.clone(),
                    bytes: file.size,
                    digest: file.digest.to_string(),
                })
                .collect(),
        }
    }

    /// Prints it for people.
    pub(crate) fn show(&self) {
        out::line(format!("{} {}", self.package, self.version));
        out::line(&self.digest);
        out::line(format!(
            "{} on the disk, {} to download",
            figures::bytes(self.bytes),
            figures::bytes(self.download)
        ));
        let mut layers = table::new(&["LAYER", "SIZE"]);
        for layer in &self.layers {
            layers.add_row([layer.title(), figures::bytes(layer.bytes)]);
        }
        out::line(format!("\n{}", table::render(&layers)));
        let mut files = table::new(&["FILE", "SIZE"]);
        for file in &self.files {
            files.add_row([text::one_line(&file.path, 240), figures::bytes(file.bytes)]);
        }
        out::line(format!("\n{}", table::render(&files)));
    }
}

impl Layer {
    fn title(&self) -> String {
        match (self.media_type.as_str(), &self.file) {
            (oci::PROMPTS, _) => "prompts and workflows".to_owned(),
            (oci::ASSETS, _) => "other files".to_owned(),
            (_, Some(file)) => text::one_line(file, 240),
            (media_type, None) => media_type.to_owned(),
        }
    }
}
