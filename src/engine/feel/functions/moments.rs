//! Functions that make dates, instants and durations. What is no such thing gives null.

use jiff::civil::Date;

use super::super::eval::{Run, duration};
use super::super::moment;
use super::super::view::View;
use super::Function;

impl<'a> Run<'a> {
    pub(super) fn moment_function(&self, function: Function, arguments: &[View<'a>]) -> View<'a> {
        let made = match (function, arguments) {
            (Function::Date, [of]) => self.day_in(of).map(View::Date),
            (Function::Date, [year, month, day]) => civil(year, month, day).map(View::Date),
            (Function::DateAndTime, [of]) => self.instant(of),
            (Function::Duration, [of]) if of.is_duration() => Some(of.clone()),
            (Function::Duration, [of]) => of.text().and_then(duration),
            (Function::MonthsBetween, [from, to]) => {
                let days = self.day_in(from).zip(self.day_in(to));
                days.map(|(from, to)| View::MonthDuration(moment::months_between(from, to)))
            }
            _ => None,
        };
        made.unwrap_or(View::Null)
    }

    /// The day of a date, of an instant, or of a text with one.
    fn day_in(&self, of: &View<'a>) -> Option<Date> {
        match of.text() {
            Some(text) => self.day(&self.moment(text)?),
            None => self.day(of),
        }
    }

    /// A day begins at midnight of the time zone.
    fn instant(&self, of: &View<'a>) -> Option<View<'a>> {
        match of {
            View::Instant(_) => Some(of.clone()),
            View::Date(date) => Some(View::Instant(date.to_zoned(self.zone()).ok()?.timestamp())),
            _ => self.instant(&self.moment(of.text()?)?),
        }
    }
}

fn civil(year: &View<'_>, month: &View<'_>, day: &View<'_>) -> Option<Date> {
    let year = i16::try_from(year.whole()?).ok()?;
    let month = i8::try_from(month.whole()?).ok()?;
    let day = i8::try_from(day.whole()?).ok()?;
    Date::new(year, month, day).ok()
}
