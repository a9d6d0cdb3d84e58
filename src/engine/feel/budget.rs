//! How much an evaluation may cost. Everything that can grow is paid for, so every evaluation ends soon.

use super::fault::Exhausted;

/// The limits of one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Parts of the expression that are worked out. Items and bytes of lists and texts count as fractions of a step.
    pub steps: u32,
    /// How deeply nested the data may be that are compared or copied.
    pub depth: usize,
    /// Items of a list that is made.
    pub items: usize,
    /// Bytes of a text that is made.
    pub text: usize,
}

impl Budget {
    /// Enough to go through the longest list that registers and forms may hold (`maxItems` up to some hundred) once for
    /// each part of a rule, and still some milliseconds at most.
    pub const DEFAULT: Self = Self { steps: 60_000, depth: 64, items: 10_000, text: 64 * 1024 };
}

impl Default for Budget {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Ticks of a step: working out a part of an expression is dearer than looking at an item of a list.
pub(super) const STEP: u64 = 8;
/// Bytes of a text that are read or written for one tick.
const BYTES: usize = 16;

/// What is left of a budget.
pub(super) struct Purse {
    ticks: u64,
    limits: Budget,
}

impl Purse {
    pub(super) fn new(limits: Budget) -> Self {
        Self { ticks: u64::from(limits.steps) * STEP, limits }
    }

    pub(super) fn spend(&mut self, ticks: u64) -> Result<(), Exhausted> {
        match self.ticks.checked_sub(ticks) {
            Some(left) => {
                self.ticks = left;
                Ok(())
            }
            None => Err(Exhausted::Steps),
        }
    }

    /// For going through so many items.
    pub(super) fn items(&mut self, count: usize) -> Result<(), Exhausted> {
        self.spend(count as u64)
    }

    /// For going through a text.
    pub(super) fn bytes(&mut self, text: &str) -> Result<(), Exhausted> {
        self.spend((text.len() / BYTES) as u64)
    }

    /// For a list that is made.
    pub(super) fn room_for_items(&self, count: usize) -> Result<(), Exhausted> {
        if count > self.limits.items {
            return Err(Exhausted::List);
        }
        Ok(())
    }

    /// For a text that is made.
    pub(super) fn room_for_text(&self, bytes: usize) -> Result<(), Exhausted> {
        if bytes > self.limits.text {
            return Err(Exhausted::Text);
        }
        Ok(())
    }

    /// For looking into a value at this depth.
    pub(super) fn level(&self, depth: usize) -> Result<(), Exhausted> {
        if depth > self.limits.depth {
            return Err(Exhausted::Depth);
        }
        Ok(())
    }
}
