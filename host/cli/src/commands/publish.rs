use std::path::Path;

use cm_distribution::{
    Name, Options, PublishOutcome, Published, Source,
    trust::{self, MAX_BUNDLE_BYTES, Proof},
};

use crate::{
    arguments::Publish,
    exit::Exit,
    making::{self, Key},
    packaging::{self, Packages},
    trouble::Trouble,
    view::{figures, notice, text},
};

pub(crate) fn run(arguments: &Publish) -> Result<Exit, Trouble> {
    let package = making::open(&arguments.path)?;
    let options = Options {
        registry: arguments.registry.clone(),
        ..Options::default()
    };
    let bundle = arguments.bundle.as_deref().map(read).transpose()?;
    sound(&arguments.path)?;
    packaging::with(None, &options, |packages| {
        let name = match &arguments.namespace {
            Some(namespace) => Name::within(namespace, package.name())?,
            None => Name::bare(package.name())?,
        };
        let source = packages.workspace.source(&options)?;
        needs(packages, source.as_ref(), &package)?;
        // Opened first: what is published stays, whatever goes wrong after it.
        let key = match arguments.no_sign {
            true => None,
            false => making::key(packages.workspace.home(), arguments.key.as_deref())?,
        };
        let publish = |dry_run: bool| {
            let namespace = arguments.namespace.as_deref();
            packages
                .workspace
                .publish(&arguments.path, namespace, &options, dry_run)
        };
        let planned = publish(true)?;
        if let Some(bundle) = &bundle {
            fits(bundle, &planned)?;
        }
        if arguments.dry_run {
            say("Would publish", &planned, key.as_ref());
            eprintln!("Nothing was published: this was a dry run");
            return Ok(Exit::Done);
        }
        let outcome = publish(false)?;
        if let Some(key) = &key {
            trust::sign(source.as_ref(), &name, &outcome.manifest, &key.key)?;
        }
        if let Some(bundle) = &bundle {
            let (_, proven) =
                trust::attach_bundle(source.as_ref(), &name, &outcome.manifest, bundle)?;
            eprintln!(
                "Attached the bundle of {}",
                text::one_line(&proven.signer.to_string(), 200)
            );
        }
        let how = match outcome.published {
            Some(Published::Already) => "Published already:",
            _ => "Published",
        };
        say(how, &outcome, key.as_ref());
        if key.is_none() && bundle.is_none() {
            notice(
                "it is not signed; `cm keys new NAME` makes a key, and publishing again signs it",
            );
        }
        next(packages, arguments, &name, &outcome);
        Ok(Exit::Done)
    })
}

/// Stops at what `cm check` finds.
fn sound(path: &Path) -> Result<(), Trouble> {
    let review = making::review(path)?;
    review.show();
    let (fatal, _) = review.problems();
    let problems = match fatal.len() {
        0 => return Ok(()),
        1 => "a problem".to_owned(),
        many => format!("{many} problems"),
    };
    let message = format!(
        "`{}` has {problems}; nothing was published",
        review.package.name()
    );
    let help = format!("check it again with: cm check {}", path.display());
    Err(Trouble::new("bad-package", message).help(help))
}

/// Stops at what nobody could install who installs the package.
fn needs(
    packages: &Packages<'_>,
    source: &dyn Source,
    package: &cm_registry::Package,
) -> Result<(), Trouble> {
    let wanted = &package.manifest().dependencies;
    if wanted.is_empty() {
        return Ok(());
    }
    let known = packages.registry.list()?;
    for (name, wanted) in wanted {
        let built_in = known.iter().any(|known| {
            known.origin == cm_registry::Origin::FirstParty
                && known.name == *name
                && wanted.matches(&known.version)
        });
        if built_in {
            continue;
        }
        let name: Name = name.parse()?;
        let there = match source.versions(&name) {
            Ok(versions) => versions,
            Err(cm_distribution::Error::NoPackage { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        if !there.iter().any(|version| wanted.matches(version)) {
            let message = format!(
                "`{}` needs {name} {wanted}, and no such version is published in {}",
                package.name(),
                source.title()
            );
            return Err(Trouble::new("unpublished-dependency", message)
                .help("publish that first, or mend [dependencies] in cm.toml"));
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, Trouble> {
    let failed = |why: String| {
        let message = format!("the bundle {} cannot be read: {why}", file.display());
        Trouble::usage("bad-bundle", message)
            .help("make one about the file of: cm build --manifest FILE")
    };
    match std::fs::metadata(file) {
        Ok(about) if about.len() > MAX_BUNDLE_BYTES => {
            Err(failed(format!("it has more than {MAX_BUNDLE_BYTES} bytes")))
        }
        _ => std::fs::read_to_string(file).map_err(|error| failed(error.to_string())),
    }
}

/// Whether a bundle is about this; found out before anything is published.
fn fits(bundle: &str, planned: &PublishOutcome) -> Result<(), Trouble> {
    let bundle = bundle.to_owned();
    let verified = Proof::Sigstore { bundle }.verify(&planned.manifest.bytes);
    verified.map(|_| ()).map_err(|why| {
        let message = format!(
            "the bundle is not valid for this package: {}",
            text::one_line(&why, 300)
        );
        Trouble::new("bad-bundle", message)
            .help("make one about the file of: cm build --manifest FILE")
    })
}

fn say(how: &str, outcome: &PublishOutcome, key: Option<&Key>) {
    let signed = match key {
        Some(key) => format!(", signed with the key `{}`", key.name),
        None => String::new(),
    };
    eprintln!(
        "{how} {} {} ({}) in {}, {}{signed}",
        outcome.name,
        outcome.version,
        outcome.digest.short(),
        text::one_line(&outcome.place, 200),
        figures::bytes(outcome.bytes)
    );
}

/// What to type where it is to be used.
fn next(packages: &Packages<'_>, arguments: &Publish, name: &Name, outcome: &PublishOutcome) {
    let registries = packages.workspace.registries();
    let owner = registries.registry_of(name);
    let standing_in = arguments.registry.as_deref();
    let registry = standing_in.filter(|_| owner == registries.default_name());
    let registry = registry.unwrap_or(owner);
    let url = registries
        .all()
        .find(|(known, _)| *known == registry)
        .map_or(registry, |(_, entry)| entry.url.as_str());
    let package = format!("{name}@{}", outcome.version);
    if url.contains("://") {
        eprintln!("Install it anywhere: cm install {package} --registry {url}");
        return;
    }
    let here = match registry == registries.default_name() || registry == owner {
        true => String::new(),
        false => format!(" --registry {registry}"),
    };
    eprintln!("Install it on this machine: cm install {package}{here}");
    let namespace = name.namespace().map(|it| format!(" --namespace {it}"));
    eprintln!(
        "For another one: cm pack {}{}",
        arguments.path.display(),
        namespace.unwrap_or_default()
    );
}
