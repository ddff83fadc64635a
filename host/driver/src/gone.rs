use std::fmt;

use cm_orchestrator::Pin;

/// A version that a run uses, and that is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Which.
    pub pin: Pin,
    /// The versions of the package that are here.
    pub have: Vec<String>,
    /// Whether a package of this name is part of `cm`, and changes with it.
    pub first_party: bool,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pin {
            role,
            name,
            package,
            version,
            digest,
            ..
        } = &self.pin;
        match role.as_str() {
            "package" => write!(f, "its workflow is in {package} {version}")?,
            _ => write!(f, "it uses the {role} `{name}` of {package} {version}")?,
        }
        match self.have.as_slice() {
            [] => f.write_str(", which is not here any more"),
            have if have.contains(version) => write!(
                f,
                " as it was then ({}), and the {version} that is here has something else in it",
                digest.short()
            ),
            have => write!(
                f,
                ", which is not here any more; there is {}",
                have.join(", ")
            ),
        }
    }
}

impl std::error::Error for Gone {}

#[cfg(test)]
mod tests {
    use cm_types::Digest;

    use super::*;

    #[test]
    fn it_says_what_is_missing_and_what_is_there() {
        let pin = Pin {
            role: "engine".into(),
            name: "fake".into(),
            package: "acme/fake".into(),
            version: "1.0.0".into(),
            digest: Digest::of(b"fake"),
            component: None,
        };
        let mut gone = Gone {
            pin,
            have: Vec::new(),
            first_party: false,
        };
        let begin = "it uses the engine `fake` of acme/fake 1.0.0";
        assert_eq!(
            gone.to_string(),
            format!("{begin}, which is not here any more")
        );
        gone.have = vec!["2.0.0".into(), "1.1.0".into()];
        assert!(gone.to_string().ends_with("; there is 2.0.0, 1.1.0"));
        gone.have.push("1.0.0".into());
        assert!(gone.to_string().contains("has something else in it"));
        gone.pin.role = "package".into();
        assert!(
            gone.to_string()
                .starts_with("its workflow is in acme/fake 1.0.0")
        );
    }
}
