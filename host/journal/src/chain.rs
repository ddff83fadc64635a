use sha2::{Digest, Sha256};

/// A link of the chain: the hash of an event and of everything before it in its run.
pub(crate) type Link = [u8; 32];

/// What the first event follows.
pub(crate) const START: Link = [0; 32];

/// What a link covers. The payload stands as it is stored; parts of it that are blobs
/// are covered by their digests.
pub(crate) struct Entry<'a> {
    pub(crate) run: &'a str,
    pub(crate) seq: u64,
    pub(crate) at_ms: u64,
    pub(crate) kind: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) blobs: Option<&'a [u8]>,
}

pub(crate) fn link(previous: &Link, entry: &Entry<'_>) -> Link {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(entry.seq.to_le_bytes());
    hash.update(entry.at_ms.to_le_bytes());
    // Lengths first, so that bytes cannot move from one field to the next.
    for field in [entry.run.as_bytes(), entry.kind, entry.payload] {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    if let Some(blobs) = entry.blobs {
        hash.update(blobs);
    }
    hash.finalize().into()
}
