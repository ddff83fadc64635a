//! Many packages: listing them reads one file.

use std::time::{Duration, Instant};

use super::*;

/// Makes one installed package into so many, in registry.json alone.
fn multiply(place: &Place, count: usize) {
    place
        .registry()
        .install(&place.package("p", "1.0.0", "x"), PLAIN)
        .unwrap();
    let file = place.home().registry_file();
    let mut read: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let one = read["imports"]["p"].clone();
    for number in 0..count {
        let name = format!("team/package-{number}");
        let mut other = one.clone();
        other["name"] = name.as_str().into();
        other["description"] = "One of very many packages, with a sentence about it.".into();
        let path = place.home().imports().join(&name).join("1.0.0");
        other["path"] = path.display().to_string().into();
        read["imports"][name] = other;
    }
    fs::write(file, serde_json::to_vec_pretty(&read).unwrap()).unwrap();
}

#[test]
fn a_thousand_are_listed_from_one_file() {
    let place = Place::new();
    multiply(&place, 1000);
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        let listed = place.registry().list().unwrap();
        best = best.min(start.elapsed());
        // Their copies are not there at all, and nobody has missed them.
        assert_eq!(listed.len(), 1002);
    }
    println!("1,000 packages are listed in {best:?}");
    assert!(best < Duration::from_millis(300), "{best:?}");
}
