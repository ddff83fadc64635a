//! What is to be built, in the person's words.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{place::STATE, trouble::Trouble};

/// What a person finds who has not written one yet.
const STUB: &str = "# Specification

<!--
Write here what is to be made: what it does, for whom, what it must keep to, and how one
sees that it is done. Then start the workflow again.
-->
";

/// Where it is looked for when none is named.
pub(crate) fn place(project: &Path) -> PathBuf {
    project.join(STATE).join("inputs").join("specification.md")
}

/// The specification's text. `wanted` is what the workflow says: `required`, `none`, or
/// anything else.
pub(crate) fn read(
    project: &Path,
    wanted: &str,
    named: Option<&Path>,
) -> Result<Option<String>, Trouble> {
    if wanted == "none" {
        return match named {
            None => Ok(None),
            Some(_) => Err(Trouble::usage(
                "no-specification",
                "the workflow takes no specification",
            )
            .help("leave --spec away")),
        };
    }
    let required = wanted == "required";
    if let Some(named) = named {
        let text = fs::read_to_string(named).map_err(|error| unreadable(named, &error))?;
        return match required && is_untouched(&text) {
            true => Err(unwritten(named)),
            false => Ok(Some(text)),
        };
    }
    let usual = place(project);
    match fs::read_to_string(&usual) {
        Ok(text) if !is_untouched(&text) => Ok(Some(text)),
        Ok(_) if required => Err(unwritten(&usual)),
        Ok(_) => Ok(None),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unreadable(&usual, &error)),
        Err(_) if required => Err(begun(&usual)),
        Err(_) => Ok(None),
    }
}

/// Nothing, or what nobody has changed.
fn is_untouched(text: &str) -> bool {
    text.trim().is_empty() || text.trim() == STUB.trim()
}

/// Puts a stub where it is missing, and says so.
fn begun(path: &Path) -> Trouble {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let made = made.and_then(|()| fs::write(path, STUB));
    let message = "the workflow needs a specification, and there is none; nothing was started";
    let trouble = Trouble::usage("no-specification", message);
    match made {
        Ok(()) => trouble.help(format!(
            "write it into {}, which was made for it, and start the workflow again\n\
             or name another file: --spec FILE",
            path.display()
        )),
        Err(error) => trouble
            .because(format!("`{}` cannot be written: {error}", path.display()))
            .help("name a file: --spec FILE"),
    }
}

fn unwritten(path: &Path) -> Trouble {
    let message = format!(
        "the workflow needs a specification, and nobody has written anything into `{}` yet; \
         nothing was started",
        path.display()
    );
    Trouble::usage("empty-specification", message)
        .help("write it there and start the workflow again, or name another file: --spec FILE")
}

/// A text file that was named.
pub(crate) fn named(path: &Path) -> Result<String, Trouble> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Trouble {
    let message = format!("`{}` cannot be read: {error}", path.display());
    Trouble::usage("unreadable", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_one_is_begun_and_refused_until_it_is_written() {
        let project = tempfile::tempdir().unwrap();
        let file = place(project.path());
        for _ in 0..2 {
            let refused = read(project.path(), "required", None).unwrap_err();
            let said = refused.rendered();
            assert!(said.contains("specification.md"), "{said}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), STUB);
        assert_eq!(read(project.path(), "optional", None).unwrap(), None);
        fs::write(&file, "Build it.\n").unwrap();
        let text = read(project.path(), "required", None).unwrap();
        assert_eq!(text.as_deref(), Some("Build it.\n"));
        assert_eq!(read(project.path(), "none", None).unwrap(), None);
    }

    #[test]
    fn an_optional_one_is_not_begun() {
        let project = tempfile::tempdir().unwrap();
        assert_eq!(read(project.path(), "", None).unwrap(), None);
        assert!(!place(project.path()).exists());
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let project = tempfile::tempdir().unwrap();
        let file = project.path().join("spec.md");
        fs::write(&file, b"caf\xe9").unwrap();
        for path in [file.as_path(), project.path()] {
            let refused = read(project.path(), "optional", Some(path)).unwrap_err();
            assert!(refused.to_string().contains("cannot be read"));
        }
        fs::write(&file, " \n").unwrap();
        assert!(read(project.path(), "required", Some(&file)).is_err());
    }
}
