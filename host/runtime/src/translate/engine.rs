use cm_types::{
    Action, Command, EngineInfo, Finding, Framing, Health, HttpRequest, HttpResponse, Input,
    McpServer, Permissions, Probe, Program, Secret, TurnRequest,
};

use crate::bindings::engine::exports::cm::engine::adapter;

impl From<adapter::Info> for EngineInfo {
    fn from(info: adapter::Info) -> Self {
        let program = |program: adapter::Program| Program {
            name: program.name,
            install: program.install,
        };
        let probe = |probe: adapter::Probe| Probe {
            purpose: probe.purpose,
            program: probe.program,
            arguments: probe.arguments,
        };
        Self {
            id: info.id,
            name: info.name,
            programs: info.programs.into_iter().map(program).collect(),
            models: info.models,
            features: info.features,
            probes: info.probes.into_iter().map(probe).collect(),
            tested: info.tested,
            environment: info.environment,
            options: info.options,
        }
    }
}

impl From<Finding> for adapter::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            purpose: finding.purpose,
            code: finding.code,
            stdout: finding.stdout,
            stderr: finding.stderr,
        }
    }
}

impl From<adapter::Health> for Health {
    fn from(health: adapter::Health) -> Self {
        Self {
            installed: health.installed,
            version: health.version,
            signed_in: health.signed_in,
            remedy: health.remedy,
            options: health.options,
        }
    }
}

impl From<Permissions> for adapter::PermissionLevel {
    fn from(permissions: Permissions) -> Self {
        match permissions {
            Permissions::ReadOnly => Self::ReadOnly,
            Permissions::WorkspaceWrite => Self::WorkspaceWrite,
            Permissions::Full => Self::Full,
        }
    }
}

impl From<TurnRequest> for adapter::Request {
    fn from(request: TurnRequest) -> Self {
        let server = |server: McpServer| adapter::McpServer {
            name: server.name,
            command: server.command,
            arguments: server.arguments,
            environment: server.environment,
            only: server.only,
            exclude: server.exclude,
        };
        Self {
            prompt: request.prompt,
            model: request.model,
            effort: request.effort,
            session: request.session,
            fork: request.fork,
            new_session: request.new_session,
            permissions: request.permissions.into(),
            tools: request.tools,
            mcp_servers: request.mcp_servers.into_iter().map(server).collect(),
            directory: request.directory,
            directories: request.directories,
            scratch: request.scratch,
            instructions: request.instructions,
            schema: request.schema,
            max_turns: request.max_turns,
            options: request.options,
        }
    }
}

impl From<Input> for adapter::Input {
    fn from(input: Input) -> Self {
        match input {
            Input::Begin => Self::Begin,
            Input::Stdout(bytes) => Self::Stdout(bytes),
            Input::Line(line) => Self::Line(line),
            Input::Stderr(bytes) => Self::Stderr(bytes),
            Input::File(name, content) => Self::File(adapter::File { name, content }),
            Input::Exited(code) => Self::Exited(code),
            Input::Granted(id) => Self::Granted(id),
            Input::Denied(id) => Self::Denied(id),
            Input::Response(response) => Self::Response(response.into()),
            Input::Body(bytes) => Self::Body(bytes),
            Input::Responded => Self::Responded,
            Input::Unreachable(failure) => Self::Unreachable(failure.into()),
            Input::Performed(result) => Self::Performed(result.into()),
            Input::Cancelled => Self::Cancelled,
            Input::Other(item) => Self::Other(item.into()),
        }
    }
}

impl From<adapter::Command> for Command {
    fn from(command: adapter::Command) -> Self {
        Self {
            program: command.program,
            arguments: command.arguments,
            environment: command.environment,
            stdin: command.stdin,
            interactive: command.interactive,
            framing: match command.framing {
                adapter::Framing::Bytes => Framing::Bytes,
                adapter::Framing::Lines => Framing::Lines,
            },
            files: command.files,
            collect: command.collect,
            options: command.options,
        }
    }
}

impl From<adapter::Action> for Action {
    fn from(action: adapter::Action) -> Self {
        match action {
            adapter::Action::Spawn(command) => Self::Spawn(command.into()),
            adapter::Action::Write(bytes) => Self::Write(bytes),
            adapter::Action::CloseStdin => Self::CloseStdin,
            adapter::Action::Request(request) => Self::Request(request.into()),
            adapter::Action::Perform(call) => Self::Perform(call.into()),
            adapter::Action::Emit(event) => Self::Emit(event.into()),
            adapter::Action::Done => Self::Done,
            adapter::Action::Other(item) => Self::Other(item.into()),
        }
    }
}

impl From<adapter::HttpRequest> for HttpRequest {
    fn from(request: adapter::HttpRequest) -> Self {
        let secret = |secret: adapter::Secret| Secret {
            name: secret.name,
            prefix: secret.prefix,
            variables: secret.variables,
            optional: secret.optional,
        };
        Self {
            method: request.method,
            variable: request.variable,
            base: request.base,
            path: request.path,
            headers: request.headers,
            secrets: request.secrets.into_iter().map(secret).collect(),
            body: request.body,
            options: request.options,
        }
    }
}

impl From<HttpResponse> for adapter::HttpResponse {
    fn from(response: HttpResponse) -> Self {
        Self {
            status: response.status,
            headers: response.headers,
        }
    }
}
