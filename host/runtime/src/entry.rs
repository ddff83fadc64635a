use cm_types::Digest;
use sha2::{Digest as _, Sha256};

/// What the file of a compiled component ends with, after the seal.
const MARK: &[u8; 8] = b"cm-aot-1";
const SEAL: usize = 32;

/// A file of compiled code: the code, and a seal that says what it was made from.
///
/// The seal is in the file, not beside it, so that one rename replaces both.
pub(crate) struct Entry;

impl Entry {
    /// Closes the code with a seal for this component and this compiler.
    pub(crate) fn seal(mut code: Vec<u8>, component: Digest, compiler: &str) -> Vec<u8> {
        let seal = Self::hash(&code, component, compiler);
        code.extend_from_slice(&seal);
        code.extend_from_slice(MARK);
        code
    }

    /// The code, if the file is whole and was made from this component by this
    /// compiler.
    pub(crate) fn open<'a>(file: &'a [u8], component: Digest, compiler: &str) -> Option<&'a [u8]> {
        let rest = file.strip_suffix(MARK.as_slice())?;
        let (code, seal) = rest.split_at_checked(rest.len().checked_sub(SEAL)?)?;
        (Self::hash(code, component, compiler) == seal).then_some(code)
    }

    fn hash(code: &[u8], component: Digest, compiler: &str) -> [u8; SEAL] {
        let mut hash = Sha256::new();
        hash.update(component.to_string());
        hash.update(compiler);
        hash.update(code);
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_file_opens_for_its_own_component_and_compiler_only() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let file = Entry::seal(b"code".to_vec(), one, "here");
        assert_eq!(Entry::open(&file, one, "here"), Some(&b"code"[..]));
        assert_eq!(Entry::open(&file, two, "here"), None);
        assert_eq!(Entry::open(&file, one, "there"), None);
    }

    #[test]
    fn any_changed_or_missing_byte_is_seen() {
        let component = Digest::of(b"1");
        let file = Entry::seal(b"some code".to_vec(), component, "here");
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= 1;
            assert_eq!(Entry::open(&flipped, component, "here"), None, "{at}");
            assert_eq!(Entry::open(&file[..at], component, "here"), None, "{at}");
        }
    }
}
