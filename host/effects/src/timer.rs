//! Waiting for a time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long the clock on the wall may be off from the one that sleeps.
const LOOK: Duration = Duration::from_secs(15);

/// The time on the wall, in milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Waits until this time on the wall, in milliseconds since 1970.
///
/// The clock that sleeping is measured with stands still while a laptop is suspended,
/// and knows nothing of a clock that was set. So the wall is looked at again every 15
/// seconds; a wait that ended meanwhile is noticed that much too late at most.
pub async fn until(deadline_ms: u64) {
    loop {
        let left = Duration::from_millis(deadline_ms.saturating_sub(now_ms()));
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK)).await;
    }
}
