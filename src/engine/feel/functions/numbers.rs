//! Functions of numbers. Rounding takes the number of decimals (0 to 28), 0 if it is not given.

use rust_decimal::{Decimal, RoundingStrategy};

use super::super::view::View;
use super::Function;

pub(super) fn number_function<'a>(function: Function, arguments: &[View<'a>]) -> View<'a> {
    let found = match function {
        Function::Abs => return absolute(arguments.first()),
        Function::Modulo => modulo(arguments),
        Function::Floor => rounded(arguments, RoundingStrategy::ToNegativeInfinity),
        Function::Ceiling => rounded(arguments, RoundingStrategy::ToPositiveInfinity),
        Function::RoundHalfUp => rounded(arguments, RoundingStrategy::MidpointAwayFromZero),
        Function::RoundHalfDown => rounded(arguments, RoundingStrategy::MidpointTowardZero),
        Function::RoundUp => rounded(arguments, RoundingStrategy::AwayFromZero),
        Function::RoundDown => rounded(arguments, RoundingStrategy::ToZero),
        Function::Decimal => rounded(arguments, RoundingStrategy::MidpointNearestEven),
        _ => None,
    };
    found.map_or(View::Null, View::Number)
}

fn rounded(arguments: &[View<'_>], strategy: RoundingStrategy) -> Option<Decimal> {
    let number = arguments.first()?.number()?;
    let scale = match arguments.get(1) {
        Some(scale) => u32::try_from(scale.whole()?).ok()?,
        None => 0,
    };
    Some(number.round_dp_with_strategy(scale.min(Decimal::MAX_SCALE), strategy))
}

/// With the sign of the divisor.
fn modulo(arguments: &[View<'_>]) -> Option<Decimal> {
    let (dividend, divisor) = (arguments.first()?.number()?, arguments.get(1)?.number()?);
    let rest = dividend.checked_rem(divisor)?;
    if rest.is_zero() || rest.is_sign_negative() == divisor.is_sign_negative() {
        return Some(rest);
    }
    rest.checked_add(divisor)
}

fn absolute<'a>(of: Option<&View<'a>>) -> View<'a> {
    match of {
        Some(View::Number(number)) => View::Number(number.abs()),
        Some(View::DayDuration(seconds)) => seconds.checked_abs().map_or(View::Null, View::DayDuration),
        Some(View::MonthDuration(months)) => months.checked_abs().map_or(View::Null, View::MonthDuration),
        _ => View::Null,
    }
}
