use hyper::StatusCode;

use super::{
    page as whole_page,
    search::{Listed, search},
    text::{counted, escaped},
    words,
};
use crate::{
    answer::{Answer, Making},
    fault::Fault,
    handler::Asked,
    query::encoded,
};

/// Packages on one page.
const ON_A_PAGE: usize = 50;

/// `GET /?q=WORDS&page=NUMBER`: the packages there are.
pub(crate) async fn page(asked: Asked<'_>) -> Result<Answer, Fault> {
    let text: String = asked
        .query
        .get("q")
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    let text = text.trim();
    let found = search(&asked, text).await?;
    let last = found.len().div_ceil(ON_A_PAGE).max(1);
    let number = asked.query.number("page").unwrap_or(1).clamp(1, last);
    let shown = found.iter().skip((number - 1) * ON_A_PAGE).take(ON_A_PAGE);
    let items: String = shown.map(item).collect();
    let (title, heading) = match text {
        "" => ("Packages".to_owned(), "Packages".to_owned()),
        text => (
            format!("{text} – packages"),
            format!("Packages for “{}”", escaped(text)),
        ),
    };
    let list = match (items.is_empty(), text) {
        (false, _) => format!("<ul class=\"packages\">\n{items}</ul>"),
        (true, "") => "<p class=\"lead\">Nothing is published here yet. In the directory of a \
                       package, run <code>cm publish</code> with this registry.</p>"
            .to_owned(),
        (true, _) => "<p class=\"lead\">No package has all of these words in its name or its \
                      description. <a href=\"/\">See all packages</a></p>"
            .to_owned(),
    };
    let using = match text {
        "" => using(&asked),
        _ => String::new(),
    };
    let content = format!(
        "<h1>{heading}</h1>\n<p class=\"count\">{}</p>\n{list}\n{}{using}",
        counted(found.len(), "package"),
        pages(text, number, last)
    );
    Ok(whole_page(
        Making::new(StatusCode::OK),
        &title,
        &content,
        text,
    ))
}

/// How to install from here.
fn using(asked: &Asked<'_>) -> String {
    let address = escaped(&asked.address());
    let login = match asked.options.tokens {
        Some(_) => "\n<span>cm registry login team</span>",
        None => "",
    };
    format!(
        "\n<section aria-labelledby=\"use\"><h2 id=\"use\">Use this registry</h2>\n\
         <pre class=\"command\" tabindex=\"0\"><code><span>cm registry add team {address}</span>\
         {login}\n<span>cm install NAMESPACE/NAME --registry team</span></code></pre>\n\
         <p><small>With <code>--namespace NAMESPACE</code> behind the first, cm looks here for \
         all packages of that namespace.</small></p></section>"
    )
}

fn item(listed: &Listed) -> String {
    let description = match (listed.description(), &listed.facts.package) {
        ("", Some(_)) => "<p class=\"none\">No description.</p>".to_owned(),
        ("", None) => format!("<p class=\"none\">{}</p>", escaped(&listed.facts.why)),
        (text, _) => format!("<p>{}</p>", escaped(text)),
    };
    format!(
        "<li>\n<h2><a href=\"/p/{name}\">{name}</a> <span class=\"version\">{version}</span></h2>\n\
         {description}\n{chips}\n</li>\n",
        name = escaped(&listed.name.to_string()),
        version = escaped(&listed.version.to_string()),
        chips = words::chips(&listed.facts),
    )
}

fn pages(text: &str, number: usize, last: usize) -> String {
    if last == 1 {
        return String::new();
    }
    let link = |to: usize, word: &str, rel: &str| {
        if to < 1 || to > last {
            return format!("<span>{word}</span>");
        }
        let query = encoded(text);
        format!("<a rel=\"{rel}\" href=\"/?q={query}&amp;page={to}\">{word}</a>")
    };
    format!(
        "<nav class=\"pages\" aria-label=\"Pages\">{} <span>Page {number} of {last}</span> {}</nav>",
        link(number - 1, "Previous", "prev"),
        link(number + 1, "Next", "next")
    )
}
