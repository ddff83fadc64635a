use std::sync::Arc;

use cm_distribution::{Name, OciReference, Registries, Remote, Source, trust::Installed};
use cm_registry::{Listed, Whence};

use crate::trouble::Trouble;

/// A version that was published before it was installed.
pub(super) struct Origin {
    pub(super) installed: Installed,
    /// The registry that it came from.
    pub(super) source: Arc<dyn Source>,
}

/// Where a package was published; none for those that never were.
pub(super) fn of(listed: &Listed, registries: &Registries) -> Result<Option<Origin>, Trouble> {
    let Some((from, digest)) = listed
        .provenance
        .as_ref()
        .and_then(|it| Some((it, it.manifest?)))
    else {
        return Ok(None);
    };
    let name: Name = listed.name.parse()?;
    let source: Arc<dyn Source> = match &from.whence {
        Whence::Registry { registry, .. } => registries.source(registry)?,
        Whence::Oci(address) => {
            let reference: OciReference = address.parse()?;
            Arc::new(Remote::new(&reference.registry)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(Origin {
        installed: Installed {
            name,
            version: listed.version.clone(),
            digest,
            source: from.whence.to_string(),
        },
        source,
    }))
}
