use std::{fs, io, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{
    Blobs, JournalError,
    layout::{Layout, sync_directory},
    migration::{self, APPLICATION, STEPS},
};

/// How long SQLite itself waits for another process before it gives up.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the database for writing, makes it if it is missing, brings it up to date,
/// and refuses to go on unless a commit really means that it is on disk.
pub(crate) fn open_writer(layout: &Layout) -> Result<Connection, JournalError> {
    let path = layout.database();
    if !exists(&path)? {
        layout.create()?;
        create(layout)?;
    }
    let failed = |error: rusqlite::Error| JournalError::sqlite(&path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let version = recognize(&connection, &path)?;
    if version == 0 {
        // Made by hand, or by a cm that was stopped: the mode is part of the file.
        set_mode(&connection).map_err(failed)?;
    }
    connection
        .execute_batch(
            "PRAGMA synchronous=FULL; PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON;
             PRAGMA foreign_keys=ON; PRAGMA journal_size_limit=67108864;",
        )
        .map_err(failed)?;
    // An unknown value is taken for a weaker one without a word, so it is read back.
    let safe = [("journal_mode", "wal"), ("synchronous", "2")];
    for (name, wanted) in safe {
        let found = pragma(&connection, name).map_err(failed)?;
        if found != wanted {
            return Err(JournalError::Unsafe {
                path,
                detail: format!("its {name} is `{found}` and must be `{wanted}`"),
            });
        }
    }
    migration::migrate(&mut connection, &path, &Blobs::new(layout.blobs()), STEPS)?;
    Ok(connection)
}

/// Opens the database for reading, without changing anything, also where nothing can
/// be written.
pub(crate) fn open_reader(layout: &Layout) -> Result<Connection, JournalError> {
    let path = layout.database();
    let failed = |error: rusqlite::Error| JournalError::sqlite(&path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(&path, flags).and_then(readable);
    match opened {
        Ok(connection) => Ok(connection),
        Err(error) if wants_to_write(&error) && !has_wal(&path) => {
            // Everything is in the file itself and nobody can change it.
            let name = format!("file:{}?immutable=1", escaped(&path));
            Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI)
                .and_then(readable)
                .map_err(failed)
        }
        Err(error) => Err(failed(error)),
    }
}

/// The version of the database's form, after a look at whether it is one of ours.
pub(crate) fn recognize(connection: &Connection, path: &Path) -> Result<i64, JournalError> {
    let failed = |error: rusqlite::Error| JournalError::sqlite(path, &error);
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id").map_err(failed)?;
    let found = migration::version(connection).map_err(failed)?;
    let known = STEPS.len() as i64;
    let path = path.to_owned();
    let ours = application == APPLICATION;
    if found > known && (ours || application == 0) {
        return Err(JournalError::Newer { path, found, known });
    }
    let empty = found == 0
        && application == 0
        && number("SELECT count(*) FROM sqlite_schema").map_err(failed)? == 0;
    match (ours && found > 0) || empty {
        true => Ok(found),
        false => Err(JournalError::Foreign { path }),
    }
}

/// What SQLite finds wrong in the file; nothing when all is well.
pub(crate) fn quick_check(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines = lines.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// The smallest database that there can be.
const SMALLEST: u64 = 512;

/// Whether there is a database. SQLite takes a very small file for a new one; ours are
/// never that small, so somebody has cut it, and a new one would hide the loss.
pub(crate) fn exists(path: &Path) -> Result<bool, JournalError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() < SMALLEST => Err(JournalError::Corrupt {
            path: path.into(),
            detail: format!("the file has been cut to {} bytes", metadata.len()),
        }),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(JournalError::io("read", path, &error)),
    }
}

/// Makes the database aside and gives it its name when it is complete, so that no
/// other process, and no crash, ever sees half of it.
fn create(layout: &Layout) -> Result<(), JournalError> {
    let path = layout.database();
    let root = layout.root();
    let aside = tempfile::Builder::new()
        .prefix(Layout::DRAFT)
        .tempdir_in(root)
        .map_err(|error| JournalError::io("write to", root, &error))?;
    let draft = aside.path().join("journal.db");
    let failed = |error: rusqlite::Error| JournalError::sqlite(&path, &error);
    let mut connection = Connection::open(&draft).map_err(failed)?;
    connection
        .execute_batch("PRAGMA synchronous=OFF; PRAGMA page_size=8192;")
        .map_err(failed)?;
    set_mode(&connection).map_err(failed)?;
    migration::migrate(&mut connection, &draft, &Blobs::new(layout.blobs()), STEPS)?;
    connection.close().map_err(|(_, error)| failed(error))?;
    let unwritten = |error| JournalError::io("write", &path, &error);
    fs::File::open(&draft)
        .and_then(|file| file.sync_all())
        .map_err(unwritten)?;
    match fs::hard_link(&draft, &path) {
        Ok(()) => {}
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        // A file system without links.
        Err(_) => fs::rename(&draft, &path).map_err(unwritten)?,
    }
    sync_directory(root).map_err(unwritten)
}

fn set_mode(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()))
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<String> {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        })
    })
}

fn readable(connection: Connection) -> rusqlite::Result<Connection> {
    connection.busy_timeout(BUSY)?;
    connection.execute_batch("PRAGMA query_only=ON;")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn wants_to_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
    )
}

fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    fs::metadata(wal).is_ok_and(|metadata| metadata.len() > 0)
}

fn escaped(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                text.push(char::from(*byte));
            }
            other => text.push_str(&format!("%{other:02x}")),
        }
    }
    text
}
