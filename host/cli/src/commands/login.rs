use std::io::{IsTerminal as _, Read as _};

use cm_distribution::{Kept, Registries, RegistryEntry, sign_in};
use cm_effects::{Launch, LaunchError, Limits, Output, Process, Scratch, Stdin};
use dialoguer::{Input, Password, theme::ColorfulTheme};

use crate::{arguments::Login, exit::Exit, packaging, trouble::Trouble, view::text};

/// A password that is longer is none.
const MAX_BYTES: u64 = 64 << 10;

pub(crate) fn run(arguments: &Login) -> Result<Exit, Trouble> {
    let home = packaging::home()?;
    let address = address(&Registries::read(&home)?, &arguments.registry)?;
    let (user, password) = credentials(arguments, &address)?;
    let kept = sign_in(&home, &address, &user, &password, &hand_over)?;
    let shown = text::clean(&address);
    eprintln!("Signed in at {shown} as {}", text::one_line(&user, 80));
    match kept {
        Kept::File(path) => eprintln!(
            "The password is in {}, which only you can read",
            path.display()
        ),
        Kept::Program(name) => eprintln!(
            "The password is kept by docker-credential-{}",
            text::one_line(&name, 80)
        ),
    }
    Ok(Exit::Done)
}

/// The URL of a registry by its name, or by its URL or host.
fn address(registries: &Registries, named: &str) -> Result<String, Trouble> {
    let host = |url: &str| {
        let rest = url.split_once("://").map(|it| it.1.to_owned());
        rest.and_then(|rest| rest.split('/').next().map(str::to_owned))
    };
    let mut all = registries.all();
    let known = all.any(|(name, _)| name == named);
    let mut all = registries.all();
    // As messages of a registry that is known call it.
    let of_host = all.find(|(_, entry)| host(&entry.url).as_deref() == Some(named));
    let address = match of_host {
        _ if known => registries.address(named)?,
        Some((_, entry)) => entry.url.clone(),
        None if named.contains(['.', ':', '/']) || named == "localhost" => {
            RegistryEntry::address(named)?
        }
        None => registries.address(named)?,
    };
    if address.contains("://") {
        return Ok(address);
    }
    let message = format!("the registry `{}` is a directory", text::clean(named));
    Err(Trouble::usage("no-login", message).help("nobody has to sign in there"))
}

fn credentials(arguments: &Login, address: &str) -> Result<(String, String), Trouble> {
    let attended = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let (user, password) = if arguments.password_stdin {
        let user = arguments.user.clone().unwrap_or_else(|| "token".to_owned());
        (user, from_stdin()?)
    } else if attended {
        let theme = ColorfulTheme::default();
        let stopped = |_| Trouble::new("not-signed-in", "nobody has signed in");
        let user = match &arguments.user {
            Some(user) => user.clone(),
            None => Input::with_theme(&theme)
                .with_prompt(format!("User at {}", text::clean(address)))
                .interact_text()
                .map_err(stopped)?,
        };
        let asked = Password::with_theme(&theme)
            .with_prompt("Password or token")
            .interact();
        (user, asked.map_err(stopped)?)
    } else {
        let message = "there is nobody to be asked for a password";
        return Err(Trouble::usage("no-password", message).help(
            "give it on standard input: cm registry login REGISTRY --password-stdin < FILE",
        ));
    };
    let odd = |text: &str| text.is_empty() || text.chars().any(char::is_control);
    if odd(&user) || user.contains(':') || odd(&password) {
        let message = "a user and a password are one line each, and a user has no colon";
        return Err(Trouble::usage("bad-password", message));
    }
    Ok((user, password))
}

fn from_stdin() -> Result<String, Trouble> {
    let mut text = String::new();
    let read = std::io::stdin().take(MAX_BYTES).read_to_string(&mut text);
    if let Err(error) = read {
        let message = format!("standard input cannot be read: {error}");
        return Err(Trouble::usage("no-password", message));
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Variables with which programs that keep passwords find what they keep them in.
const ALLOWED: [&str; 7] = [
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "GNUPGHOME",
    "GPG_TTY",
    "PASSWORD_STORE_DIR",
    "DOCKER_CONFIG",
];

/// Gives credentials to the program that Docker's configuration names.
fn hand_over(name: &str, credentials: &str) -> Result<(), String> {
    let program = format!("docker-credential-{name}");
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_.".contains(it);
    if !name.chars().all(plain) {
        return Err(format!("`{program}` cannot be the name of a program"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(store(&program, credentials))
}

async fn store(program: &str, credentials: &str) -> Result<(), String> {
    let scratch = Scratch::new().map_err(|error| error.to_string())?;
    let directory = scratch.path();
    let allowed = ALLOWED.map(str::to_owned);
    let launch = Launch {
        program: program.to_owned(),
        arguments: vec!["store".to_owned()],
        environment: cm_effects::environment::filtered(&allowed, &[], directory, directory),
        directory: directory.to_owned(),
        stdin: Stdin::Text(credentials.to_owned()),
        limits: Limits {
            wall: Some(std::time::Duration::from_secs(120)),
            output_bytes: 1 << 20,
            ..Limits::default()
        },
        recording: None,
    };
    let mut process = Process::start(launch).map_err(|error| match error {
        LaunchError::NotInstalled { .. } => format!("`{program}` is not installed"),
        error => error.to_string(),
    })?;
    let mut said = Vec::new();
    loop {
        match process.next().await {
            // These programs say on either what went wrong.
            Output::Stdout(bytes) | Output::Stderr(bytes) => said.extend(bytes),
            Output::Exited(exit) if exit.code == Some(0) => return Ok(()),
            Output::Exited(_) => {
                let said = String::from_utf8_lossy(&said);
                let said = text::one_line(&said, 200);
                return Err(format!("`{program}` says: {said}"));
            }
        }
    }
}
