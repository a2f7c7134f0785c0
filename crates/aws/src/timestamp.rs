//! Instants as text: the three ways AWS writes them. Milliseconds since 1970, by the proleptic
//! Gregorian calendar, without leap seconds.

use crate::schema::TimestampFormat;
use tidemill_kernel::Timestamp;

const MILLIS_PER_DAY: i64 = 86_400_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The first of January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// A day and the time in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    millis: i64,
}

impl Civil {
    /// Days of a leap cycle are counted from March, so that February's end is the year's end
    /// (Howard Hinnant, "chrono-compatible low-level date algorithms").
    fn from_millis(millis: i64) -> Civil {
        let (days, rest) = (millis.div_euclid(MILLIS_PER_DAY), millis.rem_euclid(MILLIS_PER_DAY));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Civil {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: rest / 3_600_000,
            minute: rest / 60_000 % 60,
            second: rest / 1000 % 60,
            millis: rest % 1000,
        }
    }

    /// `None` when there is no such day or time.
    fn to_millis(self) -> Option<i64> {
        let Civil { year, month, day, hour, minute, second, millis } = self;
        let is_legal = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1000).contains(&millis);
        if !is_legal {
            return None;
        }
        let shifted_year = if month <= 2 { year - 1 } else { year };
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let shifted_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        let millis =
            days * MILLIS_PER_DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + millis;
        // The thirty-first of a short month comes back as another day.
        (Civil::from_millis(millis) == self).then_some(millis)
    }
}

/// Seconds with a fraction, as JSON and query strings have them. `None` beyond year 9999.
pub(crate) fn from_seconds(seconds: f64) -> Option<i64> {
    const SECONDS_MAX: f64 = 253_402_300_799.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
    (seconds.abs() <= SECONDS_MAX).then(|| (seconds * 1000.0).round() as i64)
}

pub(crate) fn format(millis: i64, format: TimestampFormat) -> String {
    let Civil { year, month, day, hour, minute, second, millis: fraction } =
        Civil::from_millis(millis);
    match format {
        TimestampFormat::EpochSeconds | TimestampFormat::Default => {
            let (seconds, fraction) = (millis / 1000, millis.unsigned_abs() % 1000);
            let sign = if millis < 0 && seconds == 0 { "-" } else { "" };
            match fraction {
                0 => seconds.to_string(),
                _ => trim_zeros(format!("{sign}{seconds}.{fraction:03}")),
            }
        }
        TimestampFormat::Iso8601 => {
            let head = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
            match fraction {
                0 => format!("{head}Z"),
                _ => format!("{}Z", trim_zeros(format!("{head}.{fraction:03}"))),
            }
        }
        TimestampFormat::HttpDate => {
            let weekday = millis.div_euclid(MILLIS_PER_DAY).rem_euclid(7);
            let weekday = usize::try_from(weekday).ok().and_then(|day| WEEKDAYS.get(day));
            let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month));
            let (weekday, month) = (weekday.unwrap_or(&""), month.unwrap_or(&""));
            let time = format!("{hour:02}:{minute:02}:{second:02}");
            let fraction = match fraction {
                0 => String::new(),
                _ => trim_zeros(format!(".{fraction:03}")),
            };
            format!("{weekday}, {day:02} {month} {year:04} {time}{fraction} GMT")
        }
    }
}

/// `2015-01-25T08:00:00.000`, without a zone: always UTC, always with milliseconds, as fields that
/// are plain text in the models have it (a function's `LastModified`, a notification's time).
#[must_use]
pub fn iso8601_millis(at: Timestamp) -> String {
    let Civil { year, month, day, hour, minute, second, millis } =
        Civil::from_millis(i64::try_from(at.0).unwrap_or(i64::MAX));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}")
}

/// Reads `2015-01-25T08:00:00Z`, with a fraction or an offset; `None` before 1970, too.
#[must_use]
pub fn iso8601_instant(text: &str) -> Option<Timestamp> {
    parse_iso8601(text).and_then(|millis| u64::try_from(millis).ok()).map(Timestamp)
}

fn trim_zeros(text: String) -> String {
    text.trim_end_matches('0').to_owned()
}

/// `2015-01-25T08:00:00Z`, with a fraction or an offset where the client writes one.
pub(crate) fn parse_iso8601(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't'])?;
    let (time, offset_millis) = split_offset(time)?;
    let mut date = date.splitn(3, '-');
    let (year, month, day) =
        (number(date.next()?, 4)?, number(date.next()?, 2)?, number(date.next()?, 2)?);
    let (hour, minute, second, millis) = parse_time(time)?;
    let civil = Civil { year, month, day, hour, minute, second, millis };
    civil.to_millis()?.checked_sub(offset_millis)
}

/// `08:00:00Z` or `08:00:00+01:00` as the time and the offset in milliseconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (time, offset) = time.split_at_checked(at)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    Some((time, sign * (number(hours, 2)? * 60 + number(minutes, 2)?) * 60_000))
}

/// `Sun, 25 Jan 2015 08:00:00 GMT`
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    let rest = text.split_once(", ")?.1.strip_suffix(" GMT")?;
    let mut parts = rest.splitn(4, ' ');
    let day = number(parts.next()?, 2)?;
    let month = parts.next()?;
    let month = MONTHS.iter().zip(1..).find(|(name, _)| **name == month)?.1;
    let year = number(parts.next()?, 4)?;
    let (hour, minute, second, millis) = parse_time(parts.next()?)?;
    Civil { year, month, day, hour, minute, second, millis }.to_millis()
}

/// `20150125T080000Z`: the date of a signature.
pub(crate) fn format_basic(at: Timestamp) -> String {
    let civil = Civil::from_millis(i64::try_from(at.0).unwrap_or(i64::MAX));
    let Civil { year, month, day, hour, minute, second, millis: _ } = civil;
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The inverse of [`format_basic`].
pub(crate) fn parse_basic(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let part =
        |text: &str, from: usize, digits: usize| number(text.get(from..from + digits)?, digits);
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    Civil {
        year: part(date, 0, 4)?,
        month: part(date, 4, 2)?,
        day: part(date, 6, 2)?,
        hour: part(time, 0, 2)?,
        minute: part(time, 2, 2)?,
        second: part(time, 4, 2)?,
        millis: 0,
    }
    .to_millis()
}

/// `08:00:00` or `08:00:00.123`; what lies beyond milliseconds is cut.
fn parse_time(time: &str) -> Option<(i64, i64, i64, i64)> {
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut parts = time.splitn(3, ':');
    let (hour, minute, second) =
        (number(parts.next()?, 2)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((hour, minute, second, number(&digits, 3)?))
}

/// Exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let is_plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_back_what_it_wrote() {
        for millis in [0, 1, 999, 1_422_172_800_000, 951_782_400_000, -1500, 4_102_444_799_999] {
            let iso = format(millis, TimestampFormat::Iso8601);
            assert_eq!(parse_iso8601(&iso), Some(millis), "{iso}");
            let http = format(millis, TimestampFormat::HttpDate);
            assert_eq!(parse_http_date(&http), Some(millis), "{http}");
            let epoch = format(millis, TimestampFormat::EpochSeconds);
            let seconds: f64 = epoch.parse().expect("a number");
            assert_eq!(from_seconds(seconds), Some(millis), "{epoch}");
        }
    }

    #[test]
    fn known_instants_and_impossible_ones() {
        assert_eq!(parse_basic("20150830T123600Z"), Some(1_440_938_160_000));
        assert_eq!(parse_iso8601("2019-12-16T22:48:18-01:00"), Some(1_576_540_098_000));
        assert_eq!(
            format(1_398_796_238_000, TimestampFormat::HttpDate),
            "Tue, 29 Apr 2014 18:30:38 GMT"
        );
        for bad in ["2015-02-29T00:00:00Z", "2015-13-01T00:00:00Z", "2015-01-01", "yesterday"] {
            assert_eq!(parse_iso8601(bad), None, "{bad}");
        }
        assert_eq!(parse_basic("20150830T1236Z"), None);
    }
}
