//! Wishes: message attributes that ask this server for what AWS has no parameter for.
//!
//! - `tm.priority`: to be handed out before messages of a lower one; 0 (as without) to 9.
//! - `tm.deliver-at`: not to be handed out before then, at most a year from now; seconds since
//!   1970, or an instant like `2027-01-31T09:00:00Z`.
//! - `tm.dedupe-window`: a deduplication window of so many seconds instead of five minutes, at most
//!   a day.
//!
//! They are attributes like others too: they count, and receivers see them. An attribute that
//! begins `tm.` and is none of these is refused, so that a misspelt wish is not silently granted
//! nothing.

use super::Error;
use kernel::{AttributeValue, MessageAttribute, Millis, Timestamp};
use tidemill_kernel as kernel;

const PREFIX: &str = "tm.";
const PRIORITY: &str = "tm.priority";
const DELIVER_AT: &str = "tm.deliver-at";
const DEDUPE_WINDOW: &str = "tm.dedupe-window";
const PRIORITY_MAX: u8 = 9;
const DEDUPE_SECONDS_MAX: u32 = 86_400;
/// A leap year.
pub(super) const DELIVER_WITHIN: Millis = Millis::from_seconds(366 * 86_400);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) priority: Option<u8>,
    pub(super) deliver_at: Option<Timestamp>,
    pub(super) dedupe_window_seconds: Option<u32>,
}

impl Wishes {
    /// What a message's attributes ask of a queue of this kind.
    pub(super) fn read(attributes: &[MessageAttribute], is_fifo: bool) -> Result<Wishes, Error> {
        let mut wishes = Wishes::default();
        for attribute in attributes.iter().filter(|given| given.name.starts_with(PREFIX)) {
            let text = match &attribute.value {
                AttributeValue::Text(text) => text.trim(),
                AttributeValue::Binary(_) => "",
            };
            match (attribute.name.as_str(), is_fifo) {
                (PRIORITY, false) => wishes.priority = Some(priority(text)?),
                (DELIVER_AT, false) => wishes.deliver_at = Some(deliver_at(text)?),
                (DEDUPE_WINDOW, true) => wishes.dedupe_window_seconds = Some(window(text)?),
                (PRIORITY | DELIVER_AT, true) => {
                    return Err(invalid(&attribute.name, text, "A FIFO queue keeps its order."));
                }
                (DEDUPE_WINDOW, false) => {
                    let reason = "Only a FIFO queue takes a message once.";
                    return Err(invalid(&attribute.name, text, reason));
                }
                (_, _) => {
                    let reason = "Of the attributes that begin tm. there are tm.priority, \
                                  tm.deliver-at and tm.dedupe-window.";
                    return Err(invalid(&attribute.name, text, reason));
                }
            }
        }
        Ok(wishes)
    }
}

/// Whether an attribute asks for something that happens when a message is sent, and only then.
pub(super) fn is_for_sending(name: &str) -> bool {
    name == DELIVER_AT || name == DEDUPE_WINDOW
}

/// The priority a message was sent with; it keeps it where it is moved to.
pub(super) fn priority_of(attributes: &[MessageAttribute], is_fifo: bool) -> u8 {
    let wishes = Wishes::read(attributes, is_fifo).unwrap_or_default();
    wishes.priority.unwrap_or_default()
}

fn invalid(name: &str, value: &str, reason: &str) -> Error {
    Error::InvalidParameter {
        reason: format!("Value {value} for message attribute {name} is invalid. Reason: {reason}"),
    }
}

fn priority(text: &str) -> Result<u8, Error> {
    let legal = text.parse().ok().filter(|priority| *priority <= PRIORITY_MAX);
    legal.ok_or_else(|| invalid(PRIORITY, text, "Must be a whole number from 0 to 9."))
}

fn window(text: &str) -> Result<u32, Error> {
    let legal = text.parse().ok().filter(|seconds| (1..=DEDUPE_SECONDS_MAX).contains(seconds));
    legal.ok_or_else(|| invalid(DEDUPE_WINDOW, text, "Must be from 1 to 86400 seconds."))
}

fn deliver_at(text: &str) -> Result<Timestamp, Error> {
    let seconds = text.parse::<u64>().ok();
    let at = seconds.and_then(|seconds| seconds.checked_mul(1000)).or_else(|| instant(text));
    at.map(Timestamp).ok_or_else(|| {
        let reason = "Must be seconds since 1970, or an instant like 2027-01-31T09:00:00Z.";
        invalid(DELIVER_AT, text, reason)
    })
}

/// Milliseconds since 1970 of an instant as RFC 3339 writes it.
fn instant(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(zone_at);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=month_days).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset_seconds(zone)?;
    let is_digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction: String =
        is_digits.then(|| fraction.chars().chain("000".chars()))?.take(3).collect();
    u64::try_from(seconds * 1000 + fraction.parse::<i64>().ok()?).ok()
}

fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        let is_plain = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = is_plain.then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(numbers)
}

fn offset_seconds(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, zone) = match zone.strip_prefix('-') {
        Some(zone) => (-1, zone),
        None => (1, zone.strip_prefix('+')?),
    };
    let [hours, minutes] = numbers(zone, ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Howard Hinnant's algorithm: years begin in March, so that the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn wishes_are_read_or_refused_by_name() {
        let mut table = String::new();
        for (name, value, is_fifo) in [
            ("tm.priority", "0", false),
            ("tm.priority", "9", false),
            ("tm.priority", "10", false),
            ("tm.priority", "-1", false),
            ("tm.priority", "high", false),
            ("tm.priority", "1", true),
            ("tm.deliver-at", "1700000000", false),
            ("tm.deliver-at", "2023-11-14T22:13:20Z", false),
            ("tm.deliver-at", "soon", false),
            ("tm.deliver-at", "1700000000", true),
            ("tm.dedupe-window", "1", true),
            ("tm.dedupe-window", "86400", true),
            ("tm.dedupe-window", "0", true),
            ("tm.dedupe-window", "86401", true),
            ("tm.dedupe-window", "60", false),
            ("tm.prioritty", "1", false),
            ("tmp", "1", false),
        ] {
            let attribute = MessageAttribute {
                name: name.to_owned(),
                data_type: "String".to_owned(),
                value: AttributeValue::Text(value.to_owned()),
            };
            let read = Wishes::read(&[attribute], is_fifo);
            let shown = read.map_or_else(|error| error.to_string(), |wishes| format!("{wishes:?}"));
            table += &format!("{name}={value} {} -> {shown}\n", if is_fifo { "fifo" } else { "" });
        }
        expect![[r#"
            tm.priority=0  -> Wishes { priority: Some(0), deliver_at: None, dedupe_window_seconds: None }
            tm.priority=9  -> Wishes { priority: Some(9), deliver_at: None, dedupe_window_seconds: None }
            tm.priority=10  -> Value 10 for message attribute tm.priority is invalid. Reason: Must be a whole number from 0 to 9.
            tm.priority=-1  -> Value -1 for message attribute tm.priority is invalid. Reason: Must be a whole number from 0 to 9.
            tm.priority=high  -> Value high for message attribute tm.priority is invalid. Reason: Must be a whole number from 0 to 9.
            tm.priority=1 fifo -> Value 1 for message attribute tm.priority is invalid. Reason: A FIFO queue keeps its order.
            tm.deliver-at=1700000000  -> Wishes { priority: None, deliver_at: Some(@1700000000000), dedupe_window_seconds: None }
            tm.deliver-at=2023-11-14T22:13:20Z  -> Wishes { priority: None, deliver_at: Some(@1700000000000), dedupe_window_seconds: None }
            tm.deliver-at=soon  -> Value soon for message attribute tm.deliver-at is invalid. Reason: Must be seconds since 1970, or an instant like 2027-01-31T09:00:00Z.
            tm.deliver-at=1700000000 fifo -> Value 1700000000 for message attribute tm.deliver-at is invalid. Reason: A FIFO queue keeps its order.
            tm.dedupe-window=1 fifo -> Wishes { priority: None, deliver_at: None, dedupe_window_seconds: Some(1) }
            tm.dedupe-window=86400 fifo -> Wishes { priority: None, deliver_at: None, dedupe_window_seconds: Some(86400) }
            tm.dedupe-window=0 fifo -> Value 0 for message attribute tm.dedupe-window is invalid. Reason: Must be from 1 to 86400 seconds.
            tm.dedupe-window=86401 fifo -> Value 86401 for message attribute tm.dedupe-window is invalid. Reason: Must be from 1 to 86400 seconds.
            tm.dedupe-window=60  -> Value 60 for message attribute tm.dedupe-window is invalid. Reason: Only a FIFO queue takes a message once.
            tm.prioritty=1  -> Value 1 for message attribute tm.prioritty is invalid. Reason: Of the attributes that begin tm. there are tm.priority, tm.deliver-at and tm.dedupe-window.
            tmp=1  -> Wishes { priority: None, deliver_at: None, dedupe_window_seconds: None }
        "#]].assert_eq(&table);
    }

    #[test]
    fn instants_are_those_of_rfc_3339() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2023-11-14T22:13:20Z", Some(1_700_000_000_000)),
            ("2023-11-14t22:13:20.5z", Some(1_700_000_000_500)),
            ("2023-11-14T22:13:20.123456Z", Some(1_700_000_000_123)),
            ("2023-11-15T00:13:20+02:00", Some(1_700_000_000_000)),
            ("2023-11-14T17:43:20-04:30", Some(1_700_000_000_000)),
            ("2024-02-29T00:00:00Z", Some(1_709_164_800_000)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400_000)),
            ("2023-02-29T00:00:00Z", None),
            ("2023-13-01T00:00:00Z", None),
            ("2023-11-14T24:00:00Z", None),
            ("2023-11-14T22:13:20", None),
            ("2023-11-14 22:13:20Z", None),
            ("2023-11-14T22:13Z", None),
            ("2023-11-14T22:13:20.Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("23-11-14T22:13:20Z", None),
        ] {
            assert_eq!(instant(text), expected, "{text}");
        }
    }
}
