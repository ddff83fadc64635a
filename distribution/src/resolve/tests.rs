use super::*;

mod built_in;
mod exhaustive;

/// A registry in memory: packages, versions, what they need, and objections.
#[derive(Clone, Debug, Default)]
struct Books {
    packages: BTreeMap<Name, BTreeMap<Version, BTreeMap<Name, VersionReq>>>,
    yanked: BTreeSet<(Name, Version)>,
    /// Made for another cm.
    unusable: BTreeSet<(Name, Version)>,
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn needs(text: &str) -> BTreeMap<Name, VersionReq> {
    let pairs = text.split(';').map(str::trim).filter(|it| !it.is_empty());
    pairs
        .map(|pair| {
            let (package, wanted) = pair.split_once(' ').unwrap();
            (name(package), wanted.parse().unwrap())
        })
        .collect()
}

impl Books {
    fn with(mut self, package: &str, version: &str, text: &str) -> Self {
        let versions = self.packages.entry(name(package)).or_default();
        versions.insert(version.parse().unwrap(), needs(text));
        self
    }

    fn yank(mut self, package: &str, version: &str) -> Self {
        self.yanked
            .insert((name(package), version.parse().unwrap()));
        self
    }

    fn solve(&self, request: &Request) -> Result<String, Error> {
        let resolution = resolve(self, request)?;
        let all = resolution.packages.iter();
        let all: Vec<_> = all
            .map(|(name, it)| format!("{name} {}", it.version))
            .collect();
        Ok(all.join(", "))
    }
}

impl Catalogue for Books {
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        match self.packages.get(name) {
            Some(versions) => Ok(versions.keys().rev().cloned().collect()),
            None => Err(Error::NoPackage {
                name: name.clone(),
                source_name: "the test".into(),
                near: None,
            }),
        }
    }

    fn dependencies(
        &self,
        name: &Name,
        version: &Version,
    ) -> Result<BTreeMap<Name, VersionReq>, Error> {
        if self.unusable.contains(&(name.clone(), version.clone())) {
            return Err(Error::OtherCm {
                what: format!("{name} {version}"),
                wanted: ">=99".into(),
                have: "0.1.0".into(),
            });
        }
        Ok(self.packages[name][version].clone())
    }

    fn objection(&self, name: &Name, version: &Version) -> Result<Option<String>, Error> {
        let yanked = self.yanked.contains(&(name.clone(), version.clone()));
        Ok(yanked.then(|| "it was yanked".into()))
    }
}

fn asking(text: &str) -> Request {
    Request {
        who: "your project".into(),
        requirements: needs(text),
        ..Request::default()
    }
}

fn books() -> Books {
    Books::default()
        .with("a", "1.0.0", "c ^1")
        .with("a", "1.1.0", "c ^2")
        .with("a", "2.0.0-rc.1", "c ^2")
        .with("acme/b", "1.0.0", "c >=1, <3")
        .with("c", "1.0.0", "")
        .with("c", "1.5.0", "")
        .with("c", "2.0.0", "")
}

#[test]
fn the_highest_that_goes_together() {
    assert_eq!(books().solve(&asking("a ^1")).unwrap(), "a 1.1.0, c 2.0.0");
    let both = asking("a ^1; c ^1");
    assert_eq!(books().solve(&both).unwrap(), "a 1.0.0, c 1.5.0");
    assert_eq!(
        books().solve(&asking("a *; acme/b *")).unwrap(),
        "a 1.1.0, acme/b 1.0.0, c 2.0.0"
    );
    assert_eq!(books().solve(&asking("")).unwrap(), "");
}

#[test]
fn what_is_in_use_stays_where_it_can() {
    let mut request = asking("acme/b ^1");
    request.locked.insert(name("c"), Version::new(1, 0, 0));
    request.locked.insert(name("gone"), Version::new(1, 0, 0));
    assert_eq!(books().solve(&request).unwrap(), "acme/b 1.0.0, c 1.0.0");
    request.requirements = needs("a ^1.1");
    assert_eq!(books().solve(&request).unwrap(), "a 1.1.0, c 2.0.0");
}

#[test]
fn prereleases_only_on_request() {
    for (text, expected) in [
        ("a *", "1.1.0"),
        ("a >=1", "1.1.0"),
        ("a ^2.0.0-rc.1", "2.0.0-rc.1"),
    ] {
        let found = books().solve(&asking(text)).unwrap();
        assert!(
            found.starts_with(&format!("a {expected}")),
            "{text}: {found}"
        );
    }
    let mut request = asking("a >=1");
    request.prereleases.insert(name("a"));
    assert!(books().solve(&request).unwrap().starts_with("a 2.0.0-rc.1"));
    let mut request = asking("a >=1");
    request
        .locked
        .insert(name("a"), "2.0.0-rc.1".parse().unwrap());
    assert!(books().solve(&request).unwrap().starts_with("a 2.0.0-rc.1"));
}

#[test]
fn yanked_only_when_in_use() {
    let books = books().yank("c", "2.0.0").yank("c", "1.5.0");
    assert_eq!(books.solve(&asking("a ^1")).unwrap(), "a 1.0.0, c 1.0.0");
    let mut request = asking("a ^1");
    request.locked.insert(name("c"), Version::new(2, 0, 0));
    assert_eq!(books.solve(&request).unwrap(), "a 1.1.0, c 2.0.0");
}

#[test]
fn what_there_is_not() {
    let error = books().solve(&asking("a ^9")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no version of `a` meets `^9`; the registry has 2.0.0-rc.1, 1.1.0, 1.0.0"
    );
    let error = books().solve(&asking("nobody ^1")).unwrap_err();
    assert!(matches!(error, Error::NoPackage { .. }));
}

#[test]
fn conflicts_are_explained() {
    let error = books().solve(&asking("a =1.1.0; c ^1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no versions of the packages go together:\n  \
         - your project needs `a` =1.1.0\n  \
         - your project needs `c` ^1\n  \
         - `a` 1.1.0 needs `c` ^2"
    );
    assert_eq!(
        error.help().unwrap(),
        "ask for other versions of `a` or `c`, or leave one out"
    );

    let error = books()
        .yank("c", "2.0.0")
        .solve(&asking("a ^1.1"))
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`c` 2.0.0 is passed over: it was yanked"),
        "{text}"
    );

    let wants = books()
        .with("d", "1.0.0", "c ^7")
        .with("e", "1.0.0", "nobody ^1");
    let text = wants.solve(&asking("d *")).unwrap_err().to_string();
    assert!(
        text.contains("`d` 1.0.0 needs `c` ^7, and there is only 1.0.0, 1.5.0, 2.0.0"),
        "{text}"
    );
    let text = wants.solve(&asking("e *")).unwrap_err().to_string();
    assert!(text.contains("there is no package `nobody`"), "{text}");
}
