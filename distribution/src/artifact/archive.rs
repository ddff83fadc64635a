//! Tar archives whose bytes follow from the table of files alone: no times, no
//! owners, one order. So an archive is not parsed when it comes back but compared
//! with what it has to be: a link, a device, a second file of the same name or a
//! path that leads elsewhere is simply a wrong byte.

use std::io::{self, Read};

use super::FileEntry;

const BLOCK: usize = 512;

/// The archive of these files, which are given in order.
pub(super) fn write<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, bytes) in files {
        archive.extend(header(path, bytes.len() as u64));
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.extend([0; 2 * BLOCK]);
    archive
}

/// How large the archive of these files is.
pub(super) fn size<'a>(files: impl Iterator<Item = &'a FileEntry>) -> u64 {
    let each = files.map(|file| {
        let header = header(&file.path, file.size).len() as u64;
        header + file.size.next_multiple_of(BLOCK as u64)
    });
    each.sum::<u64>() + 2 * BLOCK as u64
}

/// Hands each file's bytes to `visit`, which has to read them all. An error of the
/// kind `InvalidData` says what is not as it has to be.
pub(super) fn read<'a, E: From<io::Error>>(
    mut archive: impl Read,
    files: impl Iterator<Item = &'a FileEntry>,
    mut visit: impl FnMut(&FileEntry, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let wrong = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    for file in files {
        let expected = header(&file.path, file.size);
        same(&mut archive, &expected)
            .map_err(|error| wrong(format!("the archive's entry for `{}`: {error}", file.path)))?;
        let mut content = (&mut archive).take(file.size);
        visit(file, &mut content)?;
        if content.limit() > 0 {
            return Err(wrong(format!("the archive ends within `{}`", file.path)).into());
        }
        let padding = file.size.next_multiple_of(BLOCK as u64) - file.size;
        let padding = usize::try_from(padding).unwrap_or(BLOCK);
        same(&mut archive, &vec![0; padding])
            .map_err(|error| wrong(format!("after `{}`: {error}", file.path)))?;
    }
    same(&mut archive, &[0; 2 * BLOCK])
        .map_err(|error| wrong(format!("the archive's end: {error}")))?;
    if archive.read(&mut [0])? > 0 {
        return Err(wrong("the archive goes on after its end".into()).into());
    }
    Ok(())
}

fn same(archive: &mut impl Read, expected: &[u8]) -> io::Result<()> {
    let mut got = vec![0; expected.len()];
    archive.read_exact(&mut got)?;
    if got == expected {
        Ok(())
    } else {
        Err(io::Error::other(
            "it is not the one that the table of files calls for",
        ))
    }
}

/// The header of a file: a plain one where the path fits, else preceded by a
/// record with the path.
fn header(path: &str, size: u64) -> Vec<u8> {
    if let Some((prefix, name)) = split(path) {
        return block(prefix, name, size, b'0');
    }
    let record = record(path);
    let mut bytes = block("", "path", record.len() as u64, b'x');
    bytes.extend_from_slice(record.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes.extend(block("", "long-path", size, b'0'));
    bytes
}

/// A path as the two fields of a plain header.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= 100 {
        return Some(("", path));
    }
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    let at = slashes.find(|at| path.len() - at - 1 <= 100)?;
    (at <= 155).then(|| (&path[..at], &path[at + 1..]))
}

/// `LENGTH path=PATH`, where the length counts its own digits too.
fn record(path: &str) -> String {
    let rest = format!(" path={path}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

fn block(prefix: &str, name: &str, size: u64, kind: u8) -> Vec<u8> {
    let mut block = Vec::with_capacity(BLOCK);
    let mut field = |bytes: &[u8], width: usize| {
        let end = block.len() + width;
        block.extend_from_slice(bytes);
        block.resize(end, 0);
    };
    field(name.as_bytes(), 100);
    field(b"0000644", 8);
    field(b"0000000", 8);
    field(b"0000000", 8);
    field(format!("{size:011o}").as_bytes(), 12);
    field(b"00000000000", 12);
    field(b"        ", 8);
    field(&[kind], 1);
    field(b"", 100);
    field(b"ustar\x0000", 8);
    field(b"", 64);
    field(b"0000000", 8);
    field(b"0000000", 8);
    field(prefix.as_bytes(), 155);
    field(b"", 12);
    let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    block.splice(148..156, sum.bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use cm_types::Digest;
    use proptest::prelude::*;

    fn table(files: &[(String, Vec<u8>)]) -> Vec<FileEntry> {
        let entry = |(path, bytes): &(String, Vec<u8>)| FileEntry {
            path: path.clone(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
        };
        files.iter().map(entry).collect()
    }

    fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        write(
            files
                .iter()
                .map(|(path, bytes)| (path.as_str(), bytes.as_slice())),
        )
    }

    fn back(bytes: &[u8], table: &[FileEntry]) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        read(bytes, table.iter(), |entry, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            files.push((entry.path.clone(), bytes));
            Ok::<_, io::Error>(())
        })?;
        Ok(files)
    }

    fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
        let path = "[a-zé]{1,60}(/[a-z]{1,70}){0,2}";
        let content = proptest::collection::vec(any::<u8>(), 0..1200);
        proptest::collection::btree_map(path, content, 0..6)
            .prop_map(|files| files.into_iter().collect())
    }

    proptest! {
        #[test]
        fn there_and_back(files in files()) {
            let table = table(&files);
            let bytes = archive(&files);
            prop_assert_eq!(bytes.len() as u64, size(table.iter()));
            prop_assert_eq!(back(&bytes, &table).unwrap(), files);
        }

        /// Other programs read the same from it.
        #[test]
        fn it_is_a_tar_archive(files in files()) {
            let bytes = archive(&files);
            let mut reader = tar::Archive::new(bytes.as_slice());
            let mut read = Vec::new();
            for entry in reader.entries().unwrap() {
                let mut entry = entry.unwrap();
                let path = entry.path().unwrap().to_str().unwrap().to_owned();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                read.push((path, content));
            }
            prop_assert_eq!(read, files);
        }

        /// A byte that is not part of a file's content cannot be another one.
        #[test]
        fn headers_and_padding_are_fixed(files in files(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let table = table(&files);
            let mut bytes = archive(&files);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(read) = back(&bytes, &table) {
                prop_assert_ne!(read, files);
            }
        }

        #[test]
        fn no_byte_is_without_meaning(content in "[a-z]{0,40}") {
            let files = vec![("a/b.md".to_owned(), content.into_bytes())];
            let table = table(&files);
            let bytes = archive(&files);
            for at in 0..bytes.len() {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1;
                prop_assert!(!back(&flipped, &table).is_ok_and(|read| read == files), "byte {at}");
                prop_assert!(back(&bytes[..at], &table).is_err(), "{at} bytes");
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..4000), files in files()) {
            let table = table(&files);
            prop_assert!(back(&bytes, &table).is_err() || bytes == archive(&files));
        }
    }
}
