use std::fs;

use super::*;
use crate::{Progress, Store, Wanted, fetch};

fn advisory(subject: Digest, id: &str, at: Timestamp, withdrawn: bool) -> Advisory {
    Advisory {
        subject,
        version: v("1.0.0"),
        id: id.into(),
        severity: Severity::High,
        title: "It leaks.".into(),
        url: None,
        fixed: Some(v("1.1.0")),
        at,
        withdrawn,
    }
}

#[test]
fn an_audit_tells_what_is_known() {
    let setting = Setting::new();
    let (one, two) = (setting.key("one"), setting.key("two"));
    let digest = setting.publish("1.0.0", Some(&one)).digest;
    let wider = package(
        "x",
        "1.1.0",
        "[capabilities]\nprograms = [\"git\"]\nworkspace = \"write\"\n",
    );
    setting.memory.publish(&setting.name, &wider).unwrap();
    setting.publish("1.2.0-rc.1", None);
    setting.admit("1.0.0").unwrap();
    setting.yank("1.0.0", &one, at(0), false);
    let say = |id: &str, key: &SigningKey, time: i64, withdrawn: bool| {
        let advisory = advisory(digest, id, at(time), withdrawn);
        advise(&setting.memory, &setting.name, &advisory, key).unwrap();
    };
    say("A-1", &one, 0, false);
    say("A-2", &one, 0, false);
    say("A-2", &one, 1, true);
    say("B-1", &two, 0, false);
    let installed = Installed {
        name: setting.name.clone(),
        version: v("1.0.0"),
        digest,
        source: "the test".into(),
    };
    let mut gone = installed.clone();
    gone.name = "acme/gone".parse().unwrap();
    gone.digest = Digest::of(b"gone");
    let all = setting.guarded(|guard| audit(guard, &[gone, installed]));
    let [gone, found] = all.as_slice() else {
        panic!()
    };
    assert!(matches!(gone.signature, Signed::Unknown(_)), "{gone:?}");
    assert!(matches!(&found.signature, Signed::By { signer, .. } if signer == one.signer()));
    assert!(found.yanked.is_some());
    let ids: Vec<_> = found
        .advisories
        .iter()
        .map(|(it, own)| (it.id.as_str(), *own))
        .collect();
    assert_eq!(ids, [("A-1", true), ("B-1", false)]);
    assert_eq!(found.newer, [v("1.1.0")]);
    let widening = &found.widening.as_ref().unwrap().capabilities;
    assert_eq!(widening.programs, ["git"]);
    assert!(!widening.workspace.is_none() && widening.network.is_empty());
    assert_eq!(found.problems, [] as [String; 0]);
}

#[test]
fn everything_is_read_again() {
    let setting = Setting::new();
    let key = setting.key("one");
    let document = setting.publish("1.0.0", Some(&key));
    let store = Store::at(setting.directory.path().join("store"));
    let version = v("1.0.0");
    let wanted = Wanted {
        name: &setting.name,
        version: &version,
        digest: document.digest,
        source: Some(&setting.memory),
    };
    let get = || fetch(&store, &[wanted], &|_: &Progress| {}).unwrap();
    get();
    setting.admit("1.0.0").unwrap();
    let tree = setting.directory.path().join("tree");
    let contents = store.contents("x", document.digest).unwrap().unwrap();
    store.unpack("x", &contents, &tree).unwrap();
    fs::write(tree.join(".cm-installed.json"), "{}").unwrap();
    setting.memory.down.store(true, Ordering::Relaxed);
    let check = || {
        let guard = Guard::new(&setting.trust, &setting.memory)
            .with_store(&store)
            .offline();
        verify(
            &guard,
            &store,
            &setting.name,
            &version,
            document.digest,
            Some(&tree),
        )
        .unwrap()
    };
    let sound = check();
    assert!(sound.is_sound() && sound.files == 1, "{sound:?}");
    assert!(matches!(sound.signature, Signed::By { .. }));

    let file = tree.join("cm.toml");
    let text = fs::read(&file).unwrap();
    for at in 0..text.len() {
        let mut flipped = text.clone();
        flipped[at] ^= 1;
        fs::write(&file, flipped).unwrap();
        assert_eq!(check().problems.len(), 1, "byte {at}");
    }
    fs::remove_file(&file).unwrap();
    assert!(check().problems[0].contains("missing"));
    fs::create_dir(tree.join("more")).unwrap();
    fs::write(tree.join("more/x"), "").unwrap();
    assert_eq!(check().problems.len(), 2);
    #[cfg(unix)]
    {
        fs::write(setting.directory.path().join("outside"), &text).unwrap();
        std::os::unix::fs::symlink(setting.directory.path().join("outside"), &file).unwrap();
        let problems = check().problems;
        assert!(problems[0].contains("no regular file"), "{problems:?}");
        fs::remove_file(&file).unwrap();
    }
    fs::remove_dir_all(tree.join("more")).unwrap();
    fs::write(&file, &text).unwrap();
    assert!(check().is_sound());

    let layer = store.file(contents.manifest.layers[0].digest);
    let mut bytes = fs::read(&layer).unwrap();
    bytes[0] ^= 1;
    fs::write(&layer, &bytes).unwrap();
    assert_eq!(check().problems.len(), 1);
    assert!(
        check().problems[0].contains("does not have"),
        "it was removed"
    );
    fs::write(store.file(document.digest), "{}").unwrap();
    assert!(!check().is_sound());
}
