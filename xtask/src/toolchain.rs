use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    debian,
    failure::{At, Failure, Outcome},
    house::House,
    program::{self, Program},
    progress::Progress,
};

/// What guests are built for. It has no system interface at all.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How long `rustup target add` may take: enough for a slow line, short enough
/// for a machine whose network swallows every packet.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// Where the toolchain for guests may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Source {
    /// Rust's own toolchain has the wasm target, or rustup can add it.
    Rustup,
    /// Rust's own toolchain has the standard library's sources.
    RustSrc,
    /// Debian's second toolchain, installed on the system.
    Debian,
    /// The same, fetched without root and unpacked below `target/`.
    Unpacked,
}

/// A cargo that can build for [`TARGET`].
pub(crate) struct Toolchain {
    /// For people.
    pub(crate) name: String,
    cargo: PathBuf,
    variables: Vec<(String, OsString)>,
    build_std: bool,
}

impl Toolchain {
    /// The first that works, in the order of [`Source`]; or the wanted one.
    pub(crate) fn detect(
        house: &House,
        progress: &Progress,
        wanted: Option<Source>,
    ) -> Outcome<Self> {
        let tries = |source| wanted.is_none_or(|wanted| wanted == source);
        let sysroot = sysroot();
        let mut reasons = Vec::new();
        if let Some(sysroot) = &sysroot {
            if tries(Source::Rustup) && has_target(sysroot) {
                return Ok(Self::rust(false));
            }
            // A toolchain that was fetched before is nearer than any network.
            if tries(Source::Unpacked) && debian::unpacked(house).is_some() {
                return Self::unpacked(house, Some(sysroot));
            }
            if tries(Source::Rustup) {
                match add_target(house, progress, sysroot) {
                    Ok(()) => return Ok(Self::rust(false)),
                    Err(failure) => reasons.push(first_line(&failure)),
                }
            }
            if tries(Source::RustSrc) {
                if sysroot
                    .join("lib/rustlib/src/rust/library/Cargo.toml")
                    .is_file()
                {
                    return Ok(Self::rust(true));
                }
                reasons.push("rust-src is not installed".into());
            }
        } else {
            reasons.push("there is no `rustc` on the PATH".into());
        }
        if tries(Source::Debian) {
            if debian::installed() {
                return Self::debian(Path::new("/usr"), sysroot.as_deref(), None);
            }
            reasons.push("Debian's rustc-web, cargo-web and rust-web-src are not installed".into());
        }
        if tries(Source::Unpacked) {
            match debian::fetch(house, progress) {
                Ok(()) => return Self::unpacked(house, sysroot.as_deref()),
                Err(failure) => reasons.push(failure.to_string()),
            }
        }
        Err(Failure::Wrong(format!(
            "no Rust toolchain here can build for {TARGET}. Do one of these, then run the command again:\n\
             \x20 rustup target add {TARGET}\n\
             \x20 rustup component add rust-src\n\
             \x20 apt-get install rustc-web cargo-web rust-web-src   (Debian 12 or later)\n\
             What was tried:\n  - {}",
            reasons.join("\n  - ")
        )))
    }

    /// `cargo SUBCOMMAND`, ready for the guests' target and profile.
    pub(crate) fn cargo(&self, subcommand: &str) -> Program {
        let mut program = Program::new(&self.cargo).argument(subcommand);
        for (name, value) in &self.variables {
            program = program.variable(name, value);
        }
        if self.build_std {
            program = program.argument("-Zbuild-std=std,panic_abort");
        }
        program.arguments(["--target", TARGET, "--profile", "guest"])
    }

    fn rust(build_std: bool) -> Self {
        let bootstrap = build_std.then(|| ("RUSTC_BOOTSTRAP".into(), "1".into()));
        Self {
            name: if build_std {
                "the installed Rust, with rust-src".into()
            } else {
                "the installed Rust".into()
            },
            cargo: std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
            variables: bootstrap.into_iter().collect(),
            build_std,
        }
    }

    fn unpacked(house: &House, sysroot: Option<&Path>) -> Outcome<Self> {
        let Some(root) = debian::unpacked(house) else {
            return Err(Failure::Wrong(
                "the fetched toolchain is not complete".into(),
            ));
        };
        Self::debian(&root.join("usr"), sysroot, debian::libraries(&root))
    }

    /// Debian's toolchain below `prefix`. Its `rust-lld` is a dangling link unless
    /// a package of its own is there, so the linker may come from rustup's.
    fn debian(prefix: &Path, sysroot: Option<&Path>, libraries: Option<OsString>) -> Outcome<Self> {
        let beside = |sysroot: &Path| sysroot.join(format!("lib/rustlib/{}/bin/rust-lld", host()));
        let linker = sysroot
            .map(beside)
            .filter(|path| path.is_file())
            .or_else(|| Some(beside(prefix)).filter(|path| path.is_file()))
            .or_else(|| program::find("wasm-ld"))
            .or_else(|| {
                (14..=22)
                    .rev()
                    .find_map(|major| program::find(&format!("wasm-ld-{major}")))
            })
            .ok_or_else(|| {
                Failure::Wrong(
                    "Debian's Rust toolchain has no linker for wasm: install rustup's stable \
                     toolchain, or `apt-get install lld`"
                        .into(),
                )
            })?;
        let mut variables: Vec<(String, OsString)> = vec![
            ("RUSTC_BOOTSTRAP".into(), "1".into()),
            ("RUSTC".into(), prefix.join("bin/rustc").into()),
            (
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER".into(),
                linker.into(),
            ),
        ];
        // `cargo run` has put libraries of rustup's compiler first, which are not this one's.
        variables.push(("LD_LIBRARY_PATH".into(), libraries.unwrap_or_default()));
        Ok(Self {
            name: format!("Debian's Rust in {}", prefix.display()),
            cargo: prefix.join("bin/cargo"),
            variables,
            build_std: true,
        })
    }
}

/// The Rust host that this program runs on.
fn host() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

fn sysroot() -> Option<PathBuf> {
    let printed = Program::new("rustc")
        .arguments(["--print", "sysroot"])
        .read()
        .ok()?;
    Some(PathBuf::from(printed.trim()))
}

fn has_target(sysroot: &Path) -> bool {
    let library = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    std::fs::read_dir(library).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore"))
    })
}

/// Lets rustup fetch the target. A failure is remembered for a day, so that a
/// machine that cannot do it does not try each time.
fn add_target(house: &House, progress: &Progress, sysroot: &Path) -> Outcome {
    let scratch = house.scratch("rustup");
    let failed = scratch.join("target-add-failed");
    let fresh = std::fs::metadata(&failed)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|time| {
            time.elapsed()
                .is_ok_and(|age| age < Duration::from_secs(86_400))
        });
    let same = std::fs::read(&failed).is_ok_and(|of| of == sysroot.as_os_str().as_encoded_bytes());
    if fresh && same {
        return Err(Failure::Wrong(format!(
            "`rustup target add {TARGET}` failed within the last day (delete {} to try again)",
            house.short(&failed)
        )));
    }
    if program::find("rustup").is_none() {
        return Err(Failure::Wrong("there is no rustup".into()));
    }
    progress.say(
        "toolchain",
        format_args!("trying `rustup target add {TARGET}`"),
    );
    std::fs::create_dir_all(&scratch).at(&scratch)?;
    let result = Program::new("rustup")
        .arguments(["target", "add", TARGET])
        .variable("RUSTUP_MAX_RETRIES", "1")
        .within_time(RUSTUP_LIMIT, &scratch.join("log"));
    // rustup may think that it has added what the sysroot in use does not have.
    if result.is_ok() && has_target(sysroot) {
        return Ok(());
    }
    std::fs::write(&failed, sysroot.as_os_str().as_encoded_bytes()).at(&failed)?;
    progress.say("toolchain", "rustup cannot add it here; looking further");
    result?;
    Err(Failure::Wrong(format!(
        "`rustup target add {TARGET}` has not added it to {}",
        sysroot.display()
    )))
}

fn first_line(failure: &Failure) -> String {
    failure
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
