//! Amounts of money: an exact decimal in a currency, with the decimals that the currency has.
//! Promises that no amount passes through a binary fraction, and that amounts of two currencies
//! are never added. What a fee is, and rates between currencies, do not belong here.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// ISO 4217 currencies whose minor unit is not two decimals (list one of the maintenance agency,
/// active codes; fund codes and metals left out, as nobody pays a fee in them).
const MINOR_UNITS: &[(&[u8; 3], u32)] = &[
    (b"BHD", 3),
    (b"BIF", 0),
    (b"CLF", 4),
    (b"CLP", 0),
    (b"DJF", 0),
    (b"GNF", 0),
    (b"IQD", 3),
    (b"ISK", 0),
    (b"JOD", 3),
    (b"JPY", 0),
    (b"KMF", 0),
    (b"KRW", 0),
    (b"KWD", 3),
    (b"LYD", 3),
    (b"OMR", 3),
    (b"PYG", 0),
    (b"RWF", 0),
    (b"TND", 3),
    (b"UGX", 0),
    (b"UYI", 0),
    (b"UYW", 4),
    (b"VND", 0),
    (b"VUV", 0),
    (b"XAF", 0),
    (b"XOF", 0),
    (b"XPF", 0),
];

/// An ISO 4217 code, such as `BDT`: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// `None` unless `code` is three capital letters.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// Decimals of an amount: 2 for most, 0, 3 or 4 for some.
    #[must_use]
    pub fn minor_units(self) -> u32 {
        MINOR_UNITS.iter().find(|(code, _)| **code == self.0).map_or(2, |(_, units)| *units)
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::parse(&code).ok_or(MoneyError::Currency)
    }
}

/// Why an amount is none, or a sum cannot be formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("a currency is three capital letters")]
    Currency,
    /// Not a decimal number in plain digits.
    #[error("an amount is a decimal number, such as 1170.00")]
    Amount,
    /// More decimals than the currency has.
    #[error("the currency has fewer decimals")]
    Decimals,
    /// Two currencies.
    #[error("amounts of two currencies")]
    Mixed,
    /// Beyond 10¹⁸ in either direction.
    #[error("the amount is out of bounds")]
    Bounds,
}

/// An amount, always with exactly the decimals of its currency: 1170 BDT is 1170.00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Refuses an amount with more decimals than the currency has: whoever rounds does so by the
    /// rule of the law, before.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let mut exact = amount.normalize();
        if exact.scale() > currency.minor_units() {
            return Err(MoneyError::Decimals);
        }
        if exact.abs() > Decimal::from(1_000_000_000_000_000_000_u64) {
            return Err(MoneyError::Bounds);
        }
        exact.rescale(currency.minor_units());
        Ok(Self { amount: exact, currency })
    }

    /// Nothing, in that currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        let mut amount = Decimal::ZERO;
        amount.rescale(currency.minor_units());
        Self { amount, currency }
    }

    /// The amount, with the currency's decimals.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        self.amount
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether it is exactly nothing.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }

    /// The sum; refused for two currencies and beyond the bounds.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, Decimal::checked_add)
    }

    /// The difference, which may be negative; refused for two currencies and beyond the bounds.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, Decimal::checked_sub)
    }

    fn combine(self, other: Self, with: fn(Decimal, Decimal) -> Option<Decimal>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        Self::new(with(self.amount, other.amount).ok_or(MoneyError::Bounds)?, self.currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// How money is written: the amount is text, for a JSON number would be read as a binary fraction.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    amount: String,
    currency: Currency,
}

impl From<Money> for Written {
    fn from(money: Money) -> Self {
        Self { amount: money.amount.to_string(), currency: money.currency }
    }
}

impl TryFrom<Written> for Money {
    type Error = MoneyError;

    fn try_from(written: Written) -> Result<Self, MoneyError> {
        let amount = Decimal::from_str_exact(&written.amount).map_err(|_| MoneyError::Amount)?;
        Self::new(amount, written.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn money(amount: &str, code: &str) -> Result<Money, MoneyError> {
        let currency = Currency::parse(code).ok_or(MoneyError::Currency)?;
        Money::new(Decimal::from_str_exact(amount).map_err(|_| MoneyError::Amount)?, currency)
    }

    #[test]
    fn it_is_written_with_the_decimals_of_its_currency() {
        let written = |amount, code| serde_json::to_value(money(amount, code).expect("an amount"));
        assert_eq!(written("1170", "BDT").ok(), Some(json!({"amount": "1170.00", "currency": "BDT"})));
        assert_eq!(written("5.000", "JPY").ok(), Some(json!({"amount": "5", "currency": "JPY"})));
        assert_eq!(written("1.5", "KWD").ok(), Some(json!({"amount": "1.500", "currency": "KWD"})));
        assert_eq!(written("0.1", "CLF").ok(), Some(json!({"amount": "0.1000", "currency": "CLF"})));
        assert_eq!(money("0.001", "BDT"), Err(MoneyError::Decimals));
        assert_eq!(money("0.5", "JPY"), Err(MoneyError::Decimals));
        assert_eq!(money("1", "bdt"), Err(MoneyError::Currency));
    }

    #[test]
    fn numbers_and_other_members_are_refused() {
        for bad in [
            json!({"amount": 1170.0, "currency": "BDT"}),
            json!({"amount": "1e3", "currency": "BDT"}),
            json!({"amount": "", "currency": "BDT"}),
            json!({"amount": "1", "currency": "taka"}),
            json!({"amount": "1", "currency": "BDT", "tax": "0"}),
            json!({"amount": "9000000000000000000", "currency": "BDT"}),
        ] {
            assert!(serde_json::from_value::<Money>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn currencies_do_not_mix_and_sums_are_bounded() {
        let (taka, yen) = (money("1", "BDT").expect("taka"), money("1", "JPY").expect("yen"));
        assert_eq!(taka.checked_add(yen), Err(MoneyError::Mixed));
        let most = money("1000000000000000000", "BDT").expect("the bound itself");
        assert_eq!(most.checked_add(taka), Err(MoneyError::Bounds));
        assert!(Money::zero(yen.currency()).is_zero());
    }

    proptest! {
        #[test]
        fn adding_and_taking_away_is_exact(a in -1_000_000_000i64..1_000_000_000, b in -1_000_000_000i64..1_000_000_000) {
            let currency = Currency::parse("BDT").expect("a code");
            let of = |cents| Money::new(Decimal::new(cents, 2), currency).expect("in bounds");
            let sum = of(a).checked_add(of(b)).expect("in bounds");
            prop_assert_eq!(sum, of(a + b));
            prop_assert_eq!(sum.checked_sub(of(b)).expect("in bounds"), of(a));
            let text = serde_json::to_string(&sum).expect("text");
            prop_assert_eq!(serde_json::from_str::<Money>(&text).expect("itself"), sum);
        }
    }
}
