//! From text to [`Script`].

use crate::{
    Call, Fault, Script, ScriptError,
    cursor::Cursor,
    options::{self, Options},
};

/// Reads a script.
pub fn parse(text: &str) -> Result<Script, ScriptError> {
    let mut cursor = Cursor::new(text);
    let mut groups = Vec::new();
    let mut group = Vec::new();
    loop {
        group.push(call(&mut cursor)?);
        // A call ends only where one of these is next.
        if cursor.eat("&&") {
            groups.push(std::mem::take(&mut group));
        } else if !cursor.eat("&") {
            groups.push(group);
            return Ok(Script { groups });
        }
    }
}

/// Reads a call and the space around it.
fn call(cursor: &mut Cursor<'_>) -> Result<Call, ScriptError> {
    cursor.skip_space();
    let at = cursor.at();
    let agent = cursor.take(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if agent.is_empty() {
        let found = cursor.found();
        return Err(cursor.fault(Fault::NoAgent { found }));
    }
    let options = match cursor.peek() {
        Some('[') => options::read(cursor, agent)?,
        Some(c) if !c.is_whitespace() && !matches!(c, '&' | '\'' | '"') => {
            return Err(cursor.fault(Fault::BadName {
                agent: agent.into(),
                found: cursor.found(),
            }));
        }
        _ => Options::default(),
    };
    let apart = cursor.skip_space();
    let place = cursor.at();
    let trailing = match cursor.peek() {
        None | Some('&') => None,
        Some('\'' | '"') => {
            let prompt = cursor.quoted()?;
            cursor.skip_space();
            if !matches!(cursor.peek(), None | Some('&')) {
                let found = cursor.found();
                return Err(cursor.fault(Fault::AfterPrompt { found }));
            }
            Some(prompt)
        }
        Some('[') if apart => {
            let agent = agent.into();
            return Err(cursor.fault(Fault::DetachedOptions { agent }));
        }
        Some(_) if !apart => {
            let found = cursor.found();
            return Err(cursor.fault(Fault::AfterOptions { found }));
        }
        Some(_) => Some(cursor.take(|c| c != '&').trim_end().to_owned()),
    };
    if trailing.is_some() && options.prompt.is_some() {
        let fault = options::twice("prompt", agent);
        return Err(cursor.fault_at(place, fault));
    }
    Ok(Call {
        agent: agent.into(),
        prompt: options.prompt.or(trailing),
        inputs: options.inputs.unwrap_or_default(),
        tail: options.tail,
        at,
    })
}
