//! What `config.toml` in the home says about the inbox.

use std::{fs, io};

use cm_registry::Home;
use serde::Deserialize;

/// The file; only the part that is understood here.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    inbox: Settings,
}

/// Who is told about each new entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// A program and its arguments, with placeholders.
    #[serde(default)]
    pub(super) command: Vec<String>,
    /// Where a JSON object is sent.
    pub(super) webhook: Option<String>,
}

impl Settings {
    /// Whether nobody is told.
    pub(super) fn is_empty(&self) -> bool {
        self.command.is_empty() && self.webhook.is_none()
    }
}

/// The settings of this person; the error says what is wrong with the file.
pub(super) fn read(home: &Home) -> Result<Settings, String> {
    let path = home.root().join("config.toml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Settings::default()),
        Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
    };
    let settings = parse(&text).map_err(|why| format!("{}: {why}", path.display()))?;
    Ok(settings)
}

fn parse(text: &str) -> Result<Settings, String> {
    let File { inbox } = toml::from_str(text).map_err(|error| {
        // Not the line itself: an address may hold a secret.
        let line = error.span().map(|span| {
            let above = text.get(..span.start).unwrap_or_default();
            above.matches('\n').count() + 1
        });
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        format!("{line}{}", error.message())
    })?;
    if inbox.command.first().is_some_and(String::is_empty) {
        return Err("`command` of [inbox] begins with nothing; it must name a program".into());
    }
    let web = |url: &String| url.starts_with("http://") || url.starts_with("https://");
    if inbox.webhook.as_ref().is_some_and(|url| !web(url)) {
        return Err("`webhook` of [inbox] must begin with http:// or https://".into());
    }
    Ok(inbox)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_understood_and_what_is_not() {
        assert!(parse("").unwrap().is_empty());
        assert!(parse("[other]\nkey = 1\n").unwrap().is_empty());
        let both = "[inbox]\ncommand = [\"say\", \"{prompt}\"]\nwebhook = \"http://x/y\"\n";
        let both = parse(both).unwrap();
        assert_eq!(both.command, ["say", "{prompt}"]);
        assert_eq!(both.webhook.as_deref(), Some("http://x/y"));
        for (text, part) in [
            ("[inbox]\ncommand = \"say\"\n", "line 2: "),
            ("[inbox]\ncomand = [\"say\"]\n", "unknown field"),
            ("[inbox]\ncommand = [\"\"]\n", "a program"),
            ("[inbox]\nwebhook = \"ftp://secret@x\"\n", "http://"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(part), "{why}");
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
