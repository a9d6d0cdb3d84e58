//! Hours of the day in which nobody is disturbed.

use jiff::{
    Timestamp,
    civil::Time,
    tz::{AmbiguousOffset, TimeZone},
};

/// From one local time until another, over midnight where the second is not later. Both the same: no quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    pub from: Time,
    pub until: Time,
}

impl Quiet {
    /// Reads hours and minutes such as `21:00`; `None` where either is none.
    #[must_use]
    pub fn parse(from: &str, until: &str) -> Option<Self> {
        Some(Self { from: time_of_day(from)?, until: time_of_day(until)? })
    }

    /// When they end that run at this instant there; `None` where none run.
    #[must_use]
    pub fn end(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = zone.to_datetime(now);
        let (time, over_midnight) = (local.time(), self.until < self.from);
        let runs = if over_midnight { time >= self.from || time < self.until } else { self.covers(time) };
        if !runs {
            return None;
        }
        let tomorrow = over_midnight && time >= self.from;
        let day = if tomorrow { local.date().tomorrow().ok()? } else { local.date() };
        let end = zone.to_ambiguous_timestamp(day.to_datetime(self.until));
        let in_gap = matches!(end.offset(), AmbiguousOffset::Gap { .. });
        let earlier = end.earlier().ok()?;
        if in_gap {
            // The clocks jump over it: the moment at which they do. `earlier` is before that.
            return zone.following(earlier).next().map(|change| change.timestamp());
        }
        // Where it comes twice, and the first is over, the second.
        if earlier > now { Some(earlier) } else { end.later().ok() }
    }

    fn covers(&self, time: Time) -> bool {
        (self.from..self.until).contains(&time)
    }
}

/// Hours and minutes, both of two digits.
#[must_use]
pub fn time_of_day(text: &str) -> Option<Time> {
    let is_digits = |(at, b): (usize, u8)| if at == 2 { b == b':' } else { b.is_ascii_digit() };
    let digits = text.len() == 5 && text.bytes().enumerate().all(is_digits);
    Time::strptime("%H:%M", text).ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(hours: (&str, &str), zone: &str, now: &str) -> Option<String> {
        let zone = TimeZone::get(zone).expect("a zone");
        let now: Timestamp = now.parse().expect("an instant");
        let quiet = Quiet::parse(hours.0, hours.1).expect("hours");
        quiet.end(now, &zone).map(|end| end.to_zoned(zone).strftime("%d %H:%M %:z").to_string())
    }

    #[test]
    fn they_may_go_over_midnight() {
        let at = |now| end(("21:00", "08:00"), "Asia/Dhaka", now);
        for (now, expected) in [
            ("2026-08-03T20:59:59+06", None),
            ("2026-08-03T21:00:00+06", Some("04 08:00 +06:00")),
            ("2026-08-03T23:59:59+06", Some("04 08:00 +06:00")),
            ("2026-08-04T00:00:00+06", Some("04 08:00 +06:00")),
            ("2026-08-04T07:59:59+06", Some("04 08:00 +06:00")),
            ("2026-08-04T08:00:00+06", None),
            ("2026-08-04T12:00:00+06", None),
        ] {
            assert_eq!(at(now).as_deref(), expected, "{now}");
        }
    }

    #[test]
    fn or_lie_within_a_day_or_be_none() {
        let at = |now| end(("12:00", "14:30"), "Asia/Dhaka", now);
        assert_eq!(at("2026-08-03T12:00:00+06").as_deref(), Some("03 14:30 +06:00"));
        assert_eq!(at("2026-08-03T14:30:00+06"), None);
        assert_eq!(at("2026-08-03T11:59:59+06"), None);
        for hour in 0..24 {
            assert_eq!(end(("21:00", "21:00"), "Asia/Dhaka", &format!("2026-08-03T{hour:02}:00:00+06")), None);
        }
        // Until midnight is until the day is over.
        assert_eq!(end(("22:00", "00:00"), "Asia/Dhaka", "2026-08-03T23:00:00+06").as_deref(), Some("04 00:00 +06:00"));
        assert_eq!(end(("22:00", "00:00"), "Asia/Dhaka", "2026-08-04T00:00:00+06"), None);
    }

    /// Lisbon: on 29 March 2026 from 01:00 to 02:00, on 25 October from 02:00 back to 01:00.
    #[test]
    fn they_keep_to_the_clocks_on_the_wall() {
        let lisbon = |hours, now| end(hours, "Europe/Lisbon", now);
        let night = ("21:00", "08:00");
        assert_eq!(lisbon(night, "2026-03-28T22:00:00Z").as_deref(), Some("29 08:00 +01:00"));
        assert_eq!(lisbon(night, "2026-10-24T22:00:00Z").as_deref(), Some("25 08:00 +00:00"));
        // Their end is jumped over.
        assert_eq!(lisbon(("21:00", "01:30"), "2026-03-28T22:00:00Z").as_deref(), Some("29 02:00 +01:00"));
        assert_eq!(lisbon(("21:00", "01:30"), "2026-03-29T01:00:00Z"), None);
        // It comes twice.
        let twice = ("21:00", "01:30");
        assert_eq!(lisbon(twice, "2026-10-25T00:15:00Z").as_deref(), Some("25 01:30 +01:00"));
        assert_eq!(lisbon(twice, "2026-10-25T00:45:00Z"), None);
        assert_eq!(lisbon(twice, "2026-10-25T01:15:00Z").as_deref(), Some("25 01:30 +00:00"));
    }

    #[test]
    fn what_is_no_time_of_day_is_none() {
        for bad in ["", "24:00", "9:00", "21", "21:60", "21:00:00", "21h00", "-1:00", " 1:00", "২১:০০"] {
            assert!(time_of_day(bad).is_none(), "{bad}");
        }
        assert!(time_of_day("00:00").is_some() && time_of_day("23:59").is_some());
    }
}
