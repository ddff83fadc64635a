//! The words that betray a failure.

/// Codes of failures that many engines have, and the words that betray them,
/// most telling first. Words are compared in lower case.
pub(super) const SIGNS: &[(&str, &[&str])] = &[
    (
        "no-credit",
        &[
            "credit balance is too low",
            "out of credits",
            "insufficient_quota",
            "spend limit",
            "spend cap",
            "billing",
        ],
    ),
    (
        "usage-limit",
        &[
            "usage limit",
            "hit your limit",
            "hit your session limit",
            "hit your weekly limit",
            "session limit reached",
            "weekly limit reached",
            "hour limit reached",
            "limit reached|",
            "quota exceeded",
        ],
    ),
    (
        "unknown-session",
        &[
            "no conversation found",
            "no rollout found",
            "session not found",
            "thread not found",
        ],
    ),
    (
        "prompt-too-long",
        &[
            "prompt is too long",
            "context window",
            "context_length_exceeded",
            "maximum context length",
            "input exceeds",
        ],
    ),
    (
        "bad-model",
        &[
            "model_not_found",
            "model not found",
            "issue with the selected model",
            "unknown model",
            "providermodelnotfound",
            "model is not supported",
            "404 not found: model",
        ],
    ),
    (
        "not-signed-in",
        &[
            "not logged in",
            "please run /login",
            "invalid api key",
            "invalid x-api-key",
            "incorrect api key",
            "authentication_error",
            "missing bearer",
            "missing environment variable",
            "401 unauthorized",
            "oauth token",
            "api key is missing",
        ],
    ),
    (
        "overloaded",
        &[
            "overloaded",
            "at capacity",
            "status 529",
            "(529)",
            "high demand",
        ],
    ),
    (
        "rate-limit",
        &[
            "rate limit",
            "rate_limit",
            "too many requests",
            "rate limited",
            "status 429",
        ],
    ),
    (
        "bad-flag",
        &[
            "unknown option",
            "unexpected argument",
            "unknown argument",
            "unrecognized option",
            "invalid value",
            "unrecognized subcommand",
        ],
    ),
    (
        "network",
        &[
            "failed to lookup address",
            "error sending request",
            "stream disconnected",
            "connection error",
            "connection refused",
            "econnrefused",
            "enotfound",
            "econnreset",
            "fetch failed",
            "unable to connect",
            "could not resolve",
            "timed out",
        ],
    ),
];
