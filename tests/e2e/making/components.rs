//! The templates in Rust, built for real.

use std::{path::PathBuf, process::Command};

use crate::support::{Cm, skipped};

/// The cargo of the tester, if it can build for guests' target without a network.
fn cargo() -> Option<(PathBuf, PathBuf)> {
    let home = |name: &str, folder: &str| {
        let named = std::env::var_os(name).map(PathBuf::from);
        named.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(folder)))
    };
    let (cargo, rustup) = (
        home("CARGO_HOME", ".cargo")?,
        home("RUSTUP_HOME", ".rustup")?,
    );
    let mut rustc = Command::new(cargo.join("bin/rustc"));
    let target = rustc
        .args([
            "--print",
            "target-libdir",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .output()
        .ok()?;
    let library = PathBuf::from(String::from_utf8(target.stdout).ok()?.trim());
    library.is_dir().then_some((cargo, rustup))
}

#[test]
fn templates_in_rust_build_and_pass_the_check() {
    let Some((cargo, rustup)) = cargo() else {
        return skipped(
            "templates in Rust",
            "there is no Rust for wasm32-unknown-unknown",
        );
    };
    let cm = Cm::new();
    for template in ["step", "controller", "engine"] {
        let name = format!("my-{template}");
        cm.run(["new", &name, "--template", template]).code(0);
        cm.run(["check", &name]).code(1).says("is not built");
        let mut build = cm.command(["build", &name]);
        build
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", cargo.join("bin").display()),
            )
            .env("CARGO_HOME", &cargo)
            .env("RUSTUP_HOME", &rustup)
            .env("CARGO_NET_OFFLINE", "true")
            .env(
                "CARGO_BUILD_BUILD_DIR",
                concat!(env!("CARGO_TARGET_TMPDIR"), "/templates"),
            );
        // Without the patience of the other commands: a compiler is at work.
        let built = build.output().expect("cm ends");
        let said = String::from_utf8_lossy(&built.stderr);
        if said.contains("--offline") {
            return skipped("templates in Rust", "wit-bindgen is not on this machine");
        }
        let made = format!("Made a component of dist/{name}.wasm");
        assert!(built.status.success() && said.contains(&made), "{said}");
        cm.run(["check", &name]).code(0).says("No problems.");
        cm.run(["publish", &name]).code(0);
        cm.run(["install", &name, "--yes"]).code(0);
    }
    let cm = cm
        .program("my-agent", "read line; echo \"you said $line\"")
        .file("flow/cm.toml", "[package]\nname = \"flow\"\nversion = \"1.0.0\"\n[dependencies]\nmy-step = \"*\"\n")
        .file(
            "flow/workflow.yaml",
            "name: All\nsteps:\n  - { id: count, step: my-step/words, input: one two three }\n  - { agent: one, engine: my-engine }\n",
        )
        .file("flow/agents/one.md", "{count.output} words\n");
    cm.run(["run", "./flow"]).code(0).says("you said 3 words");
}
