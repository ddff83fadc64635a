//! A home of its own for an engine's program, where the person wants that.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use cm_registry::Home;
use serde::Deserialize;

use crate::DriveError;

/// Where programs of today keep what is theirs, below the home.
const BELOW: [(&str, &str); 5] = [
    ("HOME", ""),
    ("XDG_CONFIG_HOME", ".config"),
    ("XDG_DATA_HOME", ".local/share"),
    ("XDG_STATE_HOME", ".local/state"),
    ("XDG_CACHE_HOME", ".cache"),
];

/// The same for programs with a variable of their own, which would lead out of the home
/// if it is set: each is only set for who may see it.
const OWN: [(&str, &str); 7] = [
    ("CLAUDE_CONFIG_DIR", ".claude"),
    ("CODEX_HOME", ".codex"),
    ("COPILOT_HOME", ".copilot"),
    ("GEMINI_CLI_HOME", ""),
    ("OPENCODE_CONFIG_DIR", ".config/opencode"),
    ("PI_CODING_AGENT_DIR", ".pi/agent"),
    ("VIBE_HOME", ".vibe"),
];

/// The part of `config.toml` that is read here.
#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    engines: BTreeMap<String, Settings>,
}

/// What the person says of an engine.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    home: Kind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// The person's own.
    #[default]
    Person,
    /// One of its own.
    Isolated,
}

/// A directory that an engine's program takes for the person's home: its account, its
/// settings and its conversations are there and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineHome {
    home: Home,
    path: PathBuf,
}

impl EngineHome {
    /// The one for this engine; none when it shares the person's.
    ///
    /// # Errors
    /// When the person's settings are not understood: the wrong account is not used
    /// because of a typing error.
    pub fn of(home: &Home, engine: &str) -> Result<Option<Self>, DriveError> {
        let file = home.root().join("config.toml");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(&file, error.to_string())),
        };
        let engines = parse(&text).map_err(|why| wrong(&file, why))?;
        let settings = engines.get(engine);
        Ok(settings
            .filter(|settings| settings.home == Kind::Isolated)
            .map(|_| Self::at(home, engine)))
    }

    /// The one for this engine, whatever the person's settings say.
    pub fn at(home: &Home, engine: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name: String = engine
            .chars()
            .map(|c| if plain(c) { c } else { '_' })
            .collect();
        Self {
            home: home.clone(),
            path: home.root().join("homes").join(name),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what a program expects to be there, for its owner alone; and gives the
    /// variables that lead it there, of which it may see those in `allowed`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn prepare(&self, allowed: &[String]) -> io::Result<Vec<(String, String)>> {
        let may = |name: &str| {
            allowed
                .iter()
                .any(|allowed| match allowed.strip_suffix('*') {
                    Some(start) => name.starts_with(start),
                    None => allowed == name,
                })
        };
        let own = OWN.iter().filter(|(name, _)| may(name));
        let mut variables = Vec::new();
        for (name, below) in BELOW.iter().chain(own) {
            let directory = match *below {
                "" => self.path.clone(),
                below => self.path.join(below),
            };
            self.home.create(&directory).map_err(io::Error::other)?;
            variables.push(((*name).to_owned(), directory.display().to_string()));
        }
        Ok(variables)
    }
}

fn wrong(file: &Path, why: String) -> DriveError {
    DriveError::Settings {
        file: file.to_owned(),
        why,
    }
}

fn parse(text: &str) -> Result<BTreeMap<String, Settings>, String> {
    let file: Result<File, _> = toml::from_str(text);
    let file = file.map_err(|error| {
        // Not the line itself: another part of the file may hold a secret.
        let line = error.span().map(|span| {
            let above = text.get(..span.start).unwrap_or_default();
            above.matches('\n').count() + 1
        });
        let line = line.map_or_else(String::new, |line| format!("line {line}: "));
        format!("{line}{}", error.message())
    })?;
    Ok(file.engines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(text: &str) -> (tempfile::TempDir, Home) {
        let held = tempfile::tempdir().unwrap();
        let home = Home::at(held.path().join("home")).unwrap();
        fs::create_dir(home.root()).unwrap();
        fs::write(home.root().join("config.toml"), text).unwrap();
        (held, home)
    }

    #[test]
    fn it_is_there_for_who_has_one() {
        let text = "[inbox]\ncommand = ['say']\n[engines.claude]\nhome = 'isolated'\n[engines.codex]\nhome = 'person'\n";
        let (_held, home) = home(text);
        assert_eq!(EngineHome::of(&home, "codex").unwrap(), None);
        assert_eq!(EngineHome::of(&home, "gemini").unwrap(), None);
        let own = EngineHome::of(&home, "claude").unwrap().unwrap();
        let path = home.root().join("homes/claude");
        assert_eq!(own.path(), path);
        assert!(!path.exists());
        let allowed = ["CLAUDE_*".to_owned(), "HOMES".to_owned()];
        let variables = own.prepare(&allowed).unwrap();
        let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "HOME",
                "XDG_CONFIG_HOME",
                "XDG_DATA_HOME",
                "XDG_STATE_HOME",
                "XDG_CACHE_HOME",
                "CLAUDE_CONFIG_DIR"
            ]
        );
        assert!(variables.iter().all(|(_, at)| Path::new(at).is_dir()));
        assert_eq!(variables[0].1, path.display().to_string());
    }

    #[test]
    fn a_name_stays_within_the_directory() {
        let (_held, home) = home("");
        let own = EngineHome::at(&home, "../a:b");
        assert_eq!(own.path(), home.root().join("homes/___a_b"));
    }

    #[test]
    fn what_is_not_understood_is_no_reason_to_use_another_account() {
        for (text, part) in [
            ("[engines.claude]\nhome = 'mine'\n", "line 2: "),
            ("[engines.claude]\nhomes = 'isolated'\n", "unknown field"),
            ("engines = 3\n", "line 1: "),
            ("[engines.claude\nsecret = 'abc'\n", "line 1: "),
        ] {
            let (_held, home) = home(text);
            let why = EngineHome::of(&home, "claude").unwrap_err().to_string();
            assert!(why.contains(part), "{why}");
            assert!(why.contains("config.toml"), "{why}");
            assert!(!why.contains("abc"), "{why}");
        }
    }
}
