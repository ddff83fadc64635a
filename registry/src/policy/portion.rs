use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{Capabilities, WorkspaceAccess};

/// Some capabilities, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Portion {
    some: Capabilities,
    all: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Lists {
    programs: Vec<String>,
    environment: Vec<String>,
    network: Vec<String>,
    workspace: WorkspaceAccess,
}

/// `"all"`, or a table like `[capabilities]` in which `*` stands for any.
impl<'de> Deserialize<'de> for Portion {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Portion;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "\"all\" or a table like `{ programs = [\"git\"], workspace = \"read\" }`",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Portion, E> {
                if text != "all" {
                    return Err(E::invalid_value(de::Unexpected::Str(text), &self));
                }
                Ok(Portion {
                    some: Capabilities::default(),
                    all: true,
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Portion, A::Error> {
                let lists = Lists::deserialize(MapAccessDeserializer::new(map))?;
                let some = Capabilities {
                    programs: lists.programs,
                    environment: lists.environment,
                    network: lists.network,
                    workspace: lists.workspace,
                };
                Ok(Portion { some, all: false })
            }
        }

        input.deserialize_any(Reader)
    }
}

impl Portion {
    /// With `workspace` as what "all" means of it.
    pub(super) fn up_to(self, workspace: WorkspaceAccess) -> Capabilities {
        if !self.all {
            return self.some;
        }
        let any = || vec!["*".to_owned()];
        Capabilities {
            programs: any(),
            environment: any(),
            network: any(),
            workspace,
        }
    }
}
