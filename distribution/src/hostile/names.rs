//! Names that are easily taken for others, and places they do not belong to.

use super::{Case, harmless, refused, stage::Stage};

const CAUTION: &str = "caution";

/// Something of this name beside what is trusted.
fn lure(stage: &mut Stage, name: &str) {
    stage.good(name, "1.0.0", "");
    stage.specs = vec![name.to_owned()];
}

pub(super) fn cases() -> Vec<Case> {
    let taken = "easily taken for `claude`";
    vec![
        refused("a digit for a letter", CAUTION, taken, |stage| {
            lure(stage, "c1aude")
        }),
        refused("a letter twice", CAUTION, taken, |stage| {
            lure(stage, "claudee")
        }),
        refused("two letters exchanged", CAUTION, taken, |stage| {
            lure(stage, "cluade")
        }),
        refused("a letter left out", CAUTION, taken, |stage| {
            lure(stage, "clade")
        }),
        refused("a hyphen more", CAUTION, taken, |stage| {
            lure(stage, "clau-de")
        }),
        refused(
            "the name of another in one's own namespace",
            CAUTION,
            taken,
            |stage| lure(stage, "evil/claude"),
        ),
        refused(
            "a name without its namespace",
            CAUTION,
            "easily taken for `acme/review`",
            |stage| {
                stage.good("acme/review", "1.0.0", "");
                stage.install().unwrap();
                lure(stage, "review");
            },
        ),
        refused("a need that looks like another", CAUTION, taken, |stage| {
            stage.good("c1aude", "1.0.0", "");
            stage.good("acme/review", "1.0.0", "[dependencies]\nc1aude = '*'\n");
        }),
        refused(
            "a name that is not there, and one that is",
            "no-package",
            "there is no package `acme/reveiw`",
            |stage| {
                stage.good("acme/review", "1.0.0", "");
                stage.specs = vec!["acme/reveiw".into()];
            },
        ),
        refused(
            "a letter of another alphabet",
            "package-name",
            "does not name a package",
            |stage| {
                stage.specs = vec!["cl\u{430}ude".into()];
            },
        ),
        refused(
            "a name with a space",
            "package-name",
            "does not name a package",
            |stage| {
                stage.specs = vec!["acme/re view".into()];
            },
        ),
        refused(
            "a package in the place of one that is part of cm",
            "first-party",
            "claude",
            |stage| {
                stage.write(
                    "work/cm.toml",
                    "[package]\nname = 'claude'\nversion = '9.0.0'\n",
                );
                stage.write("work/workflow.yaml", "name: x\nsteps: []\n");
                stage.specs = vec![stage.path("work").display().to_string()];
            },
        ),
        refused(
            "the same version as the one that is part of cm",
            "first-party",
            "claude",
            |stage| {
                stage.good("claude", "1.0.0", "");
                stage.specs = vec!["evil/claude".into()];
                stage.write(
                    "work/cm.toml",
                    "[package]\nname = 'claude'\nversion = '1.0.0'\n",
                );
                stage.write("work/workflow.yaml", "name: x\nsteps: []\n");
                stage.specs = vec![stage.path("work").display().to_string()];
            },
        ),
        refused(
            "one's own namespace in a public registry",
            "no-package",
            "there is no package `acme/review`",
            |stage| {
                // Private names are looked for at home alone.
                stage.good("acme/review", "9.0.0", "");
                let more = "[registries.company]\nurl = '../company'\nnamespaces = ['acme']\n";
                stage.registries(more, "../registry");
            },
        ),
        refused(
            "the same name from another place",
            CAUTION,
            "came from somewhere else",
            |stage| {
                stage.good("acme/review", "1.0.0", "");
                stage.install().unwrap();
                stage.good("acme/review", "2.0.0", "");
                let host = stage.serve(|_, _| None).address;
                stage.specs = vec![format!("oci://{host}/acme/review:2.0.0")];
            },
        ),
        refused(
            "an option in the place of a package",
            "bad-package",
            "does not begin with `-`",
            |stage| {
                stage.specs = vec!["git+--upload-pack=touch evil".into()];
            },
        ),
        refused(
            "a tag that can move",
            "bad-package",
            "other tags can move",
            |stage| {
                stage.specs = vec!["oci://127.0.0.1:1/acme/review:latest".into()];
            },
        ),
        harmless(
            "tags that are no versions",
            |stage| {
                stage.good("acme/review", "1.0.0", "");
                let evil = stage.good("acme/evil", "9.0.0", "");
                for tag in ["latest", "v9.0.0", "9.0.0_1", "9", "9.0.0-", "09.0.0"] {
                    let to = crate::oci::Descriptor::of(crate::oci::MANIFEST, &evil.bytes);
                    stage.point(&format!("acme/review:{tag}"), to);
                }
            },
            |stage| assert_eq!(stage.installed(), ["acme/review@1.0.0"]),
        ),
    ]
}
