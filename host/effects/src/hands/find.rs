//! Listing and searching.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use regex::{Regex, RegexBuilder};

use super::{Hands, List, Refusal, Search, cut};
use crate::project::{Pattern, Project, is_reserved};

/// Entries of one answer.
const ENTRIES: usize = 1000;
/// Lines of one answer.
const MATCHES: usize = 200;
/// Bytes of one answer.
const ANSWER: usize = 48 * 1024;
/// Bytes of one line in an answer.
const LINE: usize = 400;
/// A larger file is passed over.
const LARGEST: u64 = 4 * 1024 * 1024;
/// So many entries of directories are looked at.
const LOOKED_AT: usize = 200_000;
/// A search ends after so long.
const TIME: Duration = Duration::from_secs(20);
/// What others have made or keep for themselves.
const PASSED_OVER: [&str; 3] = [".git", "node_modules", "target"];

impl Hands {
    pub(super) fn list(&self, wanted: &List) -> Result<String, Refusal> {
        let path = wanted.path.as_deref().unwrap_or(".");
        let place = self.existing(path)?;
        if let Some(pattern) = &wanted.pattern {
            let found = Project::new(&place).matching(pattern);
            let found = found.map_err(|error| Refusal::failed(error.to_string()))?;
            return Ok(match found.is_empty() {
                true => format!("nothing below `{path}` matches `{pattern}`"),
                false => found.join("\n"),
            });
        }
        let entries = fs::read_dir(&place)
            .map_err(|error| Refusal::failed(format!("`{path}` cannot be listed: {error}")))?;
        let mut names = Vec::new();
        for entry in entries.flatten().take(LOOKED_AT) {
            let mut name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                name.push('/');
            }
            names.push(name);
        }
        names.sort();
        let more = names.len().saturating_sub(ENTRIES);
        names.truncate(ENTRIES);
        if more > 0 {
            names.push(format!("[… {more} more; use a `pattern`]"));
        }
        Ok(match names.is_empty() {
            true => format!("`{path}` is empty"),
            false => names.join("\n"),
        })
    }

    pub(super) fn search(&self, wanted: &Search) -> Result<String, Refusal> {
        let regex = RegexBuilder::new(&wanted.pattern)
            .case_insensitive(wanted.ignore_case)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| Refusal::failed(format!("the pattern cannot be used: {error}")))?;
        let path = wanted.path.as_deref().unwrap_or(".");
        let place = self.existing(path)?;
        let files = wanted
            .files
            .as_deref()
            .map(|files| match files.contains('/') {
                true => Pattern::new(files),
                false => Pattern::new(&format!("**/{files}")),
            });
        let mut hunt = Hunt {
            regex,
            files,
            began: Instant::now(),
            answer: String::new(),
            matches: 0,
            looked_at: 0,
            cut: None,
        };
        match place.is_dir() {
            true => hunt.look(&place, ""),
            false => hunt.file(&place, &self.shown(&place)),
        }
        Ok(hunt.told(path))
    }
}

struct Hunt {
    regex: Regex,
    files: Option<Pattern>,
    began: Instant,
    answer: String,
    matches: usize,
    looked_at: usize,
    /// Why not all was searched.
    cut: Option<&'static str>,
}

impl Hunt {
    fn look(&mut self, directory: &Path, shown: &str) {
        let mut entries: Vec<_> = fs::read_dir(directory)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            self.looked_at += 1;
            if self.looked_at > LOOKED_AT {
                self.cut = Some("there are too many files");
            } else if self.began.elapsed() > TIME {
                self.cut = Some("it took too long");
            }
            if self.cut.is_some() {
                return;
            }
            let name = entry.file_name();
            let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else {
                continue;
            };
            let path = match shown {
                "" => name.to_owned(),
                _ => format!("{shown}/{name}"),
            };
            if PASSED_OVER.contains(&name) || is_reserved(Path::new(&path)) {
                continue;
            }
            // Links are not followed: they may lead anywhere, and in a circle.
            if kind.is_dir() {
                self.look(&entry.path(), &path);
            } else if kind.is_file() && self.is_wanted(&path) {
                self.file(&entry.path(), &path);
            }
        }
    }

    fn is_wanted(&self, path: &str) -> bool {
        let mut files = self.files.iter();
        files.all(|files| files.is_met_by_path(path))
    }

    fn file(&mut self, file: &Path, shown: &str) {
        // The kernel's own files, some of which wait for something to tell, are empty.
        let fits = |it: fs::Metadata| it.is_file() && (1..=LARGEST).contains(&it.len());
        let small = fs::metadata(file).is_ok_and(fits);
        let Some(text) = small.then(|| fs::read_to_string(file).ok()).flatten() else {
            return;
        };
        for (number, line) in text.lines().enumerate() {
            if !self.regex.is_match(line) {
                continue;
            }
            let line = cut(line, LINE);
            let told = format!("{shown}:{}: {line}\n", number + 1);
            if self.matches == MATCHES || self.answer.len() + told.len() > ANSWER {
                self.cut = Some("there are more; narrow the pattern or the path");
                return;
            }
            self.matches += 1;
            self.answer.push_str(&told);
        }
    }

    fn told(mut self, path: &str) -> String {
        match self.cut {
            Some(why) => self.answer.push_str(&format!("[not all: {why}]\n")),
            None if self.matches == 0 => {
                self.answer = format!("nothing below `{path}` matches");
            }
            None => {}
        }
        self.answer
    }
}
