//! Values in commands, through a real shell: whatever is in a value, it arrives
//! whole and is never run.
#![cfg(unix)]

mod support;

use std::process::{Command as Process, Stdio};

use cm_sdk::workflow::Command;
use proptest::prelude::*;
use support::{Call, FakeHost, Package};

/// Texts that would do harm if a shell read them as code.
const HOSTILE: [&str; 14] = [
    "$(touch PWNED)",
    "`touch PWNED`",
    "; touch PWNED;",
    "\ntouch PWNED\n",
    "touch PWNED",
    "' ; touch PWNED ; '",
    "\"; touch PWNED; \"",
    "'\"${CM_V1}\"'",
    "EOF\ntouch PWNED",
    "$CM_V1 ${CM_V1} $HOME",
    "a  b\t*\n\n ?",
    "\\",
    "-n",
    "ünïcödé {v.output} \\{x} %s",
];

/// The command that a line becomes. None when the check refuses it.
fn command(line: &str, value: &str) -> Option<Command> {
    let line = serde_json::to_string(line).expect("a JSON string is YAML");
    let text =
        format!("name: x\nsteps:\n  - {{ id: v, ask: what }}\n  - {{ id: c, run: {line} }}\n");
    let package = Package::new(&text);
    if package.check().problems.iter().any(|problem| problem.fatal) {
        return None;
    }
    let host = FakeHost::new(package).says("v", value);
    host.run().expect("it runs");
    host.calls().into_iter().find_map(|call| match call {
        Call::Command(_, command, _) => Some(command),
        _ => None,
    })
}

fn shell(program: &str, command: &Command, directory: &std::path::Path) -> Vec<u8> {
    Process::new(program)
        .arg("-c")
        .arg(&command.line)
        .envs(command.environment.iter().cloned())
        .current_dir(directory)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .expect("there is a shell")
        .stdout
}

fn directory(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("cm-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a directory for the test");
    path
}

/// Shells to try: `sh`, and `bash` where there is one.
fn shells() -> Vec<&'static str> {
    let works = |shell: &&str| Process::new(shell).args(["-c", "exit 0"]).status().is_ok();
    ["sh", "bash"].into_iter().filter(works).collect()
}

/// Lines that print the value, and what surrounds it.
const LINES: [(&str, &str, &str); 13] = [
    ("printf %s {v.output}", "", ""),
    ("printf %s \"{v.output}\"", "", ""),
    ("printf %s '{v.output}'", "", ""),
    ("printf %s 'a'\"b\"c{v.output}\"d\"'e'", "abc", "de"),
    (
        "printf '%s' \"it's \"{v.output}\" \\\"so\\\"\"",
        "it's ",
        " \"so\"",
    ),
    ("# it's {v.output}\nprintf %s {v.output} # \"", "", ""),
    ("cat <<EOF\nit's {v.output}\"\nEOF\n", "it's ", "\"\n"),
    (
        "cat <<-EOF\n\t<{v.output}>\n\tEOF\nprintf %s \"{v.output}\" >/dev/null",
        "<",
        ">\n",
    ),
    ("X={v.output}; printf %s \"$X\"", "", ""),
    ("sh -c 'printf %s \"$1\"' sh {v.output}", "", ""),
    ("for x in {v.output}; do printf %s \"$x\"; done", "", ""),
    ("if true; then printf '<%s>' {v.output}; fi", "<", ">"),
    ("printf %s \"<$(printf '%s|' {v.output})>\"", "<", "|>"),
];

#[test]
fn values_arrive_whole() {
    let directory = directory("whole");
    for (line, before, after) in LINES {
        for value in HOSTILE {
            let command = command(line, value).unwrap_or_else(|| panic!("refused: {line}"));
            for program in shells() {
                let output = shell(program, &command, &directory);
                let output = String::from_utf8_lossy(&output);
                assert_eq!(
                    output,
                    format!("{before}{value}{after}"),
                    "{program}: {line}: {}",
                    command.line
                );
            }
        }
    }
    assert!(!directory.join("PWNED").exists());
    std::fs::remove_dir_all(directory).expect("the directory is there");
}

#[test]
fn one_variable_for_each_value() {
    let command = command(
        "echo {v.output} \"{v.output}\" '{!v.output}' ${v.output} \\{v.output}",
        "x",
    );
    assert_eq!(
        command.map(|command| (command.line, command.environment)),
        Some((
            "echo \"${CM_V1}\" \"${CM_V1}\" ''\"${CM_V2}\"'' ${v.output} {v.output}".into(),
            vec![("CM_V1".into(), "x".into()), ("CM_V2".into(), "x".into())]
        ))
    );
}

#[test]
fn values_that_no_variable_can_hold() {
    for (value, code) in [
        ("a\0b".to_string(), "value-not-text"),
        ("x".repeat(200_000), "value-too-long"),
    ] {
        let package =
            Package::new("name: x\nsteps: [{ id: v, ask: what }, { run: 'echo {v.output}' }]\n");
        let error = FakeHost::new(package)
            .says("v", &value)
            .run()
            .expect_err("too much");
        assert_eq!(
            cm_sdk::workflow::details(&error).map(|failure| failure.code.as_str()),
            Some(code)
        );
    }
}

/// Pieces of shell lines, put together without sense.
const PIECES: [&str; 28] = [
    "{v.output}",
    "{v.output}",
    "{v.output}",
    "'",
    "\"",
    "\\",
    " ",
    "\n",
    "$(",
    ")",
    "(",
    "`",
    "${",
    "}",
    "${X:-",
    "$((",
    "))",
    "#",
    ";",
    "&&",
    "|",
    "echo ",
    "cat <<E\n",
    "\nE\n",
    "X=",
    "if true; then ",
    "case x in x) ",
    ";; esac",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Also in lines that nobody would write, a value is never run.
    #[test]
    fn values_are_never_run(before in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8),
        after in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..5), value in prop::sample::select(&HOSTILE[..])) {
        let line = format!("{}{{v.output}}{}", before.concat(), after.concat());
        let Some(command) = command(&line, value) else { return Ok(()) };
        let directory = directory("fuzz");
        for program in shells() {
            shell(program, &command, &directory);
            let pwned = directory.join("PWNED");
            if pwned.exists() {
                std::fs::remove_file(&pwned).ok();
                prop_assert!(false, "{program} ran the value: {:?}", command.line);
            }
        }
    }

    /// Any text at all arrives whole.
    #[test]
    fn any_value_arrives(value in "[^\0]{0,40}", line in prop::sample::select(&LINES[..])) {
        let (line, before, after) = line;
        let command = command(line, &value).expect("the line is good");
        let directory = directory("any");
        let output = shell("sh", &command, &directory);
        prop_assert_eq!(String::from_utf8_lossy(&output), format!("{before}{value}{after}"));
    }
}
