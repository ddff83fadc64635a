//! From a name to a component.

use crate::{ComponentEntry, Error, Kind, Origin, Package, Registry, list::offers_of};

impl Registry {
    /// The package with the component that `NAME` or `PACKAGE:NAME` means; `PACKAGE`
    /// is what it is called here, with its namespace if it has one.
    ///
    /// `own` is the package that is being run or worked on; it comes first. Then
    /// a package that is part of cm comes before installed ones, so that none of
    /// these can quietly take the place of, say, an engine. Then come the packages
    /// that `own` needs, in the versions that it needs.
    pub fn component(
        &self,
        kind: Kind,
        name: &str,
        own: Option<&Package>,
    ) -> Result<(Package, ComponentEntry), Error> {
        let (package, component) = match name.split_once(':') {
            Some((package, component)) => (Some(package), component),
            None => (None, name),
        };
        if let Some(own) = own.filter(|own| package.is_none_or(|package| own.name() == package))
            && let Some(entry) = own.manifest().component(kind, component)
        {
            return Ok((own.clone(), entry.clone()));
        }
        if let Some(package) = package {
            let package = self.find_for(own, package)?;
            return match package.manifest().component(kind, component) {
                Some(entry) => Ok((package.clone(), entry.clone())),
                None => {
                    let known = offers_of(&package, kind, Origin::Installed);
                    let known = known.map(|offer| offer.entry.name).collect();
                    Err(Error::NoComponent {
                        kind,
                        name: name.to_owned(),
                        known,
                    })
                }
            };
        }
        let offers = self.offers(kind)?;
        let fitting = self.packages_with(kind, component, own, &offers)?;
        match fitting.as_slice() {
            [] => {
                let mut known: Vec<_> = offers.iter().map(|it| it.entry.name.clone()).collect();
                known.dedup();
                Err(Error::NoComponent {
                    kind,
                    name: name.to_owned(),
                    known,
                })
            }
            [package] => {
                let package = self.find_for(own, package)?;
                match package.manifest().component(kind, component) {
                    Some(entry) => Ok((package.clone(), entry.clone())),
                    // Its manifest is not what registry.json says.
                    None => Err(Error::Damaged {
                        package: format!("{} {}", package.name(), package.version()),
                        what: "its cm.toml".into(),
                    }),
                }
            }
            _ => Err(Error::Ambiguous {
                kind,
                name: name.to_owned(),
                packages: fitting,
            }),
        }
    }

    /// The packages of the first rank that has any with this component.
    fn packages_with(
        &self,
        kind: Kind,
        component: &str,
        own: Option<&Package>,
        offers: &[crate::Offer],
    ) -> Result<Vec<String>, Error> {
        let offering = offers.iter().filter(|it| it.entry.name == component);
        let offering: Vec<String> = offering.map(|it| it.package.clone()).collect();
        let mut first_party = Vec::new();
        for name in &offering {
            // Whoever stands in the place of one that is part of cm ranks as it does.
            if self.first_party_version(name)?.is_some() {
                first_party.push(name.clone());
            }
        }
        if !first_party.is_empty() {
            return Ok(first_party);
        }
        let needed = own
            .into_iter()
            .flat_map(|own| own.manifest().dependencies.keys());
        let needed: Vec<String> = needed
            .filter(|name| {
                let found = self.find_for(own, name);
                found.is_ok_and(|it| it.manifest().component(kind, component).is_some())
            })
            .cloned()
            .collect();
        Ok(if needed.is_empty() { offering } else { needed })
    }
}
