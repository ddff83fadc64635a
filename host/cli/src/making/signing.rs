//! The keys of the person, and the passwords of their files.

use std::io::IsTerminal as _;

use cm_distribution::trust::{Keys, SigningKey};
use cm_registry::Home;
use dialoguer::{Password, theme::ColorfulTheme};

use crate::trouble::Trouble;

/// The variable with the password, for those who cannot be asked.
pub(super) const PASSWORD: &str = "CM_KEY_PASSWORD";

/// A key, and what the person calls it.
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) key: SigningKey,
}

/// The key of this name, or the only one there is; none if there is none.
pub(crate) fn key(home: &Home, named: Option<&str>) -> Result<Option<Key>, Trouble> {
    let keys = Keys::of(home);
    let own = keys.list()?.into_iter().filter(|key| key.secret);
    let own: Vec<String> = own.map(|key| key.name).collect();
    let name = match (named, own.as_slice()) {
        (Some(name), _) => name,
        (None, []) => return Ok(None),
        (None, [only]) => only,
        (None, several) => {
            let message = format!("you have several keys: {}", several.join(", "));
            return Err(Trouble::usage("which-key", message).help("name one with --key"));
        }
    };
    let key = match keys.open(name, None) {
        // One that is not there has no password either.
        Err(_) if own.iter().any(|known| known == name) => {
            keys.open(name, Some(&password(name)?))?
        }
        opened => opened?,
    };
    let name = name.to_owned();
    Ok(Some(Key { name, key }))
}

fn password(name: &str) -> Result<String, Trouble> {
    if let Some(password) = given() {
        return Ok(password);
    }
    let needed = || {
        let message = format!("the key `{name}` has a password, and nobody is there to be asked");
        Trouble::new("signing-key", message).help(format!("put it into {PASSWORD}"))
    };
    if !somebody_is_there() {
        return Err(needed());
    }
    let theme = ColorfulTheme::default();
    let prompt = format!("Password of the key `{name}`");
    let asked = Password::with_theme(&theme).with_prompt(prompt).interact();
    asked.map_err(|_| needed())
}

/// The password for a key that is being made; none if it is to have none.
pub(crate) fn password_for_new(name: &str) -> Result<Option<String>, Trouble> {
    if std::env::var_os(PASSWORD).is_some() || !somebody_is_there() {
        return Ok(given());
    }
    let theme = ColorfulTheme::default();
    let prompt = format!("Password for the key `{name}` (empty for none)");
    let asked = Password::with_theme(&theme)
        .with_prompt(prompt)
        .with_confirmation("The same again", "They are not the same; once more")
        .allow_empty_password(true)
        .interact();
    match asked {
        Ok(password) => Ok(Some(password).filter(|it| !it.is_empty())),
        Err(_) => Err(Trouble::new("signing-key", "no key was made")),
    }
}

fn given() -> Option<String> {
    let given = std::env::var(PASSWORD).ok();
    given.filter(|password| !password.is_empty())
}

fn somebody_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
