//! What is set in a session before the prompt: mode, model, effort.

use cm_sdk::engine::{Events, Failure, PermissionLevel, json as read};
use serde_json::{Value, json};

use crate::preset::Preset;
use crate::session::Opening;

/// A setting of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The mode of the session.
    Mode(String),
    /// The model, by a request of its own, as agents had it before there were options.
    Model(String),
    /// An option of the session: what it is for, its id, the value.
    Option(Purpose, String, String),
}

/// What an option of a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Mode,
    Model,
    Effort,
}

impl Setting {
    pub(crate) fn purpose(&self) -> Purpose {
        match self {
            Self::Mode(_) => Purpose::Mode,
            Self::Model(_) => Purpose::Model,
            Self::Option(purpose, ..) => *purpose,
        }
    }

    pub(crate) fn value(&self) -> &str {
        match self {
            Self::Mode(value) | Self::Model(value) | Self::Option(_, _, value) => value,
        }
    }

    pub(crate) fn request(&self, session: &str) -> (&'static str, Value) {
        match self {
            Self::Mode(mode) => (
                "session/set_mode",
                json!({ "sessionId": session, "modeId": mode }),
            ),
            Self::Model(model) => (
                "session/set_model",
                json!({ "sessionId": session, "modelId": model }),
            ),
            Self::Option(_, id, value) => (
                "session/set_config_option",
                json!({ "sessionId": session, "configId": id, "value": value }),
            ),
        }
    }
}

/// What has to be set, from what the agent said of its new session.
pub(crate) fn wanted(
    session: &Value,
    opening: &Opening,
    preset: &Preset,
    events: &mut Events,
) -> Result<Vec<Setting>, Failure> {
    let mut settings = Vec::new();
    settings.extend(mode(session, opening, preset)?);
    if let (Some(model), None) = (&opening.model, preset.model_flag) {
        settings.extend(self::model(session, model, preset)?);
    }
    if let Some(effort) = &opening.effort {
        settings.extend(self::effort(session, effort, preset, events));
    }
    Ok(settings)
}

fn mode(session: &Value, opening: &Opening, preset: &Preset) -> Result<Option<Setting>, Failure> {
    let modes = &preset.modes;
    let candidates = match opening.level {
        PermissionLevel::ReadOnly => modes.read_only,
        PermissionLevel::WorkspaceWrite => modes.workspace_write,
        PermissionLevel::Full => modes.full,
    };
    let named: Vec<&str> = match &opening.mode {
        Some(mode) => vec![mode.as_str()],
        None => candidates.to_vec(),
    };
    let option = option(session, |id, category| category == "mode" || id == "mode");
    let offered: Vec<&str> = match option {
        Some(option) => values(option).into_iter().map(|(value, _)| value).collect(),
        None => read::list(session, "/modes/availableModes")
            .iter()
            .map(|mode| read::text(mode, "/id"))
            .collect(),
    };
    // An agent that says nothing of its modes when a session is resumed still has them.
    let silent = offered.is_empty() && opening.asked.is_some();
    let found = named
        .iter()
        .find(|mode| silent || offered.contains(mode))
        .copied();
    let must = opening.needs_mode(preset);
    let Some(found) = found else {
        return if must {
            Err(no_mode(opening, preset, &offered))
        } else {
            Ok(None)
        };
    };
    if silent && !must {
        return Ok(None);
    }
    let current = match option {
        Some(option) => read::text(option, "/currentValue"),
        None => read::text(session, "/modes/currentModeId"),
    };
    if current == found {
        return Ok(None);
    }
    Ok(Some(match option {
        Some(option) if !session.get("modes").is_some_and(Value::is_object) => Setting::Option(
            Purpose::Mode,
            read::text(option, "/id").to_owned(),
            found.to_owned(),
        ),
        _ => Setting::Mode(found.to_owned()),
    }))
}

fn model(session: &Value, model: &str, preset: &Preset) -> Result<Option<Setting>, Failure> {
    if let Some(option) = option(session, |id, category| category == "model" || id == "model") {
        let values = values(option);
        let found = values
            .iter()
            .find(|(value, name)| *value == model || *name == model);
        return match found {
            Some((value, _)) if *value == read::text(option, "/currentValue") => Ok(None),
            Some((value, _)) => Ok(Some(Setting::Option(
                Purpose::Model,
                read::text(option, "/id").to_owned(),
                (*value).to_owned(),
            ))),
            None => Err(no_model(
                model,
                preset,
                values.iter().map(|(value, _)| *value),
            )),
        };
    }
    let models = read::list(session, "/models/availableModels");
    let found = models.iter().find(|entry| {
        read::text(entry, "/modelId") == model || read::text(entry, "/name") == model
    });
    let current = read::text(session, "/models/currentModelId");
    match found.map(|entry| read::text(entry, "/modelId")) {
        Some(id) if id == current => Ok(None),
        Some(id) => Ok(Some(Setting::Model(id.to_owned()))),
        None => Err(no_model(
            model,
            preset,
            models.iter().map(|entry| read::text(entry, "/modelId")),
        )),
    }
}

/// A wish: an agent without it does its work all the same.
fn effort(session: &Value, effort: &str, preset: &Preset, events: &mut Events) -> Option<Setting> {
    let option = option(session, |id, category| {
        matches!(category, "thought_level" | "thinking")
            || matches!(id, "effort" | "reasoning_effort" | "thinking")
    });
    let values = option.map(values).unwrap_or_default();
    let found = values
        .iter()
        .find(|(value, name)| *value == effort || name.eq_ignore_ascii_case(effort));
    let (Some(option), Some((value, _))) = (option, found) else {
        let known: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
        let why = if known.is_empty() {
            format!("{} has no such setting", preset.name)
        } else {
            format!("{} knows {}", preset.name, known.join(", "))
        };
        events.not_honoured("effort", &why);
        return None;
    };
    (*value != read::text(option, "/currentValue")).then(|| {
        Setting::Option(
            Purpose::Effort,
            read::text(option, "/id").to_owned(),
            (*value).to_owned(),
        )
    })
}

/// An option of the session that can be chosen.
fn option(session: &Value, is: impl Fn(&str, &str) -> bool) -> Option<&Value> {
    read::list(session, "/configOptions")
        .iter()
        .filter(|option| matches!(read::text(option, "/type"), "select" | ""))
        .find(|option| is(read::text(option, "/id"), read::text(option, "/category")))
}

/// Its values and their names; they may stand in groups.
fn values(option: &Value) -> Vec<(&str, &str)> {
    let pair = |value| (read::text(value, "/value"), read::text(value, "/name"));
    read::list(option, "/options")
        .iter()
        .flat_map(|entry| match read::list(entry, "/options") {
            [] => vec![pair(entry)],
            group => group.iter().map(pair).collect(),
        })
        .filter(|(value, _)| !value.is_empty())
        .collect()
}

fn no_mode(opening: &Opening, preset: &Preset, offered: &[&str]) -> Failure {
    let modes = match offered {
        [] => "it says nothing of modes".to_owned(),
        modes => format!("its modes are {}", modes.join(", ")),
    };
    let message = match &opening.mode {
        Some(mode) => format!("{} has no mode `{mode}`; {modes}.", preset.name),
        None => format!(
            "{} has no mode that is known to change nothing, so it cannot be run with `read-only`; {modes}. Name the one that asks before it acts with the option `mode`, or give `workspace-write`.",
            preset.name
        ),
    };
    Failure::new("unsupported", message)
}

fn no_model<'a>(model: &str, preset: &Preset, known: impl Iterator<Item = &'a str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let message = if known.is_empty() {
        format!(
            "{} lets nobody choose its model over the protocol; leave `model` away, and set `{model}` in its own settings.",
            preset.name
        )
    } else {
        format!(
            "{} cannot use the model `{model}`; name another one, or leave it to the program's own choice.",
            preset.name
        )
    };
    Failure::new("bad-model", message).with_details(&known.join("\n"))
}
