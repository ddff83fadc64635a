//! What the components of a package import and export.

use std::collections::BTreeMap;

use cm_distribution::Interfaces;

use super::text::{counted, escaped};
use crate::shelf::About;

pub(crate) fn section(about: &About) -> String {
    if about.components.is_empty() {
        return String::new();
    }
    let each: String = about
        .components
        .iter()
        .map(|(path, interfaces)| component(about, path, interfaces))
        .collect();
    format!(
        "<section aria-labelledby=\"wit\"><h2 id=\"wit\">Components and their interfaces</h2>\n\
         <p>A component can do nothing but what it imports.</p>\n{each}</section>"
    )
}

fn component(about: &About, path: &str, interfaces: &Interfaces) -> String {
    let served = about
        .manifest
        .components
        .iter()
        .filter(|entry| entry.path == path);
    let served: Vec<String> = served
        .map(|entry| format!("{} <code>{}</code>", entry.kind, escaped(&entry.name)))
        .collect();
    format!(
        "<h3><code>{}</code></h3>\n<p>Serves as {}.</p>\n{}{}",
        escaped(path),
        served.join(", "),
        list(
            "Imports",
            "It imports nothing: it can only compute.",
            &interfaces.imports
        ),
        list("Exports", "It exports nothing.", &interfaces.exports),
    )
}

fn list(title: &str, none: &str, all: &BTreeMap<String, Vec<String>>) -> String {
    if all.is_empty() {
        return format!("<h4>{title}</h4>\n<p>{none}</p>\n");
    }
    let items: String = all
        .iter()
        .map(|(name, functions)| item(name, functions))
        .collect();
    format!("<h4>{title}</h4>\n<ul class=\"wit\">{items}</ul>\n")
}

fn item(interface: &str, functions: &[String]) -> String {
    let interface = escaped(interface);
    let named: Vec<&String> = functions.iter().filter(|name| !name.is_empty()).collect();
    if named.is_empty() {
        let what = if functions.is_empty() {
            "types only"
        } else {
            "a function"
        };
        return format!("<li><code>{interface}</code> <small>{what}</small></li>");
    }
    let each: String = named
        .iter()
        .map(|name| format!("<li><code>{}</code></li>", escaped(&spelled(name))))
        .collect();
    format!(
        "<li><details><summary><code>{interface}</code> <small>{}</small></summary>\
         <ul>{each}</ul></details></li>",
        counted(named.len(), "function")
    )
}

/// A function's name as WIT writes it.
fn spelled(name: &str) -> String {
    match name.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some(("method" | "static", rest)) => rest.to_owned(),
        Some(("constructor", rest)) => format!("{rest} (constructor)"),
        _ => name.to_owned(),
    }
}
