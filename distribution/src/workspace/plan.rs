use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use cm_registry::{Capabilities, Grants, Package, Whence, Widening};
use cm_types::Digest;
use semver::Version;

use super::{Options, temporary::Temporary};
use crate::{Error, Lock, Name, Source};

/// What a change would come to. Nothing has been changed yet.
pub struct Plan {
    /// A step for each package that is needed and not part of cm, sorted by name.
    pub steps: Vec<Step>,
    /// What goes from `cm.lock`: nobody needs it any more.
    pub dropped: Vec<(Name, Version)>,
    /// Packages that are left as they are: they came from a registry that their names do
    /// not mean.
    pub left: Vec<(Name, String)>,
    pub(super) options: Options,
    pub(super) lock: Option<(PathBuf, Lock)>,
    /// The project's `cm.toml` and what is going to be in it.
    pub(super) manifest: Option<(PathBuf, String)>,
    /// Where some of the packages are.
    pub(super) _temporaries: Vec<Temporary>,
}

/// One package of a plan.
pub struct Step {
    /// The package.
    pub name: Name,
    /// In this version.
    pub version: Version,
    /// What that means for what is here.
    pub change: Change,
    /// Where it comes from.
    pub whence: Whence,
    /// The digest under which it is published.
    pub manifest: Option<Digest>,
    /// Whether nobody asked for it but another package.
    pub dependency: bool,
    /// One sentence.
    pub description: String,
    /// What it asks for.
    pub declared: Capabilities,
    /// What it would get.
    pub grants: Grants,
    /// What nobody has decided about yet. While there is any, the plan is not applied.
    pub undecided: Widening,
    /// What a policy takes from it, whoever grants it.
    pub forbidden: Capabilities,
    /// What should be read before going on.
    pub cautions: Vec<Caution>,
    /// How many bytes would be fetched.
    pub fetch: u64,
    /// How many bytes its files have.
    pub size: u64,
    pub(super) requirement: Option<String>,
    pub(super) activate: bool,
    pub(super) from: From,
}

/// Where the bytes of a step are.
pub(super) enum From {
    Published(Arc<dyn Source>),
    Here(Box<Package>),
    BuiltIn,
}

/// What a step means for what is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no such package yet.
    New,
    /// In the place of a lower version, which stays beside it.
    Upgrade(Version),
    /// In the place of a higher version, which stays beside it.
    Downgrade(Version),
    /// This version is here, and is what its name means.
    Same,
    /// It is part of cm.
    BuiltIn,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Upgrade(from) => write!(f, "up from {from}"),
            Self::Downgrade(from) => write!(f, "down from {from}"),
            Self::Same => f.write_str("installed already"),
            Self::BuiltIn => f.write_str("part of cm"),
        }
    }
}

/// Something odd about a package that somebody should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caution {
    /// Its name is easily taken for that of another one.
    Lookalike {
        /// The other one.
        other: String,
    },
    /// The installed version is from somewhere else.
    OtherPlace {
        /// Where that is from.
        before: Whence,
    },
    /// It has no manifest, and so may do whatever the person may.
    Loose,
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookalike { other } => {
                write!(
                    f,
                    "its name is easily taken for `{other}`; is it the one you mean?"
                )
            }
            Self::OtherPlace { before } => {
                write!(
                    f,
                    "the version that is installed came from somewhere else: {before}"
                )
            }
            Self::Loose => f.write_str("it has no cm.toml: it may do whatever you may"),
        }
    }
}

impl Plan {
    /// Whether it would change nothing.
    pub fn is_idle(&self) -> bool {
        let idle = |step: &Step| matches!(step.change, Change::Same | Change::BuiltIn);
        self.steps.iter().all(idle) && self.manifest.is_none()
    }

    /// How many bytes would be fetched.
    pub fn fetch(&self) -> u64 {
        self.steps.iter().map(|step| step.fetch).sum()
    }

    /// The steps about which somebody has to decide.
    pub fn undecided(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| !step.undecided.is_empty())
    }

    /// The steps with something odd about them.
    pub fn cautions(&self) -> impl Iterator<Item = (&Step, &Caution)> {
        let steps = self.steps.iter();
        steps.flat_map(|step| step.cautions.iter().map(move |caution| (step, caution)))
    }

    /// Gives what is asked for, after the person has agreed.
    pub fn grant_all(&mut self) {
        for step in &mut self.steps {
            let rest = std::mem::take(&mut step.undecided);
            step.grants.grant(&rest.capabilities);
        }
    }

    /// Says no to what nobody has decided about.
    pub fn deny_rest(&mut self) {
        for step in &mut self.steps {
            let rest = std::mem::take(&mut step.undecided);
            step.grants.deny(&rest.capabilities);
        }
    }

    /// The person has read the cautions.
    pub fn accept_cautions(&mut self) {
        self.options.accept_cautions = true;
    }

    /// Whether nothing is left to be decided.
    ///
    /// # Errors
    /// When something is, with the command that would decide it.
    pub fn settled(&self) -> Result<(), Error> {
        if !self.options.accept_cautions
            && let Some((step, caution)) = self.cautions().next()
        {
            return Err(Error::Caution {
                package: format!("{} {}", step.name, step.version),
                caution: caution.to_string(),
            });
        }
        let undecided: BTreeMap<String, (bool, Capabilities)> = self
            .undecided()
            .map(|step| {
                let key = format!("{}@{}", step.name, step.version);
                (key, (step.dependency, step.undecided.capabilities.clone()))
            })
            .collect();
        if undecided.is_empty() {
            return Ok(());
        }
        let asked: Vec<String> = self
            .steps
            .iter()
            .filter(|step| !step.dependency)
            .map(Step::argument)
            .collect();
        Err(Error::NotGranted { asked, undecided })
    }
}

impl Step {
    /// How the command line names it.
    fn argument(&self) -> String {
        match &self.whence {
            Whence::Registry { .. } => format!("{}@{}", self.name, self.version),
            Whence::Archive(path) | Whence::Directory(path) => path.display().to_string(),
            Whence::Git { url, revision } => format!("git+{url}#{revision}"),
            Whence::Oci(address) => address.clone(),
        }
    }
}
