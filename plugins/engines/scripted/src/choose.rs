//! Which rule is played, and what its texts say.

use cm_sdk::engine::Request;

use crate::script::{Rule, Script, Session, Step};

/// The rule for a request.
pub(crate) fn rule(script: &Script, request: &Request) -> Rule {
    script
        .rules
        .iter()
        .find(|rule| matches(rule, request))
        .or(script.default.as_ref())
        .cloned()
        .unwrap_or_else(echo)
}

fn matches(rule: &Rule, request: &Request) -> bool {
    let agent = rule
        .agent
        .as_deref()
        .is_none_or(|agent| request.option("agent") == Some(agent));
    let contains = rule
        .contains
        .as_deref()
        .is_none_or(|text| request.prompt.contains(text));
    let occurrence = rule
        .occurrence
        .is_none_or(|wanted| occurrence(request) == wanted);
    let session = rule.session.is_none_or(|wanted| wanted == session(request));
    agent && contains && occurrence && session
}

fn session(request: &Request) -> Session {
    match request.session {
        None => Session::New,
        Some(_) => Session::Continued,
    }
}

fn occurrence(request: &Request) -> u32 {
    request
        .option("occurrence")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

fn echo() -> Rule {
    Rule {
        steps: vec![Step::Say("You asked: {first-line}".to_owned())],
        ..Rule::default()
    }
}

/// A text with its placeholders filled in one pass; unknown ones stay.
pub(crate) fn fill(text: &str, request: &Request, session: &str) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, tail)| {
            let value = match name {
                "prompt" => request.prompt.clone(),
                "first-line" => request
                    .prompt
                    .trim()
                    .lines()
                    .next()
                    .unwrap_or("")
                    .to_owned(),
                "agent" => request.option("agent").unwrap_or("").to_owned(),
                "occurrence" => occurrence(request).to_string(),
                "model" => request.model.clone().unwrap_or_default(),
                "session" => session.to_owned(),
                _ => return None,
            };
            Some((value, tail))
        });
        match value {
            Some((value, tail)) => {
                filled.push_str(&value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}
