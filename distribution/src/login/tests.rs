use std::cell::RefCell;

use tempfile::TempDir;

use super::*;

const NOBODY: &Keeper<'_> = &|program, _| Err(format!("{program} was started"));

fn read(directory: &Path) -> Value {
    serde_json::from_slice(&fs::read(directory.join("config.json")).unwrap()).unwrap()
}

#[test]
fn a_file_of_its_own() {
    let root = TempDir::new().unwrap();
    let directory = root.path().join(".docker");
    let kept = keep(&directory, "r.example.com:5000", "ada", "s3:cret", NOBODY).unwrap();
    assert_eq!(kept, Kept::File(directory.join("config.json")));
    let auth = STANDARD.encode("ada:s3:cret");
    let wanted = json!({ "auths": { "r.example.com:5000": { "auth": auth } } });
    assert_eq!(read(&directory), wanted);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory.join("config.json")), 0o600);
        assert_eq!(mode(&directory), 0o700);
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}

#[test]
fn what_is_there_stays() {
    let root = TempDir::new().unwrap();
    let file = root.path().join("config.json");
    let before = json!({
        "auths": {
            "other.example.com": { "auth": "YTpi", "email": "a@b" },
            "r.example.com": { "identitytoken": "old", "auth": "b2xkOm9sZA==", "email": "c@d" },
        },
        "HttpHeaders": { "X-Own": "1" },
        "credHelpers": { "gcr.io": "gcloud" },
        "plugins": { "x": { "n": 1.5 } },
    });
    fs::write(&file, before.to_string()).unwrap();
    keep(root.path(), "r.example.com", "ada", "new", NOBODY).unwrap();
    let mut wanted = before;
    let auth = STANDARD.encode("ada:new");
    wanted["auths"]["r.example.com"] = json!({ "auth": auth, "email": "c@d" });
    assert_eq!(read(root.path()), wanted);
}

#[test]
fn programs_keep_what_they_should() {
    let root = TempDir::new().unwrap();
    let file = root.path().join("config.json");
    let before = json!({
        "auths": { "r.example.com": { "auth": "b2xkOm9sZA==" } },
        "credsStore": "keychain",
        "credHelpers": { "own.example.com": "own" },
    });
    fs::write(&file, before.to_string()).unwrap();
    let told = RefCell::new(Vec::new());
    let keeper = |program: &str, text: &str| {
        let text: Value = serde_json::from_str(text).unwrap();
        told.borrow_mut().push((program.to_owned(), text));
        Ok(())
    };
    for (host, program) in [("r.example.com", "keychain"), ("own.example.com", "own")] {
        let kept = keep(root.path(), host, "ada", "secret", &keeper).unwrap();
        assert_eq!(kept, Kept::Program(program.into()));
        let text = json!({ "ServerURL": host, "Username": "ada", "Secret": "secret" });
        assert_eq!(told.borrow_mut().pop().unwrap(), (program.to_owned(), text));
        assert_eq!(read(root.path())["auths"][host], json!({}));
    }
    let error = keep(root.path(), "x.example.com", "ada", "secret", NOBODY).unwrap_err();
    assert!(
        error.to_string().contains("keychain was started"),
        "{error}"
    );
    assert!(read(root.path())["auths"].get("x.example.com").is_none());
}

#[test]
fn what_cannot_be_read_is_not_written_over() {
    let root = TempDir::new().unwrap();
    let file = root.path().join("config.json");
    for text in ["{", "[]", "{\"auths\": 1}", "{\"auths\": {\"h\": 1}}"] {
        fs::write(&file, text).unwrap();
        let error = keep(root.path(), "h", "ada", "secret", NOBODY).unwrap_err();
        assert!(matches!(error, Error::Credentials { .. }), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_one() {
    let root = TempDir::new().unwrap();
    let (there, here) = (root.path().join("dotfiles.json"), root.path().join("d"));
    fs::create_dir(&here).unwrap();
    fs::write(&there, "{}").unwrap();
    std::os::unix::fs::symlink(&there, here.join("config.json")).unwrap();
    keep(&here, "h", "ada", "secret", NOBODY).unwrap();
    assert!(
        fs::symlink_metadata(here.join("config.json"))
            .unwrap()
            .is_symlink()
    );
    assert!(fs::read_to_string(&there).unwrap().contains("auths"));
}
