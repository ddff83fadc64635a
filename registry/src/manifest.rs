use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

mod checked;
mod project;

pub use project::ProjectManifest;

use crate::{ManifestError, names};

/// What a package says about itself: its `cm.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "cm.toml", description = "The manifest of a cm package.")]
pub struct Manifest {
    /// Who it is.
    pub package: PackageInfo,
    /// Its WebAssembly components.
    #[serde(
        default,
        deserialize_with = "checked::components",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub components: Vec<ComponentEntry>,
    /// How they are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// What it asks for. It gets no more than that, and no more than the person grants.
    #[serde(default, skip_serializing_if = "Capabilities::is_empty")]
    pub capabilities: Capabilities,
    /// The packages it uses, each with the versions that will do. One that is
    /// published in a namespace is named with it: `"acme/tools" = "^1"`.
    #[serde(
        default,
        deserialize_with = "checked::dependencies",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    #[schemars(with = "BTreeMap<String, String>")]
    pub dependencies: BTreeMap<String, VersionReq>,
}

/// Who a package is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageInfo {
    /// Lowercase letters, digits and single hyphens.
    #[serde(deserialize_with = "checked::name")]
    #[schemars(regex(pattern = names::PATTERN), length(max = 64))]
    pub name: String,
    /// A semantic version without build metadata.
    #[serde(deserialize_with = "checked::version")]
    #[schemars(with = "String", regex(pattern = r"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$"))]
    pub version: Version,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// An SPDX expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The versions of cm that can run it, for example `>=0.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub cm: Option<VersionReq>,
}

/// A WebAssembly component of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentEntry {
    /// The world it was built for.
    pub kind: Kind,
    /// How workflows and people call it; unique among those of its kind.
    #[serde(deserialize_with = "checked::name")]
    #[schemars(regex(pattern = names::PATTERN), length(max = 64))]
    pub name: String,
    /// The component's file, relative to the package's directory.
    #[serde(deserialize_with = "checked::path")]
    pub path: String,
}

/// How a package's components are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The command line that `cm build` gives to `sh`, in the package's directory.
    /// Nothing else ever runs it.
    #[serde(deserialize_with = "checked::command")]
    #[schemars(length(min = 1))]
    pub command: String,
}

/// What a component is for: one WIT world each.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An adapter to an AI coding agent or to a model.
    Engine,
    /// A piece of work in code.
    Step,
    /// Answers agents in the person's place.
    Controller,
    /// Runs a workflow.
    Workflow,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "engine",
            Self::Step => "step",
            Self::Controller => "controller",
            Self::Workflow => "workflow",
        })
    }
}

/// What a package asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capabilities {
    /// Programs it starts, by their name on the PATH.
    #[serde(
        default,
        deserialize_with = "checked::programs",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub programs: Vec<String>,
    /// Environment variables those programs may see; a trailing `*` stands for any ending.
    #[serde(
        default,
        deserialize_with = "checked::variables",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub environment: Vec<String>,
    /// Hosts it talks to: `api.example.com`, `*.example.com`, `localhost:8080`.
    #[serde(
        default,
        deserialize_with = "checked::hosts",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub network: Vec<String>,
    /// What it does with the files of the project.
    #[serde(default, skip_serializing_if = "WorkspaceAccess::is_none")]
    pub workspace: WorkspaceAccess,
}

impl Capabilities {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a package does with the files of the project.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum WorkspaceAccess {
    /// Nothing.
    #[default]
    None,
    /// It reads them.
    Read,
    /// It reads and changes them.
    Write,
}

impl WorkspaceAccess {
    /// Whether it leaves them alone.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl Manifest {
    /// The name of its file.
    pub const FILE: &str = "cm.toml";

    /// Reads the text of a `cm.toml`. `file` is how messages call it.
    pub fn parse(file: impl Into<String>, text: &str) -> Result<Self, ManifestError> {
        toml::from_str(text).map_err(|error| ManifestError::from_toml(file.into(), text, &error))
    }

    /// The manifest of a directory that has a workflow and no `cm.toml`.
    pub fn unnamed(name: impl Into<String>) -> Self {
        Self {
            package: PackageInfo {
                name: name.into(),
                version: Version::new(0, 0, 0),
                description: String::new(),
                license: None,
                cm: None,
            },
            components: Vec::new(),
            build: None,
            capabilities: Capabilities::default(),
            dependencies: BTreeMap::new(),
        }
    }

    /// The JSON Schema of `cm.toml`, for editors.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// The component of this kind and name.
    pub fn component(&self, kind: Kind, name: &str) -> Option<&ComponentEntry> {
        self.components
            .iter()
            .find(|entry| entry.kind == kind && entry.name == name)
    }
}
