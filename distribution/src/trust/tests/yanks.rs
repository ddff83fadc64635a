use super::*;

fn yanked(setting: &Setting, version: &str) -> Option<Yanked> {
    let digest = setting.digest(version);
    let trusted = setting.trust.read().unwrap().trusted(&setting.name).0;
    let look = setting.guarded(|guard| guard.look(&setting.name, &v(version), digest));
    look.unwrap().yank(&trusted, setting.now())
}

#[test]
fn by_the_signer_of_the_version_alone() {
    let setting = Setting::new();
    let (one, two) = (setting.key("one"), setting.key("two"));
    setting.publish("1.0.0", Some(&one));
    setting.publish("1.1.0", Some(&one));
    setting.set(100);
    setting.yank("1.1.0", &two, at(90), false);
    assert_eq!(yanked(&setting, "1.1.0"), None);
    setting.yank("1.1.0", &one, at(91), false);
    let found = yanked(&setting, "1.1.0").unwrap();
    assert!(found.verified && found.reason.starts_with("broken"));
    let said = setting.objection("1.1.0").unwrap().unwrap();
    assert!(
        said.starts_with("it was yanked on 2026-01-04: broken"),
        "{said}"
    );
    // Whoever uses it already keeps it.
    assert!(setting.admit("1.1.0").unwrap().yanked.is_some());
    // Only the latest word of the right one counts.
    setting.yank("1.1.0", &two, at(92), true);
    assert!(yanked(&setting, "1.1.0").is_some());
    setting.yank("1.1.0", &one, at(91), true);
    assert!(
        yanked(&setting, "1.1.0").is_some(),
        "said at the same moment"
    );
    setting.yank("1.1.0", &one, at(93), true);
    assert_eq!(yanked(&setting, "1.1.0"), None);
}

#[test]
fn of_an_unsigned_version_anybody_may_and_it_shows() {
    let setting = Setting::new();
    let key = setting.key("one");
    setting.publish("1.0.0", None);
    setting.publish("1.1.0", None);
    setting.yank("1.1.0", &key, at(0), false);
    assert!(!yanked(&setting, "1.1.0").unwrap().verified);
    let said = setting.objection("1.1.0").unwrap().unwrap();
    assert!(said.contains("unverified"), "{said}");
}

#[test]
fn what_was_once_shown_stays() {
    let setting = Setting::new();
    let key = setting.key("one");
    setting.publish("1.0.0", Some(&key));
    setting.yank("1.0.0", &key, at(0), false);
    assert!(yanked(&setting, "1.0.0").is_some());
    setting
        .memory
        .referrers
        .lock()
        .unwrap()
        .retain(|it| it.1.manifest.kind() != YANK);
    assert!(yanked(&setting, "1.0.0").is_some());
}

#[test]
fn absurd_times() {
    let setting = Setting::new();
    let key = setting.key("one");
    setting.publish("1.0.0", Some(&key));
    let far: Timestamp = "9999-01-01T00:00:00Z".parse().unwrap();
    let long_ago: Timestamp = "-009999-01-02T01:59:59Z".parse().unwrap();
    setting.yank("1.0.0", &key, long_ago, false);
    assert!(yanked(&setting, "1.0.0").is_some());
    // Nothing comes back by a word from the future.
    setting.yank("1.0.0", &key, far, true);
    assert!(yanked(&setting, "1.0.0").is_some());
    setting.yank("1.0.0", &key, at(0), true);
    assert_eq!(yanked(&setting, "1.0.0"), None);
    setting.yank("1.0.0", &key, far, false);
    assert!(yanked(&setting, "1.0.0").is_some());
    // A clock that was wrong does not make a version old, nor young for ever.
    setting.publish("1.1.0", None);
    let digest = setting.digest("1.1.0");
    setting
        .trust
        .change(|file| file.seen.insert(digest, far))
        .unwrap();
    assert_eq!(setting.trust.first_seen(digest, at(0)).unwrap(), at(0));
    assert_eq!(setting.trust.first_seen(digest, at(9)).unwrap(), at(0));
}

#[test]
fn a_version_of_others_has_to_be_old_enough() {
    let setting = Setting::new();
    let key = setting.key("one");
    setting.publish("1.0.0", Some(&key));
    let said = setting.objection("1.0.0").unwrap().unwrap();
    assert!(
        said.contains("first seen here 0 hours ago") && said.contains("after 3 days"),
        "{said}"
    );
    setting.set(71);
    assert!(setting.objection("1.0.0").unwrap().is_some());
    setting.set(72);
    assert_eq!(setting.objection("1.0.0").unwrap(), None);

    // The person's own are used at once.
    setting.publish("1.1.0", Some(&key));
    assert!(setting.objection("1.1.0").unwrap().is_some());
    let digest = setting.digest("1.1.0");
    let own = |name: &Name| name.namespace() == Some("acme");
    let clock = || setting.now();
    let guard = Guard::new(&setting.trust, &setting.memory).with_clock(&clock);
    let guard = guard.with_own(&own);
    assert_eq!(
        guard.objection(&setting.name, &v("1.1.0"), digest).unwrap(),
        None
    );
    let none = Guard::new(&setting.trust, &setting.memory).with_clock(&clock);
    let none = none.with_cooldown(SignedDuration::ZERO);
    assert_eq!(
        none.objection(&setting.name, &v("1.1.0"), digest).unwrap(),
        None
    );
    setting.trust.accept_digest(&setting.name, digest).unwrap();
    assert_eq!(setting.objection("1.1.0").unwrap(), None);

    setting.trust.keys().generate("mine", None).unwrap();
    let mine = setting.trust.keys().open("mine", None).unwrap();
    setting.publish("1.2.0", Some(&mine));
    assert_eq!(setting.objection("1.2.0").unwrap(), None);
    setting.publish("1.3.0", None);
    assert!(setting.objection("1.3.0").unwrap().is_some());
    let rule = NamespaceTrust {
        own: true,
        ..NamespaceTrust::default()
    };
    setting.trust.set_namespace("acme", rule).unwrap();
    assert_eq!(setting.objection("1.3.0").unwrap(), None);
}

#[test]
fn all_older_ones_yanked_is_a_hard_stop() {
    let setting = Setting::new();
    let key = setting.key("one");
    for version in ["0.1.0", "0.2.0", "0.3.0"] {
        setting.publish(version, Some(&key));
    }
    setting.objection("0.3.0").unwrap();
    setting.set(24 * 30);
    setting.publish("0.4.0", Some(&key));
    assert!(setting.objection("0.4.0").unwrap().is_some(), "young");
    for version in ["0.1.0", "0.2.0", "0.3.0"] {
        // A time that nobody can check.
        setting.yank(version, &key, at(-9000), false);
    }
    assert_eq!(code(setting.objection("0.4.0")), "older-versions-yanked");
    // Nor does a second one make the first one clean, nor does time.
    setting.publish("0.5.0", Some(&key));
    assert_eq!(code(setting.objection("0.5.0")), "older-versions-yanked");
    setting.set(24 * 300);
    let error = setting.objection("0.5.0").unwrap_err();
    assert!(
        error.to_string().contains("the 3 versions before it"),
        "{error}"
    );
    assert_eq!(error.code(), "older-versions-yanked");
    setting
        .trust
        .accept_digest(&setting.name, setting.digest("0.5.0"))
        .unwrap();
    assert_eq!(setting.objection("0.5.0").unwrap(), None);
    setting.publish("0.6.0", Some(&key));
    assert!(
        setting
            .objection("0.6.0")
            .unwrap()
            .unwrap()
            .contains("first seen")
    );
}
