//! `cm trust`, `cm audit`, `cm verify`, `cm mirror` and `cm cache`.

use std::fs;

use snapbox::str;

use crate::{
    serving::{Served, package},
    support::Cm,
};

/// A publisher with a key, a registry, and another home that has 1.0.0 of `acme/review`
/// from there.
struct Scene {
    publisher: Cm,
    user: Cm,
    served: Served,
}

impl Scene {
    fn set() -> Self {
        let publisher = Cm::new();
        publisher.run(["keys", "new", "release"]).code(0);
        let served = Served::start(&publisher, &["packages"]);
        let user = Cm::new();
        for cm in [&publisher, &user] {
            let add = [
                "registry",
                "add",
                "team",
                &served.url,
                "--namespace",
                "acme",
            ];
            cm.run(add.iter().chain(&["--cooldown-days", "0"])).code(0);
        }
        let scene = Self {
            publisher,
            user,
            served,
        };
        scene.publish("1.0.0", "");
        scene.user.run(["install", "acme/review", "--yes"]).code(0);
        scene
    }

    fn publish(&self, version: &str, more: &str) {
        package(&self.publisher, "review", version, "");
        let path = self.publisher.project().join("review/cm.toml");
        let text = fs::read_to_string(&path).expect("a manifest");
        fs::write(&path, format!("{text}{more}")).expect("a manifest");
        let arguments = ["publish", "review", "--namespace", "acme"];
        self.publisher.run(arguments).code(0);
    }

    /// The signer, as texts call it.
    fn signer(&self) -> String {
        let trust = self.user.json(["trust", "list", "--json"]);
        let signer = &trust["packages"][0]["signers"][0];
        signer.as_str().expect("it is signed").to_owned()
    }

    /// The installed copy.
    fn copy(&self) -> std::path::PathBuf {
        self.user.home().join("imports/acme/review/1.0.0")
    }
}

#[test]
fn audit_finds_what_was_withdrawn_and_what_asks_for_more() {
    let scene = Scene::set();
    let signer = scene.signer();
    scene
        .user
        .run(["audit"])
        .says("nothing is wrong")
        .says(&signer)
        .code(0);
    scene.publish("1.1.0", "workspace = \"write\"\n");
    scene
        .user
        .run(["audit"])
        .says("there is 1.1.0: cm update acme/review")
        .says("with 1.1.0 it could now read, change and delete the files")
        .code(0);
    let yank = [
        "yank",
        "acme/review@1.0.0",
        "--reason",
        "deletes the wrong files",
    ];
    scene.publisher.run(yank).code(0);
    let ran = scene
        .user
        .run(["audit"])
        .says("it was withdrawn on")
        .code(1);
    assert!(ran.out().contains(": deletes the wrong files"), "{ran}");
    let ran = scene.user.run(["audit", "--json"]).code(1);
    let rows = ran.json();
    let schema = scene.user.json(["schema", "audit"]);
    assert!(jsonschema::is_valid(&schema, &rows), "{rows}");
    assert_eq!(
        rows[0]["problems"].as_array().map(Vec::len),
        Some(1),
        "{rows}"
    );
    scene
        .publisher
        .run(["yank", "acme/review@1.0.0", "--undo"])
        .code(0);
    scene.user.run(["audit"]).code(0);
}

#[test]
fn verify_finds_what_was_changed() {
    let scene = Scene::set();
    let signer = scene.signer();
    scene
        .user
        .run(["verify", "acme/review"])
        .says(&signer)
        .code(0);
    let rows = scene.user.json(["verify", "--json"]);
    let schema = scene.user.json(["schema", "verify"]);
    assert!(jsonschema::is_valid(&schema, &rows), "{rows}");
    let file = scene.copy().join("workflow.yaml");
    let was = fs::read(&file).expect("a file");
    fs::write(&file, "name: Evil\nsteps: [{ run: 'false' }]\n").expect("a file");
    scene
        .user
        .run(["verify", "--offline"])
        .says("workflow.yaml was changed")
        .says("cm install --force acme/review@1.0.0")
        .code(1);
    fs::write(&file, was).expect("a file");
    scene.user.run(["verify"]).code(0);
    fs::write(scene.copy().join("more.sh"), "x").expect("a file");
    scene
        .user
        .run(["verify"])
        .says("more.sh is no part of it")
        .code(1);
    // What it tells to do helps.
    scene
        .user
        .run(["install", "--force", "acme/review@1.0.0"])
        .code(0);
    scene.user.run(["verify"]).code(0);
    // A download that was damaged is noticed, and removed.
    let store = scene.user.home().join("store/sha256");
    let blobs = fs::read_dir(&store).expect("the store");
    let blobs = blobs.map(|entry| entry.expect("an entry").path());
    let largest = blobs.max_by_key(|path| fs::metadata(path).map_or(0, |it| it.len()));
    let largest = largest.expect("a blob");
    let mut bytes = fs::read(&largest).expect("a blob");
    bytes[0] ^= 1;
    fs::write(&largest, bytes).expect("a blob");
    scene.user.run(["verify"]).says("acme/review 1.0.0").code(1);
    scene.user.run(["verify", "nobody"]).code(2);
    scene
        .user
        .run(["verify", "scripted"])
        .says("part of cm")
        .code(0);
}

#[test]
fn a_package_of_another_signer_is_refused_until_it_is_accepted() {
    let scene = Scene::set();
    let first = scene.signer();
    // Somebody else publishes: another key, the same registry.
    let stranger = Cm::new();
    stranger.run(["keys", "new", "other"]).code(0);
    package(&stranger, "review", "1.2.0", "");
    let arguments = [
        "publish",
        "review",
        "--namespace",
        "acme",
        "--registry",
        &scene.served.url,
    ];
    stranger.run(arguments).code(0);
    let ran = scene
        .user
        .run(["update", "--yes"])
        .says("it is signed by")
        .code(1);
    let err = ran.err().replace('\n', " ");
    let command = err.split("cm trust accept ").nth(1).expect("a command");
    let command: Vec<_> = command.split(['`', ' ']).take(3).collect();
    scene.user.run(["list"]).says_not("1.2.0").code(0);

    scene
        .user
        .run(["trust", "accept"].iter().chain(&command))
        .code(0);
    scene.user.run(["update", "--yes"]).code(0);
    scene.user.run(["list"]).says("1.2.0").code(0);

    let other = command[2];
    let listed = scene.user.json(["trust", "list", "--json"]);
    let schema = scene.user.json(["schema", "trust"]);
    assert!(jsonschema::is_valid(&schema, &listed), "{listed}");
    assert_eq!(
        listed["packages"][0]["signers"].as_array().map(Vec::len),
        Some(2)
    );
    scene
        .user
        .run(["trust", "forget", "acme/review", "--signer", other])
        .code(0);
    scene.user.run(["audit"]).says("it is signed by").code(1);
    assert_eq!(scene.signer(), first);
    scene.user.run(["trust", "forget", "acme/review"]).code(0);
    scene
        .user
        .run(["trust", "forget", "acme/review"])
        .says("cm trust list")
        .code(2);
}

#[test]
fn namespaces_have_rules() {
    let cm = Cm::bare();
    cm.run(["trust", "list"])
        .says("No package was installed")
        .code(0);
    cm.run(["trust", "namespace", "acme"])
        .says("Nothing holds")
        .code(0);
    let key = "minisign:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    cm.run(["trust", "namespace", "acme", "--own", "--signer", key])
        .stderr(str![[r#"
acme is yours: new versions of its packages are taken at once
Packages of acme are taken when they are signed by minisign:RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3

"#]])
        .code(0);
    cm.run(["trust", "list"])
        .says("acme/*")
        .says("(yours)")
        .code(0);
    cm.run(["trust", "namespace", "acme", "--forget"])
        .says("Nothing holds")
        .code(0);
    for arguments in [
        vec!["accept", "acme/review"],
        vec!["accept", "acme/review", "--signer", "somebody"],
        vec!["accept", "acme/review", "--digest", "sha256:12"],
        vec!["accept", "Acme", "--signer", key],
        vec!["namespace", "A/B", "--own"],
    ] {
        let ran = cm.run(["trust"].iter().chain(&arguments)).calm();
        assert_eq!(ran.output().status.code(), Some(2), "{ran}");
    }
    // One that is damaged trusts nobody, and says so.
    fs::write(cm.home().join("trust.json"), "{").expect("a file");
    cm.run(["trust", "list"])
        .says("trust.json cannot be read")
        .code(1);
    cm.run(["trust", "accept", "acme/review", "--signer", key])
        .says("cannot be read")
        .code(1);
}

#[test]
fn a_mirror_takes_the_place_of_a_registry() {
    let scene = Scene::set();
    let signer = scene.signer();
    scene
        .user
        .run(["mirror", "acme/review", "--to", "usb"])
        .says("acme/review 1.0.0")
        .code(0);
    let packages = scene.user.project().join("usb");
    let far = Cm::new();
    let add = [
        "registry",
        "add",
        "mirror",
        &packages.display().to_string(),
        "--default",
    ];
    far.run(add.iter().chain(&["--cooldown-days", "0"])).code(0);
    far.run(["install", "acme/review", "--yes"]).code(0);
    // Signatures come with the packages.
    far.run(["trust", "list"]).says(&signer).code(0);
    far.run(["verify"]).says(&signer).code(0);
    // By its path, too.
    let near = Cm::new();
    fs::rename(&packages, near.project().join("usb")).expect("a move");
    near.run(["info", "acme/review", "--registry", "./usb"])
        .says("1.0.0")
        .code(0);
    far.run(["mirror", "nobody/nothing", "--to", "x"])
        .calm()
        .code(2);
}

#[test]
fn the_cache_is_cleared_of_what_nothing_needs() {
    let scene = Scene::set();
    scene.user.run(["cache"]).says("downloads").code(0);
    scene
        .user
        .run(["cache", "gc"])
        .says("Removed 0 downloads")
        .says("those of 1 versions are kept")
        .code(0);
    scene.user.run(["remove", "acme/review"]).code(0);
    let ran = scene
        .user
        .run(["cache", "gc"])
        .says_not("Removed 0")
        .code(0);
    assert!(ran.err().contains("those of 0 versions"), "{ran}");
    let store = scene.user.home().join("store/sha256");
    assert_eq!(fs::read_dir(store).expect("the store").count(), 0);
    scene
        .user
        .run(["cache", "gc", "--keep", "nothing.lock"])
        .calm()
        .code(2);
}
