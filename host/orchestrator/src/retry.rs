use cm_types::Error;

/// The longest wait between two tries when nobody said how long: five minutes.
pub const MAX_WAIT_MS: u64 = 300_000;

/// How long to wait before the next try, or none when there is none.
///
/// `tries` is how often it was tried, `attempts` how often it may be. A usage limit
/// with a known end is weather, not failure: it is waited for whatever `attempts` says.
pub fn wait_ms(error: &Error, tries: u32, attempts: u32) -> Option<u64> {
    let failure = error.failure().filter(|failure| failure.retry)?;
    let told = failure.retry_after_ms.map(u64::from);
    if failure.code == "usage-limit" && told.is_some() {
        return told;
    }
    if tries >= attempts.max(1) {
        return None;
    }
    let doubled = 1_000_u64 << tries.saturating_sub(1).min(16);
    Some(told.unwrap_or(doubled.min(MAX_WAIT_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cm_types::Failure;

    fn overloaded() -> Failure {
        Failure::new("overloaded", "busy").retryable()
    }

    #[test]
    fn only_what_may_succeed_is_tried_again() {
        let wrong = Error::Invalid(Failure::new("bad-flag", "no such flag"));
        assert_eq!(wait_ms(&wrong, 1, 5), None);
        assert_eq!(wait_ms(&Error::Cancelled, 1, 5), None);
    }

    #[test]
    fn waits_double_and_end() {
        let error = Error::Unavailable(overloaded());
        assert_eq!(wait_ms(&error, 1, 3), Some(1_000));
        assert_eq!(wait_ms(&error, 2, 3), Some(2_000));
        assert_eq!(wait_ms(&error, 3, 3), None);
        assert_eq!(wait_ms(&error, 60, 100), Some(MAX_WAIT_MS));
    }

    #[test]
    fn a_usage_limit_with_an_end_is_waited_for() {
        let mut failure = overloaded();
        failure.code = "usage-limit".into();
        failure.retry_after_ms = Some(7_200_000);
        assert_eq!(wait_ms(&Error::Exhausted(failure), 9, 1), Some(7_200_000));
    }
}
