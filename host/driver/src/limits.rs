//! What accounts were told of limits of usage, for every run of this person: one file for
//! each account, in their home. Whoever is told of a limit writes it down; everybody who
//! drives a run looks there, and waits instead of being told the same.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use cm_orchestrator::{Input, Limit, MAX_LIMIT_MS};
use cm_registry::Home;
use cm_types::{Digest, Extension};
use serde::{Deserialize, Serialize};

use crate::ledger::Ledger;

/// A directory's time is no finer than this: what changes within it may look the same.
const SAME_MOMENT: Duration = Duration::from_secs(2);
/// What is written is not longer; anything else that lies there is none of ours.
const LONGEST: u64 = 64 * 1024;
/// The longest name of a file, without its end.
const LONGEST_NAME: usize = 150;

/// The limits that are written down in a home.
#[derive(Debug)]
pub struct Limits {
    home: Home,
    directory: PathBuf,
    /// When the directory had changed last, as it was read.
    seen: Option<SystemTime>,
    /// What was found to be wrong there, so that it is said once.
    complained: HashSet<PathBuf>,
}

/// The content of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Written {
    engine: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    until_ms: u64,
    why: String,
}

impl Limits {
    /// Those in this home. Nothing is made before something is written.
    pub fn of(home: &Home) -> Self {
        Self {
            home: home.clone(),
            directory: home.root().join("limits"),
            seen: None,
            complained: HashSet::new(),
        }
    }

    /// Writes a limit down, unless a later one is known.
    ///
    /// # Errors
    /// When the home cannot be written.
    pub fn tell(&self, limit: &Limit) -> io::Result<()> {
        self.home
            .create(&self.directory)
            .map_err(io::Error::other)?;
        let _lock = self.lock()?;
        let path = self.directory.join(file_name(limit));
        if read(&path).is_ok_and(|known| known.until_ms >= limit.until_ms) {
            return Ok(());
        }
        let written = Written {
            engine: limit.engine.clone(),
            model: limit.model.clone(),
            until_ms: limit.until_ms,
            why: limit.why.clone(),
        };
        let mut draft = tempfile::NamedTempFile::new_in(&self.directory)?;
        draft.write_all(&serde_json::to_vec(&written)?)?;
        draft.persist(&path).map(drop).map_err(|error| error.error)
    }

    /// What holds now, if something may have changed since the last look; and what is
    /// there that cannot hold, in words.
    pub fn news(&mut self, now_ms: u64) -> (Vec<Limit>, Vec<String>) {
        let changed = fs::metadata(&self.directory).and_then(|it| it.modified());
        let changed = changed.ok();
        if changed == self.seen {
            return (Vec::new(), Vec::new());
        }
        let settled = |at: &SystemTime| at.elapsed().is_ok_and(|ago| ago > SAME_MOMENT);
        self.seen = changed.filter(settled);
        let (mut limits, mut wrong) = (Vec::new(), Vec::new());
        for path in self.files() {
            let why = match read(&path) {
                // Taken away since.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => error.to_string(),
                Ok(limit) if limit.until_ms <= now_ms => continue,
                Ok(limit) if limit.until_ms - now_ms <= MAX_LIMIT_MS => {
                    limits.push(limit);
                    continue;
                }
                Ok(limit) => format!(
                    "it says that {} takes no more for {} days, and nobody waits so long",
                    limit.name(),
                    (limit.until_ms - now_ms) / 86_400_000
                ),
            };
            if self.complained.insert(path.clone()) {
                let path = path.display();
                wrong.push(format!(
                    "`{path}` is left aside: {why}; remove it: rm '{path}'"
                ));
            }
        }
        (limits, wrong)
    }

    /// Removes what is over, and says what that was; `dry` leaves it there.
    ///
    /// # Errors
    /// When the home cannot be written.
    pub fn forget_over(&self, now_ms: u64, dry: bool) -> io::Result<Vec<PathBuf>> {
        let over = |path: &PathBuf| read(path).is_ok_and(|limit| limit.until_ms <= now_ms);
        let mut found = self.files();
        found.retain(over);
        if dry || found.is_empty() {
            return Ok(found);
        }
        let _lock = self.lock()?;
        // Somebody may have been told of a new one meanwhile.
        found.retain(over);
        for path in &found {
            fs::remove_file(path)?;
        }
        Ok(found)
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .collect();
        paths.sort();
        paths
    }

    fn lock(&self) -> io::Result<File> {
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(self.directory.join("lock"))?;
        file.lock()?;
        Ok(file)
    }
}

impl Ledger {
    /// Holds the run to what other runs were told since the last look.
    pub(crate) fn hold(&self, limits: &mut Limits) {
        let (found, wrong) = limits.news(cm_effects::timer::now_ms());
        for limit in found {
            self.input(Input::Limit {
                engine: limit.engine,
                model: limit.model,
                until_ms: limit.until_ms,
                why: limit.why,
            });
        }
        wrong.into_iter().for_each(|why| self.warn(why));
    }

    /// Writes down what somebody should know. The end stays the last event.
    pub(crate) fn warn(&self, body: String) {
        if self.look(|run| run.end.is_none()) {
            let kind = "warning".to_owned();
            let item = Extension { kind, body };
            self.input(Input::Note { task: None, item });
        }
    }
}

/// The name of an account's file: `ENGINE.json`, or `ENGINE.MODEL.json` for one of its
/// models. An engine with a home of its own would be another account: what tells the two
/// apart belongs in here.
fn file_name(limit: &Limit) -> String {
    let part = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let bytes = text.bytes().map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02x}"),
        });
        bytes.collect::<String>()
    };
    let mut name = part(&limit.engine);
    if let Some(model) = &limit.model {
        name = format!("{name}.{}", part(model));
    }
    if name.len() > LONGEST_NAME {
        name = Digest::of(name.as_bytes()).hex();
    }
    format!("{name}.json")
}

fn read(path: &Path) -> io::Result<Limit> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(io::Error::other("it is no file of `cm`"));
    }
    let written: Written = serde_json::from_slice(&fs::read(path)?)?;
    Ok(Limit {
        engine: written.engine,
        model: written.model,
        until_ms: written.until_ms,
        why: written.why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;
    const HOUR: u64 = 3_600_000;

    fn limit(engine: &str, model: Option<&str>, until_ms: u64) -> Limit {
        Limit {
            engine: engine.into(),
            model: model.map(str::to_owned),
            until_ms,
            why: "5-hour limit".into(),
        }
    }

    fn limits() -> (tempfile::TempDir, Limits) {
        let held = tempfile::tempdir().unwrap();
        let home = Home::at(held.path().join("home")).unwrap();
        (held, Limits::of(&home))
    }

    #[test]
    fn what_one_tells_another_hears_once_it_has_changed() {
        let (_held, one) = limits();
        let mut other = Limits::of(&one.home);
        assert_eq!(other.news(NOW), (vec![], vec![]));
        let account = limit("claude", None, NOW + HOUR);
        let model = limit("claude", Some("opus"), NOW + 2 * HOUR);
        let strange = limit("../a/\u{e9}.json", None, NOW + HOUR);
        for it in [&account, &model, &strange] {
            one.tell(it).unwrap();
        }
        assert!(one.directory.join("claude.json").is_file());
        assert!(one.directory.join("claude.opus.json").is_file());
        let mut found = other.news(NOW).0;
        found.sort_by_key(|it| (it.engine.clone(), it.model.clone()));
        assert_eq!(found, [strange, account, model]);
        // Long after the last change there is nothing new.
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        let directory = File::open(&one.directory).unwrap();
        directory.set_modified(long_ago).unwrap();
        assert_eq!(other.news(NOW).0.len(), 3);
        assert_eq!(other.news(NOW), (vec![], vec![]));
        one.tell(&limit("codex", None, NOW + HOUR)).unwrap();
        assert_eq!(other.news(NOW).0.len(), 4);
    }

    #[test]
    fn the_later_one_holds() {
        let (_held, mut limits) = limits();
        for hours in [2, 3, 1] {
            let it = limit("claude", None, NOW + hours * HOUR);
            limits.tell(&it).unwrap();
        }
        assert_eq!(limits.news(NOW).0[0].until_ms, NOW + 3 * HOUR);
        assert_eq!(limits.forget_over(NOW, false).unwrap(), [] as [PathBuf; 0]);
        let later = NOW + 4 * HOUR;
        assert_eq!(limits.news(later).0, []);
        assert_eq!(limits.forget_over(later, true).unwrap().len(), 1);
        assert_eq!(limits.forget_over(later, false).unwrap().len(), 1);
        assert_eq!(limits.forget_over(later, false).unwrap().len(), 0);
    }

    #[test]
    fn what_cannot_hold_is_said_once_and_holds_nobody() {
        let (_held, mut limits) = limits();
        let year = 365 * 24 * HOUR;
        limits.tell(&limit("claude", None, NOW + year)).unwrap();
        fs::write(limits.directory.join("codex.json"), "{").unwrap();
        let (found, wrong) = limits.news(NOW);
        assert_eq!((found.len(), wrong.len()), (0, 2));
        assert!(wrong[0].contains("365 days"), "{wrong:?}");
        assert!(wrong[0].contains("rm '"), "{wrong:?}");
        limits.tell(&limit("opencode", None, NOW + HOUR)).unwrap();
        let (found, wrong) = limits.news(NOW);
        assert_eq!((found.len(), wrong.len()), (1, 0));
    }
}
