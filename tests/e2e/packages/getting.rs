//! All the places that packages come from, and what is said when they do not.

use snapbox::str;

use super::{cm_does, manifest, write_review};
use crate::support::Cm;

fn with_review() -> Cm {
    let cm = Cm::new();
    write_review(&cm, "1.0.0", "programs = ['sh']");
    cm
}

fn published(cm: &Cm, version: &str) {
    write_review(cm, version, "programs = ['sh']");
    cm_does(cm, "publish made/review").code(0);
}

#[test]
fn from_a_directory_a_file_and_a_git_repository() {
    let cm = with_review();
    cm_does(&cm, "pack made/review -o review.tar").code(0);
    let git = "cd made/review && git init -q && git add -A && \
               git -c user.name=a -c user.email=a@b commit -qm first && git tag v1.0.0";
    let made = std::process::Command::new("sh")
        .args(["-c", git])
        .current_dir(cm.project())
        .status();
    assert!(made.is_ok_and(|it| it.success()));
    let repository = cm.project().join("made/review");
    let repository = format!("git+{}#v1.0.0", repository.display());
    for place in ["./made/review", "review.tar", &repository] {
        let other = Cm::new();
        let path = |name: &str| cm.project().join(name).display().to_string();
        let place = match place {
            "./made/review" => path("made/review/"),
            "review.tar" => path("review.tar"),
            other => other.to_owned(),
        };
        other.run(["install", &place, "--yes"]).code(0);
        cm_does(&other, "run review")
            .code(0)
            .stdout("this is 1.0.0\n");
        let list = other.json(["list", "--json"]);
        let rows = list.as_array().expect("rows");
        let source = rows.iter().find(|row| row["name"] == "review");
        let source = source.expect("it is there")["source"].to_string();
        assert!(source.contains("review"), "{source}");
        assert!(
            !repository.starts_with(&place) || !source.contains("#v1.0.0"),
            "the commit is kept, not the name: {source}"
        );
    }
}

#[test]
fn several_versions_and_what_a_name_means() {
    let cm = Cm::new();
    for version in ["1.0.0", "1.1.0", "2.0.0-rc.1"] {
        published(&cm, version);
    }
    cm_does(&cm, "install review@^1.0 --yes").code(0);
    cm_does(&cm, "run review").code(0).stdout("this is 1.1.0\n");
    cm_does(&cm, "install review@1.0.0").code(0);
    cm_does(&cm, "run review").code(0).stdout("this is 1.0.0\n");
    cm_does(&cm, "run review@1.1.0")
        .code(0)
        .stdout("this is 1.1.0\n");
    cm_does(&cm, "install review@2.0.0-rc.1").code(0);
    cm_does(&cm, "run review")
        .code(0)
        .stdout("this is 2.0.0-rc.1\n");
    cm_does(&cm, "remove review@2.0.0-rc.1").code(0);
    cm_does(&cm, "search review").code(0).stdout(str![[r#"
NAME  VERSION  REGISTRY  DESCRIPTION
[RUN]  1.1.0 (installed)  local  Review a change

"#]]);
}

/// A run goes on in the version it began with.
#[test]
fn a_run_keeps_its_version() {
    let cm = Cm::new();
    let write = |version: &str| {
        cm.write(
            "made/review/cm.toml",
            manifest(version, "programs = ['sh']"),
        );
        cm.write(
            "made/review/workflow.yaml",
            format!(
                "name: Review\nsteps: [{{ id: q, ask: 'Which?' }}, {{ run: 'echo this is {version}' }}]\n"
            ),
        );
        cm_does(&cm, "publish made/review").code(0);
    };
    write("1.0.0");
    cm_does(&cm, "install review --yes").code(0);
    cm_does(&cm, "run review").code(4);
    write("1.1.0");
    cm_does(&cm, "update").code(0);
    cm_does(&cm, "reply last this").code(0);
    cm_does(&cm, "resume last").code(0).says("this is 1.0.0");
}

#[test]
fn what_is_not_there() {
    let cm = Cm::new();
    published(&cm, "1.0.0");
    cm_does(&cm, "install reveiw")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × there is no package `reveiw` in the registry [ROOT]/home/.codemachine/registry
  help: did you mean `review`?

"#]]);
    cm_does(&cm, "install review@^2")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-version

  × no version of `review` meets `^2`; the registry [ROOT]/home/.codemachine/registry has 1.0.0
  help: try `review@1.0.0` in place of `review@^2`

"#]]);
    cm_does(&cm, "install ./nowhere")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × there is no directory `./nowhere`
  help: packages in a registry are named NAME or NAMESPACE/NAME; `cm search` finds them

"#]]);
    cm_does(&cm, "install nowhere.tar")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × there is no file `nowhere.tar`
  help: packages in a registry are named NAME or NAMESPACE/NAME; `cm search` finds them

"#]]);
    cm_does(&cm, "install Review").stdout("").code(2).calm();
    cm_does(&cm, "install https://example.com/x")
        .stdout("")
        .code(2)
        .calm();
    cm_does(&cm, "install review --registry nowhere")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-registry

  × there is no registry `nowhere`; there is local
  help: see what there is: cm registry list

"#]]);
    cm_does(&cm, "install").stdout("").code(2).stderr(str![[r#"
cm::nothing-to-install

  × there is no cm.toml in [ROOT]/project
  help: name a package: cm install NAME; for one in this directory: cm install ./

"#]]);
    cm_does(&cm, "info nobody").stdout("").code(2).calm();
    cm_does(&cm, "update nobody").stdout("").code(2).calm();
    cm_does(&cm, "install review --grant git")
        .stdout("")
        .code(2)
        .calm();
    cm_does(&cm, "install review --offline --yes")
        .stdout("")
        .code(1)
        .stderr(str![[r#"
cm::offline

  × `review` is not on this machine, and --offline asks nobody
  help: run it once without --offline

"#]]);
}

#[test]
fn nobody_answers() {
    let cm = Cm::new();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|it| it.local_addr())
        .expect("a port")
        .port();
    cm.run([
        "install",
        "review",
        "--registry",
        &format!("http://127.0.0.1:{port}"),
    ])
    .stdout("")
    .code(1)
    .says("cannot be reached")
    .says("--offline")
    .calm();
}

#[test]
fn what_it_would_do_is_shown_first() {
    let cm = Cm::new();
    published(&cm, "1.0.0");
    cm_does(&cm, "install review --dry-run")
        .stdout("")
        .code(0)
        .stderr(str![[r#"
review 1.0.0 (new, from registry:local/review, 3.10 kB)
  asks to:
    programs     sh  run any command you could run, with `sh`
Nothing was changed: this was a dry run

"#]]);
    cm_does(&cm, "run review").code(2);
    cm_does(&cm, "install review")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
review 1.0.0 (new, from registry:local/review, 3.10 kB)
  asks to:
    programs     sh  run any command you could run, with `sh`
cm::not-granted

  × nobody has agreed to what would be installed:
  │   - review@1.0.0 could run any command you could run, with `sh`
  help: agree to it: cm install review@1.0.0 --grant programs=sh

"#]]);
    cm_does(&cm, "install review --yes")
        .stdout("")
        .code(0)
        .stderr(str![[r#"
review 1.0.0 (new, from registry:local/review, 3.10 kB)
  asks to:
    programs     sh  run any command you could run, with `sh`
Installed review 1.0.0 ([DIGEST])
Run it: cm run [RUN]

"#]]);
    cm_does(&cm, "install review")
        .stdout("")
        .code(0)
        .stderr(str![[r#"
Already installed: review 1.0.0 ([DIGEST])
Run it: cm run [RUN]

"#]]);
    cm_does(&cm, "info review")
        .code(0)
        .stderr("")
        .stdout(str![[r#"
review 1.0.0
Review a change
from        registry:local/review
[RUN]      sha256:[DIGEST]
signed by   not signed
license     MIT
[RUN]      workflow workflow.yaml
versions    1.0.0
it may:
  programs     sh  run any command you could run, with `sh`

"#]]);
}

#[test]
fn what_was_denied_stays_denied() {
    let cm = Cm::new();
    published(&cm, "1.0.0");
    cm_does(&cm, "install review --deny programs=sh").code(0);
    cm_does(&cm, "run review")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::check

  × cm.toml: the workflow runs commands: the package `review` wants to run any command you could run, with `sh`, which was not granted to it
  help: cm install review@1.0.0 --grant programs=sh
cm::bad-workflow

  × `review` has a problem; nothing was started
  help: check it again with: cm check review

"#]]);
    published(&cm, "1.1.0");
    cm_does(&cm, "update").code(0);
    cm_does(&cm, "run review").stdout("").code(2).calm();
    cm_does(&cm, "install review --grant programs=sh").code(0);
    cm_does(&cm, "run review").code(0).stdout("this is 1.1.0\n");
}

#[test]
fn a_policy_comes_before_the_person() {
    let cm = Cm::new();
    published(&cm, "1.0.0");
    std::fs::write(
        cm.home().join("policy.toml"),
        "[[rule]]\npackage = \"*\"\nreason = \"no shells here\"\ndeny = { programs = [\"sh\"] }\n",
    )
    .expect("a file");
    cm_does(&cm, "install review --yes")
        .code(0)
        .says("no shells here");
    cm_does(&cm, "run review")
        .stdout("")
        .code(2)
        .says("no shells here")
        .calm();
}

/// What is part of `cm` is a package like any other: a newer one takes its place, when
/// somebody asks for it, and removing that brings the old one back.
#[test]
fn a_newer_version_takes_the_place_of_what_is_part_of_cm() {
    let cm = Cm::new();
    let write = |version: &str| {
        cm.write(
            "made/fix-tests/cm.toml",
            format!(
                "[package]\nname = \"fix-tests\"\nversion = \"{version}\"\n\n[capabilities]\nprograms = ['sh']\n"
            ),
        );
        cm.write(
            "made/fix-tests/workflow.yaml",
            format!("name: X\nsteps: [{{ run: 'echo this is {version}' }}]\n"),
        );
        cm_does(&cm, "publish made/fix-tests").code(0);
    };
    write("0.0.1");
    cm_does(&cm, "install fix-tests").code(0).says("Part of cm");
    write("7.0.0");
    // Nobody has asked for it yet.
    let before = cm.json(["info", "fix-tests", "--json"]);
    assert_eq!(before["source"], "part of cm", "{before}");
    cm_does(&cm, "install fix-tests --yes").code(0);
    cm_does(&cm, "run fix-tests")
        .code(0)
        .stdout("this is 7.0.0\n");
    write("7.1.0");
    cm_does(&cm, "update --yes").code(0);
    cm_does(&cm, "run fix-tests")
        .code(0)
        .stdout("this is 7.1.0\n");
    cm_does(&cm, "remove fix-tests").code(0);
    let after = cm.json(["info", "fix-tests", "--json"]);
    assert_eq!(after["source"], "part of cm", "{after}");
}

#[test]
fn the_one_in_this_directory() {
    let cm = Cm::new().workflow("name: X\nsteps: [{ run: 'echo hi' }]\n");
    cm_does(&cm, "install flow")
        .stdout("")
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × there is no package `flow` in the registry [ROOT]/home/.codemachine/registry
  help: for the one in this directory: cm install ./flow

"#]]);
}

/// What came from a registry that was named is looked for there, and nowhere else: under
/// the same name there may be something else where the name belongs.
#[test]
fn one_from_a_registry_that_was_named() {
    let cm = Cm::new();
    let publish = |version: &str, to: &str| {
        write_review(&cm, version, "programs = ['sh']");
        cm_does(&cm, &format!("publish made/review {to}")).code(0);
    };
    publish("1.0.0", "--registry ./elsewhere");
    publish("3.0.0", "");
    let install = "install review --yes --registry ./elsewhere";
    let first = cm_does(&cm, install);
    first.says("cm trust accept");
    cm_does(&cm, "registry add other ./elsewhere --cooldown-days 0").code(0);
    cm_does(&cm, "install review --yes --registry other").code(0);
    publish("1.1.0", "--registry other");
    let outdated = cm.json(["outdated", "--json"]);
    assert_eq!(outdated[0]["latest"], "1.1.0", "{outdated}");
    cm_does(&cm, "update").code(0).says("it came from other");
    cm_does(&cm, "run review").code(0).stdout("this is 1.0.0\n");
    cm_does(&cm, "update review")
        .code(2)
        .says("--registry other");
    cm_does(&cm, "update review --registry other").code(0);
    cm_does(&cm, "run review").code(0).stdout("this is 1.1.0\n");
}
