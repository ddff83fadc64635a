use std::fmt;

use super::{
    Fact,
    provider::{Node, Provider, Set},
};
use crate::Name;
use pubgrub::{DerivationTree, External};

/// Why no set of versions meets all requirements: facts that cannot all be lived
/// with at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Conflict {
    /// Who asked.
    pub who: String,
    /// The facts; what was asked for comes first.
    pub facts: Vec<Fact>,
}

impl Conflict {
    pub(super) fn explain(
        tree: &DerivationTree<Node, Set, String>,
        provider: &Provider<'_>,
    ) -> Self {
        let mut facts = Vec::new();
        leaves(tree, &mut |external| {
            for fact in read(external, provider) {
                if !facts.contains(&fact) {
                    facts.push(fact);
                }
            }
        });
        facts.sort_by_key(|fact| !matches!(fact, Fact::Asked { .. }));
        Self {
            who: provider.request.who.clone(),
            facts,
        }
    }

    pub(crate) fn help(&self) -> Option<String> {
        let unknown = self.facts.iter().find_map(|fact| match fact {
            Fact::Unknown { near, .. } => near.clone(),
            _ => None,
        });
        if let Some(near) = unknown {
            return Some(format!(
                "perhaps `{near}` was meant: tell the package's author"
            ));
        }
        let asked: Vec<String> = self
            .facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Asked { name, .. } => Some(format!("`{name}`")),
                _ => None,
            })
            .collect();
        if asked.is_empty() {
            return None;
        }
        Some(format!(
            "ask for other versions of {}, or leave one out",
            asked.join(" or ")
        ))
    }
}

fn leaves(
    tree: &DerivationTree<Node, Set, String>,
    visit: &mut impl FnMut(&External<Node, Set, String>),
) {
    // By hand: the tree may be deep.
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        match tree {
            DerivationTree::External(external) => visit(external),
            DerivationTree::Derived(derived) => {
                open.push(&derived.cause2);
                open.push(&derived.cause1);
            }
        }
    }
}

fn read(external: &External<Node, Set, String>, provider: &Provider<'_>) -> Vec<Fact> {
    match external {
        External::NotRoot(..)
        | External::NoVersions(Node::Root, _)
        | External::Custom(Node::Root, ..) => Vec::new(),
        External::NoVersions(Node::Package(name), set) => {
            let passed_over = provider.known(name, set).into_iter();
            passed_over
                .filter_map(|version| {
                    let why = provider.objection(name, &version)?;
                    Some(Fact::Not {
                        name: name.clone(),
                        version,
                        why,
                    })
                })
                .collect()
        }
        External::Custom(Node::Package(name), set, why) => {
            let versions = provider.known(name, set).into_iter();
            versions
                .map(|version| Fact::Not {
                    name: name.clone(),
                    version,
                    why: why.clone(),
                })
                .collect()
        }
        External::FromDependencyOf(_, _, Node::Root, _) => Vec::new(),
        External::FromDependencyOf(who, set, Node::Package(needs), allowed) => {
            let mut facts = Vec::new();
            match who {
                Node::Root => {
                    let wanted = provider.request.requirements.get(needs);
                    facts.extend(wanted.map(|wanted| Fact::Asked {
                        name: needs.clone(),
                        wanted: wanted.to_string(),
                    }));
                }
                Node::Package(name) => {
                    facts.extend(dependency(provider, name, set, needs, allowed))
                }
            }
            if let Some(error) = provider.unknown.borrow().get(needs)
                && let crate::Error::NoPackage { near, .. } = error
            {
                facts.push(Fact::Unknown {
                    name: needs.clone(),
                    near: near.clone(),
                });
            }
            facts
        }
    }
}

/// What some versions of a package need, in the words of its manifest.
fn dependency(
    provider: &Provider<'_>,
    name: &Name,
    set: &Set,
    needs: &Name,
    allowed: &Set,
) -> Option<Fact> {
    let mut versions = Vec::new();
    let mut wanted: Vec<String> = Vec::new();
    for version in provider.known(name, set) {
        // All were looked at by the solver; this only reads what it kept.
        let all = provider.needs(name, &version).ok().flatten()?;
        if let Some(text) = all.get(needs).map(ToString::to_string) {
            versions.push(version);
            if !wanted.contains(&text) {
                wanted.push(text);
            }
        }
    }
    let all = provider.known(needs, &Set::full());
    let none = !all.is_empty() && all.iter().all(|version| !allowed.contains(version));
    Some(Fact::Needs {
        name: name.clone(),
        versions,
        needs: needs.clone(),
        wanted: wanted.join(" or "),
        have: none.then_some(all),
    })
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no versions of the packages go together:")?;
        for fact in &self.facts {
            f.write_str("\n  - ")?;
            fact.show(&self.who, f)?;
        }
        Ok(())
    }
}
