//! An entry in the words of a command.

use super::Entry;

/// The arguments with what their placeholders stand for. What was put in is not looked at
/// again, and an argument that begins with it never becomes an option.
pub(super) fn arguments(templates: &[String], entry: &Entry) -> Vec<String> {
    let argument = |template: &String| {
        let filled = fill(template, entry);
        match filled.starts_with('-') && !template.starts_with('-') {
            true => format!(" {filled}"),
            false => filled,
        }
    };
    templates.iter().map(argument).collect()
}

fn fill(template: &str, entry: &Entry) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}');
        let value = named.and_then(|(name, behind)| Some((value(name, entry)?, behind)));
        match value {
            Some((value, behind)) => {
                filled.push_str(&value.replace('\0', ""));
                rest = behind;
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

fn value(name: &str, entry: &Entry) -> Option<String> {
    Some(match name {
        "run" => entry.run.clone(),
        "project" => entry.project.clone(),
        "workflow" => entry.name.clone(),
        "step" => entry.step.clone().unwrap_or_default(),
        "kind" => entry.kind.clone(),
        "speaker" => entry.speaker.clone().unwrap_or_default(),
        "prompt" => entry.prompt.clone(),
        "choices" => entry.choices.join(", "),
        "why" => entry.why.clone().unwrap_or_default(),
        "answer" => entry.answer.join(", "),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use cm_journal::Ask;

    use super::*;

    #[test]
    fn only_placeholders_are_replaced_and_only_once() {
        let ask = Ask {
            step: "{run}".into(),
            prompt: "--icon=x {step}; $(id)\0".into(),
            ..Ask::default()
        };
        let entry = Entry::new("k3f9ab", Path::new("/p"), ("./flow", "Flow"), ask, 1);
        let templates = [
            "{project}: {step}",
            "{prompt}",
            "-m{prompt}",
            "{nothing} {",
            "{{run}}",
        ];
        assert_eq!(
            arguments(&templates.map(String::from), &entry),
            [
                "/p: {run}",
                " --icon=x {step}; $(id)",
                "-m--icon=x {step}; $(id)",
                "{nothing} {",
                "{k3f9ab}",
            ]
        );
    }
}
