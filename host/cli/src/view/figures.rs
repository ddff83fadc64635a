//! Times, tokens and money, for people.

use cm_types::Usage;

/// `0.4 s`, `12 s`, `3 m 05 s`, `2 h 10 m`.
pub(crate) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..10 => format!("{:.1} s", ms as f64 / 1000.0),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} m", seconds / 3600, seconds / 60 % 60),
    }
}

/// A size in bytes: `3.20 MB`.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::DecimalBytes(count).to_string()
}

/// `950`, `12.3k`, `4.0M`.
pub(crate) fn tokens(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{:.1}k", count as f64 / 1e3),
        _ => format!("{:.1}M", count as f64 / 1e6),
    }
}

/// `$0.0123`, or nothing when the engine does not say.
pub(crate) fn cost(usage: &Usage) -> String {
    match usage.cost_usd {
        None => String::new(),
        Some(cost) if cost < 1.0 => format!("${cost:.4}"),
        Some(cost) => format!("${cost:.2}"),
    }
}

/// `1.2k tokens, $0.0123`, or nothing.
pub(crate) fn usage(usage: &Usage) -> String {
    let parts = [
        match usage.tokens() {
            0 => String::new(),
            1 => "1 token".into(),
            count => format!("{} tokens", tokens(count)),
        },
        cost(usage),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// `2026-11-21 14:05:09`, in the zone of the person.
pub(crate) fn moment(at_ms: u64) -> String {
    zoned(at_ms).map_or_else(String::new, |at| {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    })
}

/// `14:05:09`, in the zone of the person.
pub(crate) fn clock(at_ms: u64) -> String {
    zoned(at_ms).map_or_else(String::new, |at| at.strftime("%H:%M:%S").to_string())
}

/// The clock, and the day with it where that is another one than this.
pub(crate) fn soon(now_ms: u64, at_ms: u64) -> String {
    let day = |ms| zoned(ms).map(|at| at.date());
    match day(now_ms) == day(at_ms) {
        true => clock(at_ms),
        false => moment(at_ms),
    }
}

/// When this day begins here: milliseconds since 1970 (UTC).
pub(crate) fn midnight(day: jiff::civil::Date) -> u64 {
    let begins = day.to_zoned(jiff::tz::TimeZone::system());
    let begins = begins.map(|begins| begins.timestamp().as_millisecond());
    begins.map_or(0, |ms| u64::try_from(ms).unwrap_or(0))
}

fn zoned(at_ms: u64) -> Option<jiff::Zoned> {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at_ms).ok()?).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::system()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let shown: Vec<_> = [0, 940, 9_999, 61_000, 7_860_000].map(duration).into();
        assert_eq!(shown, ["0.0 s", "0.9 s", "10.0 s", "1 m 01 s", "2 h 11 m"]);
    }

    #[test]
    fn amounts() {
        assert_eq!(
            [tokens(999), tokens(12_345), tokens(4_000_000)],
            ["999", "12.3k", "4.0M"]
        );
        let usage = Usage {
            input: 1000,
            output: 200,
            cost_usd: Some(0.01234),
            ..Usage::default()
        };
        assert_eq!(super::usage(&usage), "1.2k tokens, $0.0123");
        assert_eq!(super::usage(&Usage::default()), "");
    }
}
