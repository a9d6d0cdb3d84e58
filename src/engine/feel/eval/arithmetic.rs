//! `+ - * / **` on numbers, texts, dates and durations. What overflows, or is divided by zero, is null.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::super::ast::Operator;
use super::super::fault::Exhausted;
use super::super::moment;
use super::super::view::View;
use super::paths::duration;
use super::{Outcome, Run};

impl<'a> Run<'a> {
    pub(in super::super) fn arithmetic(&mut self, operator: Operator, a: &View<'a>, b: &View<'a>) -> Outcome<'a> {
        if let (Operator::Add, Some(left), Some(right)) = (operator, a.text(), b.text()) {
            let joined = self.join(left, right)?;
            return Ok(joined);
        }
        let result = match (a, b) {
            (View::Number(a), View::Number(b)) => numbers(operator, *a, *b).map(View::Number),
            _ => match operator {
                Operator::Add => self.add(a, b),
                Operator::Subtract => self.subtract(a, b),
                Operator::Multiply => multiply(a, b).or_else(|| multiply(b, a)),
                Operator::Divide => divide(a, b),
                Operator::Power => None,
            },
        };
        Ok(result.unwrap_or(View::Null))
    }

    fn join(&mut self, left: &str, right: &str) -> Outcome<'a> {
        self.purse.room_for_text(left.len() + right.len())?;
        self.made([left, right].concat())
    }

    /// A text that was made, paid for.
    pub(in super::super) fn made(&mut self, text: String) -> Result<View<'a>, Exhausted> {
        self.purse.room_for_text(text.len())?;
        self.purse.bytes(&text)?;
        Ok(View::Made(text.into()))
    }

    fn add(&self, a: &View<'a>, b: &View<'a>) -> Option<View<'a>> {
        match (a, b) {
            (View::DayDuration(a), View::DayDuration(b)) => a.checked_add(*b).map(View::DayDuration),
            (View::MonthDuration(a), View::MonthDuration(b)) => a.checked_add(*b).map(View::MonthDuration),
            (duration, moment) if duration.is_duration() && !moment.is_duration() => self.later(moment, duration),
            (moment, duration) => self.later(moment, duration),
        }
    }

    /// A moment and a duration; either may be a text of the data.
    fn later(&self, moment: &View<'a>, by: &View<'a>) -> Option<View<'a>> {
        if let Some(text) = moment.text() {
            return self.later(&self.moment(text)?, by);
        }
        if let Some(text) = by.text() {
            return self.later(moment, &duration(text)?);
        }
        match (moment, by) {
            (View::Date(date), View::DayDuration(s)) => moment::add_seconds(*date, *s).map(View::Date),
            (View::Date(date), View::MonthDuration(m)) => moment::add_months(*date, *m).map(View::Date),
            (View::Instant(at), View::DayDuration(s)) => moment::instant_plus_seconds(*at, *s).map(View::Instant),
            (View::Instant(at), View::MonthDuration(m)) => {
                moment::instant_plus_months(*at, *m, self.zone()).map(View::Instant)
            }
            _ => None,
        }
    }

    fn subtract(&self, a: &View<'a>, b: &View<'a>) -> Option<View<'a>> {
        match (a, b) {
            (View::DayDuration(a), View::DayDuration(b)) => a.checked_sub(*b).map(View::DayDuration),
            (View::MonthDuration(a), View::MonthDuration(b)) => a.checked_sub(*b).map(View::MonthDuration),
            (View::Instant(a), View::Instant(b)) => Some(View::DayDuration(a.duration_since(*b).as_secs())),
            (a, b) if a.is_moment() && b.is_moment() => {
                let days = self.day(a)?.duration_since(self.day(b)?);
                Some(View::DayDuration(days.as_secs()))
            }
            (moment, by) if by.is_duration() && !moment.is_duration() => self.later(moment, &negative(by.clone())),
            _ => {
                // Texts of the data: the right one is a moment, or else a duration.
                let left = match a.text() {
                    Some(text) => self.moment(text).or_else(|| duration(text))?,
                    None => a.clone(),
                };
                let right = match b.text() {
                    Some(text) => self.moment(text).or_else(|| duration(text))?,
                    None => b.clone(),
                };
                let read = a.text().is_some() || b.text().is_some();
                read.then(|| self.subtract(&left, &right)).flatten()
            }
        }
    }

    /// The day of a date or an instant.
    pub(in super::super) fn day(&self, of: &View<'_>) -> Option<jiff::civil::Date> {
        match of {
            View::Date(date) => Some(*date),
            View::Instant(instant) => Some(moment::day_of(*instant, self.zone())),
            _ => None,
        }
    }
}

pub(super) fn negative(of: View<'_>) -> View<'_> {
    let negated = match of {
        View::Number(number) => Some(View::Number(-number)),
        View::DayDuration(seconds) => seconds.checked_neg().map(View::DayDuration),
        View::MonthDuration(months) => months.checked_neg().map(View::MonthDuration),
        _ => None,
    };
    negated.unwrap_or(View::Null)
}

fn numbers(operator: Operator, a: Decimal, b: Decimal) -> Option<Decimal> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        Operator::Power => power(a, b),
    }
}

/// Whole exponents only: others have no exact result.
fn power(base: Decimal, exponent: Decimal) -> Option<Decimal> {
    if !exponent.fract().is_zero() {
        return None;
    }
    let mut left = exponent.abs().to_u32()?;
    let (mut result, mut square) = (Decimal::ONE, base);
    while left > 0 {
        if left & 1 == 1 {
            result = result.checked_mul(square)?;
        }
        left >>= 1;
        if left > 0 {
            square = square.checked_mul(square)?;
        }
    }
    if exponent.is_sign_negative() {
        return Decimal::ONE.checked_div(result);
    }
    Some(result)
}

/// A duration times a number, rounded towards zero to whole seconds or months.
fn multiply<'a>(a: &View<'a>, b: &View<'a>) -> Option<View<'a>> {
    let times = |amount: i64| Decimal::from(amount).checked_mul(b.number()?)?.to_i64();
    match a {
        View::DayDuration(seconds) => times(*seconds).map(View::DayDuration),
        View::MonthDuration(months) => times(*months).map(View::MonthDuration),
        _ => None,
    }
}

fn divide<'a>(a: &View<'a>, b: &View<'a>) -> Option<View<'a>> {
    let ratio = |a: i64, b: i64| Decimal::from(a).checked_div(Decimal::from(b));
    let part = |a: i64| Decimal::from(a).checked_div(b.number()?)?.to_i64();
    match (a, b) {
        (View::DayDuration(a), View::DayDuration(b)) | (View::MonthDuration(a), View::MonthDuration(b)) => {
            ratio(*a, *b).map(View::Number)
        }
        (View::DayDuration(seconds), _) => part(*seconds).map(View::DayDuration),
        (View::MonthDuration(months), _) => part(*months).map(View::MonthDuration),
        _ => None,
    }
}
