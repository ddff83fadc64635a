use std::io::IsTerminal as _;

use cm_registry::{Capabilities, InstallOptions, Outcome, Package, WorkspaceAccess};
use dialoguer::{Confirm, theme::ColorfulTheme};

use crate::{
    arguments::Install,
    exit::Exit,
    place,
    trouble::Trouble,
    view::{notice, text},
};

pub(crate) fn run(arguments: &Install) -> Result<Exit, Trouble> {
    let mut registry = place::registry()?;
    if !arguments.path.is_dir() {
        let message = format!("there is no directory `{}`", arguments.path.display());
        return Err(Trouble::usage("no-directory", message).help(
            "packages are installed from directories; `cm list` shows what is there already",
        ));
    }
    let package = Package::open(&arguments.path)?;
    let wanted = capabilities(&package.manifest().capabilities);
    if !wanted.is_empty() {
        eprintln!("{} {} asks for:", package.name(), package.version());
        for line in &wanted {
            eprintln!("  {line}");
        }
        agree(arguments)?;
    }
    let installed = registry.install_package(
        &package,
        InstallOptions {
            force: arguments.force,
        },
    )?;
    for said in &installed.notices {
        notice(&said.to_string());
    }
    let how = match installed.outcome {
        Outcome::New => "Installed",
        Outcome::Beside => "Installed, beside other versions,",
        Outcome::Replaced => "Replaced",
        Outcome::Unchanged => "Already installed:",
    };
    eprintln!(
        "{how} {} {} ({})",
        installed.name,
        installed.version,
        installed.digest.short()
    );
    if !package.workflows()?.is_empty() {
        eprintln!("Run it: cm run {}", installed.name);
    }
    Ok(Exit::Done)
}

fn agree(arguments: &Install) -> Result<(), Trouble> {
    if arguments.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let message =
            "nobody is there to be asked whether the package may have this; nothing was installed";
        return Err(Trouble::usage("not-agreed", message).help(format!(
            "agree beforehand: cm install --yes {}",
            arguments.path.display()
        )));
    }
    let theme = ColorfulTheme::default();
    let confirm = Confirm::with_theme(&theme)
        .with_prompt("Install it?")
        .default(false);
    match confirm.interact_opt() {
        Ok(Some(true)) => Ok(()),
        _ => Err(Trouble::new("not-agreed", "nothing was installed")),
    }
}

/// What a package asks for, a line each.
pub(crate) fn capabilities(capabilities: &Capabilities) -> Vec<String> {
    let list = |what: &str, names: &[String]| {
        (!names.is_empty()).then(|| format!("{what}: {}", text::one_line(&names.join(", "), 200)))
    };
    let workspace = match capabilities.workspace {
        WorkspaceAccess::None => None,
        WorkspaceAccess::Read => Some("workspace: read the project's files".to_owned()),
        WorkspaceAccess::Write => Some("workspace: read and change the project's files".to_owned()),
    };
    let lines = [
        list("programs", &capabilities.programs),
        list("environment", &capabilities.environment),
        list("network", &capabilities.network),
        workspace,
    ];
    lines.into_iter().flatten().collect()
}
