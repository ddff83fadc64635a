//! Pages for people. They need no script and nothing from elsewhere, and nothing
//! that a package says is ever more than text in them.

use std::sync::OnceLock;

use cm_types::Digest;
use hyper::{StatusCode, header::CACHE_CONTROL};

use crate::{
    answer::{Answer, Making},
    fault::Fault,
};

pub(crate) mod api;
pub(crate) mod home;
pub(crate) mod interfaces;
pub(crate) mod package;
mod readme;
mod search;
mod text;
mod versions;
mod words;

use text::escaped;

const STYLE: &str = include_str!("web/style.css");

/// Nothing is loaded but the style, nothing runs, and no other page shows this one.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// The style of all pages; another one has another address.
pub(crate) fn style() -> Answer {
    Making::new(StatusCode::OK)
        .header(CACHE_CONTROL, "public, max-age=31536000, immutable")
        .body("text/css; charset=utf-8", STYLE)
}

fn style_address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| format!("/style.css?{}", Digest::of(STYLE.as_bytes()).short()))
}

/// A page: its title as text, its content as HTML, and what was searched for.
fn page(making: Making, title: &str, content: &str, searched: &str) -> Answer {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"{style}\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header class=\"top\"><div>\n<a class=\"brand\" href=\"/\"><b>cm</b> packages</a>\n\
         <form role=\"search\" action=\"/\" method=\"get\">\n\
         <label for=\"q\">Search packages</label>\n\
         <input id=\"q\" name=\"q\" type=\"search\" value=\"{searched}\" \
         placeholder=\"Search packages\" autocomplete=\"off\" maxlength=\"200\">\n\
         <button type=\"submit\">Search</button>\n</form>\n</div></header>\n\
         <main id=\"main\">\n{content}\n</main>\n\
         <footer class=\"end\"><p>Served by cm {version}. Before it installs anything, \
         <code>cm install</code> verifies every byte against its digest and asks whether \
         the package may have what it wants.</p></footer>\n</body>\n</html>\n",
        title = escaped(title),
        style = style_address(),
        searched = escaped(searched),
        version = env!("CARGO_PKG_VERSION"),
    );
    making
        .header("content-security-policy", POLICY)
        .header("referrer-policy", "no-referrer")
        .header("x-frame-options", "DENY")
        .header("cross-origin-opener-policy", "same-origin")
        .header(CACHE_CONTROL, "no-cache")
        .body("text/html; charset=utf-8", html)
}

/// What cannot be shown.
pub(crate) fn fault(fault: &Fault) -> Answer {
    let title = match fault.status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::UNAUTHORIZED => "Sign in",
        StatusCode::FORBIDDEN => "Not allowed",
        _ => "That did not work",
    };
    let mut letters = fault.message.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string());
    let message = first.unwrap_or_default() + letters.as_str();
    let content = format!(
        "<h1>{title}</h1>\n<p class=\"lead\">{}.</p>\n<p><a href=\"/\">All packages</a></p>",
        escaped(&message)
    );
    page(fault.making(), title, &content, "")
}
