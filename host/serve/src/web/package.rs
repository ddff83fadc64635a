use std::sync::Arc;

use cm_distribution::Name;
use cm_types::Digest;
use hyper::StatusCode;
use semver::Version;

use super::{
    interfaces, page as whole_page, readme,
    text::{bytes, counted, day, escaped},
    versions::Versions,
    words,
};
use crate::{
    answer::{Answer, Making},
    fault::Fault,
    handler::{Asked, blocking},
    shelf::{About, Shelf},
    tokens::Access,
};

/// `GET /p/NAME` and `GET /p/NAME/VERSION`.
pub(crate) async fn page(
    asked: Asked<'_>,
    name: Name,
    version: Option<Version>,
) -> Result<Answer, Fault> {
    asked.who.check(Access::Read, &name)?;
    let registry = asked.address();
    let shelf = Arc::clone(asked.shelf);
    blocking(move || show(&shelf, &name, version.as_ref(), &registry)).await
}

fn show(
    shelf: &Shelf,
    name: &Name,
    version: Option<&Version>,
    registry: &str,
) -> Result<Answer, Fault> {
    let snapshot = shelf.snapshot()?;
    let newest = snapshot.newest(name);
    let (newest, _) = newest.ok_or_else(|| Fault::no_name(&name.to_string()))?;
    let all = snapshot.versions(name);
    let version = version.unwrap_or(&newest);
    let digest = all
        .iter()
        .find(|(known, _)| known == version)
        .map(|(_, digest)| *digest);
    let digest = digest.ok_or_else(|| Fault::no_manifest(&version.to_string()))?;
    let facts = shelf.facts(name, digest)?;
    let attached = shelf.attached(name)?;
    let versions = Versions {
        shelf,
        name,
        all: &all,
        attached: &attached,
    };

    let title = format!("{name} {version}");
    let shown = escaped(&name.to_string());
    let description = facts
        .package
        .as_ref()
        .map(|it| it.manifest.package.description.as_str());
    let mut main = format!(
        "<h1>{shown} <span class=\"version\">{}</span></h1>\n",
        escaped(&version.to_string())
    );
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        main += &format!("<p class=\"lead\">{}</p>\n", escaped(description));
    }
    main += &words::chips(&facts);
    if *version != newest {
        main += &format!(
            "<p class=\"note\">This is not the newest version: \
             <a href=\"/p/{shown}\">{} is</a>.</p>\n",
            escaped(&newest.to_string())
        );
    }
    if let Some(yank) = versions.yank(digest) {
        let doubt = match yank.verified {
            true => "by the one who has signed it",
            false => "by somebody who may publish here; the version is not signed",
        };
        main += &format!(
            "<p class=\"note bad\">This version was withdrawn on {}, {doubt}: {}</p>\n",
            day(Some(yank.at.into())),
            escaped(&yank.reason),
        );
    }
    let command = format!("cm install {name}@{version} --registry {registry}");
    main += &format!(
        "<section aria-labelledby=\"install\"><h2 id=\"install\">Install</h2>\n\
         <pre class=\"command\" tabindex=\"0\"><code><span>{}</span></code></pre></section>\n",
        escaped(&command)
    );
    match &facts.package {
        Some(about) => {
            main += &format!(
                "<section aria-labelledby=\"asks\"><h2 id=\"asks\">What it asks for</h2>\n{}\n\
                 <p><small>It gets no more than this, and no more than you grant.</small></p>\
                 </section>\n",
                words::table(&about.manifest.capabilities)
            );
            main += &read_me(shelf, name, about);
            main += &interfaces::section(about);
        }
        None => {
            main += &format!(
                "<p class=\"note\">This version cannot be shown: {}.</p>\n",
                escaped(&facts.why)
            );
        }
    }
    let side = [
        versions.table(version),
        versions.signatures(digest),
        details(digest, facts.package.as_ref()),
    ];
    let content = format!(
        "<div class=\"package\">\n<article>\n{main}</article>\n<aside aria-label=\"Versions and \
         signatures\">\n{}</aside>\n</div>",
        side.concat()
    );
    Ok(whole_page(
        Making::new(StatusCode::OK),
        &title,
        &content,
        "",
    ))
}

fn read_me(shelf: &Shelf, name: &Name, about: &About) -> String {
    let content = match &about.readme {
        None => "<p>It has no README.</p>".to_owned(),
        Some(layer) if layer.size > readme::MAX_BYTES as u64 => {
            "<p>It is too long to be shown here; it is in the package.</p>".to_owned()
        }
        Some(layer) => match shelf.small(name, layer, readme::MAX_BYTES as u64) {
            Some(bytes) => format!("<div class=\"readme\">\n{}</div>", readme::html(&bytes)),
            None => "<p>It is damaged here, and cannot be shown.</p>".to_owned(),
        },
    };
    format!(
        "<section aria-labelledby=\"readme\"><h2 id=\"readme\">README</h2>\n{content}</section>\n"
    )
}

fn details(digest: Digest, about: Option<&About>) -> String {
    let mut rows = vec![("Digest", format!("<code class=\"digest\">{digest}</code>"))];
    if let Some(about) = about {
        let package = &about.manifest.package;
        rows.push((
            "Size",
            format!("{} in {}", bytes(about.size), counted(about.files, "file")),
        ));
        let license = package.license.as_deref().unwrap_or("not stated");
        rows.push(("License", escaped(license)));
        if let Some(cm) = &package.cm {
            rows.push((
                "Needs cm",
                format!("<code>{}</code>", escaped(&cm.to_string())),
            ));
        }
        if !about.manifest.dependencies.is_empty() {
            let uses = about.manifest.dependencies.iter();
            let uses: Vec<String> = uses
                .map(|(name, versions)| {
                    format!("{name} <code>{}</code>", escaped(&versions.to_string()))
                })
                .collect();
            rows.push(("Uses", uses.join("<br>")));
        }
        let annotation = |key: &str| {
            let key = format!("org.opencontainers.image.{key}");
            about.annotations.get(&key).map(|text| escaped(text))
        };
        for (title, key) in [("Source", "source"), ("Revision", "revision")] {
            if let Some(text) = annotation(key) {
                rows.push((title, format!("{text} <small>(as its author says)</small>")));
            }
        }
    }
    let rows: String = rows
        .into_iter()
        .map(|(title, text)| format!("<dt>{title}</dt><dd>{text}</dd>\n"))
        .collect();
    format!(
        "<section aria-labelledby=\"details\"><h2 id=\"details\">Details</h2>\n<dl>\n{rows}</dl></section>"
    )
}
