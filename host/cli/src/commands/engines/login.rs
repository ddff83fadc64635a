//! `cm engines login`: a program's own login, at the person's terminal.

use cm_driver::Engine;

use super::{catalog, look, named};
use crate::{arguments::LoginEngine, exit::Exit, trouble::Trouble, view::text};

pub(super) fn run(arguments: &LoginEngine) -> Result<Exit, Trouble> {
    let catalog = catalog()?;
    let engine = named(&catalog, &arguments.engine)?;
    let name = text::one_line(&engine.info.name, 60);
    let mut probes = engine.info.probes.iter();
    let Some(probe) = probes.find(|probe| probe.purpose == "login") else {
        return Err(no_login(&engine)?);
    };
    let may = engine.package.may_start(&probe.program);
    may.map_err(Trouble::from)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    if cm_effects::find_program(&probe.program, &path).is_none() {
        return Err(not_installed(&engine, &probe.program));
    }
    let home = engine.variables_of_home().map_err(|error| {
        let message = format!("the engine's own home cannot be made: {error}");
        Trouble::new("no-home", message)
    })?;
    let words: Vec<_> = probe
        .arguments
        .iter()
        .chain(&arguments.arguments)
        .cloned()
        .collect();
    let command = format!("{} {}", probe.program, words.join(" "));
    let command = command.trim_end();
    match &engine.home {
        Some(home) => eprintln!(
            "Starting `{}` for {name}, in its own home {}",
            text::one_line(command, 200),
            home.path().display()
        ),
        None => eprintln!("Starting `{}` for {name}", text::one_line(command, 200)),
    }
    let ended = cm_effects::foreground(&probe.program, &words, &home);
    let code = ended.map_err(|error| Trouble::new("not-started", error.to_string()))?;
    let rows = look::at(vec![engine.clone()])?;
    let signed_in = rows.first().and_then(|row| row.signed_in);
    match (code, signed_in) {
        (Some(0), Some(true)) => eprintln!("{name} is signed in"),
        (Some(0), None) => eprintln!(
            "{name} does not say whether it is signed in: its first turn in a run will tell"
        ),
        (_, Some(true)) => eprintln!("The login ended with {}; {name} is signed in", ending(code)),
        (Some(0), Some(false)) => {
            let message = format!("{name} is not signed in: its login ended without saying why");
            return Err(Trouble::new("not-signed-in", message).help(again(&engine)));
        }
        (_, _) => {
            let message = format!("the login of {name} ended with {}", ending(code));
            return Err(Trouble::new("not-signed-in", message).help(again(&engine)));
        }
    }
    Ok(Exit::Done)
}

fn again(engine: &Engine) -> String {
    format!("try again: cm engines login {}", engine.name)
}

fn ending(code: Option<i32>) -> String {
    code.map_or("a signal".into(), |code| format!("code {code}"))
}

/// What to do where the program, or the service, has no login of its own.
fn no_login(engine: &std::sync::Arc<Engine>) -> Result<Trouble, Trouble> {
    let name = text::one_line(&engine.info.name, 60);
    let row = look::at(vec![engine.clone()])?.pop();
    let row = row.ok_or_else(|| Trouble::new("no-login", "nothing is known of it"))?;
    if row.signed_in == Some(true) && row.variables.is_empty() {
        let message = format!("{name} needs no login");
        return Ok(Trouble::usage("no-login", message));
    }
    let message = format!("{name} has no login that could be started");
    let known = engine.info.environment.iter();
    let keys: Vec<_> = known
        .filter(|name| name.ends_with("_KEY") || name.ends_with("_TOKEN"))
        .map(String::as_str)
        .collect();
    let help = match (&row.remedy, row.variables.as_slice()) {
        (Some(remedy), _) => text::clean(remedy),
        (None, [_, ..]) => format!("set already: {}", row.variables.join(", ")),
        (None, []) if !keys.is_empty() => format!("set one of {}", keys.join(", ")),
        (None, []) => "sign in with the program that the workflow names".into(),
    };
    Ok(Trouble::usage("no-login", message).help(help))
}

fn not_installed(engine: &Engine, program: &str) -> Trouble {
    let mut programs = engine.info.programs.iter();
    let found = programs.find(|known| known.name == program);
    let message = format!(
        "{} is not installed: there is no `{program}` on the PATH",
        text::one_line(&engine.info.name, 60)
    );
    let trouble = Trouble::new("not-installed", message);
    trouble.maybe_help(found.map(|known| format!("install it: {}", known.install)))
}
