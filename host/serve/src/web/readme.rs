//! A package's README as HTML. What it has of HTML itself is shown as text, and
//! nothing is loaded from elsewhere.

use pulldown_cmark::{
    Alignment, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html,
};

use super::text::{escaped, shown};

/// Longer ones are cut: nobody reads them here.
pub(super) const MAX_BYTES: usize = 256 << 10;

/// Markdown as HTML.
pub(super) fn html(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut tamer = Tamer::default();
    let events = Parser::new_ext(&text, options).filter_map(|event| tamer.tame(event));
    let mut html = String::new();
    push_html(&mut html, events);
    html
}

/// Makes events harmless. The only HTML behind it is what it writes itself.
#[derive(Default)]
struct Tamer {
    /// For each link or image that is open, whether it became a link.
    open: Vec<bool>,
}

impl Tamer {
    fn tame<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        Some(match event {
            Event::Html(text) | Event::InlineHtml(text) | Event::Text(text) => {
                Event::Text(clean(&text))
            }
            Event::Code(text) => Event::Code(clean(&text)),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
            // The page has headings of its own above these.
            Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
                level: lower(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            }),
            Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
            // The policy of the page allows no styles of elements.
            Event::Start(Tag::Table(columns)) => {
                Event::Start(Tag::Table(vec![Alignment::None; columns.len()]))
            }
            Event::Start(Tag::Link { dest_url, .. }) => return self.begin(&dest_url, ""),
            Event::Start(Tag::Image { dest_url, .. }) => return self.begin(&dest_url, "image: "),
            Event::End(TagEnd::Link | TagEnd::Image) => match self.open.pop() {
                Some(true) => Event::InlineHtml("</a>".into()),
                _ => return None,
            },
            event => event,
        })
    }

    fn begin<'a>(&mut self, to: &str, what: &str) -> Option<Event<'a>> {
        // Links cannot be in links; one that leads nowhere is its text.
        let link = leads_out(to) && !self.open.contains(&true);
        self.open.push(link);
        link.then(|| {
            let to = escaped(to);
            let html = format!("<a href=\"{to}\" rel=\"nofollow noopener noreferrer ugc\">{what}");
            Event::InlineHtml(html.into())
        })
    }
}

fn leads_out(to: &str) -> bool {
    let lower = to.trim_start().to_ascii_lowercase();
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

fn clean<'a>(text: &str) -> CowStr<'a> {
    text.chars().map(shown).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless() {
        for (markdown, expected) in [
            ("# A\n\ntext", "<h3>A</h3>\n<p>text</p>\n"),
            (
                "<script>alert(1)</script>",
                "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n",
            ),
            (
                "a <img src=x onerror=y> b",
                "<p>a &lt;img src=x onerror=y&gt; b</p>\n",
            ),
            ("[x](javascript:alert(1))", "<p>x</p>\n"),
            ("[x](JaVaScript&#58;alert)", "<p>x</p>\n"),
            ("[x](data:text/html,y)", "<p>x</p>\n"),
            ("[x](../y)", "<p>x</p>\n"),
            (
                "![alt](https://e.example/i.png)",
                "<p><a href=\"https://e.example/i.png\" rel=\"nofollow noopener noreferrer ugc\">image: alt</a></p>\n",
            ),
            (
                "[![alt](https://e.example/i)](https://e.example/\"onx=')",
                "<p><a href=\"https://e.example/&quot;onx=&#39;\" rel=\"nofollow noopener noreferrer ugc\">alt</a></p>\n",
            ),
            (
                "```\"><script>\nx</pre>\n```",
                "<pre><code class=\"language-&quot;&gt;&lt;script&gt;\">x&lt;/pre&gt;\n</code></pre>\n",
            ),
            ("a\u{202e}b", "<p>a\u{fffd}b</p>\n"),
        ] {
            assert_eq!(html(markdown.as_bytes()), expected, "{markdown}");
        }
        let table = html(b"|a|b|\n|:-:|-|\n|1|2|\n");
        assert!(
            table.contains("<td>1</td>") && !table.contains("style"),
            "{table}"
        );
        html(&vec![b'>'; MAX_BYTES]);
        html(&[0xff, b'[', 0xc0]);
    }
}
