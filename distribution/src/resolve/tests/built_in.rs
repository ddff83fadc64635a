//! The same worlds, published as packages, with some of them part of the program.

use std::io::Write;

use cm_registry::{EmbeddedPackage, Package};
use cm_types::Digest;

use super::{
    exhaustive::{Dice, by_hand, world},
    *,
};
use crate::{
    Artifact, Catalog, MakeOptions, Published, Referrer, Source, Which,
    oci::{Descriptor, Document, ImageManifest},
};

/// The books, as a registry has them.
struct Shop(BTreeMap<Name, BTreeMap<Version, Artifact>>);

fn made(name: &Name, version: &Version, needs: &BTreeMap<Name, VersionReq>, cm: &str) -> Package {
    let mut text =
        format!("[package]\nname = '{name}'\nversion = '{version}'\n{cm}[dependencies]\n");
    for (name, wanted) in needs {
        text += &format!("{name} = '{wanted}'\n");
    }
    Package::embedded(EmbeddedPackage {
        manifest_toml: text.leak(),
        files: &[],
    })
    .unwrap()
}

impl Shop {
    fn of(books: &Books) -> Self {
        let mut shop = BTreeMap::new();
        for (name, versions) in &books.packages {
            let each = versions.iter().map(|(version, needs)| {
                let unusable = books.unusable.contains(&(name.clone(), version.clone()));
                let cm = if unusable { "cm = '>=99'\n" } else { "" };
                let package = made(name, version, needs, cm);
                let artifact = Artifact::make(&package, &MakeOptions::default()).unwrap();
                (version.clone(), artifact)
            });
            shop.insert(name.clone(), each.collect());
        }
        Self(shop)
    }
}

impl Source for Shop {
    fn title(&self) -> String {
        "the shop".into()
    }
    fn names(&self) -> Result<Option<Vec<Name>>, Error> {
        Ok(None)
    }
    fn versions(&self, name: &Name) -> Result<Vec<Version>, Error> {
        let found = self.0.get(name).map(|it| it.keys().cloned().collect());
        found.ok_or_else(|| crate::source::no_package(self, name))
    }
    fn manifest(&self, name: &Name, which: Which<'_>) -> Result<Document, Error> {
        match which {
            Which::Version(version) => Ok(self.0[name][version].manifest.clone()),
            Which::Digest(_) => unreachable!("nothing is locked by digest here"),
        }
    }
    fn blob(
        &self,
        name: &Name,
        blob: &Descriptor,
        _: u64,
        to: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut all = self.0[name].values().flat_map(Artifact::blobs);
        let (_, bytes) = all.find(|(it, _)| it.digest == blob.digest).unwrap();
        to.write_all(bytes)
            .map_err(|error| Error::io("write", "", error))
    }
    fn publish(&self, _: &Name, _: &Artifact) -> Result<Published, Error> {
        unreachable!()
    }
    fn referrers(&self, _: &Name, _: Digest) -> Result<Vec<Referrer>, Error> {
        Ok(Vec::new())
    }
    fn attach(&self, _: &Name, _: &ImageManifest, _: &[&[u8]]) -> Result<Digest, Error> {
        unreachable!()
    }
}

/// What is part of the program is one more version, which nobody can withdraw and
/// which stands for a published one of the same number.
#[test]
fn with_what_is_part_of_the_program() {
    let (mut solved, mut used) = (0, 0);
    for seed in 1..=1000 {
        let (mut books, request) = world(seed);
        let mut dice = Dice(seed * 7919 + 1);
        let shop = Shop::of(&books);
        let withdrawn = books.yanked.clone();
        let mut own = Vec::new();
        for (text, version) in [("b", "1.1.0"), ("c", "2.0.0"), ("e", "0.2.0")] {
            if dice.roll(2) == 0 {
                let needs = match dice.roll(2) {
                    0 => needs("d *"),
                    _ => BTreeMap::new(),
                };
                let this = (name(text), version.parse::<Version>().unwrap());
                own.push(made(&this.0, &this.1, &needs, ""));
                books.yanked.remove(&this);
                books.unusable.remove(&this);
                let versions = books.packages.entry(this.0).or_default();
                versions.insert(this.1, needs);
            }
        }
        let objection = |name: &Name, version: &Version, _: Digest| {
            let yanked = withdrawn.contains(&(name.clone(), version.clone()));
            Ok(yanked.then(|| "it was yanked".to_owned()))
        };
        let catalog = Catalog::of(&shop).with_objection(&objection);
        let catalog = catalog.with_built_in(&own).unwrap();
        let ways = by_hand(&books, &request);
        match resolve(&catalog, &request) {
            Ok(resolution) => {
                solved += 1;
                let packages = resolution.packages.iter();
                let found: BTreeMap<Name, Version> = packages
                    .map(|(name, chosen)| (name.clone(), chosen.version.clone()))
                    .collect();
                assert!(ways.contains(&found), "seed {seed}: {found:?} is not a way");
                let mut each = found.iter();
                used += u32::from(each.any(|(name, it)| catalog.is_built_in(name, it)));
            }
            Err(error) => assert!(ways.is_empty(), "seed {seed}: {error}: {:?}", ways[0]),
        }
    }
    assert!(solved > 200 && used > 50, "{solved} {used}");
}
