//! Random moves, read against the case as it stands, so that most of them come to something.

use guichet::engine::calendar::{Duration, Unit};
use guichet::engine::definition::Mode;
use guichet::engine::workflow::{Answer, Command, Refusal, TokenId, meeting, slots, watched};
use guichet::kernel::CaseId;
use jiff::ToSpan;
use serde_json::{Value, json};

use super::play::{CITIZEN, World, doer, officer};

/// Four random bytes: what is done, to which, by whom, how.
pub type Move = (u8, u8, u8, u8);

/// Whether registers are changed by others, or stop to answer.
pub fn changes_registers((kind, _, _, how): &Move) -> bool {
    kind % 24 == 14 || (kind % 24 == 21 && how.is_multiple_of(3)) || (kind % 24 == 19 && *how >= 60)
}

impl World<'_> {
    /// One random move. What is refused is part of the game.
    pub fn play(&mut self, one: Move) {
        let (kind, which, who, how) = one;
        let who = u128::from(who % 8);
        let open = self.open();
        let token = open.get(usize::from(which) % open.len().max(1)).copied();
        let any = u32::from(which) % (self.case.flow.next + 2);
        let _ = match (kind % 24, token) {
            (0..=8, Some(token)) => self.step_on(token, who, how),
            (9 | 10, _) => {
                self.advance(which, how);
                return;
            }
            (11, _) if !self.def.reactions.is_empty() => {
                let reaction = &self.def.reactions[usize::from(which) % self.def.reactions.len()];
                if reaction.heard.is_some() {
                    self.hear(i64::from(how));
                    return;
                }
                let mut by = officer(self.def, who);
                by.roles.extend(reaction.by.iter().cloned());
                self.send(Command::Raise { event: reaction.event.clone(), by, answers: None })
            }
            (12, _) => {
                let demands: Vec<TokenId> = self.case.flow.demands.keys().copied().chain([any]).collect();
                self.send(Command::Paid { demand: demands[usize::from(which) % demands.len()] })
            }
            (13, _) if how < 40 => self.send(Command::Withdraw { by: doer(CITIZEN) }),
            (14, _) => {
                self.disturb(usize::from(which), how);
                return;
            }
            (15, Some(token)) => {
                let by = officer(self.def, who);
                self.send(match how % 3 {
                    0 => Command::Release { token, by: by.doer.person },
                    1 => Command::Claim { token, by, untied: false },
                    _ => Command::Assign { token, to: by },
                })
            }
            (16, _) => {
                let step =
                    self.case.flow.results.keys().next().cloned().unwrap_or_else(|| self.def.start.first.clone());
                let completion = Box::new(self.completion(&step, usize::from(how), usize::from(how)));
                self.send(Command::Complete { token: any, by: officer(self.def, who), completion })
            }
            (17, _) => {
                let answer = [Answer::None, Answer::Down, Answer::Conflict, Answer::Written(Vec::new())];
                self.send(Command::Answered { token: any, answer: answer[usize::from(how) % 4].clone() })
            }
            (18, _) => {
                let documents = self.documents().into_iter().skip(usize::from(how) % 4).collect();
                self.send(Command::Documents { documents, added: true })
            }
            (20, _) => self.lodge(usize::from(which), how),
            (21, _) => self.settle(usize::from(which), how),
            (22, Some(token)) if how < 90 => {
                let by = officer(self.def, who);
                self.send(Command::Recuse { token, by })
            }
            (23, _) if how < 120 => {
                let reason = if how < 100 { "It takes longer." } else { " " };
                self.send(Command::Extend { by: officer(self.def, who), reason: reason.into() })
            }
            (23, Some(token)) if how >= 130 => self.book(token, who, which, how),
            (23, _) if how < 130 && self.def.is_remedy() => self.send(Command::Moot),
            (19, _) if how < 60 => self.submit(),
            (19, _) => {
                self.down = how % 4 == 0;
                return;
            }
            _ => self.send(Command::Tick),
        };
    }

    /// Somebody else has changed a record that concerns the case.
    fn hear(&mut self, version: i64) {
        let records = watched(self.def, &self.case, self.now).expect("a key");
        let Some((register, key)) = records.into_iter().next() else { return };
        let heard = self.def.reactions.iter().filter_map(|reaction| reaction.heard.as_ref());
        let Some(heard) = heard.into_iter().find(|heard| heard.register == register) else { return };
        let kept = self.scene.registers.get(&register).and_then(|all| all.values().next());
        let (record, change) = (kept.map(|(_, record)| record.clone()).unwrap_or_default(), heard.change.clone());
        let heard = self.send(Command::Heard { register, key, change, version, record });
        assert!(matches!(heard, Ok(()) | Err(Refusal::Held)), "a register is refused: {heard:?}");
    }

    /// An appointment at some slot or at none, or it is cancelled.
    fn book(&mut self, token: TokenId, who: u128, which: u8, how: u8) -> Result<(), Refusal> {
        let by = officer(self.def, who);
        let found = self.case.flow.tokens[&token].clone();
        let all = meeting(self.def, &found.step).map(|meeting| slots(self.def, &found, meeting, self.now));
        let slot = all.and_then(|all| all.get(usize::from(which) % all.len().max(1)).copied());
        match slot {
            _ if how > 240 => self.send(Command::Unbook { token, by }),
            Some((at, _)) if how < 220 => self.send(Command::Book { token, at, mode: Mode::InPerson, by }),
            _ => self.send(Command::Book { token, at: self.now, mode: Mode::Online, by }),
        }
    }

    /// A remedy, in the case itself or at a further instance.
    fn lodge(&mut self, which: usize, how: u8) -> Result<(), Refusal> {
        let Some((name, rule)) = self.def.remedies.get_index(which % self.def.remedies.len().max(1)) else {
            return self.send(Command::Tick);
        };
        let (remedy, party) = (name.clone(), rule.by[which % rule.by.len()].clone());
        let within = rule.levels.first().map_or_else(|| Duration::new(30, Unit::Days).expect("days"), |l| l.within);
        let case = CaseId(uuid::Uuid::from_u128(10_000 + self.sent.len() as u128));
        let (level, by) = (1, doer(CITIZEN));
        if how > 220 && !self.case.flow.appeals.is_empty() {
            return self.send(Command::Further { case, remedy, level: 2, party, by });
        }
        self.send(Command::Lodge { case, remedy, level, within, party, by })
    }

    /// A remedy has ended: the one that is pending, or now and then another.
    fn settle(&mut self, which: usize, how: u8) -> Result<(), Refusal> {
        let pending = self.case.flow.pending().cloned();
        let any = self.case.flow.appeals.first().map(|a| a.case);
        let Some(case) = pending.as_ref().map(|a| a.case).filter(|_| how < 220).or(any) else {
            return self.send(Command::Tick);
        };
        let rule = pending.and_then(|a| self.def.remedies.get(&a.remedy));
        let ends: Vec<String> =
            rule.into_iter().flat_map(|r| r.then.keys().cloned()).chain(["dismissed".into()]).collect();
        if how.is_multiple_of(3) {
            // Somebody builds on what the case recorded.
            self.scene.registers.values_mut().flat_map(|r| r.values_mut()).for_each(|(version, _)| *version += 1);
        }
        let deciders = vec![super::play::person(300)];
        self.send(Command::Settle { case, end: ends[which % ends.len()].clone(), deciders })
    }

    fn step_on(&mut self, token: TokenId, who: u128, how: u8) -> Result<(), Refusal> {
        let step = self.case.flow.tokens[&token].step.clone();
        let mut completion = self.completion(&step, usize::from(how), usize::from(how) / 16);
        match how {
            // A hole in what is stated, papers left out, no reasons: it must be refused or do no harm.
            200..=215 => {
                completion.answers.iter_mut().chain(&mut completion.statement.form).for_each(|v| spoil(v, how))
            }
            216..=225 => completion.statement.documents.truncate(usize::from(how) - 216),
            226..=230 => completion.reasons.clear(),
            231..=235 => completion.outcome = None,
            _ => {}
        }
        self.forward(token, who, completion)
    }

    fn advance(&mut self, which: u8, how: u8) {
        let hours: i64 = [1, 7, 20, 24, 72, 200, 390, 1500][usize::from(which) % 8];
        let later = self.now.checked_add((hours + i64::from(how % 3)).hours()).expect("within time");
        // Now and then exactly when something falls due.
        self.now = if how > 180 { self.case.flow.next_due().unwrap_or(later).max(self.now) } else { later };
    }

    /// Somebody else changes a register meanwhile, or takes a record off.
    fn disturb(&mut self, which: usize, how: u8) {
        let count = self.scene.registers.len().max(1);
        let Some(records) = self.scene.registers.values_mut().nth(which % count) else { return };
        let Some(key) = records.keys().nth(usize::from(how) % records.len().max(1)).cloned() else { return };
        if how > 230 {
            records.remove(&key);
        } else if let Some((version, _)) = records.get_mut(&key) {
            *version += 1;
        }
    }
}

fn spoil(value: &mut Value, how: u8) {
    let Some(members) = value.as_object_mut() else { return };
    let Some(key) = members.keys().nth(usize::from(how) % members.len().max(1)).cloned() else { return };
    match how % 4 {
        0 => drop(members.remove(&key)),
        1 => drop(members.insert(key, json!(-1))),
        2 => drop(members.insert(key, json!([]))),
        _ => drop(members.insert("unheard_of".into(), json!("x"))),
    }
}
