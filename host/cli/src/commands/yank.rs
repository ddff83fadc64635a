use cm_distribution::{
    Name, Options, Which,
    trust::{self, Guard, Trust, YankStatement},
};
use jiff::Timestamp;
use semver::Version;

use crate::{arguments::Yank, exit::Exit, making, packaging, trouble::Trouble, view::notice};

pub(crate) fn run(arguments: &Yank) -> Result<Exit, Trouble> {
    let (name, version) = read(&arguments.package)?;
    let options = Options {
        registry: arguments.registry.clone(),
        ..Options::default()
    };
    packaging::with(None, &options, |packages| {
        let source = packages.workspace.source(&options)?;
        let manifest = source.manifest(&name, Which::Version(&version))?;
        let home = packages.workspace.home();
        let key = making::key(home, arguments.key.as_deref())?.ok_or_else(|| {
            Trouble::new("no-key", "a yank is signed, and you have no key")
                .help("make one: cm keys new NAME")
        })?;
        let trust = Trust::of(home);
        let guard = Guard::new(&trust, source.as_ref());
        let signers = guard.look(&name, &version, manifest.digest)?.signers();
        if !signers.is_empty() && !signers.contains(key.key.signer()) {
            let message = format!(
                "{name} {version} is not signed with your key `{}`: nobody would believe that it may withdraw it",
                key.name
            );
            let signers: Vec<String> = signers.iter().map(ToString::to_string).collect();
            return Err(Trouble::new("other-signer", message)
                .help(format!("use the key of {}", signers.join(" or "))));
        }
        let statement = YankStatement {
            subject: manifest.digest,
            version: version.clone(),
            reason: arguments.reason.clone().unwrap_or_default(),
            at: Timestamp::now(),
            undo: arguments.undo,
        };
        trust::yank(source.as_ref(), &name, &statement, &key.key)?;
        if signers.is_empty() {
            notice(
                "the version itself is not signed, so nobody can tell that this comes from its author",
            );
        }
        if arguments.undo {
            eprintln!("{name} {version} may be taken again");
        } else {
            eprintln!("Withdrew {name} {version}; those who use it already go on, and are told");
        }
        Ok(Exit::Done)
    })
}

fn read(text: &str) -> Result<(Name, Version), Trouble> {
    let wrong = |why: String| {
        Trouble::usage("bad-package", format!("`{text}` names no version: {why}"))
            .help("write it as NAME@VERSION, for example `acme/review@1.2.0`")
    };
    let (name, version) = text
        .split_once('@')
        .ok_or_else(|| wrong("there is no `@VERSION`".to_owned()))?;
    let version = Version::parse(version).map_err(|error| wrong(error.to_string()))?;
    Ok((name.parse()?, version))
}
