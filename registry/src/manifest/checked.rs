//! What the types of a manifest alone do not say. Checked while it is read, so
//! that a mistake is reported with its place.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use semver::{Version, VersionReq};
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use super::ComponentEntry;
use crate::{names, paths};

pub(super) fn name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    Name::deserialize(input).map(|name| name.0)
}

pub(super) fn version<'de, D: Deserializer<'de>>(input: D) -> Result<Version, D::Error> {
    let text = String::deserialize(input)?;
    let version = Version::parse(&text).map_err(|error| {
        D::Error::custom(format!(
            "`{text}` is not a version: {error}; expected one like `1.2.3`"
        ))
    })?;
    if !version.build.is_empty() {
        return Err(D::Error::custom(format!(
            "`{text}` has build metadata, the part from `+` on; a package's version has none"
        )));
    }
    if text.len() > 64 {
        return Err(D::Error::custom("a version has at most 64 characters"));
    }
    Ok(version)
}

pub(super) fn path<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    match paths::objection(&text) {
        Some(why) => Err(D::Error::custom(format!("`{text}`: {why}"))),
        None => Ok(text),
    }
}

pub(super) fn command<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let text = String::deserialize(input)?;
    if text.trim().is_empty() || text.contains('\0') {
        return Err(D::Error::custom(
            "expected a command line, like `cargo build --release`",
        ));
    }
    Ok(text)
}

pub(super) fn dependencies<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<BTreeMap<String, VersionReq>, D::Error> {
    let read = BTreeMap::<FullName, VersionReq>::deserialize(input)?;
    Ok(read
        .into_iter()
        .map(|(name, versions)| (name.0, versions))
        .collect())
}

pub(super) fn components<'de, D: Deserializer<'de>>(
    input: D,
) -> Result<Vec<ComponentEntry>, D::Error> {
    each(
        input,
        "an array of tables: one `[[components]]` for each",
        |entry: &ComponentEntry, earlier| {
            let twice = earlier
                .iter()
                .any(|it: &ComponentEntry| it.kind == entry.kind && it.name == entry.name);
            twice.then(|| {
                format!(
                    "there are two components with kind `{}` and name `{}`",
                    entry.kind, entry.name
                )
            })
        },
    )
}

pub(super) fn programs<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    words(
        input,
        |word| word.contains(['/', '\\']),
        "the name of a program on the PATH, like `git`",
    )
}

pub(super) fn variables<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    let wrong = |word: &str| {
        let stem = word.strip_suffix('*').unwrap_or(word);
        // `*` alone would ask for all there is, the person's secrets included.
        stem.is_empty()
            || !stem
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    words(
        input,
        wrong,
        "the name of an environment variable, like `OPENAI_API_KEY` or `OPENAI_*`",
    )
}

pub(super) fn hosts<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    let wrong = |word: &str| {
        let stem = word.strip_prefix("*.").unwrap_or(word);
        stem.contains(['/', '*', '@'])
    };
    words(
        input,
        wrong,
        "a host without scheme and path, like `api.example.com` or `*.example.com`",
    )
}

/// Words of which none is empty, has spaces, occurs twice, or is `wrong`.
fn words<'de, D: Deserializer<'de>>(
    input: D,
    wrong: impl Fn(&str) -> bool,
    expected: &'static str,
) -> Result<Vec<String>, D::Error> {
    each(
        input,
        "an array of texts",
        |word: &String, earlier: &[String]| {
            let odd = word.is_empty() || word.chars().any(|c| c.is_whitespace() || c.is_control());
            if odd || wrong(word) {
                Some(format!("`{}` is not {expected}", word.escape_debug()))
            } else if earlier.contains(word) {
                Some(format!("`{word}` occurs twice"))
            } else {
                None
            }
        },
    )
}

/// Reads an array and checks each element against those before it.
fn each<'de, D, T, F>(input: D, expected: &'static str, objection: F) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
    F: Fn(&T, &[T]) -> Option<String>,
{
    struct Each<T, F>(&'static str, F, PhantomData<T>);

    impl<'de, T: Deserialize<'de>, F: Fn(&T, &[T]) -> Option<String>> Visitor<'de> for Each<T, F> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(element) = seq.next_element()? {
                if let Some(why) = (self.1)(&element, &all) {
                    return Err(A::Error::custom(why));
                }
                all.push(element);
            }
            Ok(all)
        }
    }

    input.deserialize_seq(Each(expected, objection, PhantomData))
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if names::valid(&text) {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not a name: expected {}", names::RULE))
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct FullName(String);

impl TryFrom<String> for FullName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if names::package(&text) {
            Ok(Self(text))
        } else {
            Err(format!(
                "`{text}` is not a name: expected {}",
                names::PACKAGE_RULE
            ))
        }
    }
}
