//! From publishing to rolling back, on a registry in a directory.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

use cm_registry::{EmbeddedFile, EmbeddedPackage, Installed, Registry};
use tempfile::TempDir;

use super::*;
use crate::Layout;

mod again;
mod full;
mod killed;
mod projects;

static EMBEDDED: &[EmbeddedPackage] = &[EmbeddedPackage {
    manifest_toml: "[package]\nname = 'claude'\nversion = '1.0.0'\n[capabilities]\nprograms = ['claude']\n",
    files: &[EmbeddedFile::new("agents/a.md", b"embedded")],
}];

/// Some homes that share a registry.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        for home in ["home", "author"] {
            place.write(
                &format!("{home}/registries.toml"),
                "[registries.local]\nurl = '../registry'\n",
            );
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn home(&self, name: &str) -> Home {
        Home::at(self.path(name)).unwrap()
    }

    fn workspace(&self) -> Workspace<'static> {
        Workspace::open(self.home("home")).unwrap()
    }

    fn registry(&self) -> Registry {
        Registry::open(self.home("home"), EMBEDDED).unwrap().0
    }

    fn layout(&self) -> Layout {
        Layout::at(self.path("registry"))
    }

    /// A directory with a package.
    fn package(&self, name: &str, version: &str, more: &str) -> PathBuf {
        let root = format!("work/{name}-{version}");
        let head = format!("[package]\nname = '{name}'\nversion = '{version}'\n");
        self.write(&format!("{root}/cm.toml"), &(head + more));
        self.write(&format!("{root}/workflow.yaml"), "name: x\nsteps: []\n");
        self.write(&format!("{root}/agents/a.md"), &format!("{name} {version}"));
        self.path(&root)
    }

    fn publish(&self, name: &str, version: &str, more: &str) -> Digest {
        let (namespace, bare) = match name.split_once('/') {
            Some((namespace, bare)) => (Some(namespace), bare),
            None => (None, name),
        };
        let root = self.package(bare, version, more);
        let author = Workspace::open(self.home("author")).unwrap();
        let options = Options::default();
        author
            .publish(&root, namespace, &options, false)
            .unwrap()
            .digest
    }

    fn install(&self, texts: &[&str], options: &Options) -> Result<Vec<Installed>, Error> {
        let specs: Vec<Spec> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let workspace = self.workspace();
        let mut registry = self.registry();
        let plan = workspace.install(&registry, &specs, options)?;
        workspace.apply(&mut registry, plan)
    }

    fn state(&self) -> Vec<String> {
        let registry = self.registry();
        let list = registry.list().unwrap().into_iter();
        let installed = list.filter(|it| it.digest.is_some());
        installed
            .map(|it| {
                let found = registry
                    .find(&format!("{}@{}", it.name, it.version))
                    .unwrap();
                found.verify().unwrap();
                let mark = if it.active { "*" } else { "" };
                format!("{}@{}{mark} {}", it.name, it.version, found.effective())
            })
            .collect()
    }
}

fn all() -> Options {
    Options {
        choices: Choices {
            all: true,
            ..Choices::default()
        },
        ..Options::default()
    }
}

fn granting(grant: &[&str], deny: &[&str]) -> Options {
    let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    Options {
        choices: Choices {
            all: false,
            grant: read(grant),
            deny: read(deny),
        },
        ..Options::default()
    }
}

const GIT: &str = "[capabilities]\nprograms = ['git']\n";
const MORE: &str = "[capabilities]\nprograms = ['git', 'sh']\nworkspace = 'read'\n";

/// Objects to what was yanked, as the rules of trust do.
#[derive(Default)]
struct Yanks(Mutex<Vec<Digest>>);

impl Vetting for Yanks {
    fn objection(
        &self,
        _: &dyn Source,
        _: &Name,
        _: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error> {
        Ok(self
            .0
            .lock()
            .unwrap()
            .contains(&digest)
            .then(|| "it was yanked: broken".to_owned()))
    }

    fn admit(
        &self,
        _: &dyn Source,
        _: &Name,
        _: &Version,
        _: Digest,
    ) -> Result<Option<String>, Error> {
        Ok(Some("minisign:ada".into()))
    }
}

#[test]
fn publish_install_upgrade_yank_and_roll_back() {
    let place = Place::new();
    place.publish("acme/review", "1.0.0", GIT);
    // Nobody has agreed: nothing happens, and the line that agrees is said.
    let error = place
        .install(&["acme/review"], &Options::default())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("acme/review@1.0.0 could start the program `git`"),
        "{error}"
    );
    assert_eq!(
        error.help().unwrap(),
        "agree to it: cm install acme/review@1.0.0 --grant programs=git"
    );
    assert!(place.state().is_empty());
    place
        .install(&["acme/review@1.0.0"], &granting(&["programs=git"], &[]))
        .unwrap();
    assert_eq!(place.state(), ["acme/review@1.0.0* programs=git"]);
    place
        .install(&["acme/review"], &Options::default())
        .unwrap();

    let digest = place.publish("acme/review", "1.1.0", MORE);
    let workspace = place.workspace();
    let outdated = workspace
        .outdated(&place.registry(), &Options::default())
        .unwrap();
    assert_eq!(outdated.len(), 1);
    assert_eq!(
        (outdated[0].latest.to_string(), outdated[0].widens),
        ("1.1.0".into(), true)
    );
    // The requirement was exact once, and is forgotten with the second install.
    let mut registry = place.registry();
    let plan = workspace
        .update(&registry, &[], &Options::default())
        .unwrap();
    assert_eq!(plan.steps[0].change, Change::Upgrade(Version::new(1, 0, 0)));
    let undecided = plan.steps[0].undecided.clone();
    assert_eq!(
        undecided.capabilities.to_string(),
        "programs=sh workspace=read"
    );
    assert!(plan.fetch() > 0);
    let error = workspace.apply(&mut registry, plan).unwrap_err();
    assert_eq!(error.code(), "not-granted");
    assert!(
        error
            .help()
            .unwrap()
            .ends_with("--grant programs=sh --grant workspace=read"),
        "{error}"
    );
    assert_eq!(place.state(), ["acme/review@1.0.0* programs=git"]);
    let choices = granting(&["workspace=read"], &["programs=sh"]);
    let plan = workspace.update(&registry, &[], &choices).unwrap();
    workspace.apply(&mut registry, plan).unwrap();
    let upgraded = [
        "acme/review@1.1.0* programs=git workspace=read",
        "acme/review@1.0.0 programs=git",
    ];
    assert_eq!(place.state(), upgraded);
    let sh = place
        .registry()
        .find("acme/review")
        .unwrap()
        .may_start("sh")
        .unwrap_err();
    assert_eq!(
        sh.help().unwrap(),
        "cm install acme/review@1.1.0 --grant programs=sh"
    );
    place
        .install(&["acme/review@1.1.0"], &granting(&["programs=sh"], &[]))
        .unwrap();
    assert!(
        place
            .registry()
            .find("acme/review")
            .unwrap()
            .declares_program("sh")
    );

    // Yanked: whoever has it keeps it, others get the one before.
    let yanks = Yanks(Mutex::new(vec![digest]));
    let fresh = Workspace::open(place.home("author"))
        .unwrap()
        .with_vetting(&yanks);
    let mut theirs = Registry::open(place.home("author"), EMBEDDED).unwrap().0;
    let specs = ["acme/review".parse().unwrap()];
    let plan = fresh.install(&theirs, &specs, &all()).unwrap();
    assert_eq!(plan.steps[0].version, Version::new(1, 0, 0));
    fresh.apply(&mut theirs, plan).unwrap();
    let from = theirs.list().unwrap()[0].provenance.clone().unwrap();
    assert_eq!(from.signer.as_deref(), Some("minisign:ada"));
    let error = fresh
        .install(&theirs, &["acme/review@1.1.0".parse().unwrap()], &all())
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("it was yanked: broken"),
        "{error}"
    );

    // Back, without asking anybody.
    let offline = Options {
        offline: true,
        ..Options::default()
    };
    place.install(&["acme/review@1.0.0"], &offline).unwrap();
    assert!(place.state()[0].starts_with("acme/review@1.0.0* programs=git"));
    let cleaned = workspace.gc(&place.registry(), &[]).unwrap();
    assert_eq!((cleaned.kept, cleaned.swept.blobs), (2, 0));
    let mut registry = place.registry();
    registry.remove("acme/review@1.1.0").unwrap();
    assert!(workspace.gc(&registry, &[]).unwrap().swept.blobs > 0);
}

#[test]
fn what_others_need_comes_along() {
    let place = Place::new();
    place.publish("tools", "1.2.0", GIT);
    place.publish("tools", "2.0.0", "");
    place.publish(
        "acme/review",
        "1.0.0",
        "[dependencies]\ntools = '^1'\nclaude = '^1'\n",
    );
    let error = place
        .install(&["acme/review"], &Options::default())
        .unwrap_err();
    assert_eq!(
        error.help().unwrap(),
        "agree to it: cm install acme/review@1.0.0 --grant tools:programs=git"
    );
    place
        .install(&["acme/review"], &granting(&["tools:programs=git"], &[]))
        .unwrap();
    let state = ["acme/review@1.0.0* ", "tools@1.2.0* programs=git"];
    assert_eq!(place.state(), state);
    let (workspace, registry) = (place.workspace(), place.registry());
    let why = workspace.why(&registry, "tools").unwrap();
    assert_eq!(why[0].chain[0].0, "acme/review");
    let tree = &workspace.tree(&registry, None).unwrap()[0];
    let needs: Vec<_> = tree.needs.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        (tree.name.as_str(), needs),
        ("acme/review", vec!["claude", "tools"])
    );
    // Asked for beside it, the other version is what the name means.
    place.install(&["tools"], &all()).unwrap();
    assert_eq!(
        place.state()[1..],
        ["tools@2.0.0* ", "tools@1.2.0 programs=git"]
    );

    place.publish("other", "1.0.0", "[dependencies]\ntools = '^2'\n");
    let error = place
        .install(&["acme/review", "other"], &all())
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`acme/review` 1.0.0 needs `tools` ^1"),
        "{text}"
    );
    assert!(text.contains("`other` 1.0.0 needs `tools` ^2"), "{text}");
    let error = place.install(&["acme/reveiw"], &all()).unwrap_err();
    assert_eq!(error.help().unwrap(), "did you mean `acme/review`?");
    let error = place.install(&["tools@^3"], &all()).unwrap_err();
    assert!(error.to_string().contains("2.0.0, 1.2.0"), "{error}");
}

#[test]
fn what_is_part_of_cm() {
    let place = Place::new();
    // Without any registry, and without a network.
    let plan = place.workspace().install(
        &place.registry(),
        &["claude".parse().unwrap()],
        &Options {
            offline: true,
            ..all()
        },
    );
    let plan = plan.unwrap();
    assert_eq!(plan.steps[0].change, Change::BuiltIn);
    assert!(
        plan.is_idle()
            && place
                .workspace()
                .apply(&mut place.registry(), plan)
                .unwrap()
                .is_empty()
    );
    let local = place.package("mine", "1.0.0", "[dependencies]\nclaude = '^1'\n");
    place
        .install(
            &[local.to_str().unwrap()],
            &Options {
                offline: true,
                ..all()
            },
        )
        .unwrap();
    // A newer one from a registry, with only what is new asked about.
    place.publish(
        "claude",
        "1.1.0",
        "[capabilities]\nprograms = ['claude', 'git']\n",
    );
    let error = place.install(&["claude"], &Options::default()).unwrap_err();
    assert!(
        error
            .help()
            .unwrap()
            .ends_with("claude@1.1.0 --grant programs=git"),
        "{error}"
    );
    place.install(&["claude"], &all()).unwrap();
    assert_eq!(
        place
            .registry()
            .find("claude")
            .unwrap()
            .version()
            .to_string(),
        "1.1.0"
    );
    place.registry().remove("claude").unwrap();
    assert_eq!(
        place
            .registry()
            .find("claude")
            .unwrap()
            .version()
            .to_string(),
        "1.0.0"
    );
}

#[test]
fn names_and_places_that_are_not_what_they_seem() {
    let place = Place::new();
    for name in ["evil/claude", "c1aude", "acme/review"] {
        place.publish(name, "1.0.0", "");
    }
    for name in ["evil/claude", "c1aude"] {
        let error = place.install(&[name], &all()).unwrap_err();
        assert!(error.to_string().contains("taken for `claude`"), "{error}");
    }
    place.install(&["acme/review"], &all()).unwrap();
    // The same name from somewhere else.
    let archive = place.path("x.tar");
    let workspace = place.workspace();
    let made = workspace
        .pack(
            &place.package("review", "9.0.0", ""),
            Some("acme"),
            &archive,
        )
        .unwrap();
    assert_eq!(made.name.to_string(), "acme/review");
    let error = place
        .install(&[archive.to_str().unwrap()], &all())
        .unwrap_err();
    assert_eq!(error.code(), "caution");
    let accepting = Options {
        accept_cautions: true,
        ..all()
    };
    place
        .install(&[archive.to_str().unwrap()], &accepting)
        .unwrap();
    assert_eq!(place.state()[0], "acme/review@9.0.0* ");
    assert!(place.workspace().gc(&place.registry(), &[]).is_ok());
    assert!(
        !place
            .path("home/tmp")
            .read_dir()
            .unwrap()
            .any(|it| it.unwrap().path().is_dir())
    );
}

#[test]
fn archives() {
    let place = Place::new();
    let workspace = place.workspace();
    let root = place.package("p", "1.0.0", GIT);
    let (one, two) = (place.path("one.tar"), place.path("two.tar"));
    workspace.pack(&root, None, &one).unwrap();
    workspace.pack(&root, None, &two).unwrap();
    assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
    let offline = Options {
        offline: true,
        ..all()
    };
    place.install(&[one.to_str().unwrap()], &offline).unwrap();
    assert_eq!(place.state(), ["p@1.0.0* programs=git"]);
    let source = place
        .registry()
        .list()
        .unwrap()
        .into_iter()
        .find(|it| it.name == "p")
        .unwrap();
    assert_eq!(source.source.unwrap(), format!("tar:{}", one.display()));

    // What is no layout, or more than one.
    let bytes = fs::read(&one).unwrap();
    let bad = place.path("bad.tar");
    let build = |entries: &[(&str, tar::EntryType, &[u8])]| {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, kind, bytes) in entries {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            if kind.is_symlink() {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_cksum();
            archive.append(&header, *bytes).unwrap();
        }
        archive.into_inner().unwrap()
    };
    let file = tar::EntryType::Regular;
    for bytes in [
        b"nonsense".to_vec(),
        bytes[..bytes.len() / 2].to_vec(),
        build(&[]),
        build(&[("../evil", file, b"x")]),
        build(&[("/evil", file, b"x")]),
        build(&[("blobs/sha256/../../evil", file, b"x")]),
        build(&[("index.json", tar::EntryType::Symlink, b"")]),
        build(&[("index.json", file, b"{}"), ("index.json", file, b"{}")]),
        build(&[("index.json", tar::EntryType::Fifo, b"")]),
        build(&[("index.json", file, b"[")]),
    ] {
        fs::write(&bad, bytes).unwrap();
        assert!(place.install(&[bad.to_str().unwrap()], &offline).is_err());
        assert!(!place.path("evil").exists() && !place.path("home/evil").exists());
    }
    assert_eq!(place.state(), ["p@1.0.0* programs=git"]);
}

#[test]
fn git_and_mirrors() {
    let place = Place::new();
    let root = place.package("p", "1.0.0", "");
    let git = |url: &str, revision: Option<&str>, into: &Path| {
        assert_eq!((url, revision), ("https://host/p", Some("v1")));
        fs::create_dir_all(into).unwrap();
        fs::copy(root.join("workflow.yaml"), into.join("workflow.yaml")).unwrap();
        if into.exists() && fs::metadata(root.join("cm.toml")).is_ok() {
            fs::copy(root.join("cm.toml"), into.join("cm.toml")).unwrap();
        }
        Ok("abc123".to_owned())
    };
    let workspace = place.workspace().with_git(&git);
    let specs = ["git+https://host/p#v1".parse().unwrap()];
    let mut registry = place.registry();
    let plan = workspace.install(&registry, &specs, &all()).unwrap();
    workspace.apply(&mut registry, plan).unwrap();
    let list = registry.list().unwrap();
    let p = list.iter().find(|it| it.name == "p").unwrap();
    assert_eq!(p.source.as_deref(), Some("git:https://host/p#abc123"));
    // Without a manifest it could do anything.
    fs::remove_file(root.join("cm.toml")).unwrap();
    let error = workspace.install(&registry, &specs, &all()).err().unwrap();
    assert!(error.to_string().contains("no cm.toml"), "{error}");

    place.publish("tools", "1.0.0", "");
    place.publish(
        "acme/q",
        "1.0.0",
        "[dependencies]\ntools = '*'\nclaude = '*'\n",
    );
    let to = Layout::at(place.path("mirror"));
    let wanted = BTreeMap::from([("acme/q".parse().unwrap(), "*".parse().unwrap())]);
    let built_in = registry.first_party().unwrap();
    let mirrored = workspace
        .mirror(&wanted, built_in, &to, &Options::default())
        .unwrap();
    assert_eq!(mirrored.versions.len(), 2);
    assert_eq!(to.names().unwrap().unwrap().len(), 2);
    assert_eq!(place.layout().names().unwrap().unwrap().len(), 2);
}
