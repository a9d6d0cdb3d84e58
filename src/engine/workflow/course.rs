//! The course of one command: what fell due before it, the command itself, and what our own registers answer on the way,
//! until the case rests. Who asks the registers is the caller: a transaction, or a story.

use jiff::Timestamp;

use super::command::{Answer, Call, Command};
use super::decide::{BOUND, Plan, decide};
use super::event::Event;
use super::offers::calls;
use super::refusal::Refusal;
use super::state::{Case, TokenId};
use crate::engine::definition::Definition;

/// A command on its way.
#[derive(Debug)]
pub struct Course {
    /// The case as it is by now.
    pub case: Case,
    pub events: Vec<Event>,
    /// How many of them, from the first, fell due before the command, with what followed: nobody's act.
    pub overdue: usize,
    /// Whether the data changed, so that a new revision is to be kept.
    pub restated: bool,
    command: Option<Command>,
    now: Timestamp,
    asked: usize,
}

impl Course {
    #[must_use]
    pub fn new(case: Case, command: Command, now: Timestamp) -> Self {
        let events = Vec::new();
        Self { case, events, overdue: 0, restated: false, command: Some(command), now, asked: 0 }
    }

    /// Goes on until a register is to be asked, as of that instant, or the case rests (none).
    ///
    /// # Errors
    /// A [`Refusal`]: then nothing of the course is to be written.
    pub fn next(&mut self, def: &Definition) -> Result<Option<(Call, Timestamp)>, Refusal> {
        for _ in 0..ROUNDS {
            // A question is part of the instant in which it came up, however late it is asked.
            let at = self.case.flow.at.unwrap_or(self.now);
            if let Some(call) = calls(def, &self.case, at) {
                self.asked += 1;
                return if self.asked > BOUND { Err(Refusal::Runaway) } else { Ok(Some((call, at))) };
            }
            let Some(command) = self.command.take() else { return Ok(None) };
            if matches!(command, Command::Tick) && self.asked >= BOUND / 2 {
                // Enough for one transaction: the timer comes again.
                return Ok(None);
            }
            let plan = decide(def, &self.case, &command, self.now)?;
            if plan.asks {
                self.command = Some(command);
            } else {
                self.overdue = self.events.len() + plan.overdue;
            }
            self.take(plan);
        }
        Err(Refusal::Runaway)
    }

    /// What the register said to the last question.
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn answer(&mut self, def: &Definition, token: TokenId, answer: Answer) -> Result<(), Refusal> {
        let plan = decide(def, &self.case, &Command::Answered { token, answer }, self.now)?;
        self.take(plan);
        Ok(())
    }

    fn take(&mut self, plan: Plan) {
        self.case = plan.case;
        self.events.extend(plan.events);
        self.restated |= plan.restated;
    }
}

/// Between two questions a command is looked at twice at most: time may come to a question first.
const ROUNDS: usize = 3;
