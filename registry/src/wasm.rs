/// Says why these bytes are not a WebAssembly component; none when they are, as
/// far as their first eight bytes tell. The runtime validates the rest.
pub(crate) fn objection(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0, b'a', b's', b'm', _, _, 1, 0, ..] => None,
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Some(
            "is a core WebAssembly module, not a component; make one with `wasm-tools component new`",
        ),
        [0, b'a', b's', b'm', ..] => Some("is WebAssembly of an unknown layer, not a component"),
        _ => Some("is not WebAssembly"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers() {
        assert_eq!(objection(b"\0asm\x0d\0\x01\0rest"), None);
        assert!(objection(b"\0asm\x01\0\0\0").is_some_and(|why| why.contains("core")));
        assert!(objection(b"\0asm").is_some());
        assert!(objection(b"#!/bin/sh\nrm -rf /").is_some());
        assert!(objection(b"").is_some());
    }
}
