use std::collections::BTreeMap;

use semver::VersionReq;
use serde::Deserialize;

use super::{Manifest, checked};
use crate::ManifestError;

/// What a project's `cm.toml` says. A project that is not a package has one with
/// nothing in it but the packages it uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectManifest {
    /// The package that the project is, if it is one.
    pub package: Option<Manifest>,
    /// The packages it uses.
    pub dependencies: BTreeMap<String, VersionReq>,
}

/// A `cm.toml` of a project that is not a package.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    #[serde(default, deserialize_with = "checked::dependencies")]
    dependencies: BTreeMap<String, VersionReq>,
}

impl ProjectManifest {
    /// Reads the text of a `cm.toml`. `file` is how messages call it.
    pub fn parse(file: impl Into<String>, text: &str) -> Result<Self, ManifestError> {
        let file = file.into();
        let keys = toml::from_str::<toml::Table>(text);
        // Whatever else there is can only be meant for a package.
        if keys.is_ok_and(|keys| keys.keys().all(|key| key == "dependencies")) {
            let plain: Plain = toml::from_str(text)
                .map_err(|error| ManifestError::from_toml(file, text, &error))?;
            return Ok(Self {
                package: None,
                dependencies: plain.dependencies,
            });
        }
        let package = Manifest::parse(file, text)?;
        Ok(Self {
            dependencies: package.dependencies.clone(),
            package: Some(package),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects() {
        for text in ["", "# nothing yet\n", "[dependencies]\n"] {
            let read = ProjectManifest::parse("cm.toml", text).unwrap();
            assert_eq!(read, ProjectManifest::default());
        }
        let uses = "[dependencies]\n\"acme/tools\" = \"^1\"\n";
        let plain = ProjectManifest::parse("cm.toml", uses).unwrap();
        assert_eq!(plain.package, None);
        assert!(plain.dependencies.contains_key("acme/tools"));
        let package = format!("[package]\nname = \"a\"\nversion = \"1.0.0\"\n{uses}");
        let package = ProjectManifest::parse("cm.toml", &package).unwrap();
        assert_eq!(package.dependencies, plain.dependencies);
        assert_eq!(package.package.unwrap().package.name, "a");
        for (text, place) in [
            ("[dependencies]\nA = \"^1\"\n", "cm.toml:2:1: "),
            ("[dependencies]\na = 1\n", "cm.toml:2:5: "),
            (
                "[capabilities]\nprograms = []\n",
                "key `package` is missing",
            ),
            ("[pakage]\nname = \"a\"\n", "cm.toml:1:2: "),
            ("[dependencies\n", "cm.toml:1:14: "),
        ] {
            let error = ProjectManifest::parse("cm.toml", text).unwrap_err();
            assert!(error.to_string().contains(place), "{error}");
        }
    }
}
