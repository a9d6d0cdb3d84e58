//! Cases that a step opened are not walked with it: each of their ends is tried.

use super::Walk;
use crate::engine::scenario::run::{MAIN, World};
use crate::engine::workflow::{Command, NOT_OPENED, TokenId};

impl Walk<'_> {
    /// The next case that a step opened ends, in every way that its service knows.
    pub(super) fn returns<'w>(
        &self,
        world: &World<'w>,
        token: TokenId,
        step: &str,
        moves: &mut Vec<(String, Result<World<'w>, String>)>,
    ) {
        let Some(opening) = world.opening(MAIN, step) else { return };
        let Some(found) = world.cases.get(MAIN).and_then(|played| played.case.flow.tokens.get(&token)) else { return };
        let ends = world.linked.get(&opening.service).map(|def| &def.ends);
        let ends = ends.into_iter().flatten().map(|(id, end)| (id.clone(), end.result.word()));
        for (end, result) in ends.chain([(NOT_OPENED.to_owned(), "neutral")]) {
            let index = found.arrived;
            let (result, given) = (result.to_owned(), Default::default());
            let returned = Command::Returned { token, index, end: end.clone(), result, given };
            self.tried(world, format!("{step}: {end}"), moves, |w| w.command(None, &returned));
        }
    }
}
