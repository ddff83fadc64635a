use std::{io::Read as _, path::Path};

use super::{Plan, Spawned, portable, sizes, spawn, unrepresentable};
use crate::leader::Leader;

fn plan<'a>(
    arguments: &'a [String],
    environment: &'a [(std::ffi::OsString, std::ffi::OsString)],
) -> Plan<'a> {
    Plan {
        program: Path::new("/bin/sh"),
        name: "sh",
        arguments,
        environment,
        directory: Path::new("/"),
        stdin: false,
        finishes: false,
    }
}

fn said(spawned: Spawned) -> (String, Option<i32>) {
    let mut text = String::new();
    std::fs::File::from(spawned.stdout)
        .read_to_string(&mut text)
        .unwrap();
    let mut leader = Leader::new(spawned.pid);
    loop {
        if let Some(ending) = leader.reap() {
            return (text, ending.code);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn both_ways_of_starting_give_the_same_child() {
    let script = "echo $0 $PWD $X $#; cat; test $(ps -o pgid= -p $$) -eq $$; exit 3";
    let arguments = ["-c", script, "zero", "one"].map(str::to_owned);
    let environment = [
        ("X".into(), "y z".into()),
        ("PATH".into(), std::env::var_os("PATH").unwrap()),
    ];
    let plan = plan(&arguments, &environment);
    for start in [spawn, portable::spawn] {
        let spawned = start(&plan).unwrap();
        let (text, code) = said(spawned);
        assert_eq!((text.as_str(), code), ("zero / y z 1\n", Some(3)));
    }
}

#[test]
fn both_ways_of_starting_fail_alike() {
    let arguments = ["x".repeat(40 * 1024 * 1024)];
    let long = plan(&arguments, &[]);
    let missing = Plan {
        program: Path::new("/nowhere/at/all"),
        ..plan(&[], &[])
    };
    for (plan, code) in [(long, libc::E2BIG), (missing, libc::ENOENT)] {
        for start in [spawn, portable::spawn] {
            assert_eq!(start(&plan).unwrap_err().raw_os_error(), Some(code));
        }
    }
}

#[test]
fn sizes_count_the_ends_too() {
    let arguments = ["abc".to_owned()];
    let environment = [("K".into(), "value".into())];
    // "sh\0" + "abc\0" + "K=value\0"
    assert_eq!(sizes(&plan(&arguments, &environment)), (3 + 4 + 8, 8));
}

#[test]
fn what_cannot_be_passed_on_is_said() {
    let nul = ["fine".to_owned(), "a\0b".to_owned()];
    assert!(
        unrepresentable(&plan(&nul, &[]))
            .unwrap()
            .contains("argument 2")
    );
    for (name, value) in [("", "x"), ("A=B", "x"), ("A", "x\0"), ("A\0", "x")] {
        let environment = [(name.into(), value.into())];
        assert!(
            unrepresentable(&plan(&[], &environment)).is_some(),
            "{name:?}"
        );
    }
    let environment = [("A".into(), "=".into())];
    assert_eq!(unrepresentable(&plan(&[], &environment)), None);
}
