use cm_distribution::{
    Error, Name, Options, Registries, Source, Store, Vetting,
    trust::{Admitted, Guard, Looked, Signed, Trust},
};
use cm_types::Digest;
use semver::Version;

/// Believes versions as far as the person's keys, what they have seen before, and the
/// age of a version go.
pub(super) struct Vetted<'a> {
    pub(super) trust: &'a Trust,
    pub(super) store: &'a Store,
    pub(super) registries: &'a Registries,
    pub(super) options: &'a Options,
    pub(super) looked: Looked,
}

impl Vetted<'_> {
    fn ask<T>(
        &self,
        source: &dyn Source,
        name: &Name,
        question: impl FnOnce(&Guard<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // What lies in a directory of this home nobody else has published.
        let own = |name: &Name| self.options.registry.is_none() && self.registries.is_own(name);
        let mut guard = Guard::new(self.trust, source)
            .with_store(self.store)
            .with_own(&own)
            .with_looked(&self.looked);
        let registry = self.options.registry.as_deref();
        if let Some(cooldown) = self.registries.cooldown_of(name, registry) {
            guard = guard.with_cooldown(cooldown);
        }
        if self.options.offline {
            guard = guard.offline();
        }
        question(&guard)
    }
}

impl Vetted<'_> {
    /// How it stands with the signature of a published version, in words.
    pub(super) fn signature(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> String {
        let signed = self.ask(source, name, |guard| {
            Ok::<_, Error>(guard.signed(name, version, digest))
        });
        match signed {
            Ok(Signed::By { signer, .. }) => signer.to_string(),
            Ok(Signed::Not) => "not signed".to_owned(),
            Ok(Signed::Accepted) => "nobody; you accepted it".to_owned(),
            Ok(Signed::Refused(why)) => format!("it would not be taken: {why}"),
            Ok(Signed::Unknown(why)) => format!("unknown: {why}"),
            Err(error) => format!("unknown: {error}"),
        }
    }
}

impl Vetting for Vetted<'_> {
    fn objection(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error> {
        self.ask(source, name, |guard| guard.objection(name, version, digest))
    }

    fn admit(
        &self,
        source: &dyn Source,
        name: &Name,
        version: &Version,
        digest: Digest,
    ) -> Result<Option<String>, Error> {
        let admitted: Admitted =
            self.ask(source, name, |guard| guard.admit(name, version, digest))?;
        for fault in &admitted.faults {
            crate::view::notice(&format!("{name} {version}: {fault}"));
        }
        if let Some(yanked) = &admitted.yanked {
            crate::view::notice(&format!(
                "{name} {version} was yanked: {}; it is used since it is locked or installed",
                yanked.reason
            ));
        }
        Ok(admitted.signature.map(|proven| proven.signer.to_string()))
    }
}
