//! The catalogue, as the solver wants to see it.

use std::{cell::RefCell, cmp::Reverse, collections::BTreeMap, fmt, rc::Rc};

use pubgrub::{
    Dependencies, DependencyConstraints, DependencyProvider, PackageResolutionStatistics, Ranges,
};
use semver::{Version, VersionReq};

use super::{Catalogue, Request};
use crate::{Error, Name};

/// Who needs something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Node {
    Root,
    Package(Name),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("root"),
            Self::Package(name) => name.fmt(f),
        }
    }
}

pub(super) type Set = Ranges<Version>;
type Needs = BTreeMap<Name, VersionReq>;

pub(super) struct Provider<'a> {
    catalogue: &'a dyn Catalogue,
    pub(super) request: &'a Request,
    versions: RefCell<BTreeMap<Name, Rc<[Version]>>>,
    needs: RefCell<BTreeMap<(Name, Version), Rc<Needed>>>,
    objections: RefCell<BTreeMap<(Name, Version), Option<String>>>,
    /// Packages that something needs and nobody has.
    pub(super) unknown: RefCell<BTreeMap<Name, Error>>,
}

enum Needed {
    These(Needs),
    /// It cannot be used here at all, and why.
    Unusable(String),
}

impl<'a> Provider<'a> {
    pub(super) fn new(catalogue: &'a dyn Catalogue, request: &'a Request) -> Self {
        Self {
            catalogue,
            request,
            versions: RefCell::default(),
            needs: RefCell::default(),
            objections: RefCell::default(),
            unknown: RefCell::default(),
        }
    }

    /// All versions of a package, the lowest first.
    pub(super) fn versions(&self, name: &Name) -> Result<Rc<[Version]>, Error> {
        if let Some(known) = self.versions.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let mut found = self.catalogue.versions(name)?;
        found.sort();
        found.dedup();
        let found: Rc<[Version]> = found.into();
        self.versions
            .borrow_mut()
            .insert(name.clone(), Rc::clone(&found));
        Ok(found)
    }

    /// The same, where a package that nobody has is one without versions.
    fn versions_if_any(&self, name: &Name) -> Result<Rc<[Version]>, Error> {
        match self.versions(name) {
            Err(error @ Error::NoPackage { .. }) => {
                self.unknown.borrow_mut().insert(name.clone(), error);
                let none: Rc<[Version]> = Rc::new([]);
                self.versions
                    .borrow_mut()
                    .insert(name.clone(), Rc::clone(&none));
                Ok(none)
            }
            result => result,
        }
    }

    /// The versions that will do, as ranges between versions that there are: what
    /// the requirement itself means, prereleases and all, is for `semver` to say.
    fn set(&self, name: &Name, wanted: &VersionReq) -> Result<Set, Error> {
        let versions = self.versions_if_any(name)?;
        let mut set = Set::empty();
        for run in versions.chunk_by(|a, b| {
            self.request.admits(name, wanted, a) == self.request.admits(name, wanted, b)
        }) {
            if let (Some(first), Some(last)) = (run.first(), run.last())
                && self.request.admits(name, wanted, first)
            {
                set = set.union(&Set::from_range_bounds(first.clone()..=last.clone()));
            }
        }
        Ok(set)
    }

    pub(super) fn known(&self, name: &Name, set: &Set) -> Vec<Version> {
        let versions = self.versions.borrow();
        let versions = versions.get(name).into_iter().flat_map(|it| it.iter());
        versions.filter(|it| set.contains(it)).cloned().collect()
    }

    /// Why a version is passed over, if that was asked and is so.
    pub(super) fn objection(&self, name: &Name, version: &Version) -> Option<String> {
        let objections = self.objections.borrow();
        objections
            .get(&(name.clone(), version.clone()))
            .cloned()
            .flatten()
    }

    fn passed_over(&self, name: &Name, version: &Version) -> Result<bool, Error> {
        if self.request.locked.get(name) == Some(version) {
            return Ok(false);
        }
        let key = (name.clone(), version.clone());
        if let Some(known) = self.objections.borrow().get(&key) {
            return Ok(known.is_some());
        }
        let found = self.catalogue.objection(name, version)?;
        let is = found.is_some();
        self.objections.borrow_mut().insert(key, found);
        Ok(is)
    }

    fn needed(&self, name: &Name, version: &Version) -> Result<Rc<Needed>, Error> {
        let key = (name.clone(), version.clone());
        if let Some(known) = self.needs.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let found = match self.catalogue.dependencies(name, version) {
            Ok(needs) => Needed::These(needs),
            Err(error @ Error::OtherCm { .. }) => Needed::Unusable(error.to_string()),
            Err(error) => return Err(error),
        };
        let found = Rc::new(found);
        self.needs.borrow_mut().insert(key, Rc::clone(&found));
        Ok(found)
    }

    /// What a version needs; none if it cannot be used here.
    pub(super) fn needs(&self, name: &Name, version: &Version) -> Result<Option<Needs>, Error> {
        Ok(match &*self.needed(name, version)? {
            Needed::These(needs) => Some(needs.clone()),
            Needed::Unusable(_) => None,
        })
    }

    fn constraints(&self, needs: &Needs) -> Result<DependencyConstraints<Node, Set>, Error> {
        let each = needs
            .iter()
            .map(|(name, wanted)| Ok((Node::Package(name.clone()), self.set(name, wanted)?)));
        each.collect()
    }
}

impl DependencyProvider for Provider<'_> {
    type P = Node;
    type V = Version;
    type VS = Set;
    type M = String;
    type Err = Error;
    type Priority = (u32, Reverse<usize>);

    fn prioritize(
        &self,
        node: &Node,
        set: &Set,
        statistics: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let count = match node {
            Node::Root => 1,
            Node::Package(name) => self.known(name, set).len(),
        };
        if count == 0 {
            return (u32::MAX, Reverse(0));
        }
        (statistics.conflict_count(), Reverse(count))
    }

    fn choose_version(&self, node: &Node, set: &Set) -> Result<Option<Version>, Error> {
        let Node::Package(name) = node else {
            return Ok(Some(Version::new(0, 0, 0)));
        };
        let versions = self.versions_if_any(name)?;
        if let Some(locked) = self.request.locked.get(name)
            && set.contains(locked)
            && versions.contains(locked)
        {
            return Ok(Some(locked.clone()));
        }
        for version in versions.iter().rev().filter(|it| set.contains(it)) {
            if !self.passed_over(name, version)? {
                return Ok(Some(version.clone()));
            }
        }
        Ok(None)
    }

    fn get_dependencies(
        &self,
        node: &Node,
        version: &Version,
    ) -> Result<Dependencies<Node, Set, String>, Error> {
        let constraints = match node {
            Node::Root => self.constraints(&self.request.requirements)?,
            Node::Package(name) => match &*self.needed(name, version)? {
                Needed::These(needs) => self.constraints(needs)?,
                Needed::Unusable(why) => return Ok(Dependencies::Unavailable(why.clone())),
            },
        };
        Ok(Dependencies::Available(constraints))
    }
}
