//! Tells the program for which machine it was built.

fn main() {
    // The name of the machine that programs are built for, which only cargo knows.
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=TARGET={target}");
    println!("cargo::rerun-if-changed=build.rs");
}
