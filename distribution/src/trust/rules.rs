//! The numbers of the rules, and the arithmetic of times.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// How old a version of others has to be, unless said otherwise.
pub(super) const COOLDOWN: SignedDuration = SignedDuration::from_hours(3 * 24);
/// A version and the yanks of all older ones within this time are no chance.
pub(super) const STORM: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Clocks differ that much.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// Whether a time is later than clocks can differ.
pub(super) fn is_future(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > SLACK
}

/// Whether two times are near enough to belong together.
pub(super) fn near(a: Timestamp, b: Timestamp) -> bool {
    a.duration_since(b).abs() <= STORM
}

/// The day, for people.
pub(super) fn day(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).date().to_string()
}

/// As in "2 days".
pub(super) fn days(duration: SignedDuration) -> String {
    let hours = duration.as_hours().max(0);
    match (hours / 24, hours) {
        (0, 1) => "1 hour".into(),
        (0, hours) => format!("{hours} hours"),
        (1, _) => "1 day".into(),
        (days, _) => format!("{days} days"),
    }
}
