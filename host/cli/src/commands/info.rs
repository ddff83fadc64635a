use cm_distribution::{Error, Name, Source, Spec, Which};
use cm_registry::{Capabilities, Package};
use cm_types::Digest;
use console::style;
use schemars::JsonSchema;
use semver::Version;
use serde::Serialize;

use crate::{
    arguments::Info,
    exit::Exit,
    packaging::{self, Packages},
    trouble::Trouble,
    view::{out, text},
};

/// What `cm info --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Known {
    /// Its name.
    name: String,
    /// The version that is shown.
    version: String,
    /// One sentence.
    description: String,
    /// Its licence, as SPDX has it.
    license: Option<String>,
    /// Whether this version is installed, or part of cm.
    here: bool,
    /// Where it came from, or the registry it is in.
    source: String,
    /// The digest under which it is published.
    digest: Option<Digest>,
    /// How it stands with its signature.
    signature: String,
    /// Its components, `KIND NAME`, and its workflows.
    brings: Vec<String>,
    /// What it needs: names and versions.
    needs: Vec<String>,
    /// What it asks for.
    asks: Capabilities,
    /// What it may do; none unless it is here.
    may: Option<Capabilities>,
    /// The published versions, the highest first.
    versions: Vec<String>,
}

pub(crate) fn run(arguments: &Info) -> Result<Exit, Trouble> {
    let options = arguments.looking.options();
    let Ok(Spec::Registry { name, requirement }) = arguments.name.parse() else {
        let message = format!(
            "`{}` is not the name of a package",
            text::clean(&arguments.name)
        );
        return Err(Trouble::usage("package-name", message)
            .help("expected NAME, NAMESPACE/NAME, or one of them with @VERSION"));
    };
    packaging::with(None, &options, |packages| {
        let source = packages.workspace.source(&options)?;
        let versions = source.versions(&name);
        // A registry that is asked for by name is what the question is about.
        let here = match arguments.looking.registry {
            None => packages.registry.find(&arguments.name).ok(),
            Some(_) => None,
        };
        let (known, published) = match (here, versions) {
            (Some(package), versions) => {
                (installed(packages, &package)?, versions.unwrap_or_default())
            }
            (None, versions) => {
                let versions = versions?;
                let wanted = requirement.unwrap_or_default();
                let fits = versions.iter().filter(|it| wanted.matches(it));
                let Some(version) = fits.max() else {
                    return Err(Error::NoVersion {
                        name: name.clone(),
                        wanted: wanted.to_string(),
                        source_name: source.title(),
                        have: versions,
                    }
                    .into());
                };
                let known = published(packages, source.as_ref(), &name, version)?;
                (known, versions)
            }
        };
        let versions = published.iter().rev().map(Version::to_string).collect();
        let known = Known { versions, ..known };
        if arguments.looking.json {
            out::json(&known);
        } else {
            show(&known);
        }
        Ok(Exit::Done)
    })
}

fn installed(packages: &Packages<'_>, package: &Package) -> Result<Known, Trouble> {
    let from = package.provenance();
    let manifest = package.manifest();
    let mut brings: Vec<String> = manifest
        .components
        .iter()
        .map(|it| format!("{} {}", it.kind, it.name))
        .collect();
    let workflows = package.workflows()?;
    brings.extend(workflows.iter().map(|it| format!("workflow {}", it.path)));
    let digest = from.as_ref().and_then(|it| it.manifest);
    let signature = match (&from, digest) {
        (None, _) => "part of cm".to_owned(),
        (Some(from), None) => format!("none: it came from {}", from.whence),
        (Some(from), Some(_)) => match &from.signer {
            Some(signer) => signer.clone(),
            None => "not signed".to_owned(),
        },
    };
    Ok(Known {
        here: true,
        source: from.map_or_else(|| "part of cm".to_owned(), |it| it.whence.to_string()),
        digest,
        signature,
        brings,
        may: Some(packages.registry.effective(package)),
        ..about(manifest, package.name())
    })
}

fn published(
    packages: &Packages<'_>,
    source: &dyn Source,
    name: &Name,
    version: &Version,
) -> Result<Known, Trouble> {
    let (document, contents) = source.contents(name, Which::Version(version))?;
    let manifest = &contents.config.manifest;
    let mut brings: Vec<String> = manifest
        .components
        .iter()
        .map(|it| format!("{} {}", it.kind, it.name))
        .collect();
    let files = contents.config.files.iter();
    let workflow = |path: &&str| {
        *path == "workflow.yaml" || (path.starts_with("workflows/") && path.ends_with(".yaml"))
    };
    let workflows = files.map(|it| it.path.as_str()).filter(workflow);
    brings.extend(workflows.map(|path| format!("workflow {path}")));
    Ok(Known {
        source: source.title(),
        digest: Some(document.digest),
        signature: packages.signature(source, name, version, document.digest),
        brings,
        ..about(manifest, &name.to_string())
    })
}

fn about(manifest: &cm_registry::Manifest, name: &str) -> Known {
    let needs = manifest.dependencies.iter();
    Known {
        name: name.to_owned(),
        version: manifest.package.version.to_string(),
        description: manifest.package.description.clone(),
        license: manifest.package.license.clone(),
        here: false,
        source: String::new(),
        digest: None,
        signature: String::new(),
        brings: Vec::new(),
        needs: needs
            .map(|(name, wanted)| format!("{name} {wanted}"))
            .collect(),
        asks: manifest.capabilities.clone(),
        may: None,
        versions: Vec::new(),
    }
}

fn show(known: &Known) {
    let title = format!("{} {}", style(&known.name).bold(), known.version);
    out::line(match known.here {
        true => title,
        false => format!("{title} (not installed)"),
    });
    if !known.description.is_empty() {
        out::line(text::one_line(&known.description, 200));
    }
    let line = |what: &str, value: &str| {
        if !value.is_empty() {
            out::line(format!("{what:<10}  {}", text::one_line(value, 300)));
        }
    };
    line("from", &known.source);
    line(
        "digest",
        &known.digest.map(|it| it.to_string()).unwrap_or_default(),
    );
    line("signed by", &known.signature);
    line("license", known.license.as_deref().unwrap_or_default());
    line("brings", &known.brings.join(", "));
    line("needs", &known.needs.join(", "));
    line("versions", &known.versions.join(", "));
    match &known.may {
        Some(may) => {
            let denied = known.asks.beyond(may);
            rights("it may:", may, "it may do nothing beyond its sandbox");
            if !denied.is_empty() {
                rights("it asks for this, and may not:", &denied, "");
            }
        }
        None => rights(
            "it asks to:",
            &known.asks,
            "it asks for nothing beyond its sandbox",
        ),
    }
    if !known.here {
        out::line(format!("Install it: cm install {}", known.name));
    }
}

fn rights(title: &str, capabilities: &Capabilities, none: &str) {
    if capabilities.is_empty() {
        out::line(none);
    } else {
        out::line(title);
        out::piece(&packaging::table(capabilities, "  "));
    }
}
