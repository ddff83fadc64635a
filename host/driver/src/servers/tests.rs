use super::*;

/// A home and a project with these files.
struct Place(tempfile::TempDir);

impl Place {
    fn new(person: Option<&str>, project: Option<&str>) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(place.home()).unwrap();
        fs::create_dir_all(place.project().join(".codemachine")).unwrap();
        for (path, text) in [
            (place.home(), person),
            (place.project().join(".codemachine"), project),
        ] {
            if let Some(text) = text {
                fs::write(path.join(FILE), text).unwrap();
            }
        }
        place
    }

    fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    fn project(&self) -> PathBuf {
        self.0.path().join("project")
    }

    fn read(&self) -> Result<Servers, Error> {
        Servers::read(&self.home(), &self.project())
    }
}

fn grant(name: &str) -> ServerGrant {
    ServerGrant {
        name: name.into(),
        only: vec!["read".into()],
        exclude: Vec::new(),
    }
}

fn code(error: &Error) -> &str {
    &error.failure().unwrap().code
}

#[test]
fn a_person_uses_their_own() {
    let text = r#"{"servers": {"files": {"command": "srv", "args": ["-x"], "env": {"K": "v"}}}}"#;
    let servers = Place::new(Some(text), None).read().unwrap();
    let server = servers.granted(&grant("files")).unwrap();
    assert_eq!(
        (server.command.as_str(), server.arguments),
        ("srv", vec!["-x".to_owned()])
    );
    assert_eq!(server.environment, [("K".to_owned(), "v".to_owned())]);
    assert_eq!(server.only, ["read"]);
    let error = servers.granted(&grant("github")).unwrap_err();
    assert_eq!(code(&error), "unknown-server");
    assert!(error.to_string().contains("set up are: files"), "{error}");
}

#[test]
fn a_projects_server_is_used_only_as_it_was_allowed() {
    let before = r#"{"mcpServers": {"files": {"command": "srv", "type": "stdio"}}}"#;
    let place = Place::new(None, Some(before));
    let mut servers = place.read().unwrap();
    let error = servers.granted(&grant("files")).unwrap_err();
    assert_eq!(code(&error), "server-not-allowed");
    assert!(error.to_string().contains("cm mcp allow files"), "{error}");
    servers.allow("files").unwrap();
    assert!(servers.granted(&grant("files")).is_ok());
    assert!(place.read().unwrap().granted(&grant("files")).is_ok());

    // Somebody changes what it starts: that was never allowed.
    let after = before.replace("srv", "other");
    fs::write(place.project().join(".codemachine").join(FILE), after).unwrap();
    let servers = place.read().unwrap();
    assert!(servers.granted(&grant("files")).is_err());
    assert_eq!(
        servers.list()[0].origin,
        ServerOrigin::Project { allowed: false }
    );
}

#[test]
fn a_project_cannot_allow_its_own() {
    let plain = r#"{"servers": {"files": {"command": "srv"}}}"#;
    let place = Place::new(None, Some(plain));
    let mut servers = place.read().unwrap();
    servers.allow("files").unwrap();
    // What the person's file says now, moved into the project's.
    let path = place.home().join(FILE);
    let allowed = fs::read_to_string(&path).unwrap();
    fs::remove_file(path).unwrap();
    let text = allowed.replacen('{', r#"{"servers": {"files": {"command": "srv"}},"#, 1);
    fs::write(place.project().join(".codemachine").join(FILE), text).unwrap();
    assert!(place.read().unwrap().granted(&grant("files")).is_err());
}

#[test]
fn a_project_cannot_take_the_place_of_a_persons_server() {
    let own = r#"{"servers": {"files": {"command": "mine"}}}"#;
    let theirs = r#"{"servers": {"files": {"command": "theirs"}}}"#;
    let servers = Place::new(Some(own), Some(theirs)).read().unwrap();
    assert_eq!(servers.granted(&grant("files")).unwrap().command, "mine");
    assert_eq!(servers.list().len(), 1);
}

#[test]
fn allowing_keeps_what_is_in_the_file() {
    let own = r#"{"servers": {"a": {"command": "a"}}, "theme": "dark"}"#;
    let place = Place::new(Some(own), Some(r#"{"servers": {"b": {"command": "b"}}}"#));
    place.read().unwrap().allow("b").unwrap();
    let text = fs::read_to_string(place.home().join(FILE)).unwrap();
    assert!(
        text.contains("\"theme\": \"dark\"") && text.contains("\"a\""),
        "{text}"
    );
    let error = place.read().unwrap().allow("c").unwrap_err();
    assert_eq!(code(&error), "unknown-server");
}

#[test]
fn a_broken_file_is_an_error() {
    let error = Place::new(Some("{"), None).read().unwrap_err();
    assert_eq!(code(&error), "bad-servers");
    assert!(error.to_string().contains("line 1"), "{error}");
}

#[test]
fn what_is_allowed_in_one_project_is_not_in_another() {
    let text = r#"{"servers": {"files": {"command": "./srv"}}}"#;
    let place = Place::new(None, Some(text));
    place.read().unwrap().allow("files").unwrap();
    let other = place.0.path().join("other");
    fs::create_dir_all(other.join(".codemachine")).unwrap();
    fs::write(other.join(".codemachine").join(FILE), text).unwrap();
    let servers = Servers::read(&place.home(), &other).unwrap();
    assert!(servers.granted(&grant("files")).is_err());
}
