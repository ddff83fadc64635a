//! The versions that a run uses: found again when it goes on, or others on purpose.

use cm_driver::{Catalog, DriveError, Gone};
use cm_orchestrator::{Pin, Run, RunStart};
use cm_registry::{Kind, Registry};

use super::workflow::{self, Found};
use crate::{trouble::Trouble, view::text};

/// A run that is to go on, or to be done again.
pub(crate) struct Again<'run> {
    pub(crate) run: &'run Run,
    pub(crate) start: &'run RunStart,
    /// What was typed, up to `--upgrade`.
    pub(crate) typed: String,
    /// With what the names mean now.
    pub(crate) upgrade: bool,
}

impl Again<'_> {
    /// Its workflow: the same package, unless somebody works in its directory.
    pub(crate) fn workflow(&self, registry: &Registry) -> Result<Found, Trouble> {
        let named = &self.start.workflow;
        let (name, _) = named.split_once('@').unwrap_or((named, ""));
        let mut found = match self.package() {
            Some(pin) if !self.upgrade && cm_registry::is_package_name(name) => {
                match registry.exactly(&pin.package, &pin.version, pin.digest)? {
                    Some(package) => Found {
                        package,
                        entry: String::new(),
                        named: named.clone(),
                    },
                    None => {
                        return Err(self.gone(&Gone {
                            have: registry.versions(&pin.package),
                            first_party: registry.is_first_party(&pin.package),
                            pin,
                        }));
                    }
                }
            }
            _ => workflow::locate(registry, named)?,
        };
        found.entry.clone_from(&self.start.entry);
        Ok(found)
    }

    /// With what the run has used before, or for `--upgrade` without.
    pub(crate) fn catalog(&self, catalog: Catalog) -> Result<Catalog, Trouble> {
        if self.upgrade {
            return Ok(catalog);
        }
        let catalog = catalog.pinned(self.run.pins.clone());
        match catalog.has_all() {
            Ok(()) => Ok(catalog),
            Err(DriveError::Gone(gone)) => Err(self.gone(&gone)),
            Err(error) => Err(error.into()),
        }
    }

    /// What the names mean that the run has used. What is not there any more is left out:
    /// who wants it will say so.
    pub(crate) fn now(&self, catalog: &Catalog, found: &Found) -> Result<Vec<Pin>, Trouble> {
        let mut now: Vec<_> = catalog.pin_workflow(&found.package)?.into();
        let others = self.run.pins.values().filter_map(|pin| {
            let kind = match pin.role.as_str() {
                "engine" => Kind::Engine,
                "step" => Kind::Step,
                "controller" => Kind::Controller,
                _ => return None,
            };
            catalog.pin(kind, &pin.name).ok()
        });
        now.extend(others);
        Ok(now)
    }

    /// Says what is another than before.
    pub(crate) fn tell(&self, now: &[Pin]) {
        let mut same = true;
        for pin in now {
            match self.run.pin(&pin.role, &pin.name) {
                Some(before) if before == pin => {}
                Some(before) => {
                    same = false;
                    eprintln!("{}, before {}", line(pin), version(before));
                }
                None => {}
            }
        }
        if same {
            eprintln!("Nothing that it uses is another than before");
        }
    }

    /// The workflow's package. A run of before this was written down has the same in what
    /// it was started with.
    fn package(&self) -> Option<Pin> {
        let mut pins = self.run.pins.values();
        if let Some(pin) = pins.find(|pin| pin.role == "package") {
            return Some(pin.clone());
        }
        let (package, version) = self.start.package.rsplit_once(' ')?;
        Some(Pin {
            role: "package".to_owned(),
            name: "workflow".to_owned(),
            package: package.to_owned(),
            version: version.to_owned(),
            digest: self.start.digest?,
            component: None,
        })
    }

    fn gone(&self, gone: &Gone) -> Trouble {
        let (pin, typed) = (&gone.pin, &self.typed);
        let back = match gone.first_party {
            true => format!(
                "go on with the cm that it was begun with ({}), or install that version: cm install {}@{}",
                self.start.host, pin.package, pin.version
            ),
            false => format!(
                "install that version: cm install {}@{}, or from where it came",
                pin.package, pin.version
            ),
        };
        let now = match gone.have.is_empty() {
            true => format!("install another one, and go on with that: {typed} --upgrade"),
            false => format!("go on with what is here now: {typed} --upgrade"),
        };
        Trouble::usage(
            "version-gone",
            text::clean(&format!("nothing was started: {gone}")),
        )
        .help(text::clean(&format!("{back}\n{now}")))
    }
}

/// What it is, in a line: `engine fake: acme/fake 1.0.0`.
pub(crate) fn line(pin: &Pin) -> String {
    let what = match pin.role.as_str() {
        "package" => "workflow".to_owned(),
        "workflow" => format!("run by {}", pin.name),
        role => format!("{role} {}", pin.name),
    };
    text::one_line(&format!("{what}: {}", version(pin)), 160)
}

/// A version, and which one of its name: `acme/fake 1.0.0 (0123456789ab)`.
pub(crate) fn version(pin: &Pin) -> String {
    let short = pin.digest.short();
    format!("{} {} ({short})", pin.package, pin.version)
}
