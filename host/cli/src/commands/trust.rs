use cm_distribution::trust::{NamespaceTrust, Trust as Trusted, TrustFile};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    arguments::{Accept, Forget, Namespace, Trust, TrustAction},
    exit::Exit,
    packaging,
    trouble::Trouble,
    view::{out, table, text},
};

/// What `cm trust list --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    /// What holds for all packages of a namespace.
    namespaces: Vec<NamespaceRow>,
    /// What holds for a package; comes before its namespace.
    packages: Vec<PackageRow>,
}

/// A namespace.
#[derive(Debug, Serialize, JsonSchema)]
struct NamespaceRow {
    /// Its name.
    namespace: String,
    /// Whether it is your own, so that new versions are taken at once.
    own: bool,
    /// Who has to sign its packages: one of them; anybody, if there is none.
    signers: Vec<String>,
}

/// A package.
#[derive(Debug, Serialize, JsonSchema)]
struct PackageRow {
    /// Its name.
    name: String,
    /// Who has to sign it: one of them; if there is none it was not signed so far.
    signers: Vec<String>,
    /// The digests that you have accepted, whoever has signed them.
    accepted: Vec<String>,
    /// When it was first installed, as RFC 3339 has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

pub(crate) fn run(arguments: &Trust) -> Result<Exit, Trouble> {
    let trust = Trusted::of(&packaging::home()?);
    match &arguments.action {
        TrustAction::List { json } => list(&trust, *json)?,
        TrustAction::Accept(arguments) => accept(&trust, arguments)?,
        TrustAction::Forget(arguments) => forget(&trust, arguments)?,
        TrustAction::Namespace(arguments) => namespace(&trust, arguments)?,
    }
    Ok(Exit::Done)
}

impl Listed {
    fn of(file: TrustFile) -> Self {
        let words = |all: &mut dyn Iterator<Item = String>| all.collect();
        let namespaces = file.namespaces.iter().map(|(name, rule)| NamespaceRow {
            namespace: name.clone(),
            own: rule.own,
            signers: words(&mut rule.signers.iter().map(ToString::to_string)),
        });
        let packages = file.packages.iter().map(|(name, pin)| PackageRow {
            name: name.to_string(),
            signers: words(&mut pin.signers.iter().map(ToString::to_string)),
            accepted: words(&mut pin.accepted.iter().map(ToString::to_string)),
            since: pin.since.map(|at| at.to_string()),
        });
        Self {
            namespaces: namespaces.collect(),
            packages: packages.collect(),
        }
    }
}

fn list(trust: &Trusted, json: bool) -> Result<(), Trouble> {
    let listed = Listed::of(trust.read()?);
    if json {
        out::json(&listed);
        return Ok(());
    }
    if listed.packages.is_empty() && listed.namespaces.is_empty() {
        eprintln!("No package was installed from a registry so far, and nothing is said of any");
        return Ok(());
    }
    let mut shown = table::new(&["NAME", "SIGNED BY", "SINCE"]);
    for row in &listed.namespaces {
        let mut who = row.signers.clone();
        if who.is_empty() {
            who.push("anybody".into());
        }
        let own = if row.own { " (yours)" } else { "" };
        shown.add_row([
            format!("{}/*", row.namespace),
            format!("{}{own}", who.join(", ")),
            String::new(),
        ]);
    }
    for row in &listed.packages {
        let mut who = row.signers.clone();
        if who.is_empty() {
            who.push("nobody so far".into());
        }
        who.extend(row.accepted.iter().map(|it| format!("accepted: {it}")));
        let since = row.since.as_deref().unwrap_or_default();
        shown.add_row([
            row.name.clone(),
            text::one_line(&who.join(", "), 400),
            since.split('T').next().unwrap_or_default().to_owned(),
        ]);
    }
    out::line(table::render(&shown));
    Ok(())
}

fn accept(trust: &Trusted, arguments: &Accept) -> Result<(), Trouble> {
    let name = &arguments.name;
    if let Some(signer) = &arguments.signer {
        trust.accept_signer(name, signer)?;
        eprintln!("From now on {name} is taken when it is signed by {signer}");
    }
    if let Some(digest) = arguments.digest {
        trust.accept_digest(name, digest)?;
        eprintln!("From now on this one is taken of {name}, whoever has signed it: {digest}");
    }
    Ok(())
}

fn forget(trust: &Trusted, arguments: &Forget) -> Result<(), Trouble> {
    let name = &arguments.name;
    let known = match &arguments.signer {
        Some(signer) => trust.drop_signer(name, signer)?,
        None => trust.forget(name)?,
    };
    if !known {
        let message = match &arguments.signer {
            Some(signer) => format!("{signer} is not one of those who sign {name}"),
            None => format!("nothing is known of who signs {name}"),
        };
        return Err(Trouble::usage("not-trusted", message).help("see what is: cm trust list"));
    }
    match &arguments.signer {
        Some(signer) => eprintln!("{name} is not taken from {signer} any more"),
        None => eprintln!("Forgot who signs {name}; who signs the next one counts"),
    }
    Ok(())
}

fn namespace(trust: &Trusted, arguments: &Namespace) -> Result<(), Trouble> {
    let name = &arguments.namespace;
    let rule = NamespaceTrust {
        signers: arguments.signers.iter().cloned().collect(),
        own: arguments.own,
    };
    if arguments.forget || rule != NamespaceTrust::default() {
        trust.set_namespace(name, rule)?;
    }
    let file = trust.read()?;
    let Some(rule) = file.namespaces.get(name) else {
        eprintln!("Nothing holds for all packages of {}", text::clean(name));
        return Ok(());
    };
    if rule.own {
        eprintln!("{name} is yours: new versions of its packages are taken at once");
    }
    for signer in &rule.signers {
        eprintln!("Packages of {name} are taken when they are signed by {signer}");
    }
    Ok(())
}
