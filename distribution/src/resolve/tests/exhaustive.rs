//! Random worlds, small enough to try everything: what the resolver finds is a way,
//! and what it says of a world without one is true and reason enough.

use super::*;

/// Numbers that look random, the same ones each time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

const VERSIONS: [&str; 6] = ["0.1.0", "0.2.0", "1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0"];
const WANTED: [&str; 10] = [
    "*",
    "^1",
    "^0.1",
    ">=1",
    "<1",
    "~1.1",
    "=2.0.0-rc.1",
    ">=0.2, <2",
    "^2.0.0-rc.1",
    "=1.0.0",
];

pub(super) fn world(seed: u64) -> (Books, Request) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let names = ["a", "b", "c", "d", "e"];
    let mut books = Books::default();
    let some = |dice: &mut Dice, most: u64| {
        let mut all = BTreeMap::new();
        for _ in 0..dice.roll(most + 1) {
            let package = names[dice.roll(5) as usize];
            all.insert(
                name(package),
                WANTED[dice.roll(10) as usize].parse().unwrap(),
            );
        }
        all
    };
    let mut locked = BTreeMap::new();
    for package in names {
        for version in VERSIONS {
            if dice.roll(5) < 3 {
                let mut needs = some(&mut dice, 2);
                needs.remove(&name(package));
                let version: Version = version.parse().unwrap();
                let versions = books.packages.entry(name(package)).or_default();
                versions.insert(version.clone(), needs);
                if dice.roll(8) == 0 {
                    books.yanked.insert((name(package), version.clone()));
                }
                if dice.roll(12) == 0 {
                    books.unusable.insert((name(package), version.clone()));
                }
                if dice.roll(8) == 0 {
                    locked.insert(name(package), version);
                }
            } else if dice.roll(20) == 0 {
                // One that is gone since.
                locked.insert(name(package), version.parse().unwrap());
            }
        }
    }
    let mut requirements = some(&mut dice, 2);
    requirements.insert(name("a"), WANTED[dice.roll(10) as usize].parse().unwrap());
    let prereleases = BTreeSet::from_iter((dice.roll(6) == 0).then(|| name("b")));
    let request = Request {
        who: "the test".into(),
        requirements,
        locked,
        prereleases,
    };
    (books, request)
}

/// Whether a version of a package may be used for a requirement.
fn fits(request: &Request, package: &Name, wanted: &VersionReq, version: &Version) -> bool {
    let mut released = version.clone();
    released.pre = semver::Prerelease::EMPTY;
    let any = request.prereleases.contains(package) || request.locked.get(package) == Some(version);
    wanted.matches(version) || (any && !version.pre.is_empty() && wanted.matches(&released))
}

fn allowed(books: &Books, request: &Request, package: &Name, version: &Version) -> bool {
    let this = (package.clone(), version.clone());
    let kept = request.locked.get(package) == Some(version);
    !books.unusable.contains(&this) && (kept || !books.yanked.contains(&this))
}

/// All ways to meet the requirements, by trying everything; each with what is
/// needed and nothing else.
pub(super) fn by_hand(books: &Books, request: &Request) -> Vec<BTreeMap<Name, Version>> {
    fn extend(
        books: &Books,
        request: &Request,
        chosen: &BTreeMap<Name, Version>,
        found: &mut Vec<BTreeMap<Name, Version>>,
    ) {
        let mut open = vec![&request.requirements];
        open.extend(
            chosen
                .iter()
                .map(|(name, version)| &books.packages[name][version]),
        );
        let mut missing = None;
        for (name, wanted) in open.into_iter().flatten() {
            match chosen.get(name) {
                Some(version) if fits(request, name, wanted, version) => {}
                Some(_) => return,
                None => missing = missing.or(Some(name)),
            }
        }
        let Some(missing) = missing else {
            found.push(chosen.clone());
            return;
        };
        for version in books
            .packages
            .get(missing)
            .into_iter()
            .flat_map(BTreeMap::keys)
        {
            if allowed(books, request, missing, version) {
                let mut chosen = chosen.clone();
                chosen.insert(missing.clone(), version.clone());
                extend(books, request, &chosen, found);
            }
        }
    }
    let mut found = Vec::new();
    extend(books, request, &BTreeMap::new(), &mut found);
    found
}

/// Why a fact is not true; nothing if it is.
fn objection(books: &Books, request: &Request, fact: &Fact) -> Option<String> {
    let wrong = |why: &str| Some(format!("{why}: {fact:?}"));
    match fact {
        Fact::Asked { name, wanted } => match request.requirements.get(name) {
            Some(asked) if asked.to_string() == *wanted => None,
            _ => wrong("nobody asked"),
        },
        Fact::Needs {
            name,
            versions,
            needs,
            wanted,
            have,
        } => {
            let words: Vec<&str> = wanted.split(" or ").collect();
            for version in versions {
                let needed = books.packages[name].get(version);
                match needed.and_then(|it| it.get(needs)) {
                    Some(needed) if words.contains(&needed.to_string().as_str()) => {}
                    _ => return wrong("it needs something else"),
                }
            }
            let there: Vec<Version> = match books.packages.get(needs) {
                Some(there) => there.keys().cloned().collect(),
                None => Vec::new(),
            };
            let fits = |version: &Version| {
                let mut words = words.iter().map(|it| it.parse().unwrap());
                words.any(|it| fits(request, needs, &it, version))
            };
            match have {
                Some(have) if *have != there => wrong("there are others"),
                Some(have) if have.iter().any(fits) => wrong("one of them will do"),
                _ if versions.is_empty() => wrong("none of them is there"),
                _ => None,
            }
        }
        Fact::Not { name, version, .. } => {
            let there = books.packages[name].contains_key(version);
            let passed = there && !allowed(books, request, name, version);
            if passed {
                None
            } else {
                wrong("it can be taken")
            }
        }
        Fact::Unknown { name, .. } => match books.packages.get(name) {
            Some(_) => wrong("it is known"),
            None => None,
        },
    }
}

/// A world in which nothing is so but these facts.
fn told(books: &Books, request: &Request, facts: &[Fact]) -> (Books, Request) {
    let mut only = Books::default();
    for (name, versions) in &books.packages {
        let versions = versions.keys().map(|it| (it.clone(), BTreeMap::new()));
        only.packages.insert(name.clone(), versions.collect());
    }
    let mut asked = Request {
        requirements: BTreeMap::new(),
        ..request.clone()
    };
    for fact in facts {
        match fact {
            Fact::Asked { name, wanted } => {
                let wanted = wanted.parse().unwrap();
                asked.requirements.insert(name.clone(), wanted);
            }
            Fact::Needs {
                name,
                versions,
                needs,
                ..
            } => {
                for version in versions {
                    let wanted = books.packages[name][version][needs].clone();
                    let all = only.packages.get_mut(name).unwrap();
                    all.get_mut(version).unwrap().insert(needs.clone(), wanted);
                }
            }
            Fact::Not { name, version, .. } => {
                only.unusable.insert((name.clone(), version.clone()));
            }
            Fact::Unknown { .. } => {}
        }
    }
    (only, asked)
}

/// What an error says is so, and is reason enough.
fn explained(seed: u64, books: &Books, request: &Request, error: &Error) -> bool {
    match error {
        Error::NoPackage { name, .. } => assert!(!books.packages.contains_key(name), "seed {seed}"),
        Error::NoVersion { name, have, .. } => {
            let there: Vec<_> = books.packages[name].keys().cloned().collect();
            assert_eq!(*have, there, "seed {seed}");
            let wanted = &request.requirements[name];
            assert!(
                !have.iter().any(|it| fits(request, name, wanted, it)),
                "seed {seed}"
            );
        }
        Error::Conflict(conflict) => {
            for fact in &conflict.facts {
                let wrong = objection(books, request, fact);
                assert_eq!(wrong, None, "seed {seed}: {error}");
            }
            let (only, asked) = told(books, request, &conflict.facts);
            assert!(by_hand(&only, &asked).is_empty(), "seed {seed}: {error}");
            return true;
        }
        other => panic!("seed {seed}: {other}"),
    }
    false
}

#[test]
fn against_trying_everything() {
    let (mut solved, mut unsolved, mut kept, mut conflicts) = (0, 0, 0, 0);
    for seed in 1..=10_000 {
        let (books, request) = world(seed);
        let ways = by_hand(&books, &request);
        match resolve(&books, &request) {
            Ok(resolution) => {
                solved += 1;
                let found: BTreeMap<Name, Version> = resolution
                    .packages
                    .iter()
                    .map(|(name, chosen)| (name.clone(), chosen.version.clone()))
                    .collect();
                assert!(ways.contains(&found), "seed {seed}: {found:?} is not a way");
                let all_locked = |way: &&BTreeMap<Name, Version>| {
                    way.iter()
                        .all(|(name, version)| request.locked.get(name) == Some(version))
                };
                if let Some(way) = ways.iter().find(all_locked) {
                    kept += 1;
                    assert_eq!(&found, way, "seed {seed}: what is in use did not stay");
                }
                if request.requirements.len() == 1 && request.locked.is_empty() {
                    let highest = ways.iter().map(|way| &way[&name("a")]).max();
                    assert_eq!(found.get(&name("a")), highest, "seed {seed}");
                }
            }
            Err(error) => {
                unsolved += 1;
                assert!(
                    ways.is_empty(),
                    "seed {seed}: {error}\nyet there is {:?}",
                    ways[0]
                );
                conflicts += u32::from(explained(seed, &books, &request, &error));
            }
        }
    }
    assert!(
        solved > 2000 && unsolved > 1000 && kept > 50 && conflicts > 1000,
        "{solved} {unsolved} {kept} {conflicts}"
    );
}
