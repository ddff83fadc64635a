//! Cutting bytes into lines.

use cm_sdk::engine::testing::cut;
use cm_sdk::engine::{Line, Lines};
use proptest::prelude::*;

fn all(limit: usize, pieces: &[Vec<u8>]) -> Vec<Line<'_>> {
    let mut lines = Lines::with_limit(limit);
    let mut found = Vec::new();
    for piece in pieces {
        found.extend(lines.push(piece));
    }
    found.extend(lines.finish());
    found
}

/// What the lines of a whole text are, said in the simplest way.
fn plainly(limit: usize, bytes: &[u8]) -> Vec<Line<'_>> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
        .into_iter()
        .map(|line| {
            let kept = &line[..line.len().min(limit)];
            let dropped = line.len() - kept.len();
            let kept = if dropped == 0 {
                kept.strip_suffix(b"\r").unwrap_or(kept)
            } else {
                kept
            };
            Line {
                text: String::from_utf8_lossy(kept),
                dropped,
            }
        })
        .collect()
}

/// Bytes in which line ends, halves of characters and broken ones are frequent.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just("é😀".as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
        "[a-z]{0,12}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_pieces_give_the_lines_of_the_whole(bytes in bytes(), places in prop::collection::vec(any::<usize>(), 0..30), limit in 0..40usize) {
        let pieces = cut(&bytes, &places);
        prop_assert_eq!(all(limit, &pieces), plainly(limit, &bytes));
    }

    #[test]
    fn no_byte_is_lost(bytes in bytes()) {
        let lines = all(usize::MAX, std::slice::from_ref(&bytes));
        let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
        let open = usize::from(bytes.last().is_some_and(|last| *last != b'\n'));
        prop_assert_eq!(lines.len(), ends + open);
    }
}

#[test]
fn a_line_without_an_end_costs_no_more_than_the_limit() {
    let mut lines = Lines::with_limit(1000);
    let piece = vec![b'x'; 64 * 1024];
    for _ in 0..200 {
        assert!(lines.push(&piece).is_empty());
    }
    let line = lines.finish().expect("a line");
    assert_eq!(line.text.len(), 1000);
    assert_eq!(line.dropped, 200 * 64 * 1024 - 1000);
    assert_eq!(lines.finish(), None);
}
