//! The end of a turn of Claude Code.

use cm_sdk::engine::{Adapter, Ending, Events, Exit, Failure, Usage, json};
use serde_json::Value;

use crate::{Claude, SIGN_IN};

impl Claude {
    /// The `result` line. Its `subtype` says `success` even for errors of the
    /// service, so `is_error` and `terminal_reason` decide.
    pub(crate) fn result(&mut self, line: &Value, events: &mut Events) {
        self.usage(line, events);
        events.denied_in_all(json::list(line, "/permission_denials").len());
        let subtype = json::text(line, "/subtype");
        let terminal = json::text(line, "/terminal_reason");
        let stop = json::text(line, "/stop_reason");
        let flagged = line.get("is_error") != Some(&Value::Bool(false));
        let complete = !flagged && subtype == "success" && matches!(terminal, "" | "completed");
        let mut ending = Ending {
            complete,
            reason: match (complete, terminal) {
                (true, _) if !stop.is_empty() => stop,
                (false, "" | "completed") if subtype == "success" => "",
                (false, "" | "completed") => subtype,
                (_, terminal) => terminal,
            }
            .to_owned(),
            ..Ending::default()
        };
        if complete {
            events.session(json::text(line, "/session_id"));
            ending.text = json::text(line, "/result").to_owned();
            ending.failure = spoiled(stop);
            // A model that answers in words all the same is heard: the host looks at
            // what it says, and asks again in the same conversation.
            let structured = line.get("structured_output").filter(|it| !it.is_null());
            if let (true, Some(value)) = (self.schema, structured) {
                ending.text = value.to_string();
            }
        } else {
            ending.failure = Some(self.failed(line, subtype, terminal, events));
        }
        self.ending = Some(ending);
        // What a helper finds out in the background is told to the agent, which answers
        // once more then.
        if self.helpers == 0 || !complete {
            self.leave(events);
            // Some hang behind their last line.
            events.done();
        }
    }

    /// The work in the background has changed.
    pub(crate) fn background(&mut self, line: &Value, events: &mut Events) {
        // Of a command in the background nobody knows whether it ever ends.
        let is_helper = |task: &&Value| json::text(task, "/task_type") == "local_agent";
        self.helpers = json::list(line, "/tasks").iter().filter(is_helper).count();
        if self.helpers == 0 && self.ending.is_some() {
            self.leave(events);
        }
    }

    /// Who hears no more ends what it has begun, and leaves.
    fn leave(&mut self, events: &mut Events) {
        if !self.left {
            self.left = true;
            events.close_stdin();
        }
    }

    fn failed(
        &mut self,
        line: &Value,
        subtype: &str,
        terminal: &str,
        events: &mut Events,
    ) -> Failure {
        let errors: Vec<&str> = json::list(line, "/errors")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let said = match json::text(line, "/result") {
            "" => errors.join("\n"),
            result => result.to_owned(),
        };
        match (subtype, terminal) {
            ("error_max_turns", _) => {
                return Failure::new("max-turns", "The agent used all the turns it was given.")
                    .with_details(&said);
            }
            ("error_max_budget_usd", _) => {
                return Failure::new("max-budget", "The agent used all the money it was given.")
                    .with_details(&said);
            }
            ("error_max_structured_output_retries", _) => {
                return Failure::new(
                    "schema-unmet",
                    "The answer is not in the form that was asked for.",
                )
                .retryable()
                .with_details(&said);
            }
            (_, aborted) if aborted.starts_with("aborted") => {
                return Failure::new(
                    "interrupted",
                    "Claude Code was interrupted before it had finished.",
                )
                .retryable();
            }
            _ => {}
        }
        let trouble = self.trouble(line, said.clone());
        let trouble = match &self.trouble {
            Some(earlier) if trouble.code().is_none() => earlier.clone(),
            _ => trouble,
        };
        events.limit_of(&trouble);
        trouble.failure(Self::NAME, SIGN_IN).unwrap_or_else(|| {
            Failure::new("api-error", "Claude Code ended with an error.").with_details(&said)
        })
    }

    /// Tokens and money of this turn, and of helpers that it started.
    fn usage(&mut self, line: &Value, events: &mut Events) {
        let total = json::money(line, "/total_cost_usd");
        let mut usage = Usage {
            input: 0,
            cached: 0,
            output: 0,
            reasoning: 0,
            cost_usd: None,
            options: Vec::new(),
        };
        match line
            .get("model_usage_since_last_result")
            .and_then(Value::as_object)
        {
            Some(models) => {
                for model in models.values() {
                    add(
                        &mut usage,
                        &counts(
                            model,
                            [
                                "/inputTokens",
                                "/cacheReadInputTokens",
                                "/cacheCreationInputTokens",
                                "/outputTokens",
                                "/thinkingTokens",
                            ],
                        ),
                    );
                    if let Some(cost) = json::money(model, "/costUSD") {
                        usage.cost_usd = Some(usage.cost_usd.unwrap_or(0.0) + cost);
                    }
                }
            }
            // Older programs: the money is the whole session's.
            None => {
                let own = line.get("usage").unwrap_or(&Value::Null);
                add(
                    &mut usage,
                    &counts(
                        own,
                        [
                            "/input_tokens",
                            "/cache_read_input_tokens",
                            "/cache_creation_input_tokens",
                            "/output_tokens",
                            "/output_tokens_details/thinking_tokens",
                        ],
                    ),
                );
                let before = self.cost_total.or(self.cost_before);
                usage.cost_usd = match (total, before) {
                    (Some(total), Some(before)) => Some((total - before).max(0.0)),
                    (Some(total), None) if !self.resumed => Some(total),
                    _ => None,
                };
            }
        }
        self.cost_total = total.or(self.cost_total);
        if usage.input > 0 || usage.output > 0 || usage.cost_usd.is_some_and(|cost| cost > 0.0) {
            events.usage(usage);
        }
    }

    pub(crate) fn end(&mut self, exit: &Exit<'_>, events: &mut Events) -> Ending {
        let mut ending = self.ending.take().unwrap_or_default();
        if !ending.complete && ending.failure.is_none() {
            let trouble = self.trouble.take().or_else(|| exit.complaint());
            let trouble = trouble.unwrap_or_default();
            events.limit_of(&trouble);
            ending.failure = trouble.failure(Self::NAME, SIGN_IN);
        }
        if let Some(total) = self.cost_total.or(self.cost_before) {
            ending
                .options
                .push(("cost-total".to_owned(), total.to_string()));
        }
        ending
    }
}

/// A turn that ended well, and still is not what was asked for.
fn spoiled(stop: &str) -> Option<Failure> {
    match stop {
        "refusal" => Some(Failure::new("refused", "The model refused to answer.")),
        "max_tokens" => Some(Failure::new(
            "max-tokens",
            "The answer was cut off at the model's limit of output tokens; ask for less at once.",
        )),
        _ => None,
    }
}

/// Fresh and cached input, what was written to the cache, output, reasoning.
fn counts(value: &Value, [fresh, read, written, output, reasoning]: [&str; 5]) -> Usage {
    let cached = json::count(value, read);
    Usage {
        input: json::count(value, fresh)
            .saturating_add(cached)
            .saturating_add(json::count(value, written)),
        cached,
        output: json::count(value, output),
        reasoning: json::count(value, reasoning),
        cost_usd: None,
        options: Vec::new(),
    }
}

fn add(sum: &mut Usage, more: &Usage) {
    sum.input = sum.input.saturating_add(more.input);
    sum.cached = sum.cached.saturating_add(more.cached);
    sum.output = sum.output.saturating_add(more.output);
    sum.reasoning = sum.reasoning.saturating_add(more.reasoning);
}
