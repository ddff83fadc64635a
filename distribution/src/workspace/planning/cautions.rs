//! What is odd about a package.

use cm_registry::{Listed, Origin, Whence};

use super::Ground;
use crate::{
    Name,
    workspace::{Caution, Workspace, lookalike::alike},
};

impl Workspace<'_> {
    pub(super) fn cautions(
        &self,
        ground: &Ground<'_>,
        name: &Name,
        whence: &Whence,
        mine: &[&Listed],
        loose: bool,
    ) -> Vec<Caution> {
        let mut cautions = Vec::new();
        let before = mine.iter().filter(|it| it.origin == Origin::Installed);
        let before = before.filter_map(|it| it.provenance.as_ref());
        let mut before = before
            .map(|it| &it.whence)
            .filter(|it| !it.is_same_place(whence));
        if let Some(before) = before.next() {
            cautions.push(Caution::OtherPlace {
                before: before.clone(),
            });
        }
        let text = name.to_string();
        if mine.is_empty() {
            let known = ground.listed.iter().map(|it| it.name.as_str());
            let mut similar = known.filter(|known| {
                let bare = known.rsplit('/').next().unwrap_or(known);
                // Of one's own names several may well be similar.
                let ours = known.split_once('/').map(|it| it.0) == name.namespace()
                    && name.namespace().is_some();
                *known != text && !ours && (bare == name.package() || alike(bare, name.package()))
            });
            if let Some(other) = similar.next() {
                cautions.push(Caution::Lookalike {
                    other: other.to_owned(),
                });
            }
        }
        if loose {
            cautions.push(Caution::Loose);
        }
        cautions
    }
}
