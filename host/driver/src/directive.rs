//! What a turn or a command tells its workflow, in a file or with a tool.

use std::{
    fs,
    io::{self, Read as _},
    path::PathBuf,
};

use cm_types::{Directive, Error, Failure};
use serde_json::Value;

/// The variable that names the file.
pub(crate) const CM_DIRECTIVE: &str = "CM_DIRECTIVE";

/// The largest file, in bytes.
const MOST: u64 = 64 * 1024;
/// How much of a wrong file is shown, in bytes.
const SHOWN: usize = 200;
/// What a right one looks like.
const EXAMPLE: &str = r#"{"action": "checkpoint", "reason": "…"}"#;

/// The file into which an attempt may write. It does not exist before.
#[derive(Debug)]
pub(crate) struct DirectiveFile {
    path: PathBuf,
    step: String,
}

impl DirectiveFile {
    /// The file at this path, for an attempt of this step.
    pub(crate) fn new(path: PathBuf, step: &str) -> Self {
        // One that an attempt before this one left behind is not this one's.
        let _ = fs::remove_file(&path);
        let step = step.to_owned();
        Self { path, step }
    }

    /// For the environment.
    pub(crate) fn variable(&self) -> (String, String) {
        (CM_DIRECTIVE.to_owned(), self.path.display().to_string())
    }

    /// What stands in it; nothing when it was not written. It is gone afterwards.
    pub(crate) fn take(self) -> Result<Vec<Directive>, Error> {
        let bad = |why: String, details: Option<String>| {
            let message = format!(
                "the directive file of step `{}` ({}) cannot be used: {why}; it must be one JSON object such as {EXAMPLE}, or an array of them",
                self.step,
                self.path.display()
            );
            let mut failure = Failure::new("bad-directive", message);
            failure.details = details;
            Error::Invalid(failure)
        };
        let bytes = match self.bytes() {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(Vec::new()),
            Err(error) => return Err(bad(error.to_string(), None)),
        };
        if bytes.len() as u64 > MOST {
            return Err(bad(format!("it is larger than {MOST} bytes"), None));
        }
        let text = String::from_utf8_lossy(&bytes);
        parse(&text).map_err(|why| bad(why, Some(format!("it begins with: {}", beginning(&text)))))
    }

    fn bytes(&self) -> io::Result<Option<Vec<u8>>> {
        let metadata = match fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !metadata.is_file() {
            return Err(io::Error::other("it is no file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(&self.path)?
            .take(MOST + 1)
            .read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}

impl Drop for DirectiveFile {
    fn drop(&mut self) {
        // It lies in the run's own directory, where a leftover harms nobody.
        let _ = fs::remove_file(&self.path);
    }
}

/// One directive, or an array of them.
fn parse(text: &str) -> Result<Vec<Directive>, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let values = match value {
        Value::Array(values) => values,
        one => vec![one],
    };
    let begins = beginnings(text);
    let directives = values.into_iter().enumerate().map(|(number, value)| {
        serde_json::from_value(value).map_err(|error| {
            let at = begins.get(number).map(|at| place(text, *at));
            let at = at.unwrap_or_else(|| format!("as number {}", number + 1));
            format!("what stands {at} is no directive: {error}")
        })
    });
    directives.collect()
}

/// Where each directive begins. The text is JSON; what follows something that cannot be a
/// directive has no place.
fn beginnings(text: &str) -> Vec<usize> {
    let skip = |from: usize, more: char| {
        let rest = text.get(from..).unwrap_or_default();
        let found = rest.find(|c: char| !c.is_ascii_whitespace() && c != more);
        from + found.unwrap_or(rest.len())
    };
    let mut at = skip(0, '[');
    let mut begins = vec![at];
    while let Some(rest) = text.get(at..).filter(|rest| rest.starts_with('{')) {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        if !matches!(values.next(), Some(Ok(_))) {
            break;
        }
        at = skip(at + values.byte_offset(), ',');
        begins.push(at);
    }
    begins
}

/// A place in a text, for people.
fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("at line {line} column {column}")
}

/// The directive that a tool was called with.
pub(crate) fn of_value(value: Value) -> Result<Directive, String> {
    serde_json::from_value(value)
        .map_err(|error| format!("it is no directive: {error}; one is for example {EXAMPLE}"))
}

/// Whether it may be given.
pub(crate) fn granted(
    directive: &Directive,
    granted: &[String],
    step: &str,
) -> Result<(), Failure> {
    let word = directive.word();
    if granted.iter().any(|granted| granted == word) {
        return Ok(());
    }
    let may = match granted {
        [] => "it may give none".to_owned(),
        some => format!("it may give: {}", some.join(", ")),
    };
    let message = format!(
        "step `{step}` gave the directive `{word}`, which it was not granted; {may}. Grant it with `{word}` below `directives:` at the step or in its agent's file"
    );
    Err(Failure::new("directive-not-granted", message))
}

fn beginning(text: &str) -> String {
    let mut end = text.len().min(SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read when this was written.
    fn read(text: &[u8]) -> Result<Vec<Directive>, Failure> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0-1.directive.json");
        let file = DirectiveFile::new(path.clone(), "build");
        fs::write(&path, text).unwrap();
        let read = file.take();
        assert!(!path.exists(), "it is removed");
        read.map_err(|error| error.failure().unwrap().clone())
    }

    fn checkpoint() -> Directive {
        Directive::Checkpoint { reason: None }
    }

    #[test]
    fn one_or_many() {
        assert_eq!(read(br#"{"action":"checkpoint"}"#).unwrap(), [checkpoint()]);
        let stop = Directive::Stop {
            reason: Some("done".into()),
        };
        let many = b" [{\"action\":\"checkpoint\"},\n{\"action\":\"stop\",\"reason\":\"done\"}]";
        assert_eq!(read(many).unwrap(), [checkpoint(), stop]);
        assert_eq!(read(b"[]").unwrap(), []);
    }

    #[test]
    fn a_file_that_was_not_written_says_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0-1.directive.json");
        fs::write(&path, r#"{"action":"checkpoint"}"#).unwrap();
        // What lies there was another attempt's.
        let file = DirectiveFile::new(path, "build");
        assert_eq!(file.take().unwrap(), []);
    }

    #[test]
    fn what_is_wrong_says_where() {
        let failure = read(b"loop please").unwrap_err();
        assert_eq!(failure.code, "bad-directive");
        for part in [
            "`build`",
            "0-1.directive.json",
            "not JSON",
            "line 1 column 1",
            "\"action\"",
        ] {
            assert!(
                failure.message.contains(part),
                "{part}: {}",
                failure.message
            );
        }
        assert!(failure.details.unwrap().contains("loop please"));
        let second = b"[{\"action\": \"checkpoint\"},\n  {\"action\": \"goto\"}, 7]";
        let message = read(second).unwrap_err().message;
        for part in ["line 2 column 3", "missing field `to`"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        let message = read(b"[7, {\"action\": \"stop\"}]").unwrap_err().message;
        assert!(message.contains("line 1 column 2"), "{message}");
        let failure = read(br#"{"action":"jump"}"#).unwrap_err();
        assert!(
            failure.message.contains("unknown variant `jump`"),
            "{}",
            failure.message
        );
        assert!(read(b"").is_err());
        assert!(read(&[0xff]).is_err());
    }

    #[test]
    fn only_the_beginning_of_a_wrong_file_is_shown() {
        let failure = read("é".repeat(500).as_bytes()).unwrap_err();
        assert!(failure.details.unwrap().len() <= SHOWN + 20);
        let large = format!("[{}]", " ".repeat(MOST as usize));
        assert!(
            read(large.as_bytes())
                .unwrap_err()
                .message
                .contains("larger than")
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join("d"), directory.path().join("other"));
        fs::write(&other, r#"{"action":"checkpoint"}"#).unwrap();
        let file = DirectiveFile::new(path.clone(), "build");
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(file.take().is_err());
        assert!(other.exists());
    }

    #[test]
    fn only_what_was_granted() {
        assert!(granted(&checkpoint(), &["checkpoint".into()], "build").is_ok());
        let failure = granted(&checkpoint(), &["loop".into(), "stop".into()], "build").unwrap_err();
        assert_eq!(failure.code, "directive-not-granted");
        assert!(failure.message.contains("`build`") && failure.message.contains("loop, stop"));
    }
}
