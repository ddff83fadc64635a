//! Random histories of a package with a simulated clock.

use std::collections::BTreeSet;

use super::*;
use crate::{Catalog, Request, resolve};

/// Small, fast and the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) % limit
    }

    fn hours(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.below(u64::try_from(to - from).unwrap())).unwrap()
    }
}

/// What a fresh install takes now.
fn choose(setting: &Setting) -> Result<Version, Error> {
    setting.guarded(|guard| {
        let objection = guard.objecting();
        let catalog = Catalog::of(&setting.memory).with_objection(&objection);
        let request = Request {
            who: "the test".into(),
            requirements: [(setting.name.clone(), "*".parse().unwrap())].into(),
            ..Request::default()
        };
        let chosen = resolve(&catalog, &request)?.packages[&setting.name]
            .version
            .clone();
        let (digest, _) = catalog.look(&setting.name, &chosen)?;
        guard.admit(&setting.name, &chosen, digest)?;
        Ok(chosen)
    })
}

/// A publisher who publishes and yanks, and never all that there is: what is taken
/// is exactly the highest version that was seen three days ago and is not yanked.
#[test]
fn honest_histories() {
    let template = Setting::new();
    let key = template.key("publisher");
    for seed in 0..250 {
        let mut dice = Dice(seed);
        let setting = Setting::new();
        let (mut versions, mut yanked) = (0u64, BTreeSet::new());
        let mut seen: BTreeMap<u64, i64> = BTreeMap::new();
        let mut hour = 0;
        setting.publish("1.0.0", Some(&key));
        for _ in 0..14 {
            hour += dice.hours(1, 60);
            setting.set(hour);
            match dice.below(4) {
                0 => {
                    versions += 1;
                    setting.publish(&format!("1.{versions}.0"), Some(&key));
                }
                1 if versions > 0 => {
                    let which = 1 + dice.below(versions);
                    let undo = !yanked.insert(which);
                    if undo {
                        yanked.remove(&which);
                    }
                    setting.yank(&format!("1.{which}.0"), &key, at(hour), undo);
                }
                _ => {
                    let mut expected = None;
                    for which in (0..=versions).rev() {
                        let first = *seen.entry(which).or_insert(hour);
                        if !yanked.contains(&which) && hour - first >= 72 {
                            expected = Some(which);
                            break;
                        }
                    }
                    let chosen = choose(&setting);
                    match expected {
                        Some(which) => {
                            assert_eq!(
                                chosen.unwrap(),
                                Version::new(1, which, 0),
                                "seed {seed}, hour {hour}"
                            );
                        }
                        None => assert_eq!(chosen.unwrap_err().code(), "conflict", "seed {seed}"),
                    }
                }
            }
        }
    }
}

/// A thief of the publisher's key, or somebody without it, publishes versions of
/// their own and yanks all clean ones, sooner or later and under any date. Whoever
/// has used the package before never gets one of theirs.
#[test]
fn attacks() {
    let template = Setting::new();
    let (key, other) = (template.key("publisher"), template.key("stranger"));
    let mut stopped = 0;
    for seed in 0..250 {
        let mut dice = Dice(seed + 1_000);
        let setting = Setting::new();
        let clean = 1 + dice.below(4);
        for which in 0..clean {
            setting.publish(&format!("1.{which}.0"), Some(&key));
        }
        let _ = choose(&setting);
        setting.set(dice.hours(80, 100));
        assert_eq!(
            choose(&setting).unwrap(),
            Version::new(1, clean - 1, 0),
            "seed {seed}"
        );

        let begin = dice.hours(24 * 20, 24 * 60);
        let stolen = dice.below(4) > 0;
        let thief = match dice.below(3) {
            _ if stolen => Some(&key),
            0 => None,
            _ => Some(&other),
        };
        // Each: when, and what.
        let mut events: Vec<(i64, Option<u64>)> = Vec::new();
        for number in 0..=dice.below(3) {
            events.push((begin + dice.hours(0, 48), Some(number)));
        }
        for _ in 0..6 {
            events.push((begin + dice.hours(0, 24 * 60), None));
        }
        // Before anything of the thief's is old enough to be taken.
        let yanks = begin + dice.hours(0, 48);
        events.push((yanks, Some(99)));
        events.sort_unstable();
        let backdated = dice.below(2) == 0;
        for (hour, event) in events {
            setting.set(hour);
            match event {
                Some(99) => {
                    let date = if backdated { at(-50_000) } else { at(hour) };
                    for which in 0..clean {
                        setting.yank(
                            &format!("1.{which}.0"),
                            thief.unwrap_or(&other),
                            date,
                            false,
                        );
                    }
                }
                Some(number) => {
                    setting.publish(&format!("1.{}.0", 10 + number), thief);
                }
                None => match choose(&setting) {
                    Ok(chosen) => assert!(chosen.minor < 10, "seed {seed}, hour {hour}: {chosen}"),
                    Err(error) => {
                        stopped += usize::from(matches!(error, Error::Trust(_)));
                        assert!(error.help().is_some(), "{error}");
                    }
                },
            }
        }
    }
    assert!(stopped > 500, "{stopped}");
}
