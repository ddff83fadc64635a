//! A turn that was recorded, kept as a case.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cm_types::Input;

use crate::{Case, CaseError, Cases, Exit, PastTurn};

/// What is written instead of a secret.
const HIDDEN: &str = "********";

/// What must not stand in a case, and what is written instead.
#[derive(Clone, Debug, Default)]
pub struct Veil {
    pairs: Vec<(String, String)>,
}

impl Veil {
    /// Hides a secret.
    pub fn hide(&mut self, secret: &str) {
        self.instead(secret, HIDDEN);
    }

    /// Writes something else instead, for example of a directory. Short texts are left:
    /// they stand in too many places.
    pub fn instead(&mut self, text: &str, other: &str) {
        const SHORT: usize = 6;
        if text.len() >= SHORT {
            self.pairs.push((text.to_owned(), other.to_owned()));
            // The longest first: one may be the beginning of another.
            self.pairs
                .sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        }
    }

    fn over(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (text, other) in &self.pairs {
            bytes = replaced(&bytes, text.as_bytes(), other.as_bytes());
        }
        bytes
    }

    fn over_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.over(text.as_bytes())).into_owned()
    }
}

fn replaced(bytes: &[u8], text: &[u8], other: &[u8]) -> Vec<u8> {
    let mut new = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(text.len()).position(|window| window == text) {
        new.extend(&rest[..at]);
        new.extend(other);
        rest = &rest[at + text.len()..];
    }
    new.extend(rest);
    new
}

/// Adds a turn of a program to a file of cases, under this name; its output goes beside
/// the file, below `tests/`. Gives the files that were written. What must come of it is
/// written by [`bless`](crate::bless).
///
/// # Errors
/// When the file is wrong, has a case of this name already, or cannot be written.
pub fn keep(
    file: &Path,
    name: &str,
    turn: &PastTurn,
    veil: &Veil,
) -> Result<Vec<PathBuf>, CaseError> {
    let failed = |path: &Path, source: io::Error| CaseError::Write {
        path: path.to_owned(),
        source,
    };
    let mut cases = match file.exists() {
        true => Cases::read(file)?,
        false => Cases::default(),
    };
    if cases.cases.iter().any(|case| case.name == name) {
        return Err(CaseError::Twice {
            path: file.to_owned(),
            name: name.to_owned(),
        });
    }
    let (mut stdout, mut stderr, mut exit) = (Vec::new(), Vec::new(), Exit::Signal(()));
    for input in &turn.inputs {
        match input {
            Input::Stdout(bytes) => stdout.extend(bytes),
            Input::Stderr(bytes) => stderr.extend(bytes),
            Input::Exited(code) => exit = code.map_or(Exit::Signal(()), Exit::Code),
            _ => {}
        }
    }
    let mut request = turn.asked.clone();
    for text in [&mut request.prompt, &mut request.instructions] {
        *text = text.as_deref().map(|text| veil.over_text(text));
    }
    for value in request.options.values_mut() {
        *value = veil.over_text(value);
    }
    let root = file.parent().unwrap_or(Path::new("."));
    let mut written = Vec::new();
    let mut put = |ending: &str, bytes: &[u8]| {
        if bytes.is_empty() {
            return Ok(None);
        }
        let path = PathBuf::from(format!("tests/transcripts/{name}.{ending}"));
        let whole = root.join(&path);
        let parent = whole.parent().map_or(Ok(()), fs::create_dir_all);
        parent
            .and_then(|()| fs::write(&whole, veil.over(bytes)))
            .map_err(|source| failed(&whole, source))?;
        written.push(whole);
        Ok(Some(path))
    };
    cases.cases.push(Case {
        name: name.to_owned(),
        request,
        stdout: put("jsonl", &stdout)?,
        stderr: put("stderr", &stderr)?,
        exit,
        events: Some(format!("tests/events/{name}.jsonl").into()),
        ..Case::default()
    });
    let text = serde_json::to_string_pretty(&cases).map_err(|error| failed(file, error.into()))?;
    // The old file is there until the new one is whole.
    let new = file.with_extension("json.new");
    fs::write(&new, text + "\n")
        .and_then(|()| fs::rename(&new, file))
        .map_err(|source| failed(file, source))?;
    written.push(file.to_owned());
    Ok(written)
}
