use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cm_types::Digest;

use crate::{Error, disk, paths};

/// The largest file of a package. Components made from Python have some 40 MB.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// All files of a package together.
pub const MAX_PACKAGE_BYTES: u64 = 256 << 20;
/// The most files, and the most directories, of a package.
pub const MAX_FILES: usize = 4096;

/// Of a directory without `cm.toml`, these folders belong to the package. It
/// may well be a whole project, which must not become part of the package.
const LOOSE_FOLDERS: [&str; 7] = [
    "agents",
    "assets",
    "prompts",
    "schemas",
    "scripts",
    "tests",
    "workflows",
];
/// And of the files beside them, those with these endings.
const LOOSE_ENDINGS: [&str; 6] = [".md", ".yaml", ".yml", ".json", ".toml", ".txt"];

/// A package's files in a directory.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Without symbolic links.
    root: PathBuf,
    /// The package's name, for messages.
    package: String,
    /// There is no `cm.toml`.
    loose: bool,
}

impl Tree {
    /// Whether it has no manifest.
    pub(crate) fn is_loose(&self) -> bool {
        self.loose
    }

    pub(crate) fn new(root: PathBuf, package: String, loose: bool) -> Self {
        Self {
            root,
            package,
            loose,
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a file of the package, whatever the path or the directory holds.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        if let Some(why) = paths::objection(path) {
            return Err(Error::Escape {
                package: self.package.clone(),
                path: path.to_owned(),
                why,
            });
        }
        let missing = || Error::NoFile {
            package: self.package.clone(),
            path: path.to_owned(),
        };
        if !self.admits(path) {
            return Err(missing());
        }
        let file = match self.resolve(path) {
            Ok(file) => file?,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Err(missing());
            }
            Err(error) => return Err(Error::io("read", self.root.join(path), error)),
        };
        match disk::read(&file, MAX_FILE_BYTES) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(self.too_large(format!("`{path}`"), mebibytes(MAX_FILE_BYTES))),
            Err(error) => Err(Error::io("read", file, error)),
        }
    }

    /// The paths of all files, sorted. `also` belongs to the package wherever it
    /// is. What cannot be part of a package is passed over, or refused when
    /// `strict`.
    pub(crate) fn paths(&self, also: &[&str], strict: bool) -> Result<Vec<String>, Error> {
        let mut found: Vec<String> = also.iter().map(|&path| path.to_owned()).collect();
        let mut folders = vec![String::new()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            seen += 1;
            let directory = self.root.join(&folder);
            let failed = |error| Error::io("read the directory", &directory, error);
            for entry in fs::read_dir(&directory).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name();
                let hidden = name.as_encoded_bytes().starts_with(b".");
                if hidden || name == "node_modules" || name == "__pycache__" {
                    continue;
                }
                let path = match name.to_str() {
                    Some(name) if folder.is_empty() => name.to_owned(),
                    Some(name) => format!("{folder}/{name}"),
                    None if strict && !self.loose => {
                        let message =
                            format!("the name of `{}` is not UTF-8", entry.path().display());
                        return Err(Error::invalid(&self.package, message));
                    }
                    None => continue,
                };
                let kind = entry.file_type().map_err(failed)?;
                let part = if kind.is_dir() {
                    self.enters(&path)
                } else {
                    self.admits(&path)
                };
                if !part {
                    continue;
                }
                match self.judge(&path, kind)? {
                    Part::File => found.push(path),
                    Part::Folder => folders.push(path),
                    Part::Cache => {}
                    Part::Refused(why) if strict => {
                        return Err(Error::invalid(&self.package, format!("`{path}`: {why}")));
                    }
                    Part::Refused(_) => {}
                }
            }
            if found.len() > MAX_FILES || seen + folders.len() > MAX_FILES {
                let limit = format!("{MAX_FILES} files and as many directories");
                return Err(self.too_large("the package".into(), limit));
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    pub(crate) fn too_large(&self, what: String, limit: String) -> Error {
        Error::TooLarge {
            package: self.package.clone(),
            what,
            limit,
        }
    }

    /// Whether a file belongs to the package, by its path.
    fn admits(&self, path: &str) -> bool {
        !self.loose
            || match path.split_once('/') {
                Some((folder, _)) => LOOSE_FOLDERS.contains(&folder),
                None => LOOSE_ENDINGS.iter().any(|ending| path.ends_with(ending)),
            }
    }

    /// The same for a directory.
    fn enters(&self, path: &str) -> bool {
        !self.loose || LOOSE_FOLDERS.contains(&path.split('/').next().unwrap_or_default())
    }

    fn judge(&self, path: &str, kind: fs::FileType) -> Result<Part, Error> {
        if let Some(why) = paths::objection(path) {
            return Ok(Part::Refused(why));
        }
        if kind.is_dir() {
            // The sign that build tools put into folders that can be made again.
            let cache = self.root.join(path).join("CACHEDIR.TAG").exists();
            return Ok(if cache { Part::Cache } else { Part::Folder });
        }
        if kind.is_file() {
            return Ok(Part::File);
        }
        if !kind.is_symlink() {
            return Ok(Part::Refused(
                "only files and directories can be part of a package",
            ));
        }
        match self.resolve(path) {
            Ok(Ok(file)) if file.is_file() => Ok(Part::File),
            Ok(Ok(_)) => Ok(Part::Refused(
                "a symbolic link in a package leads to a file, not to a directory",
            )),
            Ok(Err(Error::Escape { why, .. })) => Ok(Part::Refused(why)),
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(Part::Refused("the symbolic link leads nowhere")),
        }
    }

    /// Where a path leads when all symbolic links are followed.
    fn resolve(&self, path: &str) -> io::Result<Result<PathBuf, Error>> {
        let file = fs::canonicalize(self.root.join(path))?;
        let inside = file.strip_prefix(&self.root).ok().and_then(Path::to_str);
        // A link to a hidden file (`.env`, `.git/config`) leads out as well.
        let stays = inside.is_some_and(|inside| {
            let inside = inside.replace(std::path::MAIN_SEPARATOR, "/");
            paths::objection(&inside).is_none()
        });
        Ok(if stays {
            Ok(file)
        } else {
            let why = "it is a symbolic link that leads out of the package";
            Err(Error::Escape {
                package: self.package.clone(),
                path: path.to_owned(),
                why,
            })
        })
    }
}

enum Part {
    File,
    Folder,
    Cache,
    Refused(&'static str),
}

/// The digest of a package: of the lines `DIGEST  PATH` of its files, sorted by
/// path, as `sha256sum` prints them. Times and the order on the disk play no part.
pub fn digest<'a>(files: impl IntoIterator<Item = (&'a str, Digest)>) -> Digest {
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort();
    let lines: String = files
        .iter()
        .map(|(path, digest)| format!("{}  {path}\n", digest.hex()))
        .collect();
    Digest::of(lines.as_bytes())
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
