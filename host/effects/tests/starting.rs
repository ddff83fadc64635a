//! What starts, and what does not.

use std::{fs, os::unix::fs::PermissionsExt as _};

use cm_effects::{EndedBy, Launch, LaunchError, Process, Stdin, find_program};

use crate::support::{on_one_thread, run, sh};

fn refusal(launch: Launch) -> LaunchError {
    on_one_thread(async { Process::start(launch).map(drop).unwrap_err() })
}

#[test]
fn output_code_and_nothing_else() {
    let said = run(sh("echo out; echo err >&2; exit 7"));
    assert_eq!(
        (said.text(), said.stderr.as_slice()),
        ("out\n", &b"err\n"[..])
    );
    assert_eq!((said.exit.code, said.exit.signal), (Some(7), None));
    assert_eq!(said.exit.ended_by, EndedBy::Itself);
    assert!(!said.exit.success());
    assert!(run(sh("true")).exit.success());
}

#[test]
fn a_signal_is_told() {
    let said = run(sh("kill -9 $$"));
    assert_eq!((said.exit.code, said.exit.signal), (None, Some(9)));
    assert_eq!(said.exit.ended_by, EndedBy::Itself);
}

#[test]
fn it_is_where_and_what_it_was_told() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path().canonicalize().unwrap();
    let mut launch = sh("pwd -P; echo $WORD; env | cut -d= -f1 | sort | tr '\\n' ' '");
    launch.directory.clone_from(&place);
    launch.environment.push(("WORD".into(), "a b".into()));
    let said = run(launch);
    let mut lines = said.text().lines();
    assert_eq!(lines.next(), Some(place.to_str().unwrap()));
    assert_eq!(lines.next(), Some("a b"));
    // What `sh` itself adds, and the mark; nothing of this process.
    for name in lines.next().unwrap().split_whitespace() {
        let known = ["CM_PROCESS", "PATH", "WORD", "PWD", "OLDPWD", "SHLVL", "_"];
        assert!(known.contains(&name), "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn it_leads_a_group_without_signals_or_files_of_ours() {
    // A file that would be inherited: not closed on exec, with a number of its own.
    let file = fs::File::open("/dev/null").unwrap();
    // SAFETY: copies a file that is ours.
    let leak = unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&file), libc::F_DUPFD, 700) };
    assert!(leak >= 700);
    let said = run(sh(&format!(
        "cut -d' ' -f1,5 /proc/$$/stat; test -e /proc/$$/fd/{leak} && echo open || echo closed; \
         grep -E '^Sig(Blk|Ign)' /proc/$$/status | cut -f2"
    )));
    // SAFETY: closes the copy, which nobody else has.
    unsafe { libc::close(leak) };
    let lines: Vec<&str> = said.text().lines().collect();
    let ids: Vec<&str> = lines[0].split(' ').collect();
    assert!(ids[0] == ids[1], "{ids:?}");
    assert_eq!(lines[1], "closed");
    assert_eq!(u64::from_str_radix(lines[2], 16), Ok(0), "blocked");
    // This process ignores SIGPIPE, as every Rust program does; the child does not.
    assert_eq!(u64::from_str_radix(lines[3], 16).unwrap() & (1 << 12), 0);
}

#[test]
fn not_installed() {
    let mut launch = sh("");
    launch.program = "no-such-agent".to_owned();
    launch.environment = vec![("PATH".into(), "/usr/bin:/nowhere".into())];
    let error = refusal(launch);
    assert!(matches!(error, LaunchError::NotInstalled { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("no-such-agent") && text.contains("/usr/bin:/nowhere"),
        "{text}"
    );

    for program in ["/nowhere/agent", "./agent", "agent", ""] {
        let mut launch = sh("");
        launch.program = program.to_owned();
        launch.environment.clear();
        let error = refusal(launch);
        assert!(matches!(error, LaunchError::NotInstalled { .. }), "{error}");
    }
}

#[test]
fn not_a_program() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        let path = place.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    file("plain", "#!/bin/sh\n", 0o644);
    file("lost", "#!/nowhere/python\n", 0o755);
    file("noise", "\u{1}\u{2}noise", 0o755);
    fs::create_dir(place.path().join("folder")).unwrap();
    for (name, words) in [
        ("plain", "chmod +x"),
        ("lost", "interpreter"),
        ("noise", "neither"),
        ("folder", "directory"),
    ] {
        // By its path, and by its name alone.
        for (program, path) in [
            (format!("./{name}"), "/bin".into()),
            (name.into(), place.path().into()),
        ] {
            let mut launch = sh("");
            launch.program = program;
            launch.directory = place.path().to_owned();
            launch.environment = vec![("PATH".into(), path)];
            let error = refusal(launch);
            assert!(
                matches!(error, LaunchError::NotExecutable { .. }),
                "{error}"
            );
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}

#[test]
fn no_directory() {
    for (directory, words) in [
        ("/nowhere", "does not exist"),
        ("/dev/null", "not a directory"),
    ] {
        let mut launch = sh("");
        launch.directory = directory.into();
        let error = refusal(launch);
        assert!(matches!(error, LaunchError::Directory { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn too_long_and_unrepresentable() {
    let mut launch = sh("true");
    launch.arguments.push("x".repeat(64 * 1024 * 1024));
    let error = refusal(launch);
    assert!(
        matches!(error, LaunchError::ArgumentsTooLong { longest, .. } if longest == 64 * 1024 * 1024 + 1),
        "{error}"
    );
    let mut launch = sh("true");
    launch.arguments.push("a\0b".to_owned());
    assert!(matches!(
        refusal(launch),
        LaunchError::Unrepresentable { .. }
    ));
}

#[test]
fn outside_of_a_runtime_it_says_so() {
    assert!(matches!(
        Process::start(sh("true")),
        Err(LaunchError::Other { .. })
    ));
}

#[test]
fn programs_are_found_in_order_and_never_in_the_workspace() {
    let place = tempfile::tempdir().unwrap();
    for (folder, mode) in [("one", 0o644), ("two", 0o755), ("three", 0o755)] {
        let folder = place.path().join(folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("agent"), "").unwrap();
        fs::set_permissions(folder.join("agent"), fs::Permissions::from_mode(mode)).unwrap();
    }
    let join = |folders: &[&str]| {
        std::env::join_paths(folders.iter().map(|folder| place.path().join(folder))).unwrap()
    };
    assert_eq!(
        find_program("agent", &join(&["none", "one", "two", "three"])),
        Some(place.path().join("two/agent"))
    );
    assert_eq!(find_program("agent", &join(&["one"])), None);
    assert_eq!(find_program("", &join(&["two"])), None);
    assert_eq!(find_program("two/agent", &join(&[""])), None);
    // The tests run in the crate's folder, where `Cargo.toml` would be found.
    let here = std::env::current_dir().unwrap();
    fs::copy(
        place.path().join("two/agent"),
        place.path().join("two/copy"),
    )
    .unwrap();
    assert!(here.is_absolute());
    for relative in [".", "", "src/.."] {
        assert_eq!(find_program("Cargo.toml", relative.as_ref()), None);
    }
}

#[test]
fn text_goes_in_and_the_end_comes() {
    let mut launch = sh("cat; echo .");
    launch.stdin = Stdin::Text("a\0b\n".to_owned());
    assert_eq!(run(launch).stdout, b"a\0b\n.\n");
    assert_eq!(run(sh("cat; echo .")).stdout, b".\n");
}

#[cfg(target_os = "linux")]
#[test]
fn it_has_no_terminal() {
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "starting::under_a_terminal"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(
        status.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by it_has_no_terminal, in a process that may take one"]
fn under_a_terminal() {
    // SAFETY: plain system calls; the name is copied before anybody else asks for one.
    let name = unsafe {
        assert!(libc::setsid() > 0);
        let ours = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY);
        assert!(ours >= 0 && libc::grantpt(ours) == 0 && libc::unlockpt(ours) == 0);
        std::ffi::CStr::from_ptr(libc::ptsname(ours)).to_owned()
    };
    // The first terminal that the leader of a session opens becomes its own.
    let _terminal = fs::File::open(name.to_str().unwrap()).unwrap();
    assert!(fs::File::open("/dev/tty").is_ok());
    let said = run(sh("(: </dev/tty) 2>/dev/null || echo none"));
    assert_eq!(said.text(), "none\n");
    assert!(fs::File::open("/dev/tty").is_ok(), "it took ours");
}
