//! A disk that fills while something is installed.

use super::*;

/// A disk of its own, in memory; gone with the value.
struct Disk(PathBuf);

impl Disk {
    /// None where nobody may mount anything.
    fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(&at)
            .stderr(Stdio::null())
            .status();
        done.is_ok_and(|it| it.success()).then_some(Self(at))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Leaves so much room.
fn fill(disk: &Disk, kibibytes: u64) {
    let filler = disk.0.join("filler");
    let _ = fs::remove_file(&filler);
    let text = Command::new("df")
        .args(["--output=avail", "-k"])
        .arg(&disk.0)
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    let free: u64 = text.lines().last().unwrap().trim().parse().unwrap();
    let bytes = free.saturating_sub(kibibytes) << 10;
    let made = Command::new("fallocate")
        .args(["-l", &bytes.to_string()])
        .arg(&filler)
        .status();
    assert!(made.unwrap().success());
}

#[test]
fn a_disk_that_fills() {
    let place = Place::new();
    let registries = fs::read(place.path("home/registries.toml")).unwrap();
    let Some(disk) = Disk::mount(place.path("home")) else {
        eprintln!("SKIPPED a_disk_that_fills: this user may not mount a disk in memory");
        return;
    };
    fs::write(place.path("home/registries.toml"), registries).unwrap();
    place.publish("acme/review", "1.0.0", "");
    place.install(&["acme/review"], &all()).unwrap();
    let old = place.state();
    place.package("review", "2.0.0", "");
    let large: Vec<u8> = (0..2_000_000u32).map(|it| (it % 251) as u8).collect();
    place.write("work/review-2.0.0/assets/a.bin", "");
    fs::write(place.path("work/review-2.0.0/assets/a.bin"), large).unwrap();
    place.publish("acme/review", "2.0.0", "");
    // The blob, what is unpacked of it, and the copy: six megabytes.
    let mut failures = 0;
    for room in [
        0, 4, 8, 16, 500, 1900, 1990, 2100, 3000, 4000, 4100, 5000, 5950, 6000,
    ] {
        fill(&disk, room);
        match place.install(&["acme/review"], &all()) {
            Ok(_) => break,
            Err(error) => {
                failures += 1;
                assert_eq!(error.code(), "disk", "{room}: {error}");
                let help = error.help().unwrap();
                assert!(help.contains("make some room"), "{room}: {error}: {help}");
                assert_eq!(place.state(), old, "{room}");
            }
        }
    }
    assert!(failures > 8, "{failures}");
    fs::remove_file(disk.0.join("filler")).unwrap();
    place.install(&["acme/review"], &all()).unwrap();
    assert_eq!(place.state(), ["acme/review@2.0.0* ", "acme/review@1.0.0 "]);
}
