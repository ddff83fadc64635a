use crate::{
    contract, docker, engines, failure::Outcome, guests, host, house::House, program::Program,
    progress::Progress, toolchain::Source, wit,
};

/// Everything that must hold: the contract, the guests in every language, and
/// all tests of the workspace through the real binary.
pub(crate) fn test(
    house: &House,
    progress: &Progress,
    source: Option<Source>,
    arguments: &[String],
) -> Outcome {
    wit::check(house, progress)?;
    guests::build(house, progress, source, &[])?;
    contract::build(house, progress)?;
    engines::install(house, progress)?;
    docker::install(house, progress)?;
    let cm = host::binary_beside_tests(house, progress)?;
    progress.phase("test", "cargo test --release --workspace", || {
        Program::new("cargo")
            .arguments(["test", "--release", "--workspace"])
            .arguments(arguments)
            .variable("CM_ENGINES_DIR", house.engines())
            .variable("CM_DOCKER_REGISTRY", docker::program(house))
            .variable("CM_BIN", house.root().join(cm))
            .within(house.root())
            .show()
    })
}
