use super::fields::{Fields, short};
use crate::problem::Problems;

/// The time at `key`, in milliseconds: `90s`, `10m`, `1h30m`.
pub(super) fn read(fields: &Fields<'_>, key: &str, problems: &mut Problems) -> Option<u32> {
    let text = fields.text(key, problems)?;
    let time = milliseconds(text.text);
    if time.is_none() {
        let message = format!("`{key}` must be a time, and is `{}`", short(text.text));
        problems.error(
            text.at,
            message,
            "write it like `90s`, `10m` or `1h30m`; at most 49 days",
        );
    }
    time
}

fn milliseconds(text: &str) -> Option<u32> {
    let mut rest = text.trim();
    let mut total = 0_u32;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = rest.split_at(digits);
        let length = unit
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(unit.len());
        let (unit, after) = unit.split_at(length);
        let scale = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u32>().ok()?.checked_mul(scale)?)?;
        rest = after.trim_start();
    }
    (total > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn times() {
        for (text, expected) in [
            ("10m", Some(600_000)),
            ("1h30m", Some(5_400_000)),
            ("1h 30m", Some(5_400_000)),
            ("250ms", Some(250)),
            ("2d", Some(172_800_000)),
            ("10", None),
            ("0s", None),
            ("", None),
            ("m", None),
            ("-1s", None),
            ("50d", None),
            ("99999999999s", None),
            ("1x", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
