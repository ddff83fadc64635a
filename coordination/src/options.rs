//! `[input:a.md;b.md,tail:50,prompt:"Do it"]`.

use crate::{Fault, ScriptError, cursor::Cursor};

/// What stands in brackets after an agent's name.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) prompt: Option<String>,
    pub(crate) inputs: Option<Vec<String>>,
    pub(crate) tail: Option<u32>,
}

/// Reads the options of `agent`, from the bracket that is next to the one that
/// closes it.
pub(crate) fn read(cursor: &mut Cursor<'_>, agent: &str) -> Result<Options, ScriptError> {
    let start = cursor.at();
    cursor.eat("[");
    let mut options = Options::default();
    cursor.skip_space();
    if cursor.eat("]") {
        return Ok(options);
    }
    loop {
        cursor.skip_space();
        let at = cursor.at();
        let name = cursor.take(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        match name {
            "" if cursor.peek().is_none() => {
                return Err(cursor.fault_at(start, Fault::OpenOptions));
            }
            "" => {
                let found = cursor.found();
                return Err(cursor.fault(Fault::NoOption { found }));
            }
            "input" => {
                let value = inputs(cursor)?;
                set(&mut options.inputs, value)
            }
            "tail" => {
                let value = tail(cursor)?;
                set(&mut options.tail, value)
            }
            "prompt" => {
                colon(cursor, "prompt")?;
                let value = item(cursor, "prompt", false)?;
                set(&mut options.prompt, value)
            }
            _ => {
                let name = name.into();
                return Err(cursor.fault_at(at, Fault::UnknownOption { name }));
            }
        }
        .map_err(|AlreadyThere| cursor.fault_at(at, twice(name, agent)))?;
        cursor.skip_space();
        if cursor.eat("]") {
            return Ok(options);
        }
        if cursor.peek().is_none() {
            return Err(cursor.fault_at(start, Fault::OpenOptions));
        }
        if !cursor.eat(",") {
            return Err(cursor.fault(Fault::AfterValue {
                expected: "`,` or `]`",
                found: cursor.found(),
            }));
        }
    }
}

struct AlreadyThere;

fn set<T>(place: &mut Option<T>, value: T) -> Result<(), AlreadyThere> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(AlreadyThere),
    }
}

pub(crate) fn twice(name: &str, agent: &str) -> Fault {
    let (name, way) = match name {
        "input" => ("input", "name all files in one: `input:FILE;FILE`"),
        "tail" => ("tail", "leave one of them out"),
        _ => (
            "prompt",
            "write it once, in the options or behind the agent",
        ),
    };
    Fault::Twice {
        name,
        agent: agent.into(),
        way,
    }
}

fn inputs(cursor: &mut Cursor<'_>) -> Result<Vec<String>, ScriptError> {
    colon(cursor, "input")?;
    let mut files = vec![item(cursor, "input", true)?];
    while cursor.eat(";") {
        files.push(item(cursor, "input", true)?);
    }
    Ok(files)
}

fn tail(cursor: &mut Cursor<'_>) -> Result<u32, ScriptError> {
    colon(cursor, "tail")?;
    let at = cursor.at();
    let value = item(cursor, "tail", false)?;
    match value.parse() {
        Ok(lines) if lines > 0 => Ok(lines),
        _ => Err(cursor.fault_at(at, Fault::BadTail { value })),
    }
}

/// Reads `:` and the space around it.
fn colon(cursor: &mut Cursor<'_>, name: &'static str) -> Result<(), ScriptError> {
    cursor.skip_space();
    if !cursor.eat(":") {
        let found = cursor.found();
        return Err(cursor.fault(Fault::NoValue { name, found }));
    }
    cursor.skip_space();
    Ok(())
}

/// Reads one value, and the space around it. It is never empty, except for a prompt
/// in quotes.
fn item(cursor: &mut Cursor<'_>, name: &'static str, list: bool) -> Result<String, ScriptError> {
    cursor.skip_space();
    if cursor.is_quote() {
        let at = cursor.at();
        let text = cursor.quoted()?;
        if text.is_empty() && name != "prompt" {
            let found = "an empty text".into();
            return Err(cursor.fault_at(at, Fault::NoValue { name, found }));
        }
        cursor.skip_space();
        let ends = match cursor.peek() {
            None | Some(',' | ']') => true,
            Some(c) => list && c == ';',
        };
        if !ends {
            return Err(cursor.fault(Fault::AfterValue {
                expected: if list {
                    "`;`, `,` or `]`"
                } else {
                    "`,` or `]`"
                },
                found: cursor.found(),
            }));
        }
        return Ok(text);
    }
    // Quotes and `&` are refused: a quote that was forgotten must not swallow the
    // agents behind it.
    let text =
        cursor.take(|c| !(matches!(c, ',' | ']' | '[' | '&' | '\'' | '"') || list && c == ';'));
    match text.trim_end() {
        "" => {
            let found = cursor.found();
            Err(cursor.fault(Fault::NoValue { name, found }))
        }
        text => Ok(text.to_owned()),
    }
}
