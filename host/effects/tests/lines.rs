//! Lines are the same however the bytes were cut.

use cm_effects::Lines;
use proptest::prelude::*;

fn all(pieces: &[&[u8]], most: usize) -> (Vec<String>, u64) {
    let mut lines = Lines::new(most);
    let mut all: Vec<String> = pieces.iter().flat_map(|piece| lines.push(piece)).collect();
    all.extend(lines.finish());
    (all, lines.cut())
}

#[test]
fn ends_and_rests() {
    let texts = |text: &[u8]| all(&[text], 100).0;
    assert_eq!(texts(b"a\nb\r\n\nc"), ["a", "b", "", "c"]);
    assert_eq!(texts(b"a\n"), ["a"]);
    assert_eq!(texts(b""), Vec::<String>::new());
    assert_eq!(texts(b"a\0b\rc\n"), ["a\0b\rc"]);
    assert_eq!(texts(b"x\xffy\n\xe2\x82"), ["x\u{fffd}y", "\u{fffd}"]);
}

#[test]
fn long_lines_are_cut_between_characters() {
    assert_eq!(
        all(&["€€\nok".as_bytes()], 4),
        (vec!["€".into(), "ok".into()], 1)
    );
    assert_eq!(
        all(&[b"abcd\r\nabcde\n"], 4),
        (vec!["abcd".into(), "abcd".into()], 1)
    );
}

proptest! {
    #[test]
    fn any_split_gives_the_same(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b'\n'), Just(b'\r'), Just(b'a'), Just(0xe2), Just(0x82), Just(0xac), any::<u8>(),
        ], 0..80),
        cuts in proptest::collection::vec(0_usize..80, 0..8),
        most in 0_usize..12,
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let whole = all(&[&bytes], most);
        prop_assert_eq!(&all(&pieces, most), &whole);
        // With room for everything it is what the standard library would say.
        let text: Vec<String> = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
        }).collect();
        prop_assert_eq!(all(&pieces, 1000).0, text);
        for line in whole.0 {
            // A byte that was wrong takes three.
            prop_assert!(line.len() <= most * 3);
        }
    }
}
