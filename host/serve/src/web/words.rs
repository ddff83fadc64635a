//! What a package may do, in plain words.

use cm_registry::{Capabilities, WorkspaceAccess};

use super::text::escaped;
use crate::shelf::Facts;

/// A word or two about a package, for a list: what it is and what it asks for.
pub(super) fn chips(facts: &Facts) -> String {
    let Some(about) = &facts.package else {
        return "<ul class=\"chips\"><li class=\"warn\">cannot be read</li></ul>".to_owned();
    };
    let mut chips = String::new();
    let mut chip = |class: &str, text: &str| {
        chips.push_str(&format!("<li class=\"{class}\">{}</li>", escaped(text)));
    };
    let mut kinds: Vec<String> = about
        .manifest
        .components
        .iter()
        .map(|it| it.kind.to_string())
        .collect();
    if about.workflows {
        kinds.push("workflow".into());
    }
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        chip("kind", &kind);
    }
    let asks = &about.manifest.capabilities;
    if !asks.programs.is_empty() {
        chip("ask", &format!("starts {}", short(&asks.programs)));
    }
    if !asks.network.is_empty() {
        chip("ask", &format!("talks to {}", short(&asks.network)));
    }
    if !asks.environment.is_empty() {
        chip("ask", &format!("sees {}", short(&asks.environment)));
    }
    match asks.workspace {
        WorkspaceAccess::None => {}
        WorkspaceAccess::Read => chip("ask", "reads files"),
        WorkspaceAccess::Write => chip("ask", "changes files"),
    }
    if asks.is_empty() {
        chip("calm", "asks for nothing");
    }
    format!("<ul class=\"chips\" aria-label=\"What it is and asks for\">{chips}</ul>")
}

fn short(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one}, {two}"),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    }
}

/// The same as a table, with all of it.
pub(super) fn table(asks: &Capabilities) -> String {
    let rows = [
        (
            "Programs",
            !asks.programs.is_empty(),
            match asks.programs.is_empty() {
                true => "Starts none.".to_owned(),
                false => format!(
                    "Starts {}. A program that runs can do what you can.",
                    codes(&asks.programs)
                ),
            },
        ),
        (
            "Network",
            !asks.network.is_empty(),
            match asks.network.is_empty() {
                true => "Asks for no hosts.".to_owned(),
                false => format!("Talks to {}.", codes(&asks.network)),
            },
        ),
        (
            "Environment variables",
            !asks.environment.is_empty(),
            match asks.environment.is_empty() {
                true => "Shows none of yours to its programs.".to_owned(),
                false => format!("Shows its programs {}.", codes(&asks.environment)),
            },
        ),
        (
            "Files of the project",
            !asks.workspace.is_none(),
            match asks.workspace {
                WorkspaceAccess::None => "Leaves them alone.",
                WorkspaceAccess::Read => "Reads them.",
                WorkspaceAccess::Write => "Reads and changes them.",
            }
            .to_owned(),
        ),
    ];
    let rows = rows.map(|(what, asked, words)| {
        let class = if asked { "ask" } else { "calm" };
        let answer = if asked { "asks" } else { "no" };
        format!(
            "<tr><th scope=\"row\">{what}</th><td><span class=\"mark {class}\">{answer}</span></td>\
             <td>{words}</td></tr>"
        )
    });
    format!(
        "<div class=\"scroll\"><table class=\"asks\"><thead><tr><th scope=\"col\">Of what</th>\
         <th scope=\"col\">Asked</th><th scope=\"col\">What it is for</th></tr></thead>\
         <tbody>{}</tbody></table></div>",
        rows.concat()
    )
}

fn codes(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("<code>{}</code>", escaped(word)))
        .collect();
    words.join(", ")
}

/// What an artifact about a package is, by its type.
pub(super) fn attachment(kind: &str) -> &str {
    match kind {
        _ if kind.contains("sigstore.bundle") => "Signature (Sigstore)",
        _ if kind.contains("minisign") => "Signature (minisign)",
        _ if is_yank(kind) => "Yank",
        _ if kind.contains("codemachine.advisory") => "Security advisory",
        _ if kind.contains("in-toto") => "Provenance",
        _ if kind.contains("spdx") || kind.contains("cyclonedx") => "List of contents (SBOM)",
        other => other,
    }
}

/// Whether an artifact is one that withdraws a version.
pub(super) fn is_yank(kind: &str) -> bool {
    kind.contains("codemachine.yank")
}
