/// What stands where a secret stood.
const MASK: &[u8] = b"[secret]";
/// A shorter one is a placeholder such as `none` or `ollama`: to take it out would
/// change words that mean something else.
const SHORTEST: usize = 8;

/// Takes secrets out of a stream of bytes, wherever it is cut.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Vec<Vec<u8>>,
    /// The end of what came, while it may be the beginning of a secret.
    pending: Vec<u8>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// For these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut kept: Vec<Vec<u8>> = Vec::new();
        for secret in secrets {
            let secret = secret.trim().as_bytes().to_vec();
            if secret.len() >= SHORTEST && !kept.contains(&secret) {
                kept.push(secret);
            }
        }
        // Where one is part of another, the longer one goes as a whole.
        kept.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self {
            secrets: kept,
            pending: Vec::new(),
        }
    }

    /// Takes a piece and gives what may be passed on.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.secrets.is_empty() {
            return bytes.to_vec();
        }
        let mut all = std::mem::take(&mut self.pending);
        all.extend_from_slice(bytes);
        let mut passed = Vec::with_capacity(all.len());
        let mut rest = all.as_slice();
        while let Some(first) = rest.first() {
            let begins = |secret: &&Vec<u8>| secret.first() == Some(first);
            let mut possible = self.secrets.iter().filter(begins).peekable();
            if possible.peek().is_none() {
                passed.push(*first);
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let mut unsure = false;
            let found = possible.find(|secret| {
                // A longer one that may still come counts before a shorter one that is there.
                unsure |= rest.len() < secret.len() && secret.starts_with(rest);
                unsure || rest.starts_with(secret)
            });
            if unsure {
                self.pending = rest.to_vec();
                return passed;
            }
            match found {
                Some(secret) => {
                    passed.extend_from_slice(MASK);
                    rest = rest.get(secret.len()..).unwrap_or_default();
                }
                None => {
                    passed.push(*first);
                    rest = rest.get(1..).unwrap_or_default();
                }
            }
        }
        passed
    }

    /// What is left at the end.
    pub fn finish(&mut self) -> Vec<u8> {
        // What could have become a longer secret may hold a shorter one.
        let mut rest = std::mem::take(&mut self.pending);
        let mut passed = Vec::new();
        while !rest.is_empty() {
            let whole = self.secrets.iter().find(|secret| rest.starts_with(secret));
            let taken = match whole {
                Some(secret) => {
                    passed.extend_from_slice(MASK);
                    secret.len()
                }
                None => {
                    passed.extend(rest.first());
                    1
                }
            };
            rest.drain(..taken);
        }
        passed
    }

    /// A whole text without the secrets.
    pub fn text(&self, text: &str) -> String {
        let mut fresh = Self {
            secrets: self.secrets.clone(),
            pending: Vec::new(),
        };
        let mut bytes = fresh.push(text.as_bytes());
        bytes.extend(fresh.finish());
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn placeholders_are_left_alone() {
        let redactor = Redactor::new(["ollama", "none", ""]);
        assert_eq!(redactor.text("ollama run none"), "ollama run none");
    }

    #[test]
    fn the_longer_of_two_goes_as_a_whole() {
        let redactor = Redactor::new(["abcdefgh", "abcdefghijkl"]);
        assert_eq!(redactor.text("x abcdefghijkl y"), "x [secret] y");
        assert_eq!(redactor.text("x abcdefghijk"), "x [secret]ijk");
    }

    proptest! {
        #[test]
        fn no_cut_lets_a_secret_through(
            parts in prop::collection::vec("(sk-secret-1|sk-s|secret-1|[a-k-]{0,5})", 0..12),
            places in prop::collection::vec(any::<usize>(), 0..20),
        ) {
            let text = parts.concat();
            let whole = Redactor::new(["sk-secret-1"]).text(&text);
            prop_assert!(!whole.contains("sk-secret-1"));
            prop_assert_eq!(&whole, &text.replace("sk-secret-1", "[secret]"));
            let mut places: Vec<_> = places.iter().map(|at| at % (text.len() + 1)).collect();
            places.sort_unstable();
            let mut redactor = Redactor::new(["sk-secret-1"]);
            let mut passed = Vec::new();
            let mut done = 0;
            for place in places {
                passed.extend(redactor.push(&text.as_bytes()[done..place]));
                done = place;
            }
            passed.extend(redactor.push(&text.as_bytes()[done..]));
            passed.extend(redactor.finish());
            prop_assert_eq!(String::from_utf8(passed).unwrap(), whole);
        }
    }
}
