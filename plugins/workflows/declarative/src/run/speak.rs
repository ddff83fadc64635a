//! Who says something, as agents are told it.

use cm_sdk::workflow::Reply;

/// Who answered a question or decided something: their name.
pub(super) fn by(reply: &Reply) -> &str {
    option(reply, "by").unwrap_or("somebody")
}

/// What somebody says to an agent, with who says it before it.
pub(super) fn said(reply: &Reply, text: &str) -> String {
    match (option(reply, "from"), option(reply, "by")) {
        (Some("controller"), _) => format!("CONTROLLER: {text}"),
        (_, Some(by)) => format!("USER ({by}): {text}"),
        (_, None) => format!("USER: {text}"),
    }
}

fn option<'r>(reply: &'r Reply, name: &str) -> Option<&'r str> {
    let found = reply.options.iter().find(|(option, _)| option == name);
    found
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}
