use cm_orchestrator::Record;
use schemars::schema_for;

use super::{artifacts, check::Checked, engines, list, runs, show::Shown, state};
use crate::{
    arguments::{Schema, SchemaOf},
    exit::Exit,
    trouble::Trouble,
    view::out,
};

pub(crate) fn run(arguments: &Schema) -> Result<Exit, Trouble> {
    match arguments.what {
        SchemaOf::Events => out::json(&schema_for!(Record)),
        SchemaOf::Runs => out::json(&schema_for!(Vec<runs::Row>)),
        SchemaOf::Show => out::json(&schema_for!(Shown)),
        SchemaOf::Artifacts => out::json(&schema_for!(Vec<artifacts::Row>)),
        SchemaOf::State => out::json(&schema_for!(Vec<state::Row>)),
        SchemaOf::Engines => out::json(&schema_for!(Vec<engines::Row>)),
        SchemaOf::List => out::json(&schema_for!(Vec<list::Row>)),
        SchemaOf::Check => out::json(&schema_for!(Checked)),
        SchemaOf::Package => out::json(&cm_registry::Manifest::schema()),
        SchemaOf::Workflow => out::piece(include_str!(
            "../../../../plugins/workflows/declarative/schema/workflow.schema.json"
        )),
        SchemaOf::Agent => out::piece(include_str!(
            "../../../../plugins/workflows/declarative/schema/agent.schema.json"
        )),
    }
    Ok(Exit::Done)
}
