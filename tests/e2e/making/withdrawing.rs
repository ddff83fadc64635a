//! `cm yank`.

use snapbox::str;

use super::{HEAD, notes};

#[test]
fn a_withdrawn_version_is_not_taken_until_it_is_given_back() {
    let cm = notes();
    cm.run(["keys", "new", "release"]).code(0);
    cm.run(["publish", "notes"]).code(0);
    cm.write("notes/cm.toml", HEAD.replace("1.0.0", "1.1.0"));
    cm.run(["publish", "notes"]).code(0);
    cm.run(["yank", "notes@1.1.0", "--reason", "writes too much"])
        .code(0)
        .stdout("")
        .stderr(str![[r#"
Withdrew notes 1.1.0; those who use it already go on, and are told

"#]]);
    cm.run(["install", "notes", "--yes"])
        .code(0)
        .says("notes 1.0.0");
    cm.run(["install", "notes@1.1.0", "--yes"])
        .calm()
        .says("writes too much")
        .says_not("Installed notes");
    cm.run(["yank", "notes@1.1.0", "--undo"])
        .code(0)
        .stderr(str![[r#"
notes 1.1.0 may be taken again

"#]]);
    cm.run(["install", "notes@1.1.0", "--yes"])
        .code(0)
        .says("notes 1.1.0");
}

#[test]
fn what_cannot_be_withdrawn() {
    let cm = notes();
    cm.run(["publish", "notes"]).code(0);
    cm.run(["yank", "notes@1.0.0", "--reason", "x"])
        .code(1)
        .stdout("")
        .stderr(str![[r#"
cm::no-key

  × a yank is signed, and you have no key
  help: make one: cm keys new NAME

"#]]);
    cm.run(["keys", "new", "one"]).code(0);
    cm.run(["yank", "notes@1.0.0", "--reason", "x"])
        .code(0)
        .stderr(str![[r#"
note: the version itself is not signed, so nobody can tell that this comes from its author
Withdrew notes 1.0.0; those who use it already go on, and are told

"#]]);
    cm.run(["publish", "notes", "--key", "one"]).code(0);
    cm.run(["keys", "new", "two"]).code(0);
    cm.run(["yank", "notes@1.0.0", "--reason", "x", "--key", "two"])
        .code(1)
        .says("is not signed with your key `two`");
    cm.run(["yank", "notes", "--reason", "x"])
        .code(2)
        .stdout("")
        .stderr(str![[r#"
cm::bad-package

  × `notes` names no version: there is no `@VERSION`
  help: write it as NAME@VERSION, for example `acme/review@1.2.0`

"#]]);
    cm.run(["yank", "notes@^1", "--reason", "x"])
        .code(2)
        .stderr(str![[r#"
cm::bad-package

  × `notes@^1` names no version: unexpected character '^' while parsing major version number
  help: write it as NAME@VERSION, for example `acme/review@1.2.0`

"#]]);
    cm.run(["yank", "notes@1.0.1", "--reason", "x", "--key", "one"])
        .code(2)
        .stderr(str![[r#"
cm::no-version

  × no version of `notes` meets `1.0.1`; the registry [ROOT]/home/.codemachine/registry has 1.0.0
  help: try `notes@1.0.0` in place of `notes@1.0.1`

"#]]);
    cm.run(["yank", "note@1.0.0", "--reason", "x", "--key", "one"])
        .code(2)
        .stderr(str![[r#"
cm::no-package

  × there is no package `note` in the registry [ROOT]/home/.codemachine/registry
  help: did you mean `notes`?

"#]]);
    cm.run(["yank", "notes@1.0.0"]).code(2).calm();
    cm.run([
        "yank",
        "notes@1.0.0",
        "--reason",
        "a\u{202e}b",
        "--key",
        "one",
    ])
    .code(1)
    .stderr(str![[r#"
cm::bad-statement

  × the yank cannot be attached: `a\u{202e}b` holds characters that cannot be shown
  help: mend it, then run the command again

"#]]);
}
