use std::sync::Arc;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, date, datetime},
};
use proptest::prelude::*;

use super::{
    working_days::{WEEKDAYS, shifted},
    *,
};

const ZONES: [&str; 6] =
    ["Europe/Lisbon", "America/Sao_Paulo", "Asia/Dhaka", "America/Toronto", "Pacific/Apia", "America/Havana"];

fn calendar() -> Calendar {
    let text = "weekend: [friday, saturday]\nfrom: 2015-01-01\nuntil: 2028-12-31\nholidays:\n  \
        - {date: 2026-08-05, name: {en: Uprising Day, bn: অভ্যুত্থান দিবস}}\n  \
        - {date: 2026-12-16, name: {en: Victory Day}}\n  \
        - {date: 2026-12-25, name: {en: Christmas}}\n";
    Calendar::parse("sumwhere", text).expect("a calendar")
}

fn office(zone: &str) -> OfficeTime {
    OfficeTime::new(Arc::new(calendar()), zone).expect("a zone")
}

#[test]
fn faults_of_a_calendar_are_named() {
    let head = "from: 2026-01-01\nuntil: 2026-12-31\n";
    let fault = |rest: &str| Calendar::parse("x", &format!("{head}{rest}")).expect_err("a fault");
    assert!(fault("weekend: [freitag]").contains("freitag"));
    assert!(fault("weekend: []\nholiday: []").contains("holiday"));
    assert!(fault("weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]").contains("every day"));
    let day = "{date: 2026-02-01, name: {en: A}}";
    assert!(fault(&format!("weekend: []\nholidays: [{day}, {day}]")).contains("twice"));
    assert!(fault("weekend: []\nholidays: [{date: 2027-02-01, name: {en: A}}]").contains("outside"));
    assert!(fault("weekend: []\nholidays: [{date: 2026-02-30, name: {en: A}}]").contains("line"));
    assert!(Calendar::parse("x", "weekend: []\nfrom: 2026-02-01\nuntil: 2026-01-01").is_err());
    assert!(OfficeTime::new(Arc::new(calendar()), "Asia/Sumwhere").is_err());
}

#[test]
fn beyond_the_covered_days_only_weekends_count() {
    let calendar = calendar();
    assert!(calendar.covers(date(2028, 12, 31)) && !calendar.covers(date(2029, 1, 1)));
    assert!(!calendar.is_working(date(2026, 12, 16)));
    assert!(calendar.is_working(date(2029, 12, 16)));
    assert!(!calendar.is_working(date(2029, 12, 14)), "a Friday");
    let more = calendar.with_holidays(&[date(2026, 8, 3), date(2026, 8, 5)]).expect("covered");
    assert!(!more.is_working(date(2026, 8, 3)) && calendar.is_working(date(2026, 8, 3)));
}

#[test]
fn periods_end_at_the_midnight_after_their_last_day() {
    let office = office("Asia/Dhaka");
    let from = office.instant(datetime(2026, 8, 3, 10, 0, 0, 0)).expect("an instant");
    let end = |text: &str| {
        let end = Duration::parse(text).expect("a period").end(from, &office);
        office.zone().to_datetime(end).to_string()
    };
    assert_eq!(end("15 days"), "2026-08-19T00:00:00");
    assert_eq!(end("2 weeks"), "2026-08-18T00:00:00");
    // Tuesday 4, holiday 5, Thursday 6, weekend, Sunday 9.
    assert_eq!(end("3 working days"), "2026-08-10T00:00:00");
    assert_eq!(end("6 months"), "2027-02-04T00:00:00");
    assert_eq!(end("1 years"), "2027-08-04T00:00:00");
    assert_eq!(end("2 hours"), "2026-08-03T12:00:00");
    assert_eq!(office.after_working(date(2026, 8, 3), 0), office.start_of(date(2026, 8, 4)));
    let late = office.instant(datetime(2027, 1, 31, 9, 0, 0, 0)).expect("an instant");
    let month = Duration::parse("1 month").expect("a period").end(late, &office);
    assert_eq!(office.day_of(month), date(2027, 3, 1), "after 28 February");
}

#[test]
fn only_bounded_periods_are_periods() {
    for text in ["1 day", "3 working days", "100 years", "1200 months", "36600 working days"] {
        assert!(Duration::parse(text).is_some(), "{text}");
    }
    for text in [
        "",
        "0 days",
        "-1 days",
        "+1 days",
        "1.5 days",
        "days",
        "1 days ",
        "101 years",
        "7  days",
        "1 working",
        "1 working week",
        "99999999999 days",
        "1 fortnights",
    ] {
        assert_eq!(Duration::parse(text), None, "{text}");
    }
    let written = serde_json::to_string(&Duration::parse("1 working day")).expect("text");
    assert_eq!(written, "\"1 working days\"");
    assert!(serde_json::from_str::<Duration>("\"soon\"").is_err());
}

#[test]
fn a_day_begins_at_its_first_instant_even_without_a_midnight() {
    let first = |zone: &str, day: Date| office(zone).zone().to_datetime(office(zone).start_of(day)).to_string();
    // Clocks went from 00:00 to 01:00.
    assert_eq!(first("America/Sao_Paulo", date(2018, 11, 4)), "2018-11-04T01:00:00");
    // From 23:30 on the 30th to 00:30 on the 31st.
    assert_eq!(first("America/Toronto", date(1919, 3, 31)), "1919-03-31T00:30:00");
    // A day that never was: both begin at the moment of the change.
    assert_eq!(first("Pacific/Apia", date(2011, 12, 30)), "2011-12-31T00:00:00");
    // Midnight came twice; the first counts.
    let havana = office("America/Havana");
    let start = havana.start_of(date(2025, 11, 2));
    assert_eq!(havana.day_of(start - 1.second()), date(2025, 11, 1));
    assert_eq!(havana.zone().to_datetime(start + 1.hour()).to_string(), "2025-11-02T00:00:00");
}

#[test]
fn the_end_of_time_is_no_panic() {
    let office = office("Asia/Dhaka");
    assert_eq!(office.end_of(Date::MAX), Timestamp::MAX);
    let century = Duration::parse("100 years").expect("a period");
    assert_eq!(century.end(Timestamp::MAX, &office), Timestamp::MAX);
    let days = Duration::parse("36600 working days").expect("a period");
    assert_eq!(days.end(Timestamp::MAX, &office), Timestamp::MAX);
    assert!(days.end(Timestamp::MIN, &office) > Timestamp::MIN);
    assert!(office.start_of(Date::MIN) >= Timestamp::MIN);
}

fn days() -> impl Strategy<Value = Date> {
    (0i64..8_000).prop_map(|offset| shifted(date(2010, 1, 1), offset))
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let holidays = prop::collection::btree_set(0i64..5_000, 0..120);
    (holidays, prop::collection::btree_set(0usize..7, 0..6)).prop_map(|(holidays, weekend)| {
        let weekend: Vec<_> = weekend.iter().map(|day| WEEKDAYS[*day]).collect();
        let text = format!("weekend: [{}]\nfrom: 2012-01-01\nuntil: 2028-12-31", weekend.join(", "));
        let holidays: Vec<_> = holidays.iter().map(|offset| shifted(date(2012, 1, 1), *offset)).collect();
        Calendar::parse("any", &text).and_then(|c| c.with_holidays(&holidays)).expect("valid")
    })
}

proptest! {
    #[test]
    fn counting_agrees_with_going_day_by_day(calendar in calendars(), a in days(), n in 0i64..900) {
        let b = shifted(a, n);
        let slow = (1..=n).filter(|offset| {
            let day = shifted(a, *offset);
            !calendar.is_weekend(day) && !calendar.holidays().any(|(holiday, _)| holiday == day)
        });
        prop_assert_eq!(calendar.working_between(a, b) as usize, slow.count());
        prop_assert_eq!(calendar.working_between(b, a), 0);
    }

    #[test]
    fn parts_add_up(calendar in calendars(), a in days(), x in 0i64..900, y in 0i64..900) {
        let (b, c) = (shifted(a, x), shifted(a, x + y));
        let sum = calendar.working_between(a, b) + calendar.working_between(b, c);
        prop_assert_eq!(sum, calendar.working_between(a, c));
    }

    #[test]
    fn the_nth_working_day_is_the_first_that_reaches_the_count(calendar in calendars(), from in days(), n in 1u32..600) {
        let day = calendar.nth_working_after(from, n);
        prop_assert!(calendar.is_working(day));
        prop_assert_eq!(calendar.working_between(from, day), n);
    }

    #[test]
    fn a_day_begins_where_the_one_before_ends(zone in prop::sample::select(&ZONES[..]), offset in 0i64..40_000) {
        let office = office(zone);
        let day = shifted(date(1915, 1, 1), offset);
        let start = office.start_of(day);
        prop_assert!(office.day_of(start) >= day);
        prop_assert!(office.day_of(start - 1.nanosecond()) < day);
        let end = Duration::parse("1 day").expect("a period").end(start, &office);
        prop_assert_eq!(office.start_of(office.day_of(end)), end);
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        let _ = Duration::parse(&text);
        let _ = Calendar::parse("x", &text);
    }
}
