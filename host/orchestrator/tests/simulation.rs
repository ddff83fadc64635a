use crate::{dice::Dice, program::Program, world::World};

/// How many seeds a test run tries; `CM_SEEDS` for more, `CM_SEED` for one alone.
const SEEDS: u64 = 3_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A random workflow, once in peace and once with crashes and failures: the same
/// result, and nothing finished runs again (the world checks that).
fn simulate(seed: u64) -> (String, Vec<String>) {
    let mut dice = Dice(seed);
    let program = Program::random(&mut dice, 3);
    let faults = dice.roll() % 60;
    let expected = World::new(seed).run(&program, 0);
    let mut world = World::new(seed ^ 0xfeed);
    let output = world.run(&program, faults);
    assert_eq!(output, expected, "the crashes changed the result");
    (output, world.trace)
}

/// Runs this for each seed, and says which one fails.
pub(crate) fn for_seeds(seeds: u64, run: impl Fn(u64) + std::panic::RefUnwindSafe) {
    let seeds = match number("CM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("CM_SEEDS").unwrap_or(seeds),
    };
    for seed in seeds {
        if std::panic::catch_unwind(|| run(seed)).is_err() {
            panic!("seed {seed} fails; play it again with CM_SEED={seed}");
        }
    }
}

#[test]
fn crashes_and_failures_change_nothing() {
    for_seeds(SEEDS, |seed| {
        let outcome = simulate(seed);
        if seed % 100 == 0 {
            assert_eq!(outcome, simulate(seed), "the same seed, another run");
        }
    });
}
