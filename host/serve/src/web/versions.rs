//! The versions of a package, and what others say about one.

use std::{collections::BTreeSet, sync::Arc};

use cm_distribution::{
    Name,
    trust::{Findings, Proven, Provenance, Signer, Yanked},
};
use cm_types::Digest;
use jiff::Timestamp;
use semver::Version;

use super::{
    text::{bytes, day, escaped},
    words::{attachment, is_yank},
};
use crate::shelf::{Attached, Shelf};

/// More are not listed.
const MOST: usize = 200;
/// Nor more of what is not valid.
const FAULTS: usize = 5;

/// What is known of the versions of a package.
pub(super) struct Versions<'a> {
    pub(super) shelf: &'a Shelf,
    pub(super) name: &'a Name,
    pub(super) all: &'a [(Version, Digest)],
    pub(super) attached: &'a Attached,
}

impl Versions<'_> {
    /// What others say about one, verified; none where that cannot be told.
    pub(super) fn findings(&self, digest: Digest) -> Option<Arc<Findings>> {
        let about = self.attached.get(&digest)?;
        self.shelf.findings(self.name, digest, about).ok()
    }

    /// Whether one was withdrawn, and why.
    pub(super) fn yank(&self, digest: Digest) -> Option<Yanked> {
        let about = self.attached.get(&digest)?;
        let any = about.iter().any(|(_, known)| is_yank(&known.kind));
        let findings = any.then(|| self.findings(digest)).flatten()?;
        findings.yank(&BTreeSet::new(), Timestamp::now())
    }

    /// A table of all; `shown` is the one that the page is about.
    pub(super) fn table(&self, shown: &Version) -> String {
        let name = escaped(&self.name.to_string());
        let row = |(version, digest): &(Version, Digest)| {
            let mark = match self.yank(*digest) {
                Some(_) => " <span class=\"mark warn\">yanked</span>",
                None => "",
            };
            let current = match version == shown {
                true => " aria-current=\"page\"",
                false => "",
            };
            let version = escaped(&version.to_string());
            format!(
                "<tr><th scope=\"row\"><a href=\"/p/{name}/{version}\"{current}>{version}</a>{mark}</th>\
                 <td>{}</td></tr>\n",
                day(self.shelf.since(*digest)),
            )
        };
        let rows: String = self.all.iter().take(MOST).map(row).collect();
        let rest = match self.all.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!("<p>And {more} older ones.</p>"),
        };
        format!(
            "<section aria-labelledby=\"versions\"><h2 id=\"versions\">Versions</h2>\n\
             <div class=\"scroll\"><table><thead><tr><th scope=\"col\">Version</th>\
             <th scope=\"col\">Received</th></tr></thead>\n\
             <tbody>\n{rows}</tbody></table></div>{rest}</section>"
        )
    }

    /// Who has signed one, and what else is attached to it.
    pub(super) fn signatures(&self, digest: Digest) -> String {
        let findings = self.findings(digest);
        let signed: String = findings
            .iter()
            .flat_map(|it| &it.signatures)
            .map(signature)
            .collect();
        let faults: String = findings
            .iter()
            .flat_map(|it| &it.faults)
            .take(FAULTS)
            .map(|why| format!("<li class=\"none\">{}</li>\n", escaped(why)))
            .collect();
        let signed = match (signed.as_str(), faults.as_str()) {
            ("", "") => "<p>Nobody has signed this version.</p>".to_owned(),
            _ => format!(
                "<ul class=\"plain\">\n{signed}{faults}</ul>\n<p><small>Verified here; \
                 <code>cm</code> verifies it again, and remembers who signs a package.</small></p>"
            ),
        };
        let about = self.attached.get(&digest);
        let items: String = about
            .into_iter()
            .flatten()
            .map(|(entry, known)| {
                let size: u64 = known.blobs.iter().map(|blob| blob.size).sum();
                format!(
                    "<li>{}<br><small>{} · {} · <code title=\"{}\">{}</code></small></li>\n",
                    escaped(attachment(&known.kind)),
                    day(self.shelf.since(entry.digest)),
                    bytes(size),
                    entry.digest,
                    entry.digest.short(),
                )
            })
            .collect();
        let items = match items.as_str() {
            "" => String::new(),
            items => format!(
                "<details><summary>All that is attached to it</summary>\n\
                 <ul class=\"plain\">\n{items}</ul></details>"
            ),
        };
        format!(
            "<section aria-labelledby=\"signed\"><h2 id=\"signed\">Signatures</h2>\n\
             {signed}{items}</section>"
        )
    }
}

/// A valid signature: by whom, when, and where it was built, as far as is proven.
fn signature(proven: &Proven) -> String {
    let who = match proven.signer.as_identity() {
        Some((issuer, subject)) => format!(
            "<b>{}</b><br><small>as {} says</small>",
            escaped(subject),
            escaped(issuer)
        ),
        None => format!("Key <code>{}</code>", escaped(key(&proven.signer))),
    };
    let at = match proven.at {
        Some(at) => format!("<br><small>{}</small>", day(Some(at.into()))),
        None => String::new(),
    };
    let built = proven.provenance.as_ref().map(built).unwrap_or_default();
    format!("<li><span class=\"mark calm\">valid</span> {who}{at}{built}</li>\n")
}

fn key(signer: &Signer) -> &str {
    signer.as_key().unwrap_or_default()
}

fn built(from: &Provenance) -> String {
    let rows = [
        ("Repository", &from.repository),
        ("Revision", &from.revision),
        ("Workflow", &from.workflow),
    ];
    rows.into_iter()
        .filter_map(|(what, text)| Some((what, text.as_ref()?)))
        .map(|(what, text)| format!("<br><small>{what}: {}</small>", escaped(text)))
        .collect()
}
