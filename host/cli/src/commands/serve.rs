use std::{collections::BTreeSet, path::PathBuf};

use cm_distribution::{Layout, Registries};
use cm_registry::Home;
use cm_serve::{Access, Options, Server, Tokens};

use crate::{
    arguments::{MakeToken, Serve},
    exit::Exit,
    packaging,
    trouble::Trouble,
    view::out,
};

pub(crate) fn run(arguments: &Serve) -> Result<Exit, Trouble> {
    let home = packaging::home()?;
    let (directory, read_only) = directory(arguments, &home)?;
    let tokens = match &arguments.token_file {
        Some(file) => Some(Tokens::read(file)?),
        None => None,
    };
    let options = Options {
        listen: arguments.listen,
        tokens,
        anonymous_read: arguments.anonymous_read,
        read_only,
        public_url: arguments
            .public_url
            .as_deref()
            .map(public_url)
            .transpose()?,
        ..Options::default()
    };
    let public_url = options.public_url.clone();
    let open = options.tokens.is_none();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::new("cannot-serve", error.to_string()))?;
    runtime.block_on(async {
        let server = Server::bind(Layout::at(&directory), options).await?;
        let end = ended()?;
        let address = server.address();
        out::line(format!("http://{address}"));
        eprintln!("Serving {}, until Ctrl-C", directory.display());
        eprintln!(
            "{}",
            match (read_only, open) {
                (true, _) => "Nobody can publish there",
                (false, true) => "Whoever gets there from this machine may publish",
                (false, false) => "Who has a token may do what it is for",
            }
        );
        let here = format!("http://{address}");
        let url = public_url.as_ref().unwrap_or(&here);
        eprintln!("To use it: cm registry add team {url}");
        if !open {
            eprintln!("           cm registry login team");
        }
        if public_url.is_none() {
            eprintln!(
                "cm asks other machines by HTTPS only: for them put a proxy in front, and name \
                 its address with --public-url"
            );
        }
        server.run(end).await;
        eprintln!("Ended");
        Ok(Exit::Done)
    })
}

/// What is served, and whether it is only to be read: what lies in a home counts as that
/// person's own, so nobody else may publish there.
fn directory(arguments: &Serve, home: &Home) -> Result<(PathBuf, bool), Trouble> {
    let Some(directory) = &arguments.directory else {
        let local = Registries::read(home)?.address(Registries::LOCAL)?;
        return Ok((local.into(), true));
    };
    let full = std::path::absolute(directory)
        .map_err(|error| Trouble::usage("no-directory", error.to_string()))?;
    if full.exists() && !full.is_dir() {
        let message = format!("`{}` is not a directory", directory.display());
        return Err(Trouble::usage("no-directory", message));
    }
    let real = std::fs::canonicalize(&full).unwrap_or_else(|_| full.clone());
    let own = std::fs::canonicalize(home.root()).is_ok_and(|home| real.starts_with(home));
    Ok((full, arguments.read_only || own))
}

fn public_url(text: &str) -> Result<String, Trouble> {
    let url = text.trim_end_matches('/');
    let host = ["https://", "http://"]
        .iter()
        .find_map(|it| url.strip_prefix(it));
    let plain = |it: char| it.is_ascii_alphanumeric() || ".:-[]".contains(it);
    if host.is_some_and(|host| !host.is_empty() && host.chars().all(plain)) {
        return Ok(url.to_owned());
    }
    let message = format!(
        "`{}` is not the address of a registry",
        crate::view::text::clean(text)
    );
    Err(Trouble::usage("registry-address", message)
        .help("write it like https://packages.example.com, without a path"))
}

/// Ends with the first Ctrl-C, or when the system asks for it.
fn ended() -> Result<impl Future<Output = ()>, Trouble> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| {
        let failed = |error: std::io::Error| Trouble::new("cannot-serve", error.to_string());
        signal(kind).map_err(failed)
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// `cm registry token`: makes one, and prints it.
pub(crate) fn token(arguments: &MakeToken) -> Result<Exit, Trouble> {
    let access = match arguments.write {
        true => Access::Write,
        false => Access::Read,
    };
    let namespaces: BTreeSet<String> = arguments.namespaces.iter().cloned().collect();
    let namespaces = (!namespaces.is_empty()).then_some(namespaces);
    let secret = Tokens::add(
        &arguments.file,
        &arguments.name,
        access,
        namespaces.as_ref(),
    )?;
    eprintln!(
        "Made a token; {} keeps its digest alone, so this is the only time it is shown:",
        arguments.file.display()
    );
    out::line(secret);
    eprintln!("Who has it signs in with: cm registry login REGISTRY");
    eprintln!("A server that runs takes it when it is started anew");
    Ok(Exit::Done)
}
