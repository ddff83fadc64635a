//! Reading and changing text files.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
};

use super::{Edit, Hands, Read, Refusal, Write, cut};

/// The largest file that is read or written, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Lines that come at once, unless fewer are asked for.
const LINES: usize = 2000;
/// Bytes of one answer.
const ANSWER: usize = 64 * 1024;
/// Bytes of one line in an answer.
const LINE: usize = 4000;

impl Hands {
    pub(super) fn read(&self, wanted: &Read) -> Result<String, Refusal> {
        let text = text(&wanted.path, &self.existing(&wanted.path)?)?;
        let from = wanted.from.unwrap_or(1).max(1);
        let most = wanted.lines.unwrap_or(LINES);
        let all = text.lines().count();
        if from > all && all > 0 {
            return Err(Refusal::failed(format!(
                "`{}` has only {all} lines",
                wanted.path
            )));
        }
        let mut answer = String::new();
        let mut told = 0;
        for line in text.lines().skip(from - 1).take(most) {
            let short = cut(line, LINE);
            if answer.len() + short.len() > ANSWER {
                break;
            }
            answer.push_str(short);
            if short.len() < line.len() {
                let left = line.len() - short.len();
                answer.push_str(&format!(" [… {left} more bytes in this line]"));
            }
            answer.push('\n');
            told += 1;
        }
        let next = from + told;
        if next <= all {
            answer.push_str(&format!(
                "[lines {from} to {} of {all}; go on with `from`: {next}]\n",
                next - 1
            ));
        }
        Ok(answer)
    }

    pub(super) fn write(&self, wanted: &Write) -> Result<String, Refusal> {
        let place = self.writable(&wanted.path)?;
        let is_new = !place.exists();
        put(&wanted.path, &place, &wanted.content)?;
        let bytes = wanted.content.len();
        let what = if is_new { "made" } else { "replaced" };
        Ok(format!("{what} `{}`: {bytes} bytes", self.shown(&place)))
    }

    pub(super) fn edit(&self, wanted: &Edit) -> Result<String, Refusal> {
        if wanted.old.is_empty() || wanted.old == wanted.new {
            return Err(Refusal::failed(
                "`old` must be a piece of the file, and `new` something else",
            ));
        }
        let place = self.existing(&wanted.path)?;
        let text = text(&wanted.path, &place)?;
        let count = text.matches(&wanted.old).count();
        let wrong = match count {
            0 => "is not there; read the file again, and copy the piece exactly".to_owned(),
            1 => String::new(),
            _ if wanted.all => String::new(),
            _ => format!("is there {count} times; take more lines around it, or set `all`"),
        };
        if !wrong.is_empty() {
            return Err(Refusal::failed(format!(
                "nothing was changed in `{}`: the piece `old` {wrong}",
                wanted.path
            )));
        }
        put(
            &wanted.path,
            &place,
            &text.replace(&wanted.old, &wanted.new),
        )?;
        let times = if count == 1 { "once" } else { "each time" };
        Ok(format!("changed `{}`, {times}", self.shown(&place)))
    }
}

fn text(path: &str, place: &Path) -> Result<String, Refusal> {
    let failed =
        |error: std::io::Error| Refusal::failed(format!("`{path}` cannot be read: {error}"));
    // Opening a pipe would wait for its other end.
    let metadata = fs::metadata(place).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Refusal::failed(format!("`{path}` is no file")));
    }
    if metadata.len() == 0 {
        // So are the kernel's own, some of which wait for something to tell.
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(place).map_err(failed)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(path));
    }
    let not_text = || Refusal::failed(format!("`{path}` is not a text file"));
    if bytes.contains(&0) {
        return Err(not_text());
    }
    String::from_utf8(bytes).map_err(|_| not_text())
}

/// Whoever reads it meanwhile sees all of the old text or all of the new one.
fn put(path: &str, place: &Path, content: &str) -> Result<(), Refusal> {
    if content.len() as u64 > LARGEST {
        return Err(too_large(path));
    }
    let failed =
        |error: std::io::Error| Refusal::failed(format!("`{path}` cannot be written: {error}"));
    let directory = place.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory).map_err(failed)?;
    let Ok(there) = fs::metadata(place) else {
        // Made by the system's rules for new files, which a draft's are not.
        let mut file = fs::File::create_new(place).map_err(failed)?;
        return file.write_all(content.as_bytes()).map_err(failed);
    };
    if there.permissions().readonly() {
        return Err(Refusal::failed(format!("`{path}` is write-protected")));
    }
    let mut draft = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    draft.write_all(content.as_bytes()).map_err(failed)?;
    let file = draft.as_file();
    file.set_permissions(there.permissions()).map_err(failed)?;
    draft.persist(place).map_err(|error| failed(error.error))?;
    Ok(())
}

fn too_large(path: &str) -> Refusal {
    let most = LARGEST / (1024 * 1024);
    Refusal::failed(format!("`{path}` is larger than {most} MiB"))
}
