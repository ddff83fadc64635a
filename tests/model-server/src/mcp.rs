//! Tools of servers of the Model Context Protocol, which every engine names anew.

use crate::conversation::Offer;
use crate::tool::Call;
use serde_json::{Value, json};

/// The tool by which Codex's models look for tools that they were not told of.
pub(crate) const SEARCH: &str = "tool_search";

/// A call of the tool as this engine offers it. One that is not offered is looked for,
/// where that is possible; or else called all the same: the engine's own "no such
/// tool" is part of what a test wants to see.
pub(crate) fn call(server: &str, tool: &str, arguments: Value, offers: &[Offer]) -> Call {
    let offered = offers.iter().find(|offer| names(offer, server, tool));
    if let Some(offer) = offered {
        return Call {
            name: offer.name.clone(),
            group: offer.group.clone(),
            arguments,
            freeform: false,
        };
    }
    let searches = |offer: &Offer| offer.name == SEARCH && offer.group.is_none();
    let (name, arguments) = match offers.iter().any(searches) {
        true => (
            SEARCH.to_owned(),
            json!({"query": format!("{server} {tool}"), "limit": 50}),
        ),
        false => (format!("mcp__{server}__{tool}"), arguments),
    };
    Call {
        name,
        group: None,
        arguments,
        freeform: false,
    }
}

/// Claude Code says `mcp__SERVER__TOOL`, opencode `SERVER_TOOL`; Codex puts tools into
/// groups, `mcp__SERVER`.
fn names(offer: &Offer, server: &str, tool: &str) -> bool {
    match &offer.group {
        Some(group) => {
            let group = group.trim_end_matches('_');
            offer.name == tool && (group == server || group == format!("mcp__{server}"))
        }
        None => {
            let name = offer.name.as_str();
            name == format!("mcp__{server}__{tool}") || name == format!("{server}_{tool}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SEARCH, call};
    use crate::conversation::Offer;
    use serde_json::{Value, json};

    fn offer(group: Option<&str>, name: &str) -> Offer {
        Offer {
            name: name.to_owned(),
            group: group.map(str::to_owned),
            schema: Value::Null,
            freeform: false,
        }
    }

    #[test]
    fn each_engine_has_its_own_name_for_a_tool() {
        let offers: &[(Option<&str>, &str)] = &[
            (None, "mcp__cm__write_state"),
            (None, "cm_write_state"),
            (Some("mcp__cm"), "write_state"),
            (Some("mcp__cm__"), "write_state"),
        ];
        let others = || {
            vec![
                offer(None, SEARCH),
                offer(None, "write_state"),
                offer(None, "cm_write"),
                offer(Some("mcp__other"), "write_state"),
            ]
        };
        for (group, name) in offers {
            let mut all = others();
            all.push(offer(*group, name));
            let made = call("cm", "write_state", json!({"key": "a"}), &all);
            assert_eq!((made.name.as_str(), made.group.as_deref()), (*name, *group));
            assert_eq!(made.arguments, json!({"key": "a"}));
        }
        let made = call("cm", "write_state", json!({"key": "a"}), &others());
        assert_eq!(made.name, SEARCH);
        assert_eq!(made.arguments["query"], "cm write_state");
        let made = call("cm", "write_state", json!({"key": "a"}), &others()[1..]);
        assert_eq!(made.name, "mcp__cm__write_state");
        assert_eq!(made.arguments, json!({"key": "a"}));
    }
}
