//! What is here already is not fetched, not written, and not waited for.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn installed_again() {
    let place = Place::new();
    place.package("review", "1.0.0", "");
    // Five megabytes that cannot be told from others.
    let mut number = 1u64;
    let large: Vec<u8> = (0..5 << 20)
        .map(|_| {
            number = number.wrapping_mul(6364136223846793005).wrapping_add(1);
            (number >> 56) as u8
        })
        .collect();
    fs::create_dir_all(place.path("work/review-1.0.0/assets")).unwrap();
    fs::write(place.path("work/review-1.0.0/assets/large.bin"), large).unwrap();
    place.publish("acme/review", "1.0.0", "");
    let start = Instant::now();
    place.install(&["acme/review@1.0.0"], &all()).unwrap();
    let first = start.elapsed();
    place.install(&["acme/review@1.0.0"], &all()).unwrap();

    fs::remove_dir_all(place.path("registry")).unwrap();
    let file = place.home("home").registry_file();
    let written = || fs::metadata(&file).unwrap().modified().unwrap();
    let before = (
        written(),
        fs::read_dir(place.path("home/tmp")).unwrap().count(),
    );
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        let installed = place.install(&["acme/review@1.0.0"], &all()).unwrap();
        best = best.min(start.elapsed());
        assert_eq!(installed[0].outcome, cm_registry::Outcome::Unchanged);
    }
    println!("installed in {first:?}, again in {best:?}");
    assert!(best < Duration::from_millis(200), "{best:?}");
    assert_eq!(before, (written(), 0));
}
