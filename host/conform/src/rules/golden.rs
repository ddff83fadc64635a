use std::collections::BTreeMap;

use serde_json::Value;

use super::{Scene, Verdict, short};
use crate::{Broken, CaseError, Cases, Wanted, event_json, normal};

/// What was recorded comes to what it must: the command, what is written, the events.
pub(crate) fn golden(cases: &Cases, scene: &Scene<'_>) -> Result<Verdict, CaseError> {
    let (case, played) = (scene.case, scene.played);
    if let Some(code) = &case.refused {
        return Ok(refused(scene, code));
    }
    if let Some(Broken::Said(error)) = &played.broken {
        return Ok(Err(format!("the request was refused: {error}")));
    }
    if let Some(wanted) = &case.command {
        let found = played.command.as_ref().map(found);
        if found.as_ref() != Some(wanted) {
            return Ok(Err(format!(
                "another command than expected\nexpected {}\nfound    {}",
                json(wanted),
                found.as_ref().map_or("none".into(), json)
            )));
        }
    }
    if case.wrote.is_some() {
        let wanted = lines(&cases.content(case.wrote.as_ref())?);
        let found = wrote(scene);
        if let Err(why) = same("what was written", &wanted, &found) {
            return Ok(Err(why));
        }
    }
    if case.events.is_some() {
        let wanted = lines(&cases.content(case.events.as_ref())?);
        let found: Vec<Value> = normal(&played.events).iter().map(event_json).collect();
        return Ok(same("the events", &wanted, &found));
    }
    Ok(Ok(()))
}

fn refused(scene: &Scene<'_>, code: &str) -> Verdict {
    let said = match &scene.played.broken {
        Some(Broken::Said(error)) => error.failure().map_or("cancelled", |it| it.code.as_str()),
        _ => return Err(format!("the request was not refused with `{code}`")),
    };
    match said == code {
        true => Ok(()),
        false => Err(format!(
            "the request was refused with `{said}`, not `{code}`"
        )),
    }
}

/// What an adapter wrote to its program, or sent to its service, as JSON lines.
pub(crate) fn wrote(scene: &Scene<'_>) -> Vec<Value> {
    let mut wrote = lines(&scene.played.wrote);
    let bodies = scene.played.requests.iter();
    wrote.extend(bodies.map(|request| {
        let body = serde_json::from_slice(&request.body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&request.body).into_owned()));
        serde_json::json!({ "method": request.method, "path": request.path, "body": body })
    }));
    wrote
}

fn found(command: &cm_types::Command) -> Wanted {
    let map = |pairs: &[(String, String)]| pairs.iter().cloned().collect::<BTreeMap<_, _>>();
    Wanted {
        program: command.program.clone(),
        arguments: command.arguments.clone(),
        environment: map(&command.environment),
        stdin: command.stdin.clone(),
        files: map(&command.files),
    }
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let value = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| line.into());
    lines.map(value).collect()
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn same(what: &str, wanted: &[Value], found: &[Value]) -> Verdict {
    let length = wanted.len().max(found.len());
    for at in 0..length {
        let (wanted, found) = (wanted.get(at), found.get(at));
        if wanted != found {
            let show = |value: Option<&Value>| value.map_or("nothing".into(), json_short);
            return Err(format!(
                "{what} differ at line {}\nexpected {}\nfound    {}",
                at + 1,
                show(wanted),
                show(found)
            ));
        }
    }
    Ok(())
}

fn json_short(value: &Value) -> String {
    short(&value.to_string())
}
