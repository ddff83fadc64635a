use crate::{
    failure::{Failure, Outcome},
    house::House,
    npm,
    program::{self, Program},
    progress::Progress,
};

/// The version of cargo-deny that is installed when asked for.
const DENY: &str = "0.20.2";

/// Checks form, lints, documentation, and the licences of what is depended on.
pub(crate) fn check(house: &House, progress: &Progress, fetch_deny: bool) -> Outcome {
    let cargo = || Program::new("cargo").within(house.root());
    progress.phase("lint", "cargo fmt --check", || {
        cargo().arguments(["fmt", "--all", "--check"]).show()
    })?;
    progress.phase("lint", "cargo clippy", || {
        cargo()
            .arguments([
                "clippy",
                "--quiet",
                "--release",
                "--workspace",
                "--all-targets",
            ])
            .arguments(["--", "-D", "warnings"])
            .show()
    })?;
    progress.phase("lint", "cargo doc", || {
        cargo()
            .arguments(["doc", "--quiet", "--release", "--workspace", "--no-deps"])
            .variable("RUSTDOCFLAGS", "-D warnings")
            .show()
    })?;
    deny(house, progress, fetch_deny)
}

/// cargo-deny takes minutes to compile, so it is only installed when asked for.
fn deny(house: &House, progress: &Progress, fetch: bool) -> Outcome {
    let own = house.tools().join("deny");
    let installed = program::find("cargo-deny").or_else(|| {
        let path = own.join("bin/cargo-deny");
        path.is_file().then_some(path)
    });
    let path = match installed {
        Some(path) => path,
        None if fetch => {
            progress.phase("lint", format_args!("installing cargo-deny {DENY}"), || {
                let install = Program::new("cargo")
                    .arguments([
                        "install",
                        "--quiet",
                        "--locked",
                        "cargo-deny",
                        "--version",
                        DENY,
                        "--root",
                    ])
                    .argument(&own)
                    .without("CARGO_TARGET_DIR");
                npm::reached(install.read(), "the Rust packages")
            })?;
            own.join("bin/cargo-deny")
        }
        None => {
            progress.skip(
                "cargo deny",
                "not installed (`cargo xtask lint --deny` installs it)",
            );
            return Ok(());
        }
    };
    // Licences, sources and bans need no network; advisories need their database.
    let run = |what: &[&str]| {
        Program::new(&path)
            .argument("check")
            .arguments(what)
            .within(house.root())
            .read()
            .map(|_| ())
    };
    progress.phase("lint", "cargo deny check", || {
        run(&["bans", "licenses", "sources"])
    })?;
    match run(&["advisories"]) {
        Err(Failure::Program { output, .. })
            if output.contains("failed to fetch advisory database") =>
        {
            progress.skip(
                "cargo deny check advisories",
                "the advisory database cannot be fetched",
            );
            Ok(())
        }
        result => result,
    }
}
