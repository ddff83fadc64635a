use super::fields::{Fields, short};
use crate::problem::Problems;
use crate::suggest;

/// What a word in `tools:` stands for.
const GROUPS: [(&str, &[&str]); 7] = [
    ("state", &["read_state", "write_state"]),
    (
        "artifacts",
        &["put_artifact", "get_artifact", "list_artifacts"],
    ),
    ("ask", &["ask_person"]),
    ("directive", &["give_directive"]),
    ("propose", &["propose_completion"]),
    ("decide", &["decide"]),
    ("agents", &["run_agents", "list_agents"]),
];

/// The host's tools at `tools`, groups taken apart. None when nothing is said.
pub(super) fn read(fields: &Fields<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    fields.node("tools")?;
    let mut tools: Vec<String> = Vec::new();
    for word in fields.texts("tools", problems) {
        let group = GROUPS.iter().find(|(name, _)| *name == word.text);
        let single = || GROUPS.iter().flat_map(|(_, tools)| *tools).copied();
        let named: Vec<&str> = match group {
            Some((_, tools)) => tools.to_vec(),
            None => single().filter(|tool| *tool == word.text).collect(),
        };
        if named.is_empty() {
            let groups = GROUPS.iter().map(|(name, _)| *name);
            let help = match suggest::nearest(word.text, groups.clone().chain(single())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => suggest::help(word.text, groups, "tools"),
            };
            problems.error(
                word.at,
                format!("there is no tool `{}`", short(word.text)),
                format!(
                    "{help}{} the tools of other servers are granted with `mcp`",
                    suggest::or(&help)
                ),
            );
        }
        for tool in named {
            if !tools.iter().any(|known| known == tool) {
                tools.push(tool.into());
            }
        }
    }
    Some(tools)
}
