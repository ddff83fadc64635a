use cm_orchestrator::Record;
use schemars::schema_for;

use super::{
    artifacts, audit, check::Checked, engines, gc, info::Known, keys, list, outdated, plan::Plan,
    redecode, registry, runs, search, show::Shown, state, tree, trust, verify, why,
};
use crate::{
    arguments::{Schema, SchemaOf},
    exit::Exit,
    inbox::Entry,
    making::Built,
    trouble::Trouble,
    view::{difference::Compared, out},
};

pub(crate) fn run(arguments: &Schema) -> Result<Exit, Trouble> {
    match arguments.what {
        SchemaOf::Events => out::json(&schema_for!(Record)),
        SchemaOf::Plan => out::json(&schema_for!(Plan<'static>)),
        SchemaOf::Runs => out::json(&schema_for!(Vec<runs::Row>)),
        SchemaOf::Inbox => out::json(&schema_for!(Vec<Entry>)),
        SchemaOf::Show => out::json(&schema_for!(Shown)),
        SchemaOf::Diff => out::json(&schema_for!(Compared)),
        SchemaOf::Artifacts => out::json(&schema_for!(Vec<artifacts::Row>)),
        SchemaOf::State => out::json(&schema_for!(Vec<state::Row>)),
        SchemaOf::Gc => out::json(&schema_for!(Vec<gc::Row>)),
        SchemaOf::Engines => out::json(&schema_for!(Vec<engines::Row>)),
        SchemaOf::List => out::json(&schema_for!(Vec<list::Row>)),
        SchemaOf::Info => out::json(&schema_for!(Known)),
        SchemaOf::Search => out::json(&schema_for!(Vec<search::Row>)),
        SchemaOf::Outdated => out::json(&schema_for!(Vec<outdated::Row>)),
        SchemaOf::Tree => out::json(&schema_for!(Vec<tree::Row>)),
        SchemaOf::Why => out::json(&schema_for!(Vec<why::Row>)),
        SchemaOf::Registries => out::json(&schema_for!(Vec<registry::Row>)),
        SchemaOf::Trust => out::json(&schema_for!(trust::Listed)),
        SchemaOf::Audit => out::json(&schema_for!(Vec<audit::Row>)),
        SchemaOf::Verify => out::json(&schema_for!(Vec<verify::Row>)),
        SchemaOf::Check => out::json(&schema_for!(Checked)),
        SchemaOf::Conform => out::json(&schema_for!(Vec<cm_conform::Report>)),
        SchemaOf::Redecode => out::json(&schema_for!(Vec<redecode::Row>)),
        SchemaOf::Cases => out::json(&schema_for!(cm_conform::Cases)),
        SchemaOf::Build => out::json(&schema_for!(Built)),
        SchemaOf::Keys => out::json(&schema_for!(Vec<keys::Row>)),
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
