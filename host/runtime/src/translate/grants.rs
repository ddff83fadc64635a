use cm_types::{Grants, Helper, ServerGrant};

use crate::bindings::workflows::cm::flow::run;

impl From<run::Grants> for Grants {
    fn from(grants: run::Grants) -> Self {
        Self {
            tools: grants.tools,
            directives: grants.directives,
            helpers: grants.helpers.into_iter().map(Into::into).collect(),
            servers: grants.servers.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<run::Helper> for Helper {
    fn from(helper: run::Helper) -> Self {
        Self {
            name: helper.name,
            description: helper.description,
            engine: helper.engine,
            model: helper.model,
            effort: helper.effort,
            permissions: helper.permissions,
            prompt: helper.prompt,
            tools: helper.tools,
        }
    }
}

impl From<run::Server> for ServerGrant {
    fn from(server: run::Server) -> Self {
        Self {
            name: server.name,
            only: server.only,
            exclude: server.exclude,
        }
    }
}
