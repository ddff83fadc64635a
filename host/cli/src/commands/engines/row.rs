use std::path::PathBuf;

use cm_driver::{Engine, Standing};
use cm_types::Health;
use schemars::JsonSchema;
use serde::Serialize;

/// An engine of `cm engines --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// The name used in workflows.
    pub(super) engine: String,
    /// The name for people.
    pub(super) name: String,
    /// The package it is in, with its version.
    pub(super) package: String,
    /// The programs it needs on the PATH.
    pub(super) programs: Vec<ProgramRow>,
    /// Whether its program is there, and answers.
    pub(super) installed: bool,
    /// The version that the program says it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// How that version stands to those that the adapter was tested with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) standing: Option<StandingRow>,
    /// Versions of the program that the adapter was tested with.
    pub(super) tested: Vec<String>,
    /// Whether somebody is signed in; none when that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signed_in: Option<bool>,
    /// The command that signs in; none when the program has no such thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) login: Option<String>,
    /// The variables of the environment that it may see and that are set: their names,
    /// never what is in them.
    pub(super) variables: Vec<String>,
    /// Its own home, where it does not use yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) home: Option<PathBuf>,
    /// Models that are known to work; others may be named too.
    pub(super) models: Vec<String>,
    /// What it can do.
    pub(super) features: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
    /// Whether it asks a model itself, with no program around it.
    #[serde(skip)]
    is_service: bool,
}

/// A program that an engine needs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProgramRow {
    /// Its name.
    pub(super) name: String,
    /// Where it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<PathBuf>,
    /// How to get it.
    pub(super) install: String,
}

/// How a version stands to the tested ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StandingRow {
    /// It is one of them.
    Tested,
    /// It is newer than all of them.
    Newer,
    /// It is older than all of them.
    Older,
    /// It is between them, or cannot be compared.
    Untested,
}

impl Row {
    pub(super) fn of(engine: &Engine, health: Health) -> Self {
        let info = &engine.info;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let programs = info.programs.iter().map(|program| ProgramRow {
            name: program.name.clone(),
            path: cm_effects::find_program(&program.name, &path),
            install: program.install.clone(),
        });
        let programs: Vec<_> = programs.collect();
        // Not every adapter has a question to its program.
        let missing = programs.iter().find(|program| program.path.is_none());
        let missing =
            missing.map(|program| format!("{} is not installed: {}", info.name, program.install));
        let memory = ("memory".to_owned(), "host".to_owned());
        let version = health.version.as_deref();
        let standing = version.and_then(|version| Standing::of(version, &info.tested));
        let signs_in = info.probes.iter().any(|probe| probe.purpose == "login");
        Self {
            engine: engine.name.clone(),
            name: info.name.clone(),
            package: format!("{} {}", engine.identity.package, engine.identity.version),
            programs,
            installed: health.installed && missing.is_none(),
            standing: standing.map(|standing| match standing {
                Standing::Tested => StandingRow::Tested,
                Standing::Newer(_) => StandingRow::Newer,
                Standing::Older(_) => StandingRow::Older,
                Standing::Untested => StandingRow::Untested,
            }),
            version: health.version,
            tested: info.tested.clone(),
            signed_in: health.signed_in,
            login: signs_in.then(|| format!("cm engines login {}", engine.name)),
            variables: engine.variables_set(),
            home: engine.home.as_ref().map(|home| home.path().to_owned()),
            models: info.models.clone(),
            features: info.features.clone(),
            remedy: health.remedy.or(missing),
            is_service: info.options.contains(&memory),
        }
    }

    /// The version, and what to think of it.
    pub(super) fn version_in_words(&self) -> String {
        let tested = self.tested.join(", ");
        match (&self.version, self.standing) {
            (None, _) if !self.installed => "not installed".into(),
            (None, _) if self.programs.is_empty() => String::new(),
            (None, _) => "not known".into(),
            (Some(version), None) => version.clone(),
            (Some(version), Some(StandingRow::Tested)) => format!("{version}, tested"),
            (Some(version), Some(StandingRow::Newer)) => {
                format!("{version}, newer than tested {tested}")
            }
            (Some(version), Some(StandingRow::Older)) => {
                format!("{version}, older than tested {tested}")
            }
            (Some(version), Some(StandingRow::Untested)) => {
                format!("{version}, not tested ({tested} is)")
            }
        }
    }

    /// Whether somebody is signed in, or which key is there.
    pub(super) fn signed_in_in_words(&self) -> String {
        let keys = self.variables.iter();
        let mut keys = keys.filter(|name| name.ends_with("_KEY") || name.ends_with("_TOKEN"));
        match (self.signed_in, keys.next()) {
            (Some(false), _) => "no".into(),
            (Some(true), Some(key)) if self.is_service => format!("by {key}"),
            (Some(true), _) => "yes".into(),
            (None, _) if !self.installed => String::new(),
            // Which program it is, is known when a workflow names it.
            (None, _) if self.programs.is_empty() && !self.is_service => String::new(),
            (None, Some(key)) => format!("by {key}"),
            (None, None) => "not known".into(),
        }
    }

    /// How to sign in, where nobody is.
    pub(super) fn sign_in(&self) -> Option<&str> {
        let out = self.installed && self.signed_in == Some(false);
        let how = self.login.as_deref().or(self.remedy.as_deref());
        how.filter(|_| out)
    }
}
