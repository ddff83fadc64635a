use std::{
    cell::Cell,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use cm_runtime::{Limits, Runtime};
use cm_types::{Digest, Input};

use crate::guests::{Adapter, identity, request};

/// Loads the adapter in a fresh runtime and uses it; says whether it was compiled.
fn compiled(cache: &Path) -> bool {
    let runtime = Runtime::new(Some(cache.to_owned()), Limits::default()).unwrap();
    let compiled = use_adapter(&runtime);
    assert!(!use_adapter(&runtime), "compiled twice in one process");
    compiled
}

fn use_adapter(runtime: &Runtime) -> bool {
    let bytes = Adapter::default().build();
    let asked = Cell::new(false);
    let component = runtime
        .load(identity(), Digest::of(&bytes), || {
            asked.set(true);
            Ok(&bytes)
        })
        .unwrap();
    let mut turn = component.engine().unwrap().turn(request()).unwrap();
    assert_eq!(turn.next(Input::Begin).unwrap().len(), 1);
    asked.get()
}

fn entry(cache: &Path) -> PathBuf {
    let home = fs::read_dir(cache).unwrap().next().unwrap().unwrap().path();
    let mut files = fs::read_dir(home).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none(), "one file, and nothing left over");
    file
}

#[test]
fn the_second_process_compiles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("made/when/needed");
    assert!(compiled(&cache));
    assert!(!compiled(&cache));
    let file = entry(&cache);
    assert_eq!(file.extension().unwrap(), "cwasm");
    let home = file.parent().unwrap();
    let digest = Digest::of(&Adapter::default().build());
    assert_eq!(home.file_name().unwrap().to_str().unwrap(), digest.hex());
    assert_eq!(fs::metadata(home).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn damaged_entries_are_compiled_again_and_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    assert!(compiled(&cache));
    let file = entry(&cache);
    let good = fs::read(&file).unwrap();
    let middle = good.len() / 2;
    let flip = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let damaged = [
        flip(0),
        flip(middle),
        flip(good.len() - 50),
        flip(good.len() - 1),
        good[..middle].to_vec(),
        good[..good.len() - 1].to_vec(),
        Vec::new(),
        vec![0; good.len()],
        [good.as_slice(), b"more"].concat(),
    ];
    for bytes in damaged {
        fs::write(&file, &bytes).unwrap();
        assert!(compiled(&cache));
        assert!(!compiled(&cache), "it was not replaced");
    }
}

#[test]
fn an_entry_of_another_component_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    assert!(compiled(&cache));
    let file = entry(&cache);
    let runtime = Runtime::new(Some(cache.clone()), Limits::default()).unwrap();
    let other = Adapter {
        next: "unreachable",
        ..Adapter::default()
    }
    .build();
    let digest = Digest::of(&other);
    runtime.load(identity(), digest, || Ok(&other)).unwrap();
    let others = cache.join(digest.hex()).join(file.file_name().unwrap());
    fs::copy(&others, &file).unwrap();
    assert!(compiled(&cache));
}

#[test]
fn an_entry_that_others_may_write_is_not_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    assert!(compiled(&cache));
    let file = entry(&cache);
    for mode in [0o620, 0o602, 0o666] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        assert!(compiled(&cache), "{mode:o}");
        assert!(!compiled(&cache), "{mode:o}: it was not replaced");
    }
    // A directory that others may write to is not mended, and never used.
    let home = file.parent().unwrap();
    for path in [home, &cache] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(compiled(&cache));
        assert!(compiled(&cache));
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!compiled(&cache));
    }
}

#[test]
fn a_link_is_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    assert!(compiled(&cache));
    let file = entry(&cache);
    let away = directory.path().join("away");
    fs::rename(&file, &away).unwrap();
    symlink(&away, &file).unwrap();
    assert!(compiled(&cache));
    assert!(fs::symlink_metadata(&file).unwrap().is_file());
}

#[test]
fn a_cache_that_cannot_be_written_is_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a file");
    fs::write(&file, "").unwrap();
    let runtime = Runtime::new(Some(file.join("cache")), Limits::default()).unwrap();
    assert_eq!(runtime.warning(), None);
    assert!(use_adapter(&runtime));
    let warning = runtime.warning().unwrap();
    assert!(warning.contains("a file/cache"), "{warning}");
}

#[test]
fn two_threads_compile_once() {
    let runtime = Runtime::new(None, Limits::default()).unwrap();
    let compilations: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| usize::from(use_adapter(&runtime))))
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(compilations, 1);
}
