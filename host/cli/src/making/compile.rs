use std::{ffi::OsString, path::Path};

use cm_effects::{Launch, Limits, Lines, Output, Process, Stdin};
use cm_registry::Package;

use super::{encode::encode, signing::PASSWORD};
use crate::{trouble::Trouble, view::text};

/// The longest line of a build's output that is shown whole.
const LONGEST_LINE: usize = 64 << 10;

/// Runs the build command of a package, if it has one, and makes components of what
/// comes of it.
pub(crate) fn compile(package: &Package) -> Result<(), Trouble> {
    if let (Some(build), Some(directory)) = (&package.manifest().build, package.directory()) {
        eprintln!("$ {}", text::one_line(&build.command, 200));
        run(&build.command, directory)?;
    }
    encode(package)
}

fn run(command: &str, directory: &Path) -> Result<(), Trouble> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::new("no-runtime", error.to_string()))?;
    let process = runtime.block_on(async {
        let process = Process::start(Launch {
            program: "sh".to_owned(),
            arguments: vec!["-c".to_owned(), command.to_owned()],
            environment: environment(directory),
            directory: directory.to_owned(),
            stdin: Stdin::Null,
            limits: Limits {
                output_bytes: u64::MAX,
                ..Limits::default()
            },
            recording: None,
        });
        let mut process =
            process.map_err(|error| Trouble::new("build-failed", error.to_string()))?;
        let (mut stdout, mut stderr) = (Lines::new(LONGEST_LINE), Lines::new(LONGEST_LINE));
        loop {
            let lines = match process.next().await {
                Output::Stdout(bytes) => stdout.push(&bytes),
                Output::Stderr(bytes) => stderr.push(&bytes),
                Output::Exited(exit) => {
                    show(stdout.finish().into_iter().chain(stderr.finish()));
                    return Ok::<_, Trouble>(exit);
                }
            };
            show(lines);
        }
    });
    let exit = process?;
    if exit.code == Some(0) {
        return Ok(());
    }
    let how = match exit.code {
        Some(code) => format!("ended with {code}"),
        None => "was ended by a signal".to_owned(),
    };
    Err(
        Trouble::new("build-failed", format!("the build command {how}"))
            .help("mend what it says above, or the command below [build] in cm.toml"),
    )
}

fn show(lines: impl IntoIterator<Item = String>) {
    for line in lines {
        eprintln!("{}", text::clean(&line));
    }
}

/// That of the person, as if they had typed the command; a key's password is no
/// business of a compiler.
fn environment(directory: &Path) -> Vec<(OsString, OsString)> {
    std::env::vars_os()
        .filter(|(name, _)| name != PASSWORD && name != "PWD")
        .chain([("PWD".into(), directory.into())])
        .collect()
}
