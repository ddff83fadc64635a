//! The template of a command line, as a workflow writes it.

use cm_sdk::engine::{Error, PermissionLevel, Request};
use serde_json::Value;

/// Longer arguments are refused by the system; the error would not say why.
const LONGEST_ARGUMENT: usize = 120_000;
/// The file in the scratch directory that holds the prompt.
pub(crate) const FILE: &str = "prompt.txt";

/// How the prompt is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passing {
    Argument,
    Stdin,
    File,
}

/// A command line with places to be filled.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) program: String,
    pub(crate) passing: Passing,
    parts: Vec<Part>,
}

/// An argument, or several that are left out together.
#[derive(Debug)]
enum Part {
    Always(String),
    Together(Vec<String>),
}

const PLACES: &[&str] = &[
    "prompt",
    "file",
    "model",
    "effort",
    "session",
    "directory",
    "scratch",
    "permissions",
];

impl Template {
    pub(crate) fn of(request: &Request) -> Result<Self, Error> {
        let program = request.option("program").unwrap_or("").trim();
        if program.is_empty() {
            return Err(bad(
                "it names no program; set the option `program` to its name on the PATH, for example `program: \"my-agent\"`",
            ));
        }
        let parts = parts(request.option("args").unwrap_or("[]"))?;
        let mut template = Self {
            program: program.to_owned(),
            passing: Passing::Stdin,
            parts,
        };
        template.known()?;
        let (prompt, file) = (template.has("prompt"), template.has("file"));
        template.passing = match (request.option("prompt"), prompt, file) {
            (None, true, false) | (Some("argument"), true, false) => Passing::Argument,
            (None, false, true) | (Some("file"), false, true) => Passing::File,
            (None | Some("stdin"), false, false) => Passing::Stdin,
            (Some("argument"), ..) => {
                return Err(bad(
                    "the prompt is to be an argument; write `{prompt}` where it stands, and no `{file}`, for example `[\"--ask\", \"{prompt}\"]`",
                ));
            }
            (Some("file"), ..) => {
                return Err(bad(
                    "the prompt is to be in a file; write `{file}` where its path stands, and no `{prompt}`, for example `[\"--prompt-file\", \"{file}\"]`",
                ));
            }
            (Some("stdin"), ..) => {
                return Err(bad(
                    "the prompt is to be on standard input; leave `{prompt}` and `{file}` out of `args`",
                ));
            }
            (None, ..) => return Err(bad("it has `{prompt}` and `{file}`; one is enough")),
            (Some(other), ..) => {
                return Err(bad(&format!(
                    "`{other}` is no way to hand over the prompt; the option `prompt` is `argument`, `stdin` or `file`"
                )));
            }
        };
        Ok(template)
    }

    /// Whether the command line has this place.
    pub(crate) fn has(&self, place: &str) -> bool {
        let place = format!("{{{place}}}");
        self.texts().any(|text| text.contains(&place))
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().flat_map(|part| match part {
            Part::Always(text) => std::slice::from_ref(text),
            Part::Together(texts) => texts.as_slice(),
        })
    }

    /// Names in braces that are none of the places are mistakes, and not text.
    fn known(&self) -> Result<(), Error> {
        for text in self.texts() {
            for piece in text.split('{').skip(1) {
                let Some((name, _)) = piece.split_once('}') else {
                    continue;
                };
                let word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
                if word && !PLACES.contains(&name) {
                    return Err(bad(&format!(
                        "there is no `{{{name}}}`; there are {}",
                        listed()
                    )));
                }
            }
        }
        Ok(())
    }

    /// The arguments for a request.
    pub(crate) fn arguments(&self, request: &Request, prompt: &str) -> Result<Vec<String>, Error> {
        // It must not be taken for a flag.
        let guarded = format!("\n{prompt}");
        let ended = self.texts().any(|text| text == "--");
        let prompt = if prompt.starts_with('-') && !ended {
            &guarded
        } else {
            prompt
        };
        let mut arguments = Vec::new();
        for part in &self.parts {
            match part {
                Part::Always(text) => match filled(text, request, prompt) {
                    Ok(argument) => arguments.push(argument),
                    Err(place) => {
                        return Err(bad(&format!(
                            "`{text}` needs a {place}, and there is none in this turn; put what may be left out into a list of its own, like `[\"--{place}\", \"{{{place}}}\"]`"
                        )));
                    }
                },
                Part::Together(texts) => {
                    let all: Result<Vec<String>, _> = texts
                        .iter()
                        .map(|text| filled(text, request, prompt))
                        .collect();
                    arguments.extend(all.unwrap_or_default());
                }
            }
        }
        if let Some(long) = arguments.iter().find(|it| it.len() > LONGEST_ARGUMENT) {
            return Err(Error::invalid_request(
                "prompt-too-long",
                format!(
                    "An argument of {} bytes is longer than the system takes; hand the prompt over with `prompt: stdin` or `prompt: file`.",
                    long.len()
                ),
            ));
        }
        Ok(arguments)
    }
}

fn parts(given: &str) -> Result<Vec<Part>, Error> {
    let wrong = || {
        bad(&format!(
            "`args` must be a JSON list of texts, in which a list stands for arguments that may be left out together, like `[\"run\", [\"--model\", \"{{model}}\"], \"{{prompt}}\"]`; it is `{given}`"
        ))
    };
    let Ok(Value::Array(list)) = serde_json::from_str::<Value>(given) else {
        return Err(wrong());
    };
    let part = |value: Value| match value {
        Value::String(text) => Some(Part::Always(text)),
        Value::Array(texts) => {
            let texts: Option<Vec<String>> = texts
                .into_iter()
                .map(|text| text.as_str().map(str::to_owned))
                .collect();
            texts.map(Part::Together)
        }
        _ => None,
    };
    list.into_iter()
        .map(part)
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}

/// A text with its places filled, in one pass: what is put in is not looked at again.
/// The name of the place that has no value otherwise.
fn filled(text: &str, request: &Request, prompt: &str) -> Result<String, &'static str> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        done.push_str(before);
        let place = PLACES.iter().find(|place| {
            after
                .strip_prefix(**place)
                .is_some_and(|tail| tail.starts_with('}'))
        });
        match place {
            Some(place) => {
                done.push_str(&value(place, request, prompt).ok_or(*place)?);
                rest = after.get(place.len() + 1..).unwrap_or_default();
            }
            None => {
                done.push('{');
                rest = after;
            }
        }
    }
    done.push_str(rest);
    Ok(done)
}

fn value(place: &str, request: &Request, prompt: &str) -> Option<String> {
    Some(match place {
        "prompt" => prompt.to_owned(),
        "file" => format!("{}/{FILE}", request.scratch),
        "model" => request.model.clone()?,
        "effort" => request.effort.clone()?,
        "session" => request.session.clone()?,
        "directory" => request.directory.clone(),
        "scratch" => request.scratch.clone(),
        _ => match request.permissions {
            PermissionLevel::ReadOnly => "read-only",
            PermissionLevel::WorkspaceWrite => "workspace-write",
            PermissionLevel::Full => "full",
        }
        .to_owned(),
    })
}

fn listed() -> String {
    let places: Vec<String> = PLACES
        .iter()
        .map(|place| format!("`{{{place}}}`"))
        .collect();
    places.join(", ")
}

pub(crate) fn bad(what: &str) -> Error {
    Error::invalid_request(
        "bad-template",
        format!("The template of the engine `shell` cannot be used: {what}."),
    )
}
