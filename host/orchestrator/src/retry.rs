use cm_types::{Error, Failure, Policy};

/// The longest wait between two tries when nobody said how long: five minutes.
pub const MAX_WAIT_MS: u64 = 300_000;

/// The longest limit of usage that is waited for: a month.
pub const MAX_LIMIT_MS: u64 = 32 * 24 * 3_600_000;

/// How often a program is started that others of its kind keep from beginning.
const COLLISIONS: u32 = 5;

/// The first wait, when nobody said how long.
const FIRST_WAIT_MS: u32 = 1_000;

/// How long to wait before the next try, or none when there is none.
///
/// `tries` is how often it was tried; `dice` is any number: it spreads the waits that
/// nobody prescribed by up to a fifth, so that what failed together does not come back
/// together. A usage limit with a known end is weather, not failure: it is waited for
/// however often it was tried.
pub fn wait_ms(error: &Error, tries: u32, policy: &Policy, dice: u64) -> Option<u64> {
    let failure = error.failure()?;
    let backoff = backoff_ms(tries, policy, dice);
    if is_limit(failure) {
        if !waits_at_limits(policy) {
            return None;
        }
        if let Some(told) = told_ms(failure) {
            // An end that is past already, again and again, must not become a loop
            // without a pause.
            let stale = told == 0 || tries > 1;
            let wait = if stale { told.max(backoff) } else { told };
            return (told <= MAX_LIMIT_MS).then_some(wait);
        }
    }
    if is_collision(failure) && tries < COLLISIONS {
        return Some(backoff);
    }
    if !is_retried(error, failure, &policy.retry) || tries >= policy.attempts.max(1) {
        return None;
    }
    Some(failure.retry_after_ms.map_or(backoff, u64::from))
}

/// Whether an account takes no more.
pub(crate) fn is_limit(failure: &Failure) -> bool {
    failure.code == "usage-limit"
}

/// Whether a program could not even begin, because another of its kind was in the way.
/// Nothing was done and nothing paid, so it is started again whatever was said.
fn is_collision(failure: &Failure) -> bool {
    failure.code == "busy" && failure.retry
}

/// In how long it takes more again, if that is known.
pub(crate) fn told_ms(failure: &Failure) -> Option<u64> {
    let told = failure.retry_after_ms.filter(|_| failure.retry)?;
    Some(told.into())
}

/// Whether the end of a limit is waited for; else another engine may take over.
pub(crate) fn waits_at_limits(policy: &Policy) -> bool {
    policy.at_limit.as_deref() != Some("fail")
}

fn is_retried(error: &Error, failure: &Failure, classes: &[String]) -> bool {
    if classes.is_empty() {
        return failure.retry;
    }
    let class = match (error, failure.code.as_str()) {
        (_, "timeout" | "idle" | "silent") => "timeout",
        (Error::Unavailable(_), _) => "unavailable",
        (Error::Exhausted(_), _) => "exhausted",
        (Error::Other(_), _) => "other",
        _ => return false,
    };
    classes.iter().any(|wanted| wanted == class)
}

fn backoff_ms(tries: u32, policy: &Policy, dice: u64) -> u64 {
    let first = u64::from(policy.backoff_ms.unwrap_or(FIRST_WAIT_MS));
    let longest = MAX_WAIT_MS.max(first);
    let doubled = first << tries.saturating_sub(1).min(16);
    let percent = 80 + dice % 41;
    (doubled.min(longest) * percent / 100).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With this number nothing is spread.
    const EVEN: u64 = 20;

    fn overloaded() -> Failure {
        Failure::new("overloaded", "busy").retryable()
    }

    fn limit(after_ms: u32) -> Error {
        Error::Exhausted(Failure {
            retry_after_ms: Some(after_ms),
            ..Failure::new("usage-limit", "no more").retryable()
        })
    }

    fn often(attempts: u32) -> Policy {
        Policy {
            attempts,
            ..Policy::default()
        }
    }

    fn wait(error: &Error, tries: u32, policy: &Policy) -> Option<u64> {
        wait_ms(error, tries, policy, EVEN)
    }

    #[test]
    fn only_what_may_succeed_is_tried_again() {
        let wrong = Error::Invalid(Failure::new("bad-flag", "no such flag"));
        assert_eq!(wait(&wrong, 1, &often(5)), None);
        assert_eq!(wait(&Error::Cancelled, 1, &often(5)), None);
    }

    #[test]
    fn waits_double_and_end() {
        let error = Error::Unavailable(overloaded());
        assert_eq!(wait(&error, 1, &often(3)), Some(1_000));
        assert_eq!(wait(&error, 2, &often(3)), Some(2_000));
        assert_eq!(wait(&error, 3, &often(3)), None);
        assert_eq!(wait(&error, 60, &often(100)), Some(MAX_WAIT_MS));
        let slow = Policy {
            backoff_ms: Some(400_000),
            ..often(9)
        };
        assert_eq!(wait(&error, 7, &slow), Some(400_000), "as it was wanted");
    }

    #[test]
    fn a_program_that_could_not_begin_is_started_again_without_being_asked() {
        let busy = Error::Unavailable(Failure::new("busy", "in use").retryable());
        let told: Vec<_> = (1..6).map(|tries| wait(&busy, tries, &often(1))).collect();
        let waits = [Some(1_000), Some(2_000), Some(4_000), Some(8_000), None];
        assert_eq!(told, waits);
    }

    #[test]
    fn waits_are_spread_by_a_fifth_and_not_more() {
        let error = Error::Unavailable(overloaded());
        let waits: Vec<u64> = (0..1_000)
            .filter_map(|dice| wait_ms(&error, 2, &often(3), dice * 7_919))
            .collect();
        assert_eq!(waits.len(), 1_000);
        assert!(waits.iter().all(|wait| (1_600..=2_400).contains(wait)));
        assert!(waits.contains(&1_600) && waits.contains(&2_400));
    }

    #[test]
    fn the_classes_that_are_named_are_tried_again_and_no_others() {
        let silent = Error::Exhausted(Failure::new("silent", "said nothing"));
        let crash = Error::Other(Failure::new("unfinished", "left"));
        let busy = Error::Unavailable(overloaded());
        let denied = Error::Denied(Failure::new("denied", "no").retryable());
        let tried = |retry: &[&str]| {
            let policy = Policy {
                retry: retry.iter().map(|class| (*class).to_owned()).collect(),
                ..often(2)
            };
            [&silent, &crash, &busy, &denied].map(|error| wait(error, 1, &policy).is_some())
        };
        assert_eq!(tried(&[]), [false, false, true, true]);
        assert_eq!(tried(&["timeout"]), [true, false, false, false]);
        assert_eq!(tried(&["exhausted"]), [false; 4]);
        assert_eq!(tried(&["other", "unavailable"]), [false, true, true, false]);
    }

    #[test]
    fn a_usage_limit_with_an_end_is_waited_for() {
        let error = limit(7_200_000);
        assert_eq!(wait(&error, 9, &often(1)), Some(7_200_000));
        let fail = Policy {
            at_limit: Some("fail".into()),
            ..often(9)
        };
        assert_eq!(wait(&error, 1, &fail), None);
    }

    #[test]
    fn a_limit_that_was_over_long_ago_is_no_loop_and_one_of_a_year_is_not_waited_for() {
        let past = limit(0);
        assert_eq!(wait(&past, 1, &often(1)), Some(1_000));
        assert_eq!(wait(&past, 20, &often(1)), Some(MAX_WAIT_MS));
        assert_eq!(wait(&limit(u32::MAX), 1, &often(9)), None);
    }
}
