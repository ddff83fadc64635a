use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use cm_registry::Home;
use minisign::{KeyPair, PublicKeyBox, SecretKey, SecretKeyBox};

use super::{Proof, Signer, TrustError};
use crate::{Error, disk};

/// A key's file larger than this is none.
const MAX_KEY_BYTES: u64 = 4 << 10;

/// The person's own keys, in minisign's form: `NAME.key` and `NAME.pub`.
#[derive(Clone, Debug)]
pub struct Keys {
    root: PathBuf,
}

/// A key of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its name.
    pub name: String,
    /// Who signs with it.
    pub signer: Signer,
    /// Whether the secret part is here too.
    pub secret: bool,
}

/// A key that can sign.
pub struct SigningKey {
    secret: SecretKey,
    public: String,
    signer: Signer,
}

impl std::fmt::Debug for SigningKey {
    // The secret's own form of this shows the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.signer)
    }
}

impl Keys {
    /// Those in this home.
    pub fn of(home: &Home) -> Self {
        Self::at(home.root().join("keys"))
    }

    /// Those in this directory; it need not exist before a key is made.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn file(&self, name: &str, extension: &str) -> Result<PathBuf, TrustError> {
        // A name is also a file's, so it must not lead elsewhere.
        if cm_registry::is_name(name) {
            Ok(self.root.join(format!("{name}.{extension}")))
        } else {
            Err(TrustError::Key {
                name: name.escape_debug().to_string(),
                why: format!("cannot be called so: a name is {}", cm_registry::NAME_RULE),
                help: "choose another name, for example `cm keys new release`".into(),
            })
        }
    }

    /// Makes a key. A password protects its file; without one, whoever can read the
    /// file can sign. Never replaces a key.
    pub fn generate(&self, name: &str, password: Option<&str>) -> Result<KeyInfo, Error> {
        let (secret_file, public_file) = (self.file(name, "key")?, self.file(name, "pub")?);
        let failed = |error: minisign::PError| wrong(name, format!("cannot be made: {error}"));
        let pair = match password {
            // None would make the library ask for one on the terminal.
            Some(password) => KeyPair::generate_encrypted_keypair(Some(password.to_owned())),
            None => KeyPair::generate_unencrypted_keypair(),
        };
        let pair = pair.map_err(failed)?;
        let public = pair.pk.to_base64();
        let comment = format!("cm key {name}");
        let secret = pair.sk.to_box(Some(&comment)).map_err(failed)?;
        disk::create_directories(&self.root)?;
        for file in [&secret_file, &public_file] {
            if file.exists() {
                return Err(taken(name, file));
            }
        }
        write_new(name, &secret_file, secret.into_string().as_bytes(), 0o600)?;
        let text = format!("untrusted comment: {comment}\n{public}\n");
        if let Err(error) = write_new(name, &public_file, text.as_bytes(), 0o644) {
            let _ = fs::remove_file(&secret_file);
            return Err(error);
        }
        disk::sync_directory(&self.root)?;
        Ok(KeyInfo {
            name: name.to_owned(),
            signer: Signer::key(&public)?,
            secret: true,
        })
    }

    /// All keys, by name. What is no key is left out.
    pub fn list(&self) -> Result<Vec<KeyInfo>, Error> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("read", &self.root, error)),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| Error::io("read", &self.root, error))?;
            let file = entry.file_name();
            let name = file.to_str().and_then(|it| it.strip_suffix(".pub"));
            if let Some(name) = name
                && let Ok(info) = self.info(name)
            {
                keys.push(info);
            }
        }
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(keys)
    }

    fn info(&self, name: &str) -> Result<KeyInfo, Error> {
        let text = self.export(name)?;
        let line = text.lines().nth(1).unwrap_or_default();
        Ok(KeyInfo {
            name: name.to_owned(),
            signer: Signer::key(line)?,
            secret: self.file(name, "key")?.is_file(),
        })
    }

    /// The public file of a key, to be handed to others.
    pub fn export(&self, name: &str) -> Result<String, Error> {
        let file = self.file(name, "pub")?;
        let text = self.text(name, &file)?;
        let key = PublicKeyBox::from_string(&text).and_then(PublicKeyBox::into_public_key);
        match key {
            Ok(_) => Ok(text),
            Err(error) => {
                Err(wrong(name, format!("in {} is none: {error}", file.display())).into())
            }
        }
    }

    /// A key to sign with.
    pub fn open(&self, name: &str, password: Option<&str>) -> Result<SigningKey, Error> {
        let file = self.file(name, "key")?;
        let text = self.text(name, &file)?;
        // Without a password it is not opened as one that has one: the library would
        // ask for it on the terminal.
        let secret = SecretKeyBox::from_string(&text).and_then(|it| match password {
            Some(password) => it.into_secret_key(Some(password.to_owned())),
            None => it.into_unencrypted_secret_key(),
        });
        let secret = secret.map_err(|error| {
            let why = format!("in {} cannot be used: {error}", file.display());
            wrong(name, why)
        })?;
        let public = minisign::PublicKey::from_secret_key(&secret)
            .map_err(|error| wrong(name, format!("cannot be used: {error}")))?
            .to_base64();
        Ok(SigningKey {
            signer: Signer::key(&public)?,
            secret,
            public,
        })
    }

    fn text(&self, name: &str, file: &Path) -> Result<String, Error> {
        match disk::read(file, MAX_KEY_BYTES)? {
            Some(bytes) => String::from_utf8(bytes)
                .map_err(|_| wrong(name, format!("in {} is no text", file.display())).into()),
            None => Err(TrustError::Key {
                name: name.to_owned(),
                why: format!("is not there: there is no {}", file.display()),
                help: format!("look at `cm keys list`, or make it with `cm keys new {name}`"),
            }
            .into()),
        }
    }
}

impl SigningKey {
    /// Who signs with it.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The public key alone.
    pub(super) fn public(&self) -> &str {
        &self.public
    }

    /// Signs some bytes; the comment is signed too.
    pub fn sign(&self, message: &[u8], comment: &str) -> Result<Proof, Error> {
        let signature = minisign::sign(None, &self.secret, message, Some(comment), Some("cm"));
        match signature {
            Ok(signature) => Ok(Proof::Minisign {
                key: self.public.clone(),
                text: signature.into_string(),
            }),
            Err(error) => Err(wrong("", format!("cannot sign: {error}")).into()),
        }
    }
}

fn write_new(name: &str, path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken(name, path)),
        written => written.map_err(|error| Error::io("write", path, error)),
    }
}

fn taken(name: &str, file: &Path) -> Error {
    TrustError::Key {
        name: name.to_owned(),
        why: format!("is there already: {}", file.display()),
        help: "a key is never replaced; choose another name".into(),
    }
    .into()
}

fn wrong(name: &str, why: String) -> TrustError {
    TrustError::Key {
        name: name.to_owned(),
        why,
        help: "give the right password, or another key; `cm keys list` shows them".into(),
    }
}
