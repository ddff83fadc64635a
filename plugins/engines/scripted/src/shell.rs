//! From a rule to a program for the shell. POSIX only; every text is quoted.

mod ask;

use std::fmt::Write as _;

use cm_sdk::engine::{Error, PermissionLevel, Request};
use serde_json::{Value, json};

use crate::choose::fill;
use crate::estimate;
use crate::quote::{bad, octal, quoted, signal};
use crate::script::{Call, Flood, Rule, Step};
use crate::{files, host};

/// Tells what a tool printed, line by line behind a mark, and how it ended.
const REPORT: &str = r#"cm_report() {
  [ -z "$cm_output" ] || printf '%s\n' "$cm_output" | sed 's/^/| /'
  printf '{"type":"outcome","id":"%s","code":%s}\n' "$1" "$cm_code"
}
"#;

/// Does nothing for ever.
const HANG: &str = "while :; do sleep 3600; done";

/// The shell program of one turn. It is one group, which the shell reads whole
/// before it does anything: a program that was cut off does nothing.
pub(crate) fn program(rule: &Rule, request: &Request, session: &str) -> Result<String, Error> {
    let mut program = Program {
        request,
        session,
        text: format!("{{\n{REPORT}"),
        tools: 0,
        said: String::new(),
        written: 0,
    };
    program.line(&json!({ "type": "session", "id": session }));
    let mut over = false;
    for step in &rule.steps {
        over |= program.step(step, rule)?;
        if over {
            break;
        }
    }
    if !over {
        if let Some(answer) = &rule.answer {
            let answer = match answer {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if fill(&answer, request, session) != program.said {
                program.say(&answer);
            }
        }
        program.usage(rule);
        let mut end = json!({ "type": "end", "answer": program.said });
        if rule.linger {
            end["lingers"] = true.into();
        }
        program.line(&end);
        if rule.linger {
            program.command(HANG);
        }
        program.command(&format!("exit {}", rule.exit));
    }
    program.text.push_str("}\n");
    Ok(program.text)
}

struct Program<'a> {
    request: &'a Request,
    session: &'a str,
    text: String,
    tools: usize,
    said: String,
    written: usize,
}

impl Program<'_> {
    /// Adds a step; true when nothing can come after it.
    fn step(&mut self, step: &Step, rule: &Rule) -> Result<bool, Error> {
        match step {
            Step::Say(text) => self.say(text),
            Step::Think(text) => {
                let text = fill(text, self.request, self.session);
                self.written += text.len();
                self.line(&json!({ "type": "thought", "text": text }));
            }
            Step::Write(file) => {
                self.written += file.text.len();
                let given = json!({ "path": file.path, "text": file.text });
                self.work("write", given, &files::write(file)?);
            }
            Step::Edit(edit) => {
                self.written += edit.old.len() + edit.new.len();
                let given = json!({ "path": edit.path, "old": edit.old, "new": edit.new });
                self.work("edit", given, &files::edit(edit)?);
            }
            Step::Run(command) => {
                self.written += command.len();
                let work = format!("exec 2>&1 </dev/null; sh -c {}", quoted(command));
                self.work("run", json!({ "command": command }), &work);
            }
            Step::Tool(tool) => {
                let id = self.call(&tool.name, &tool.arguments);
                let ok = !tool.failed && !tool.denied;
                self.outcome(id, ok, tool.denied, &tool.output);
            }
            Step::Call(call) => self.host_tool(call)?,
            Step::Ask(ask) => self.ask(ask),
            Step::Directive(directive) => self.direct(directive, &directive.to_string()),
            Step::DirectiveText(text) => self.direct(&json!(text), text),
            Step::Sleep(seconds) if (0.0..1e6).contains(seconds) => {
                self.command(&format!("sleep {seconds:.3}"));
            }
            Step::Sleep(seconds) => {
                return Err(bad(&format!("`sleep` takes seconds, not {seconds}")));
            }
            Step::Retry(text) => self.line(&json!({ "type": "retry", "message": text })),
            Step::Limit(limit) => {
                if let Some(file) = &limit.unless {
                    self.command(&format!("if ! [ -e {} ]; then", quoted(file)));
                }
                self.usage(rule);
                self.line(&json!({
                    "type": "limit",
                    "message": limit.message,
                    "until-ms": limit.until_ms,
                    "retry-after-ms": limit.retry_after_ms,
                    "scope": limit.scope.as_deref().unwrap_or("account"),
                }));
                self.fail("usage-limit", &limit.message, true, limit.retry_after_ms);
                if limit.unless.is_some() {
                    self.command("fi");
                    return Ok(false);
                }
                return Ok(true);
            }
            Step::Fail(fail) => {
                self.usage(rule);
                self.fail(&fail.code, &fail.message, fail.retry, fail.retry_after_ms);
                return Ok(true);
            }
            Step::Print(line) => self.print(line),
            Step::Bytes(hex) => {
                let command = format!("printf '{}\\n'", octal(hex)?);
                self.command(&command);
            }
            Step::Stderr(line) => self.command(&format!("printf '%s\\n' {} >&2", quoted(line))),
            Step::Flood(flood) => self.flood(*flood),
            Step::Ignore(name) => self.command(&format!("trap '' {}", signal(name)?)),
            Step::Kill(name) => {
                let command = format!("kill -{} $$", signal(name)?);
                self.command(&command);
            }
            Step::Exit(code) => {
                self.command(&format!("exit {code}"));
                return Ok(true);
            }
            Step::Hang(true) => {
                self.command(HANG);
                return Ok(true);
            }
            Step::Hang(false) => {}
        }
        Ok(false)
    }

    fn say(&mut self, text: &str) {
        self.said = fill(text, self.request, self.session);
        self.written += self.said.len();
        let line = json!({ "type": "text", "text": self.said });
        self.line(&line);
    }

    /// A tool that really does something, if it may.
    fn work(&mut self, name: &str, arguments: Value, work: &str) {
        let id = self.call(name, &arguments);
        if self.request.permissions == PermissionLevel::ReadOnly {
            self.outcome(
                id,
                false,
                true,
                "denied: nothing may be changed in this turn",
            );
            return;
        }
        self.perform(id, work);
    }

    /// A tool of the host, which was granted by name: the level does not matter.
    fn host_tool(&mut self, call: &Call) -> Result<(), Error> {
        let given = call.arguments.clone().unwrap_or_else(|| json!({}));
        self.written += call.tool.len() + given.to_string().len();
        let work = host::call(self.request, &call.tool, &given)?;
        let id = self.call(&call.tool, &given);
        match work {
            Some(work) => self.perform(id, &work),
            None => self.outcome(id, false, false, "no tools were granted"),
        }
        Ok(())
    }

    fn direct(&mut self, given: &Value, text: &str) {
        self.written += text.len();
        let id = self.call("directive", given);
        self.perform(id, &host::direct(text));
    }

    fn perform(&mut self, id: usize, work: &str) {
        self.command(&format!("cm_output=$({work}); cm_code=$?; cm_report {id}"));
    }

    fn call(&mut self, name: &str, arguments: &Value) -> usize {
        self.tools += 1;
        let id = self.tools;
        self.line(&json!({
            "type": "call", "id": id.to_string(), "name": name, "arguments": arguments,
        }));
        id
    }

    fn outcome(&mut self, id: usize, ok: bool, denied: bool, output: &str) {
        self.line(&json!({
            "type": "outcome", "id": id.to_string(),
            "code": i32::from(!ok), "denied": denied, "output": output,
        }));
    }

    fn usage(&mut self, rule: &Rule) {
        let usage = estimate::usage(rule.usage, self.request, self.written);
        self.line(&usage);
    }

    fn fail(&mut self, code: &str, message: &str, retry: bool, after: Option<u32>) {
        self.line(&json!({ "type": "end", "failure": {
            "code": code, "message": message, "retry": retry, "retry-after-ms": after,
        } }));
        self.command("exit 1");
    }

    fn flood(&mut self, flood: Flood) {
        let (before, after) = if flood.say {
            (r#"{\"type\":\"text\",\"text\":\""#, r#"\"}"#)
        } else {
            ("", "")
        };
        let Flood { lines, width, .. } = flood;
        self.command(&format!(
            "awk 'BEGIN {{ s = \"x\"; while (length(s) < {width}) s = s s; s = substr(s, 1, {width}); for (i = 0; i < {lines}; i++) print \"{before}\" s \"{after}\" }}' </dev/null"
        ));
    }

    fn line(&mut self, line: &Value) {
        self.print(&line.to_string());
    }

    fn print(&mut self, line: &str) {
        self.command(&format!("printf '%s\\n' {}", quoted(line)));
    }

    fn command(&mut self, command: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{command}");
    }
}
