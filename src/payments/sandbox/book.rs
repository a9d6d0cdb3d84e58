//! What the sandbox remembers: the newest payments and refunds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use rust_decimal::Decimal;

use super::super::protocol::{PaymentAsked, RefundAsked};
use crate::kernel::money::Money;
use crate::kernel::{PaymentId, random};

/// Payments and refunds that are remembered, each.
const REMEMBERED: usize = 10_000;

/// What the payer does; see the table in `sandbox.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payer {
    Pays,
    PaysToldTwice,
    Cancels,
    DoesNotAnswer,
    IsNeverTold,
}

impl Payer {
    pub(super) fn of(phone: Option<&str>) -> Self {
        let phone = phone.unwrap_or_default();
        match phone.get(phone.len().saturating_sub(4)..) {
            Some("0001") => Self::Cancels,
            Some("0002") => Self::DoesNotAnswer,
            Some("0003") => Self::PaysToldTwice,
            Some("0004") => Self::IsNeverTold,
            _ => Self::Pays,
        }
    }
}

#[derive(Default)]
pub(super) struct Book(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    payments: IndexMap<PaymentId, Payment>,
    refunds: IndexMap<PaymentId, (RefundAsked, String)>,
}

struct Payment {
    reference: String,
    amount: Money,
    paid: bool,
    given_back: Decimal,
}

pub(super) struct Taken {
    pub reference: String,
    /// Whether it was not known yet.
    pub new: bool,
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        // Nothing is left half-written by a panic: every change is one insertion or one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None where the id stands for another amount.
    pub(super) fn take(&self, asked: &PaymentAsked) -> Option<Taken> {
        let mut pages = self.pages();
        if let Some(known) = pages.payments.get(&asked.id) {
            return (known.amount == asked.amount).then(|| Taken { reference: known.reference.clone(), new: false });
        }
        if pages.payments.len() >= REMEMBERED {
            pages.payments.shift_remove_index(0);
        }
        let reference = number("SB");
        let payment =
            Payment { reference: reference.clone(), amount: asked.amount, paid: false, given_back: Decimal::ZERO };
        pages.payments.insert(asked.id, payment);
        Some(Taken { reference, new: true })
    }

    pub(super) fn forget(&self, id: PaymentId) {
        self.pages().payments.shift_remove(&id);
    }

    pub(super) fn paid(&self, id: PaymentId) {
        if let Some(payment) = self.pages().payments.get_mut(&id) {
            payment.paid = true;
        }
    }

    /// The refund's number, the same for the same id.
    pub(super) fn give_back(&self, asked: &RefundAsked) -> Result<String, &'static str> {
        let mut pages = self.pages();
        if let Some((before, reference)) = pages.refunds.get(&asked.id) {
            return if before == asked { Ok(reference.clone()) } else { Err("this id was used for another refund") };
        }
        let payment = pages.payments.values_mut().find(|p| p.reference == asked.payment && p.paid);
        let payment = payment.ok_or("no such payment has succeeded")?;
        let left = payment.amount.amount() - payment.given_back;
        let amount = asked.amount.amount();
        if asked.amount.currency() != payment.amount.currency() || amount <= Decimal::ZERO || amount > left {
            return Err("more than is left of the payment");
        }
        payment.given_back += amount;
        if pages.refunds.len() >= REMEMBERED {
            pages.refunds.shift_remove_index(0);
        }
        let reference = number("SR");
        pages.refunds.insert(asked.id, (asked.clone(), reference.clone()));
        Ok(reference)
    }
}

/// A number as providers give them.
pub(super) fn number(prefix: &str) -> String {
    format!("{prefix}-{:016X}", u64::from_be_bytes(random::bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency;
    use crate::payments::protocol::PayerAsked;

    fn taka(amount: i64) -> Money {
        Money::new(amount.into(), Currency::parse("BDT").expect("a code")).expect("an amount")
    }

    fn asked(amount: i64) -> PaymentAsked {
        let (payer, id) = (PayerAsked::default(), PaymentId::make());
        PaymentAsked { id, amount: taka(amount), payer, description: String::new(), callback: String::new() }
    }

    #[test]
    fn the_telephone_number_decides() {
        for (phone, payer) in [
            (Some("+8801711000001"), Payer::Cancels),
            (Some("01711000002"), Payer::DoesNotAnswer),
            (Some("01711000003"), Payer::PaysToldTwice),
            (Some("01711000004"), Payer::IsNeverTold),
            (Some("01711000010"), Payer::Pays),
            (Some("1"), Payer::Pays),
            (Some("é1"), Payer::Pays),
            (None, Payer::Pays),
        ] {
            assert_eq!(Payer::of(phone), payer, "{phone:?}");
        }
    }

    #[test]
    fn the_same_id_is_the_same_payment() {
        let (book, asked) = (Book::default(), asked(20));
        let first = book.take(&asked).expect("taken");
        let again = book.take(&asked).expect("known");
        assert_eq!((first.new, again.new, &again.reference), (true, false, &first.reference));
        assert!(book.take(&PaymentAsked { amount: taka(21), ..asked }).is_none());
    }

    #[test]
    fn no_more_goes_back_than_was_paid() {
        let (book, asked) = (Book::default(), asked(20));
        let payment = book.take(&asked).expect("taken").reference;
        let back = |amount| RefundAsked { id: PaymentId::make(), payment: payment.clone(), amount: taka(amount) };
        assert!(book.give_back(&back(5)).is_err(), "before it was paid");
        book.paid(asked.id);
        let five = back(5);
        let reference = book.give_back(&five).expect("given back");
        assert_eq!(book.give_back(&five), Ok(reference), "the same id sends the money once");
        assert!(book.give_back(&RefundAsked { amount: taka(6), ..five }).is_err());
        assert!(book.give_back(&back(16)).is_err());
        assert!(book.give_back(&back(-1)).is_err());
        assert!(book.give_back(&back(15)).is_ok());
        assert!(book.give_back(&back(1)).is_err());
    }

    #[test]
    fn it_forgets_the_oldest() {
        let book = Book::default();
        let first = asked(1);
        book.take(&first);
        for _ in 0..REMEMBERED {
            book.take(&asked(1));
        }
        assert_eq!(book.pages().payments.len(), REMEMBERED);
        assert!(book.take(&first).is_some_and(|t| t.new));
    }
}
